"""The text of a chapter: Markdown, read into parts, steps and blocks to be typed."""

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from course.errors import CourseError, Problem, SourceError
from course.tree import Tree

if TYPE_CHECKING:
    from markdown_it.token import Token

    from course.source.manifest import Chapter

CAPTIONS = {
    "a new file": "new",
    "continued": "continued",
    "changed": "changed",
    "try this, then undo it": "try",
    "once more": "once",
}
DIFFS = {"changed", "try"}
TYPED = {"new", "continued", "changed"}
CONSOLES = {"console", "server", "fails"}
MAX_TYPED_LINES = 150  # a part
MAX_BLOCK_LINES = 40
MAX_UNCHECKED_SHARE = 0.03  # of a chapter's blocks; one is always allowed

CAPTION = re.compile(rf"`([^`]+)`, ({'|'.join(CAPTIONS)}):")
NEARLY_CAPTION = re.compile(r"`[^` ]+`,? .{0,24}:")
STEP = re.compile(r"Step (\d{1,4}): (\S.*)")
PART_NAME = re.compile(r"(\d{1,4})-[^/]+\.md")
NO_CAPTION = (
    "say above this block what the reader does with it (`path`, a new file:), "
    'or why it is not checked (unchecked="...")'
)
COURSE_MARKER = re.compile(
    r"^\s*(#|//|/\*|<!--|\{#) ?(region|endregion)\b|(#|//) chapter \d+$"
)


class TextError(CourseError):
    """The text can't be followed: where, why, and a diff from what was expected."""

    def __init__(
        self, path: str, line: int | None, message: str, diff: str = ""
    ) -> None:
        """Name the text's path and line (None for the whole text)."""
        self.path, self.line, self.message, self.diff = path, line, message, diff
        first = str(Problem(path, line, message))
        super().__init__(f"{first}\n{diff}".rstrip("\n"))


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block and what the reader does with it."""

    path: str  # of the text
    line: int  # of the opening fence, from 1
    part: int
    step: int  # 0 before the first step
    kind: str  # a value of CAPTIONS, of CONSOLES, "unchecked" or "mermaid"
    target: str  # the file that the caption names, or ""
    language: str
    info: dict[str, str] = field(hash=False)
    body: str
    beyond: bool = False  # under a later heading than its step's

    @property
    def lines(self) -> list[str]:
        """The body's lines, without line ends."""
        return self.body.split("\n")[:-1]

    @property
    def typed(self) -> int:
        """How many lines the reader types into files here."""
        if self.kind not in TYPED:
            return 0
        if self.kind == "changed":
            return sum(line.startswith("+") for line in self.lines)
        return len(self.lines)

    @property
    def makes(self) -> list[str]:
        """The files (or folders, with a trailing `/`) that its commands generate."""
        return self.info.get("makes", "").split()

    def error(self, row: int, message: str, diff: str = "") -> TextError:
        """Return an error at a row of the body (from 0)."""
        return TextError(self.path, self.line + 1 + row, message, diff)


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered heading; numbers count through the whole chapter."""

    number: int
    title: str
    line: int


@dataclass(frozen=True, slots=True)
class Part:
    """One sitting: a Markdown file of the chapter's folder."""

    path: str
    number: int
    title: str
    steps: tuple[Step, ...]
    blocks: tuple[Block, ...]
    prose: tuple[tuple[int, str], ...] = ()  # each paragraph, with its line

    @property
    def typed(self) -> int:
        """How many lines the reader types in this part."""
        return sum(block.typed for block in self.blocks)


def part_paths(tree: Tree, folder: str) -> list[tuple[int, str]]:
    """Number and path of a chapter's texts, sorted by number; README.md is part 1."""
    parts = []
    for path in tree:
        name = path.removeprefix(f"{folder}/")
        if path == name:
            continue
        if name == "README.md":
            parts.append((1, path))
        elif match := PART_NAME.fullmatch(name):
            parts.append((int(match[1]), path))
    return sorted(parts)


def read_texts(tree: Tree, chapter: "Chapter") -> list[Part]:
    """Read every part of a chapter's text.

    Raises SourceError with all problems: a broken fence, an unknown caption, a block
    without one, steps that do not count, a title that is not the manifest's.
    """
    problems: list[Problem] = []
    parts: list[Part] = []
    step = 0
    paths = part_paths(tree, chapter.folder)
    numbers = [number for number, _ in paths]
    if numbers != list(range(1, len(paths) + 1)) or not paths:
        message = "the parts are README.md, 2-name.md, 3-name.md ..."
        problems.append(Problem(f"{chapter.folder}/README.md", None, message))
    for number, path in paths:
        try:
            text = tree[path].data.decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(path, None, "the text is not UTF-8"))
            continue
        if (alone := text.replace("\r\n", "\n ").find("\r")) >= 0:
            line = text.count("\n", 0, alone) + 1
            message = "a carriage return alone ends no line: save it with newlines"
            problems.append(Problem(path, line, message))
            continue
        reader = _Reader(path, number, step, text)
        part = reader.read()
        step = reader.step
        parts.append(part)
        problems += reader.problems
        problems += _title_problems(part, chapter, text)
    if problems:
        raise SourceError(problems)
    return parts


def limits(parts: Iterable[Part]) -> list[Problem]:
    """List the parts and blocks that are too long, and too many unchecked blocks."""
    problems = []
    blocks = []
    for part in parts:
        if part.typed > MAX_TYPED_LINES:
            message = (
                f"{part.typed} lines to type; a part has {MAX_TYPED_LINES} at most"
            )
            problems.append(Problem(part.path, 1, message))
        for block in part.blocks:
            blocks.append(block)
            if (count := len(block.lines)) > MAX_BLOCK_LINES:
                message = f"{count} lines in a block; {MAX_BLOCK_LINES} at most"
                problems.append(Problem(block.path, block.line, message))
    unchecked = [block for block in blocks if block.kind == "unchecked"]
    if len(unchecked) > max(1, MAX_UNCHECKED_SHARE * len(blocks)):
        message = f"{len(unchecked)} of {len(blocks)} blocks unchecked; at most 3%"
        problems.append(Problem(unchecked[-1].path, unchecked[-1].line, message))
    return problems


def parse(text: str) -> "list[Token]":
    """Parse Markdown with tables, as code hosts read it."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").parse(text)


def _title_problems(part: Part, chapter: "Chapter", text: str) -> Iterator[Problem]:
    first = text.partition("\n")[0].rstrip()
    if part.number == 1 and first != f"# Chapter {chapter.number}: {chapter.title}":
        wanted = f'"# Chapter {chapter.number}: {chapter.title}"'
        yield Problem(part.path, 1, f"the first line is {wanted}, as in chapter.toml")
    elif not part.title:
        wanted = f'"# Part {part.number}: ..."'
        yield Problem(part.path, 1, f"the first line is {wanted}")


class _Reader:
    """Reads one part; gathers problems instead of stopping at the first."""

    def __init__(self, path: str, number: int, step: int, text: str) -> None:
        self.path, self.number, self.step = path, number, step
        self.source = text.replace("\r\n", "\n").split("\n")
        self.tokens = parse(text)
        self.title = ""
        self.steps: list[Step] = []
        self.blocks: list[Block] = []
        self.prose: list[tuple[int, str]] = []
        self.problems: list[Problem] = []
        self.beyond = step > 0

    def read(self) -> Part:
        caption: tuple[int, str] | None = None
        for index, token in enumerate(self.tokens):
            if token.type == "heading_open":
                self._heading(token, self.tokens[index + 1].content)
            if token.type == "code_block":
                self._problem(token, "an indented block can't be checked: use a fence")
            if token.type == "fence":
                self._fence(token, caption)
                caption = None
            elif token.type == "inline":
                self._unused(caption)
                parent = self.tokens[index - 1].type
                caption = self._caption(token, parent)
                if parent == "paragraph_open":
                    self.prose.append(((token.map or [0])[0] + 1, token.content))
        self._unused(caption)
        self._tries()
        where = self.path, self.number, self.title
        return Part(*where, tuple(self.steps), tuple(self.blocks), tuple(self.prose))

    def _problem(self, token: "Token | int", message: str) -> None:
        line = token if isinstance(token, int) else (token.map or [0])[0] + 1
        self.problems.append(Problem(self.path, line, message))

    def _heading(self, token: "Token", content: str) -> None:
        kind = "Chapter" if self.number == 1 else "Part"
        if token.tag == "h1":
            match = re.fullmatch(rf"{kind} \d+: (.+)", content)
            if match and token.map == [0, 1]:
                self.title = match[1]
        if not content.startswith("Step "):
            self.beyond = self.step > 0 and (self.beyond or token.tag <= "h2")
            return
        match = STEP.fullmatch(content)
        if token.tag != "h2" or not match or int(match[1]) != self.step + 1:
            wanted = f'"## Step {self.step + 1}: ..."'
            self._problem(token, f"the next step's heading is {wanted}")
        self.step += 1
        self.beyond = False
        title = match[2] if match else content
        self.steps.append(Step(self.step, title, (token.map or [0])[0] + 1))

    def _caption(self, token: "Token", parent: str) -> tuple[int, str] | None:
        """Return line and text where a paragraph ends in something like a caption."""
        last = token.content.rpartition("\n")[2].strip()
        if parent != "paragraph_open" or not NEARLY_CAPTION.fullmatch(last):
            return None
        return (token.map or [0, 0])[1], last

    def _tries(self) -> None:
        """Check that a console block follows each `try this`, before more is typed."""
        tried: Block | None = None
        for block in [*self.blocks, None]:
            if block and block.kind in CONSOLES:
                tried = None
            elif tried and (block is None or block.kind in TYPED):
                message = "no console block follows this `try this`"
                self._problem(tried.line, message)
                return
            elif block and block.kind == "try":
                tried = block

    def _unused(self, caption: tuple[int, str] | None) -> None:
        if caption and CAPTION.fullmatch(caption[1]):
            self._problem(caption[0], "a caption without a block below it")

    def _fence(self, token: "Token", caption: tuple[int, str] | None) -> None:
        first, last = token.map or [0, 0]
        body = token.content.split("\n")[:-1]
        if token.level:
            self._problem(token, "a block stands at the left margin, not in a list")
            return
        closing = self.source[last - 1].strip()
        if (
            last - first < 2
            or closing.strip(token.markup[0])
            or len(body) != (last - first - 2)
        ):
            self._problem(token, "this fence is not closed")
            return
        for row, line in enumerate(body):
            if re.match(rf"{token.markup}\w", line):
                message = f"a fence begins inside the one of line {first + 1}: close it"
                self._problem(first + 2 + row, message)
                return
        self._block(token, first + 1, caption)

    def _block(
        self, token: "Token", line: int, caption: tuple[int, str] | None
    ) -> None:
        try:
            words = shlex.split(token.info)
        except ValueError:
            self._problem(line, "a quote in the info string is not closed")
            return
        language = words[0] if words else ""
        flags = [word for word in words[1:] if "=" not in word]
        pairs = [word.partition("=") for word in words[1:] if "=" in word]
        info = {key: value for key, _, value in pairs}
        match = CAPTION.fullmatch(caption[1]) if caption else None
        kind, target = (CAPTIONS[match[2]], match[1]) if match else ("", "")
        message = _info_problem(language, flags, info, kind)
        if target and target != posixpath.normpath(f"/./{target}")[1:]:
            message = f"`{target}` is no path inside the course"
        if not message and not kind:
            kind = _bare_kind(language, flags, info)
            message = "" if kind else NO_CAPTION
            if message and caption:
                known = ", ".join(CAPTIONS)
                message = f"unknown caption: {caption[1]} (there are: {known})"
        if not message and kind not in ("unchecked", "mermaid"):
            message = _body_problem(token.content)
        if message:
            self._problem(line, message)
            return
        where = self.path, line, self.number, self.step
        body, beyond = token.content, self.beyond
        block = Block(*where, kind, target, language, info, body, beyond)
        self.blocks.append(block)


def _info_problem(
    language: str, flags: list[str], info: dict[str, str], kind: str
) -> str:
    """Return what is wrong with an info string under a caption of kind, or ""."""
    if not language:
        return "name the block's language"
    console = language == "console"
    known = {"limit", "makes"} if console else set() if kind else {"unchecked"}
    if unknown := sorted(set(info) - known):
        return f"{unknown[0]}= means nothing here"
    if flags and not (console and flags in (["server"], ["fails"])):
        return f"{flags[0]!r} means nothing here"
    if not info.get("limit", "1").isdecimal():
        return "limit= is a whole number of seconds"
    if kind and console:
        return "a console block has no caption"
    if kind and (language == "diff") != (kind in DIFFS):
        return "`changed` and `try this` are diffs; other captions have none"
    if "unchecked" in info and not info["unchecked"].strip():
        return "say why this block is not checked"
    return ""


def _bare_kind(language: str, flags: list[str], info: dict[str, str]) -> str:
    """Return the kind of a block without a caption; "" where it needs one."""
    if language == "console":
        return flags[0] if flags else "console"
    if "unchecked" in info:
        return "unchecked"
    return "mermaid" if language == "mermaid" else ""


def _body_problem(body: str) -> str:
    if not body.strip():
        return "the block is empty"
    for line in body.split("\n"):
        if COURSE_MARKER.search(line):
            return f"a marker of the course is not for the reader: {line.strip()}"
    return ""
