"""The grammar of markers: parse an annotated file into lines and regions."""

import re
from dataclasses import dataclass

from course.errors import Problem
from course.source.annotated import NO_END, Annotated, Line, Region
from course.source.syntax import Comment, PythonText, Syntax, read_python

# Any line without this is no marker, and a file without it has none.
_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    "|fifteen|sixteen"
)
_SUSPECT = re.compile(rf"(?i)region|chapters?[\s:#-]*(\d|{_WORDS})")
SUSPECT = re.compile(_SUSPECT.pattern.encode())
_OPENS = re.compile(
    r" region (?:main|chapter (\d{1,4})(?: until (\d{1,4}))?): ([\w.-]*[\w]) ?", re.A
)
_CLOSES = re.compile(r" endregion ([\w.-]*[\w]) ?", re.A)
_CHAPTER = re.compile(r" chapter (\d{1,4}) ?", re.A)
_NEAR_REGION = re.compile(r"(?i)region[\s:]*(chapters?\b|main\b|\d)|end[\s_-]*region\b")
_NEAR_CHAPTER = re.compile(
    r"(?i)chapters?[\s:#-]*\d+\s*(until\s*\d+\s*)?([.:].*)?"
    rf"|chapters?[\s:#-]*({_WORDS})"
)
_NOT_LAST = re.compile(r"(?i) chapter \d+\s+$")
_OPENERS = ("(", "[", "{", "\\")
_IMPORT = re.compile(r"(import|from)\s")
# What a file whose type has no comments must not hold.
WANTED = re.compile(
    rb"\bregion (chapter \d+|main)\b[^\n]*:|\bendregion \w"
    rb"|(#|//|--|/\*) chapter \d+ ?(\*/|-->|#\})?\s*$",
    re.M,
)


@dataclass(frozen=True, slots=True)
class Span:
    """The chapters first <= N < end for which a form of a file stands."""

    first: int
    end: int = NO_END


class Parser:
    """Reads the markers of one file; it collects all faults instead of stopping."""

    def __init__(self, path: str, syntax: Syntax, span: Span, last: int) -> None:
        """Path is for messages; last is the number of the course's last chapter."""
        self.path, self.syntax, self.span, self.last = path, syntax, span, last
        self.problems: list[Problem] = []
        self.stack: list[Region] = []
        self.nodes: list[Line | Region] = []
        self.names: dict[str, int] = {}
        self.chapters: set[int] = set()
        self.markers = self.replaced = 0
        self.python = PythonText()

    def parse(self, text: str) -> Annotated:
        """Parse a text into lines and regions; see `problems` for what is wrong."""
        if self.syntax.python:
            self.python = read_python(text)
        for number, line in enumerate(text.split("\n"), start=1):
            self.read(number, line + "\n")
        self.drop_added_newline()
        for region in self.stack:
            comment = self.syntax.comments[0].write(f"endregion {region.name}")
            message = f"region `{region.name}` is never closed: write `{comment}`"
            self.fault(region.opens, message)
        chapters = frozenset(self.chapters)
        return Annotated(
            self.nodes, chapters, self.markers, self.replaced, self.syntax.python
        )

    def drop_added_newline(self) -> None:
        """Take back the newline that the last line of the text does not have."""
        siblings = self.stack[-1].children if self.stack else self.nodes
        last = siblings[-1] if siblings else None
        if isinstance(last, Line):
            siblings.pop()
            if last.text != "\n":
                siblings.append(Line(last.number, last.text[:-1], last.chapter))

    def fault(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, message))

    def read(self, number: int, line: str) -> None:
        """Read one line: a marker of a region, a marked line or any other."""
        if _SUSPECT.search(line) and not self.in_string(number, line):
            for comment in self.syntax.comments:
                text = comment.inside(line)
                if text is not None and self.read_comment(number, text, comment):
                    return
            for comment in self.syntax.comments:
                if self.read_trailing(number, line, comment):
                    return
        self.add(Line(number, self.unwrap(number, line)))

    def in_string(self, number: int, line: str) -> bool:
        """Whether a Python line lies in a string, so that a marker there is none."""
        if (number - 1) not in self.python.in_string:
            return False
        return line.lstrip()[:1] == "#" or (number - 1) not in self.python.comments

    def add(self, node: Line | Region) -> None:
        siblings = self.stack[-1].children if self.stack else self.nodes
        siblings.append(node)

    def read_comment(self, number: int, text: str, comment: Comment) -> bool:
        """Read a line that is all comment; True if it is a marker, or tried to be."""
        opens, closes = _OPENS.fullmatch(text), _CLOSES.fullmatch(text)
        if opens:
            self.open(number, opens)
        elif closes:
            self.close(number, closes[1])
        else:
            return self.read_near_miss(number, text, comment)
        self.markers += 1
        return True

    def read_near_miss(self, number: int, text: str, comment: Comment) -> bool:
        bare = text.strip(" \t\r#*-/!")
        if _NEAR_REGION.match(bare):
            form = comment.write("region chapter 3: name")
            end = comment.write("endregion name")
            message = f"is nearly a marker: write `{form}` or `{end}`"
        elif _NEAR_CHAPTER.fullmatch(bare):
            message = (
                f"`{comment.write(bare)}` on a line of its own marks nothing: write it "
                "at the end of a line, or make a region"
            )
        else:
            return False
        self.fault(number, message)
        return True

    def open(self, number: int, match: re.Match[str]) -> None:
        first, end = NO_END, NO_END
        if match[1] is not None:
            first = int(match[1])
            end = int(match[2]) if match[2] else self.outer().end
        name = match[3]
        if name in self.names:
            message = f"region `{name}` stands at line {self.names[name]} too: rename"
            self.fault(number, message)
        self.names.setdefault(name, number)
        commented = match[2] is not None or self.in_commented()
        region = Region(name, first, end, number, commented)
        if match[1] is not None:
            self.check_chapter(number, first, end, match[2] is not None)
        elif self.stack and self.stack[-1].first == NO_END:
            self.fault(number, "lies in a region that no checkpoint gets: remove it")
        self.add(region)
        self.stack.append(region)

    def close(self, number: int, name: str) -> None:
        if not self.stack:
            self.fault(number, f"`endregion {name}` closes nothing: remove it")
            return
        inner = self.stack[-1]
        if inner.name != name:
            message = (
                f"`endregion {name}` where `{inner.name}` of line {inner.opens} is "
                f"open: close that first"
            )
            self.fault(number, message)
            if all(region.name != name for region in self.stack):
                return
        while self.stack:
            region = self.stack.pop()
            region.closes.append(number)
            if region.name == name:
                return

    def outer(self) -> Span:
        """The chapters of what lies around the line that is being read."""
        if self.stack:
            return Span(self.stack[-1].first, self.stack[-1].end)
        return self.span

    def around(self) -> str:
        if not self.stack:
            return "its file"
        return f"region `{self.stack[-1].name}` of line {self.stack[-1].opens}"

    def check_chapter(self, number: int, first: int, end: int, until: bool) -> None:
        """Check a marker's chapters against the course and what lies around it."""
        outer = self.outer()
        highest = end if until else first
        if first < 1 or highest > self.last:
            wrong = first if first < 1 or first > self.last else end
            message = f"there is no chapter {wrong}: the course has 1 to {self.last}"
        elif first >= end and until:
            message = f"`until {end}` must name a chapter after {first}"
        elif outer.first == NO_END:
            message = "lies in a region that no checkpoint gets: remove it"
        elif first < outer.first:
            message = (
                f"chapter {first} is before {self.around()} begins, in chapter "
                f"{outer.first}: move one of them"
            )
        elif first >= outer.end:
            message = (
                f"is never seen: {self.around()} has ended in chapter {outer.end}: "
                "remove it"
            )
        elif end > outer.end:
            message = (
                f"goes on after {self.around()} ends, in chapter {outer.end}: "
                f"end it there, with `until {outer.end}`"
            )
        elif first == outer.first and end == outer.end:
            message = f"repeats the chapter of {self.around()}: remove the marker"
        else:
            self.chapters |= {first, end} - {NO_END}
            return
        self.fault(number, message)

    def read_trailing(self, number: int, line: str, comment: Comment) -> bool:
        """Read a marker at the end of a line; True if there is one, or nearly."""
        found = comment.trailing(line)
        if found is None:
            return False
        at, text = found
        if self.syntax.python and at < self.python.comments.get(number - 1, at + 1):
            return False
        code = line[:at].rstrip()
        form = comment.write("chapter 3")
        match = _CHAPTER.fullmatch(text)
        if match is None and _NOT_LAST.search(code + line[len(code) : at]):
            at_marker = code.rfind(comment.opens)
            if at_marker >= 0 and _CHAPTER.match(
                code[at_marker + len(comment.opens) :]
            ):
                self.fault(number, f"the marker comes last: write `{form}` at the end")
                return True
        if match is None or code == line[:at]:
            if _NEAR_CHAPTER.fullmatch(text.strip(" \t\r#*-/!")):
                message = f"is nearly a marker: write two spaces and `{form}`"
                self.fault(number, message)
                return True
            return False
        self.mark(number, line, code, int(match[1]))
        return True

    def mark(self, number: int, line: str, code: str, chapter: int) -> None:
        self.markers += 1
        if not self.syntax.trailing:
            message = "a comment behind a value is part of it here: use a region"
            self.fault(number, message)
        elif code.lstrip()[0] in ")]}":
            message = (
                "a marker on a closing bracket would leave the rest of the statement: "
                "write one item a line and mark those, or use a region"
            )
            self.fault(number, message)
        elif code.endswith(_OPENERS + (":",) * self.syntax.python):
            message = (
                "a marker is for its line only, not for what begins there: use a region"
            )
            self.fault(number, message)
        elif self.in_commented() and self.commented_line(code) is not None:
            self.fault(number, "a line that is kept for later has no marker: remove it")
        else:
            self.check_chapter(number, chapter, self.outer().end, False)
        ending = "\r\n" if line.endswith("\r\n") else "\n"
        self.add(Line(number, code + ending, chapter))

    def commented_line(self, line: str) -> str | None:
        """Return the line that stands behind `# | `; None where there is none."""
        for comment in self.syntax.comments:
            text = comment.inside(line)
            if text is not None and text.startswith(" |"):
                return text[2:].removeprefix(" ").rstrip()
        return None

    def unwrap(self, number: int, line: str) -> str:
        """Return a line as it is woven, and check it against the region around it."""
        if not self.stack or not line.strip():
            return line
        if self.in_commented():
            return self.unwrap_kept(number, line)
        top_level = self.syntax.python and (number - 1) not in self.python.in_string
        if top_level and _IMPORT.match(line):
            message = (
                "isort moves a region's comments away from a top-level import: end "
                "each import in `# chapter N`"
            )
            self.fault(number, message)
        return line

    def unwrap_kept(self, number: int, line: str) -> str:
        """Return a line without the `# | ` before it."""
        text = self.commented_line(line)
        if text is None:
            form = self.syntax.comments[0].write("| ...")
            message = f"is replaced later, so it is kept as `{form}`: write it so"
            self.fault(number, message)
            return line
        for comment in self.syntax.comments:
            inside = comment.inside(text) or ""
            if _OPENS.fullmatch(inside) or _CLOSES.fullmatch(inside):
                message = "a marker is not kept for later: write it without the `|`"
                self.fault(number, message)
        self.replaced += 1
        indent = line[: len(line) - len(line.lstrip())] if text else ""
        return indent + text + ("\r\n" if line.endswith("\r\n") else "\n")

    def in_commented(self) -> bool:
        """Whether the line that is being read belongs to code replaced later."""
        return bool(self.stack) and self.stack[-1].commented
