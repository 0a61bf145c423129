"""The manifests, chapter.toml and course.toml: titles, claims and excuses."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from course.errors import Problem, SourceError, UsageError
from course.tree import Tree

COURSE = "chapters/course.toml"
MAX_PART_MINUTES = 45  # one sitting
_FOLDER = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)")
_PART = re.compile(r"README\.md|\d+-[^/]+\.md")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class Start:
    """How a checkpoint starts: a server that answers, or a program that prints."""

    command: tuple[str, ...]
    answers: Mapping[str, int] = field(default_factory=dict)
    prints: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter's manifest, with what the name of its folder says."""

    number: int
    slug: str
    folder: str  # chapters/01-virtualenv
    title: str
    concept: str
    shows: str
    minutes: tuple[int, ...]
    files: tuple[str, ...] = ()
    protects: tuple[str, ...] = ()
    start: Start | None = None
    passes_before: Mapping[str, str] = field(default_factory=dict)
    survives: Mapping[str, str] = field(default_factory=dict)

    @property
    def test_folder(self) -> str:
        """The folder of the tests that this chapter adds, by convention."""
        return f"test/ch{self.number:02}_{self.slug.replace('-', '_')}"

    @property
    def manifest(self) -> str:
        """The path of this chapter's manifest."""
        return f"{self.folder}/chapter.toml"


@dataclass(frozen=True, slots=True)
class Course:
    """All chapters, by number from 1, and the paths that no checkpoint gets."""

    chapters: tuple[Chapter, ...]
    main_only: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()  # what no chapter defends against yet

    @property
    def last(self) -> int:
        """The number of the last chapter."""
        return len(self.chapters)

    def chapter(self, number: int) -> Chapter:
        """Return a chapter by its number; raises UsageError where there is none."""
        if not 1 <= number <= self.last:
            raise UsageError(
                f"there is no chapter {number}: the course has 1 to {self.last}"
            )
        return self.chapters[number - 1]

    def start(self, number: int) -> Start | None:
        """Return how checkpoint `number` starts: its own way or the nearest earlier."""
        self.chapter(number)
        for chapter in reversed(self.chapters[:number]):
            if chapter.start is not None:
                return chapter.start
        return None


def read_course(tree: Tree) -> Course:
    """Read all manifests below `chapters/`; raises SourceError with every fault."""
    problems: list[Problem] = []
    main_only, unprotected = _read_settings(tree, problems)
    folders: dict[str, list[str]] = {}
    for path in tree:
        if path.startswith("chapters/") and path.count("/") >= 2:
            _, folder, rest = path.split("/", 2)
            folders.setdefault(folder, []).append(rest)
    chapters = []
    numbers: dict[int, str] = {}
    for folder in sorted(folders):
        name = _FOLDER.fullmatch(folder)
        where = f"chapters/{folder}"
        if name is None or not int(name[1]):
            message = "a chapter's folder is called NN-slug, as in 07-nosql: rename it"
            problems.append(Problem(where, None, message))
            continue
        number = int(name[1])
        if number in numbers:
            message = f"chapter {number} is {numbers[number]} already: renumber one"
            problems.append(Problem(where, None, message))
            continue
        numbers[number] = where
        chapter = _read_chapter(tree, number, name[2], folders[folder], problems)
        if chapter is not None:
            chapters.append(chapter)
    for number in sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers)):
        message = f"there is no chapter {number}: chapters count from 1 without a gap"
        problems.append(Problem("chapters", None, message))
    if not numbers:
        problems.append(Problem("chapters", None, "there is no chapter: add 01-slug/"))
    if problems:
        raise SourceError(problems)
    return Course(tuple(chapters), main_only, unprotected)


def _read_settings(
    tree: Tree, problems: list[Problem]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = _read_toml(tree, COURSE, problems)
    if table is None:
        return (), ()
    reader = _Table(table, COURSE, tree[COURSE].data.decode(), problems)
    main_only = reader.strings("main_only")
    reader.check_paths("main_only", main_only)
    unprotected = reader.strings("unprotected")
    reader.refuse_others({"main_only", "unprotected"})
    return main_only, unprotected


def _read_toml(
    tree: Tree, path: str, problems: list[Problem]
) -> dict[str, object] | None:
    if path not in tree:
        problems.append(Problem(path, None, "there is no such manifest: write it"))
        return None
    try:
        return tomllib.loads(tree[path].data.decode())
    except UnicodeDecodeError as error:
        line = tree[path].data.count(b"\n", 0, error.start) + 1
        problems.append(Problem(path, line, "is not UTF-8: save it so"))
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits
        found = _AT_LINE.search(str(error))
        end = tree[path].data.rstrip().count(b"\n") + 1
        line = min(int(found[1]), end) if found else end
        reason = _AT_LINE.sub("", str(error)).removesuffix(" (at end of document)")
        problems.append(Problem(path, line, f"is not valid TOML: {reason}"))
    return None


def _read_chapter(
    tree: Tree, number: int, slug: str, inside: list[str], problems: list[Problem]
) -> Chapter | None:
    folder = f"chapters/{number:02}-{slug}"
    path = f"{folder}/chapter.toml"
    table = _read_toml(tree, path, problems)
    readme = tree.get(f"{folder}/README.md")
    if readme is None:
        message = f"there is no text: begin it with `# Chapter {number}: ...`"
        problems.append(Problem(f"{folder}/README.md", None, message))
    if table is None:
        return None
    reader = _Table(table, path, tree[path].data.decode(), problems)
    before = len(problems)
    title = reader.line("title")
    parts = sum(_PART.fullmatch(name) is not None for name in inside)
    chapter = Chapter(
        number=number,
        slug=slug,
        folder=folder,
        title=title,
        concept=reader.line("concept"),
        shows=reader.line("shows"),
        minutes=reader.minutes(parts),
        files=reader.strings("files"),
        protects=reader.strings("protects"),
        start=reader.start(),
        passes_before=reader.reasons("passes_before", "test"),
        survives=reader.reasons("survives", "unit"),
    )
    reader.check_paths("files", chapter.files)
    reader.refuse_others(_Table.KEYS)
    if readme is not None and title:
        first = readme.data.decode(errors="replace").partition("\n")[0].rstrip()
        if first != f"# Chapter {number}: {title}":
            message = f"must begin with `# Chapter {number}: {title}`, as {path} says"
            problems.append(Problem(f"{folder}/README.md", 1, message))
    return chapter if len(problems) == before else None


class _Table:
    """A table of a manifest; each fault becomes a problem with its line."""

    KEYS: ClassVar[set[str]] = {
        *("title", "concept", "shows", "minutes", "files", "protects", "start"),
        *("passes_before", "survives"),
    }

    def __init__(
        self, table: dict[str, Any], path: str, text: str, problems: list[Problem]
    ) -> None:
        self.table, self.path, self.text, self.problems = table, path, text, problems

    def fault(self, key: str, message: str, value: str | None = None) -> None:
        line = line_of(self.text, key, value)
        self.problems.append(Problem(self.path, line, message))

    def line(self, key: str) -> str:
        value = self.table.get(key)
        if isinstance(value, str) and value.strip() and "\n" not in value:
            return value
        self.fault(key, f'needs `{key} = "..."`, one line of text')
        return ""

    def strings(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.fault(key, f"`{key}` is a list of strings")
        return ()

    def check_paths(self, key: str, paths: tuple[str, ...]) -> None:
        """Report claims that are not plain relative paths, or that are repeated."""
        for at, path in enumerate(paths):
            parts = path.removesuffix("/").split("/")
            if not path or any(part in ("", ".", "..") for part in parts):
                message = f"`{path}` is no path inside the repository: write apps/x.py"
                self.fault(key, message, path)
            elif path in paths[:at]:
                self.fault(key, f"`{path}` stands here twice: leave one", path)

    def minutes(self, parts: int) -> tuple[int, ...]:
        value = self.table.get("minutes")
        if not isinstance(value, list) or not all(_whole(item) for item in value):
            self.fault("minutes", "needs `minutes = [40]`, one number for each part")
            return ()
        if any(item > MAX_PART_MINUTES for item in value):
            message = f"a part takes at most {MAX_PART_MINUTES} minutes: split it"
            self.fault("minutes", message)
        if parts and len(value) != parts:
            message = f"`minutes` has {len(value)} numbers for {parts} parts of text"
            self.fault("minutes", message)
        return tuple(value)

    def start(self) -> Start | None:
        value = self.table.get("start")
        if value is None:
            return None
        if not isinstance(value, dict) or not _strings(value.get("command")):
            self.fault("start", '[start] needs `command = ["python", "run.py"]`')
            return None
        answers, prints = value.get("answers"), value.get("prints")
        if (answers is None) == (prints is None):
            self.fault("start", "[start] has either `answers` or `prints`")
        elif answers is not None and not (
            isinstance(answers, dict) and answers and all(map(_whole, answers.values()))
        ):
            self.fault("answers", 'is written `answers = { "/health" = 200 }`')
        elif prints is not None and not isinstance(prints, str):
            self.fault("prints", "`prints` is a string")
        else:
            for key in value.keys() - {"command", "answers", "prints"}:
                self.fault(key, f"[start] has no key `{key}`: remove it")
            return Start(tuple(value["command"]), answers or {}, prints)
        return None

    def reasons(self, key: str, name: str) -> dict[str, str]:
        rows, found = self.table.get(key, []), {}
        if not isinstance(rows, list):
            self.fault(key, f"is written `[[{key}]]`, with `{name}` and `reason`")
            return {}
        for row in rows:
            if not isinstance(row, dict) or set(row) != {name, "reason"}:
                self.fault(key, f"each [[{key}]] has `{name}` and `reason`, no more")
            elif not all(isinstance(item, str) and item for item in row.values()):
                self.fault(key, f"`{name}` and `reason` are lines of text")
            else:
                found[row[name]] = row["reason"]
        return found

    def refuse_others(self, known: set[str]) -> None:
        for key in self.table.keys() - known:
            message = f"there is no key `{key}`: use one of {', '.join(sorted(known))}"
            self.fault(key, message)


def line_of(text: str, key: str, value: str | None = None) -> int:
    """Find the line (from 1) of a key, or of a string in its list, in a TOML text."""
    name = re.escape(key)
    found = re.search(rf"""^\s*(?:\[+\s*)?["']?{name}["']?\s*[\]=.]""", text, re.M)
    at = found.start() + len(found[0]) - len(found[0].lstrip()) if found else 0
    if value is not None:
        string = re.compile(rf"""(["']){re.escape(value)}\1""")
        inner = string.search(text, at) or string.search(text)
        at = inner.start() if inner else at
    return text.count("\n", 0, at) + 1


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _strings(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, str) and item for item in value)
    )
