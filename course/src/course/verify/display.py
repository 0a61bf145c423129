"""What `course verify` shows: progress on a terminal, plain lines where piped."""

import threading
from typing import TYPE_CHECKING

import click

from course.verify.tasks import ProgressReporter, Result, Task

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Plain(ProgressReporter):
    """Prints a line for each check that was run; a knock-out only where it fails."""

    def finished(self, result: Result) -> None:
        """Print the line."""
        super().finished(result)
        quiet = result.task.step == "knockout" and result.verdict.holds
        if not result.cached and not quiet:
            click.echo(line(result))


class Live(ProgressReporter):
    """Shows a bar with what is being run; the lines of finished checks stand above."""

    def __init__(self) -> None:
        """Draw nothing until there is something to run."""
        super().__init__()
        self._progress: Progress | None = None
        self._bar: TaskID | None = None
        self._running: list[Task] = []
        self._lock = threading.Lock()

    def started(self, task: Task) -> None:
        """Name the task beside the bar."""
        with self._lock:
            self._running.append(task)
            self._draw()

    def finished(self, result: Result) -> None:
        """Print its line, advance the bar."""
        with self._lock:
            super().finished(result)
            if result.task in self._running:
                self._running.remove(result.task)
            quiet = result.task.step == "knockout" and result.verdict.holds
            if self._progress and not result.cached and not quiet:
                self._progress.console.print(line(result), markup=False)
            if self._progress:
                self._draw()

    def close(self) -> None:
        """Take the bar away."""
        with self._lock:
            if self._progress:
                self._progress.stop()

    def _draw(self) -> None:
        if self._progress is None:
            from rich import progress

            from course.terminal import console

            columns = (
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeElapsedColumn(),
                progress.TextColumn("{task.description}", markup=False),
            )
            self._progress = progress.Progress(
                *columns, console=console(), transient=True
            )
            self._bar = self._progress.add_task("", total=self.total)
            self._progress.start()
        if self._bar is not None:
            names = ", ".join(task.title for task in self._running)
            self._progress.update(
                self._bar,
                total=self.total,
                completed=len(self.results),
                description=names[:60],
            )


def line(result: Result) -> str:
    """Return one check as a line: title, state, seconds, processor seconds, summary."""
    verdict = result.verdict
    state = "failed" if not verdict.holds else "ok" if verdict.applies else "-"
    title = f"{result.task.title:<21}"
    took = f"{result.seconds:6.1f} s {verdict.cpu_seconds:6.1f} cpu"
    return f"{title} {state:<6} {took}  {verdict.summary}"


def failures(results: list[Result]) -> str:
    """Return every failure whole, with the command that repeats it."""
    parts = []
    for one in results:
        if not one.verdict.holds:
            detail = one.verdict.detail or one.verdict.summary
            head = f"\n{one.task.title} failed:"
            again = f"Again: {one.task.command}" if one.task.chapter else ""
            parts += [head, detail.rstrip("\n"), again]
    return "\n".join(part for part in parts if part)


def closing(results: list[Result], seconds: float) -> str:
    """Return the last line: how many checks hold, and how many results were cached."""
    failed = sum(not one.verdict.holds for one in results)
    cached = sum(one.cached for one in results)
    known = f", {cached} of them as before" if cached else ""
    chapters = len({one.task.chapter for one in results if one.task.chapter})
    of = f"{chapters} chapter" + ("s" if chapters != 1 else "")
    if failed:
        return f"{of}: {failed} of {len(results)} checks failed in {seconds:.1f} s"
    return f"{of}: {len(results)} checks hold{known} ({seconds:.1f} s)"
