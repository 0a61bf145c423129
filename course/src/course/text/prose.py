"""Check what the prose names: links, images, anchors, files and commands."""

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

from course.errors import Problem
from course.source.weave import Source
from course.text.diagrams import diagram_problems
from course.text.parser import CONSOLES, Block, Part, parse, read_texts
from course.text.shells import shell_problems
from course.text.snags import snags
from course.tree import Tree

if TYPE_CHECKING:
    from markdown_it.token import Token

MAIN_TEXTS = ("README.md", "CONTRIBUTING.md")
MADE = (".venv", "instance", "mine", "dist", "__pycache__", ".git")  # by commands
EXTENSIONS = "|".join(
    (
        "py|pyi|md|toml|txt|cfg|ini|html|css|js|mjs|json",
        "ya?ml|sh|sql|svg|png|patch|mako",
    )
)
_FILE = re.compile(rf"[\w.@/-]+\.({EXTENSIONS})|[\w.@-]+(/[\w.@-]+)+/?|[\w.@-]+/")
_FILE_WITH_EXTENSION = re.compile(rf"[^/].*\.({EXTENSIONS})")
_PLACEHOLDER = re.compile(
    r"(^|[-/_.])(N+|K|X|NAME|DIR|PATH|FILE|name|slug)([-/_.]|$)|\.\.\."
)
_EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:|//")
_HTML_LINK = re.compile(r"""\b(?:src|href|srcset)\s*=\s*["']([^"'\s]+)""")
_HTML_ID = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"'\s]+)""")
_NO_REFERENCE = re.compile(r"\[[^\[\]]+\]\[[^\[\]]*\]")
_MAKE_TARGET = re.compile(
    r"^([A-Za-z][\w.-]*(?: [A-Za-z][\w.-]*)*):(?!=)", re.MULTILINE
)
_COMMAND = re.compile(rb"""["']([a-z][a-z0-9_-]*)["']|\bdef ([a-z]\w*)\(""", re.A)
_FLASK = {"run", "shell", "routes", "db"}


def problems(source: Source, n: int, commands: Collection[str]) -> list[Problem]:
    """Check the prose of chapter n: its parts and its exercises' texts.

    commands are the sub-commands of `course` that a text may name.
    """
    chapter = source.course.chapter(n)
    woven = source.weave(n)
    parts = read_texts(woven, chapter)
    known: Tree = {**source.tree, **source.weave(n - 1), **woven}
    names = _Names(known, frozenset(_used(parts)), source.tree, commands)
    inside = f"{chapter.folder}/"
    texts = [p for p in sorted(known) if p.startswith(inside) and p.endswith(".md")]
    found = [problem for path in texts for problem in _check(path, names)]
    blocks = [block for part in parts for block in part.blocks]
    found += [*diagram_problems(parts, known), *shell_problems(blocks)]
    return [*found, *snags(source, n)]


def main_problems(source: Source, commands: Collection[str]) -> list[Problem]:
    """Check the prose of README.md and CONTRIBUTING.md."""
    known: Tree = {**source.weave(source.last), **source.tree}
    names = _Names(known, frozenset(), source.tree, commands)
    texts = [path for path in MAIN_TEXTS if path in source.tree]
    found = [problem for path in texts for problem in _check(path, names)]
    blocks = [block for path in texts for block in _consoles(path, source.tree)]
    return [*found, *shell_problems(blocks)]


def _consoles(path: str, tree: Tree) -> Iterator[Block]:
    """Yield the console blocks of a text that is no chapter's."""
    for token in parse(tree[path].data.decode("utf-8", "replace")):
        if token.type == "fence" and token.info.split()[:1] == ["console"]:
            where = path, (token.map or [0])[0] + 1, 1, 0
            yield Block(*where, "console", "", "console", {}, token.content)


def command_names(tree: Tree) -> frozenset[str]:
    """Return the names that a program's code may give to commands of its own.

    These are its functions, and its strings that are words: a command is either.
    """
    names: set[str] = set()
    for path, file in tree.items():
        if path.endswith(".py") and (path == "run.py" or path.startswith("apps/")):
            for word, function in _COMMAND.findall(file.data):
                name = word or function.removesuffix(b"_command")
                names |= {name.decode(), name.replace(b"_", b"-").decode()}
    return frozenset(names)


@cache
def slugs(text: str) -> frozenset[str]:
    """Return the anchors of a text's headings, as code hosts make them."""
    tokens = parse(text)
    seen: Counter[str] = Counter()
    anchors = set(_HTML_ID.findall(text))
    for heading, inline in pairwise(tokens):
        if heading.type != "heading_open":
            continue
        children = inline.children or []
        plain = "".join(
            t.content for t in children if t.type in ("text", "code_inline")
        )
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(anchors)


def _used(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the files that the text itself types or has its commands name."""
    for block in (block for part in parts for block in part.blocks):
        if block.target:
            yield block.target
        elif block.kind in CONSOLES:
            yield from re.findall(rf"[\w.@/-]+\.(?:{EXTENSIONS})\b", block.body)


@dataclass(frozen=True)
class _Names:
    """All that a text may name."""

    tree: Tree
    used: frozenset[str]
    main: Tree
    course_commands: Collection[str]

    @cached_property
    def folders(self) -> set[str]:
        """Every folder of the tree, without a trailing slash."""
        found = set()
        for path in self.tree:
            while path := posixpath.dirname(path):
                found.add(path)
        return found

    @cached_property
    def basenames(self) -> set[str]:
        """The last part of every path."""
        every = [*self.tree, *self.used]
        return {posixpath.basename(path) for path in every}

    @cached_property
    def make_targets(self) -> set[str]:
        """The targets of main's Makefile."""
        makefile = self.main.get("Makefile")
        text = makefile.data.decode("utf-8", "replace") if makefile else ""
        return {name for names in _MAKE_TARGET.findall(text) for name in names.split()}

    @cached_property
    def program_commands(self) -> frozenset[str]:
        """What the program's own commands may be called."""
        return command_names(self.tree)

    def has(self, path: str) -> bool:
        """Whether the tree has a file or a folder of this name."""
        path = path.rstrip("/")
        return path in self.tree or path in self.folders or path in ("", ".")


def _check(path: str, names: _Names) -> Iterator[Problem]:
    text = names.tree[path].data.decode("utf-8", "replace")
    for token in parse(text):
        line = (token.map or [0])[0] + 1
        if token.type == "html_block":
            for link in _HTML_LINK.findall(token.content):
                yield from _problem(path, line, _link_problem(path, link, names))
        for child in token.children or []:
            yield from _problem(path, line, _child_problem(path, child, names))
            line += child.type in ("softbreak", "hardbreak")


def _problem(path: str, line: int, message: str) -> Iterator[Problem]:
    if message:
        yield Problem(path, line, message)


def _child_problem(path: str, child: "Token", names: _Names) -> str:
    """Say what is wrong with a piece of a paragraph, or ""."""
    if child.type in ("link_open", "image"):
        link = str(child.attrs.get("href") or child.attrs.get("src") or "")
        if child.type == "image" and not child.content.strip():
            return (
                f"the picture {link} says nothing to who can't see it: ![what it shows]"
            )
        return _link_problem(path, link, names)
    if child.type == "html_inline":
        found = [
            _link_problem(path, x, names) for x in _HTML_LINK.findall(child.content)
        ]
        return next(filter(None, found), "")
    if child.type == "text" and (match := _NO_REFERENCE.search(child.content)):
        return f"{match[0]} has no definition [..]: below"
    if child.type == "code_inline":
        return _command_problem(child.content, names) or _file_problem(
            path, child.content, names
        )
    return ""


def _link_problem(path: str, link: str, names: _Names) -> str:
    if _EXTERNAL.match(link):
        return ""
    link_path, _, anchor = unquote(link).partition("#")
    if link_path.startswith("/"):
        return f"the link {link} is not relative"
    joined = posixpath.join(posixpath.dirname(path), link_path)
    target = posixpath.normpath(joined) if link_path else path
    if target.startswith("..") or not names.has(target):
        return f"the link {link} leads nowhere: there is no {target}"
    if not anchor:
        return ""
    if target in names.folders:
        target = f"{target}/README.md"
    file = names.tree.get(target)
    headings = slugs(file.data.decode("utf-8", "replace")) if file else frozenset()
    if target.endswith(".md") and anchor not in headings:
        return f"the link {link} leads nowhere: {target} has no heading for #{anchor}"
    return ""


def _file_problem(path: str, name: str, names: _Names) -> str:
    """Say that a name in backticks looks like a file of the repository and is none."""
    if not _FILE.fullmatch(name) or name.startswith("/") or _PLACEHOLDER.search(name):
        return ""
    name = name.removeprefix("./")
    first = name.split("/")[0]
    near = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    if first in MADE or name in names.used or names.has(name) or names.has(near):
        return ""
    if _FILE_WITH_EXTENSION.fullmatch(name):
        if "/" not in name and name in names.basenames:
            return ""
        if any(known.endswith(f"/{name}") for known in names.tree):
            return ""
    elif first not in names.folders:
        return ""
    return f"`{name}` is no file of the course"


def _command_problem(code: str, names: _Names) -> str:
    """Say that a command in backticks has a name that no command has."""
    words = code.split()
    while words and re.fullmatch(r"\w+=\S*|\$", words[0]):
        words = words[1:]
    if len(words) < 2:
        return ""
    program, word = posixpath.basename(words[0]), words[1]
    if re.fullmatch(r"python3?(\.\d+)?", program) and word.endswith(".py"):
        if message := _file_problem("", word, names):
            return message
        program, word = word, (words[2:] or ["-"])[0]
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", word):
        return ""
    if program == "course" and word not in names.course_commands:
        return f"`course {word}` is no command of the course"
    if program == "make" and word not in names.make_targets:
        return f"`make {word}` is no target of the Makefile"
    own = program == "run.py" or (program == "flask" and word not in _FLASK)
    if own and word not in names.program_commands:
        return f"`{program} {word}` is no command of the program"
    return ""
