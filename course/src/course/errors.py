"""The errors that end a command: a message for the person, and an exit code."""

from dataclasses import dataclass


class CourseError(Exception):
    """An error with a message for the person at the terminal; no traceback is shown."""

    exit_code = 1


class UsageError(CourseError):
    """The command was used wrongly: an unknown chapter, no repository, a bad option."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in the source: where it is, what it is and what to do about it."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """`path:line: message`, as editors and compilers print it."""
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}"


class SourceError(CourseError):
    """The annotated tree or a text is not valid, so nothing was woven or written."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep all problems, in the order of path and line."""
        self.problems = sorted(problems, key=lambda p: (p.path, p.line or 0, p.message))
        super().__init__("\n".join(str(problem) for problem in self.problems))
