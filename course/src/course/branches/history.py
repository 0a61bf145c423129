"""The commits behind the chapter branches, read from git in one process."""

import re
from collections.abc import Mapping

from course.branches.releases import TRAILER, History, Node
from course.git.command import EMAIL
from course.git.repository import Repository

FORMAT = "--format=%T%x00%P%x00%ae%x00%ce%x00%B%x00"


def read_history(repository: Repository, refs: Mapping[str, str]) -> History:
    """Read every commit that refs reach, and which of them are our own releases."""
    if not refs:
        return History()
    tips = "".join(sha + "\n" for sha in dict.fromkeys(refs.values())).encode()
    listed = repository.run("rev-list", "--stdin", FORMAT, input=tips)
    fields = listed.split(b"\0")[:-1]
    nodes = {}
    for at in range(0, len(fields), 5):
        head, parents, author, committer, message = fields[at : at + 5]
        sha, tree = head.decode().split()[-2:]
        chapter = None
        if author == committer == EMAIL.encode():
            chapter = _chapter(message)
        nodes[sha] = Node(tree, tuple(parents.decode().split()), chapter)
    return History(nodes)


def _chapter(message: bytes) -> int | None:
    """Return the chapter that a commit's message names as its own; None without one."""
    found = re.search(rb"^%s: (\d+)$" % TRAILER.encode(), message, re.MULTILINE)
    return int(found[1]) if found else None
