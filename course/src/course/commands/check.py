"""`course check [EXERCISE]`: which steps of an exercise hold in the learner's tree."""

import sys
from typing import TYPE_CHECKING

import click

from course.terminal import display_tool

if TYPE_CHECKING:
    from course.learner.attempt import Attempt


@click.command()
@click.argument("exercise", required=False)
def command(exercise: str | None) -> None:
    """Check your attempt at an EXERCISE: which steps hold, and which do not yet.

    Without a name: all exercises of your chapter. A part of the name is enough. Exit
    code 0 if every step holds, 1 if not.

    \b
    Example:
      course check
      course check a-page
    """
    from course.learner.attempt import attempt, find, read
    from course.learner.clone import Clone

    clone = Clone.here()
    chapter = clone.own_chapter()
    if exercise is not None:
        found = attempt(clone, find(clone, exercise))
        _show(found)
        sys.exit(0 if found.solved else 1)
    solved = True
    folders = clone.exercises_of(chapter)
    if not folders:
        click.echo(f"Chapter {chapter.number} has no exercises.")
    for folder in folders:
        found = attempt(clone, read(clone, folder))
        hold = sum(step.holds for step in found.steps)
        state = "solved" if found.solved else f"{hold} of {len(found.steps)} steps hold"
        click.echo(f"{found.exercise.name}: {found.exercise.title} ({state})")
        solved = solved and found.solved
    sys.exit(0 if solved else 1)


def _show(found: "Attempt") -> None:
    """Print each step in plain words, and what to do next."""
    exercise = found.exercise
    click.echo(f"{exercise.title}\n")
    for step in found.steps:
        colour = "green" if step.holds else "red"
        mark = click.style("holds  " if step.holds else "not yet", fg=colour)
        click.echo(f"  {mark}  {step.sentence}")
        if not step.holds:
            click.echo(f"           {step.why}")
    if found.tests_changed:
        click.echo("\nYou have changed the exercise's tests, so this is not recorded.")
        click.echo(f"To get them back: `{display_tool()} reset {exercise.name}`")
    if found.solved:
        click.echo("\nSolved.")
    else:
        click.echo(f"\nStuck? `{display_tool()} hint {exercise.name}`")
