"""`course status`: the chapters, where the learner is, what is done."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from course.terminal import display_tool, print_table, shorten

if TYPE_CHECKING:
    from course.learner.clone import Clone
    from course.learner.progress import Progress

HEADINGS = ("", "chapter", "parts", "minutes", "done", "exercises")
TITLE_CHARACTERS = 44  # so that a line has at most 80


@click.command()
def command() -> None:
    """Show the chapters, where you are and what is done.

    A chapter is done when `course test` has seen its tests pass in your tree, an
    exercise when `course check` has seen all its steps hold.

    \b
    Example:
      course status
    """
    from course.learner.clone import Clone
    from course.learner.progress import read_progress

    clone = Clone.here()
    progress = read_progress(clone.repository)
    rows = _rows(clone, progress)
    print_table(HEADINGS, rows, right=(2, 3), green=lambda row: bool(row[4]))
    click.echo()
    for line in _where(clone, progress):
        click.echo(line)


def _rows(clone: "Clone", progress: "Progress") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for chapter in clone.course.chapters:
        exercises = clone.exercises_of(chapter)
        solved = sum(one.label in progress.exercises for one in exercises)
        rows.append(
            (
                str(chapter.number),
                shorten(chapter.title, TITLE_CHARACTERS),
                str(len(chapter.minutes)),
                str(sum(chapter.minutes)),
                "yes" if chapter.number in progress.chapters else "",
                f"{solved} of {len(exercises)}" if exercises else "",
            )
        )
    return rows


def _where(clone: "Clone", progress: "Progress") -> list[str]:
    """Say where the learner stands, where their own trees are, and what is next."""
    from course.git.worktrees import uncommitted
    from course.learner.clone import display_path
    from course.learner.running import moved_environment

    root = clone.repository.root
    branch = clone.branch or "no branch (a detached HEAD)"
    chapter = "" if clone.chapter is None else f", chapter {clone.chapter.number}"
    lines = [f"You are in {root} on {branch}{chapter}."]
    if chapter and (paths := uncommitted(root)):
        count = "1 file is" if len(paths) == 1 else f"{len(paths)} files are"
        lines.append(f"{count} not committed.")
    trees = clone.own_trees()
    for number, path in trees.items():
        if path != root:
            lines.append(f"my-chapter-{number} is in {display_path(path)}.")
    folders = dict.fromkeys([*trees.values(), *([root] if chapter else [])])
    lines += [line for folder in folders if (line := moved_environment(folder))]
    return [*lines, _next(clone, progress, trees)]


def _next(clone: "Clone", progress: "Progress", begun: Collection[int]) -> str:
    """Say what to do next: go on with a chapter that is begun, or begin another."""
    done, tool = progress.chapters, display_tool()
    if clone.chapter and clone.chapter.number not in done and not clone.published:
        number = clone.chapter.number
        return f"Next: {tool} compare (how far you are), {tool} test {number}"
    left = [c.number for c in clone.course.chapters if c.number not in done]
    if not left:
        return "Every chapter is done."
    if under_way := [number for number in left if number in begun]:
        return f"Next: {tool} start {under_way[-1]} (goes on with your chapter)"
    following = [number for number in left if number > max(done, default=0)]
    if following:
        return f"Next: {tool} start {following[0]}"
    missing = ", ".join(map(str, left))
    which = f"chapter {missing} is" if len(left) == 1 else f"chapters {missing} are"
    return f"You are at the course's end; {which} not done: {tool} start {left[0]}"
