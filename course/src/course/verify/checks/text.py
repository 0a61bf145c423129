"""The *text* step: the text, typed and run, ends at exactly the checkpoint."""

import sys
from pathlib import Path

from course.run import processes
from course.run.environments import recipe
from course.verify.checkpoints import Bench, below
from course.verify.results import Verdict

LIMIT = 1200.0  # seconds for a chapter; each of its commands has its own


def key(bench: Bench, number: int) -> list[object]:
    """Follow from both codes, the environment it begins with and all texts so far.

    The app serves the texts of earlier chapters, so outputs of this one show them.
    """
    own = below(bench.source.tree, bench.course.chapter(number).folder)
    texts = below(bench.tree(number), "chapters")
    keys = [bench.code_key(number), bench.code_key(number - 1)]
    keys += [bench.digests.of(own), bench.digests.of(texts)]
    return [*keys, recipe(bench.tree(number - 1), bench.python).key]


def check(bench: Bench, number: int) -> Verdict:
    """Type the text in a program of its own, which an interrupt can end."""
    folder = bench.write(bench.source.tree)
    python = bench.recipe(number).python.path
    program = [sys.executable, "-P", "-m", "course.text"]
    command = [*program, folder, number, python]
    package = Path(__file__).parents[3]
    env = processes.clean_environment(PYTHONPATH=str(package))
    done = processes.run(command, folder, seconds=LIMIT, env=env)
    if done.ok:
        return Verdict(True, done.output.strip())
    summary = f"took longer than {LIMIT:.0f} s" if done.timed_out else "does not hold"
    return Verdict(False, summary, done.output)
