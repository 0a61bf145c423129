"""Which chapter owns a path; what main owns is in no checkpoint."""

import re
from collections import defaultdict

from course.errors import Problem
from course.source.manifest import COURSE, Chapter, Course, line_of
from course.tree import Tree

MAIN = 0
_MAIN_ONLY = re.compile(
    r"chapters/course\.toml|README\.md"
    r"|chapters/[^/]+/(chapter\.toml|files/.*|exercises/[^/]+/(hint\.md|solution\.patch))"
)


class Claims:
    """The claims of all manifests; for each path the longest matching claim counts."""

    def __init__(self, course: Course, tree: Tree) -> None:
        """Collect the claims; `tree` is read for the lines of messages only."""
        self.course, self.tree = course, tree
        self.problems: list[Problem] = []
        self.owners: dict[str, int] = {}
        self.used: set[str] = set()
        for chapter in course.chapters:
            self.owners[f"{chapter.folder}/"] = chapter.number
            self.owners[f"{chapter.test_folder}/"] = chapter.number
        for path in course.main_only:
            self.add(path, MAIN, COURSE, "main_only")
        for chapter in course.chapters:
            for path in chapter.files:
                self.add(path, chapter.number, chapter.manifest, "files")

    def add(self, path: str, number: int, manifest: str, key: str) -> None:
        """Note one claim; two that are equal and not of the same owner are a fault."""
        before = self.owners.setdefault(path, number)
        by_convention = _MAIN_ONLY.fullmatch(path) is not None and number != MAIN
        if before == number and not by_convention:
            return
        self.used.add(path)
        if by_convention or MAIN in (before, number):
            owner = number or before
            message = f"is claimed by chapter {owner} and is main only"
        else:
            message = f"is claimed by chapter {number} and by chapter {before}"
        message = f"`{path}` {message}: leave one"
        self.problems.append(Problem(manifest, self.line(manifest, key, path), message))

    def line(self, manifest: str, key: str, path: str) -> int:
        """Find the line of a claim in its manifest."""
        return line_of(self.tree[manifest].data.decode(), key, path)

    def owner(self, path: str) -> int | None:
        """Return the chapter of a path, MAIN, or None where nobody claims it."""
        if (path.startswith("chapters/") or path == "README.md") and (
            _MAIN_ONLY.fullmatch(path)
        ):
            return MAIN
        found = self.owners.get(path)
        claim = path
        while found is None:
            at = claim.rstrip("/").rfind("/")
            if at < 0:
                return None
            claim = claim[: at + 1]
            found = self.owners.get(claim)
        self.used.add(claim)
        return found

    def check_use(self) -> None:
        """Report claims that match no file; call it when all paths have been seen."""
        for chapter in self.course.chapters:
            for path in chapter.files:
                if path not in self.used and self.owners[path] == chapter.number:
                    line = self.line(chapter.manifest, "files", path)
                    message = f"`{path}` claims no file: mend the path or remove it"
                    self.problems.append(Problem(chapter.manifest, line, message))


def early_forms(
    tree: Tree, chapters: tuple[Chapter, ...]
) -> dict[str, list[tuple[int, str]]]:
    """Map each path that has early forms to (chapter, the form's own path), sorted."""
    folders = {f"{chapter.folder}/files/": chapter.number for chapter in chapters}
    forms: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for path in tree:
        if not path.startswith("chapters/"):
            continue
        at = path.find("/files/", len("chapters/")) + len("/files/")
        number = folders.get(path[:at])
        if number is not None:
            forms[path[at:]].append((number, path))
    return {path: sorted(found) for path, found in forms.items()}
