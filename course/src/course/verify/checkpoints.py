"""What the checks of one verification share: woven trees, environments, folders."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from course.run.environments import Recipe, provide, recipe
from course.run.interpreters import interpreter
from course.source.manifest import Course
from course.source.weave import Source
from course.tree import File, Tree, write_folder
from course.verify.results import Digests, code_digest


def without_prose(tree: Tree) -> dict[str, File]:
    """Return a checkpoint's code: no texts, and not the README made from manifests."""
    return {
        path: file
        for path, file in tree.items()
        if not path.startswith("chapters/") and path != "README.md"
    }


def below(tree: Tree, folder: str) -> dict[str, File]:
    """Return the files of a tree that lie below a folder."""
    return {path: tree[path] for path in tree if path.startswith(f"{folder}/")}


@dataclass
class Checkpoints:
    """One run's source and options; trees are woven once, environments made when asked.

    temporary is a folder of this run alone, environments one that all runs share;
    commands are the sub-commands of `course`, which texts may name.
    """

    source: Source
    temporary: Path
    environments: Path
    python: str | None = None
    latest: bool = False
    commands: Collection[str] = ()
    digests: Digests = field(default_factory=Digests)
    _trees: dict[int, Mapping[str, File]] = field(default_factory=dict)
    _codes: dict[int, tuple[Mapping[str, File], str]] = field(default_factory=dict)
    _recipes: dict[int, Recipe] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def course(self) -> Course:
        """The course's manifests."""
        return self.source.course

    @cached_property
    def tool(self) -> str:
        """The digest of the checks' own code."""
        return code_digest()

    def tree(self, number: int) -> Tree:
        """Return checkpoint `number`, whole; the empty tree for 0.

        With latest, its constraints.txt names the newest versions, too: a checkpoint
        refuses an environment that is not as pinned.
        """
        if number not in self._trees:
            woven: Tree = self.source.weave(number)
            if self.latest:
                woven = {**woven, **recipe(woven, self.python, latest=True).files}
            self._trees[number] = woven
        return self._trees[number]

    def code(self, number: int) -> Tree:
        """Return the code of checkpoint `number`."""
        return self._code(number)[0]

    def code_key(self, number: int) -> str:
        """Return the digest of the code of checkpoint `number`."""
        return self._code(number)[1]

    def recipe(self, number: int) -> Recipe:
        """Return what a checkpoint's environment is made from; that of 0 is empty."""
        if number not in self._recipes:
            self._recipes[number] = recipe(self.tree(number), self.python)
        return self._recipes[number]

    def interpreter(self, number: int) -> Path:
        """Return the Python of a checkpoint's environment, made where missing."""
        return provide(self.recipe(number), self.environments) / "bin" / "python"

    def is_extra(self, number: int) -> bool:
        """Whether this run adds another Python, or the newest packages, to the usual.

        Then a checkpoint runs the tests that its own chapter adds, and only the last
        one runs all: the usual Python and the pinned packages run all tests of all.
        """
        other = self.recipe(number).python != interpreter(None)
        return (other or self.latest) and number < self.source.last

    def write(self, tree: Tree) -> Path:
        """Write a tree to a new folder of this run."""
        folder = self.temporary / f"tree-{next(self._numbers)}"
        folder.mkdir()
        write_folder(tree, folder)
        return folder

    def _code(self, number: int) -> tuple[Mapping[str, File], str]:
        if number not in self._codes:
            code = without_prose(self.tree(number))
            self._codes[number] = code, self.digests.of(code)
        return self._codes[number]
