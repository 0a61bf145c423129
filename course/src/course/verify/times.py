"""What a verification costs: stored with each result, summed up, and projected.

All is processor time in seconds, which another load on the machine changes little.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from course.verify.results import Results
from course.verify.tasks import STEPS, Task

# The step whose work grows with the chapters before; the others are a chapter's own.
CUMULATIVE_STEP = "test"
# Of CI, besides the usual Python: two other Pythons, the newest packages.
EXTRA_MATRIX_RUNS = 3
# Of CI, of all tests of the last chapter: `make test`, a new project.
FULL_TEST_RUNS = 2


@dataclass
class Times:
    """Processor seconds by step and chapter, and how many checks have no result."""

    seconds: dict[tuple[str, int], float] = field(default_factory=dict)
    missing: int = 0

    @property
    def chapters(self) -> list[int]:
        """The chapters of which anything is known."""
        return sorted({chapter for _, chapter in self.seconds})

    def of(self, step: str, chapter: int) -> float:
        """Return what a step of a chapter cost; 0 where nothing is known."""
        return self.seconds.get((step, chapter), 0.0)

    def total(self, step: str) -> float:
        """Return what a step cost in all chapters."""
        return sum(self.of(step, chapter) for chapter in self.chapters)


@dataclass(frozen=True, slots=True)
class Projection:
    """Processor seconds of all that CI runs of N chapters, without images."""

    chapters: int
    from_nothing: float  # `course verify`
    one_changed: float  # `course verify` after a change in the last chapter
    ci_from_nothing: float
    ci_one_changed: float


def collect(tasks: Iterable[Task], results: Results) -> Times:
    """Sum up what the stored results of these tasks cost when they were run."""
    times = Times()
    for task in tasks:
        verdict = results.get(task.key)
        if verdict is None:
            times.missing += 1
            continue
        place = task.step, task.chapter
        times.seconds[place] = times.seconds.get(place, 0.0) + verdict.cpu_seconds
    return times


def project(times: Times, count: int, outside: float = 0.0) -> Projection:
    """Project the cost of `count` chapters from the measured parts.

    A checkpoint's tests are those of all chapters up to it, so that step grows by the
    chapter; each other step costs of every chapter what it does on average. CI runs a
    checkpoint's own tests and its start for every other Python, all tests of the last
    one a few times more, and what lies outside of any chapter: seconds for the tests of
    the tool, the pages in a browser.
    """
    known = times.chapters
    if not known:
        return Projection(count, 0.0, 0.0, outside, outside)
    means: Mapping[str, float] = {
        step: times.total(step) / len(known)
        for step in STEPS
        if step != CUMULATIVE_STEP
    }
    # All tests of K chapters, seen at each of them: 1 + 2 + ... + K chapters' tests.
    per_chapter = times.total(CUMULATIVE_STEP) / sum(known)
    each = sum(means.values())
    whole = per_chapter * count
    other = EXTRA_MATRIX_RUNS * (
        per_chapter * (count - 1) + whole + means["start"] * count
    )
    changed_other = EXTRA_MATRIX_RUNS * (whole + means["start"])
    from_nothing = per_chapter * count * (count + 1) / 2 + each * count
    one_changed = whole + each
    extra = FULL_TEST_RUNS * whole + outside
    return Projection(
        chapters=count,
        from_nothing=from_nothing,
        one_changed=one_changed,
        ci_from_nothing=from_nothing + other + extra,
        ci_one_changed=one_changed + changed_other + extra,
    )
