"""The figures of the course: what its one source costs, and what each chapter adds."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher

from course.source.manifest import MAX_PART_MINUTES, Chapter
from course.source.requirements import PINS
from course.source.weave import Form, Source, start_tree
from course.text.minutes import Effort, effort
from course.text.parser import read_texts
from course.text.shares import Shares, shares
from course.text.snags import snags
from course.tree import SYMLINK, File, Tree

MAX_MARKER_SHARE = 0.03  # of all lines
MAX_REPLACED_SHARE = 0.02  # of all lines
MIN_TYPED_SHARE = 0.30  # of the app's lines that a chapter adds
MIN_SEEN_SHARE = 0.50  # of them, typed or shown `once more`
MAX_MINUTES_OFF = 5.0  # that a manifest may be away from the formula
MAX_WORDS = 3000  # of a part
_TEST = re.compile(rb"^\s*(?:async )?def test_", re.M)


@dataclass(frozen=True, slots=True)
class PartFigures:
    """What one part asks of its reader, and the minutes that the manifest promises."""

    number: int
    effort: Effort
    promised: int
    tests: float | None = None  # seconds that its test runs took; None: not measured

    @property
    def minutes(self) -> float:
        """The minutes that the part takes by the formula."""
        return self.effort.minutes(self.tests or 0.0)

    def missed(self) -> list[str]:
        """Say how far the part is from the goals."""
        found = []
        if round(self.minutes) > MAX_PART_MINUTES:
            found.append(f"{self.minutes:.0f} minutes, {MAX_PART_MINUTES} at most")
        if abs(self.minutes - self.promised) > MAX_MINUTES_OFF:
            found.append(f"{self.minutes:.0f} minutes, {self.promised} in the manifest")
        if self.effort.words >= MAX_WORDS:
            found.append(f"{self.effort.words} words, under {MAX_WORDS:,} wanted")
        return found


@dataclass(frozen=True, slots=True)
class ChapterFigures:
    """What one chapter adds to the code, and how its text brings that."""

    number: int
    slug: str
    added: int  # lines of code and tests
    taught: int  # of them, typed from the text
    given: int  # of them, fetched whole
    tests: int  # test functions
    checked: int  # blocks of the text
    excused: int  # blocks that are not checked, with a reason
    app: Shares  # of the app's own lines
    parts: tuple[PartFigures, ...]
    snags: tuple[str, ...]  # what will stop a reader, with file and line

    def missed(self) -> list[str]:
        """Say how far the chapter is from the goals of a lesson, in a line each."""
        found = []
        for share, least, what in (
            (self.app.typed_share, MIN_TYPED_SHARE, "typed"),
            (self.app.seen_share, MIN_SEEN_SHARE, "typed or shown once more"),
        ):
            if share < least:
                found.append(f"{share:.0%} {what}, at least {least:.0%} wanted")
        for part in self.parts:
            found += [f"part {part.number}: {one}" for one in part.missed()]
        return [*(f"chapter {self.number}: {one}" for one in found), *self.snags]


@dataclass(frozen=True, slots=True)
class Figures:
    """The annotated tree in numbers; texts and what main keeps are not counted."""

    files: int
    lines: int
    markers: int  # lines that are or end in a marker
    growth_files: tuple[str, ...]  # the files that hold markers
    replaced: int  # lines of regions and early forms that a later chapter replaces
    chapters: tuple[ChapterFigures, ...]

    @property
    def marker_share(self) -> float:
        """Markers as a share of all lines."""
        return self.markers / max(self.lines, 1)

    @property
    def replaced_share(self) -> float:
        """Replaced lines as a share of all lines."""
        return self.replaced / max(self.lines, 1)

    def exceeded(self) -> list[str]:
        """Say which limits the course is over, in a line each."""
        over = []
        if self.marker_share >= MAX_MARKER_SHARE:
            over.append(
                f"markers are {self.marker_share:.1%} of all lines: stay under "
                f"{MAX_MARKER_SHARE:.0%}, with whole files"
            )
        if self.replaced_share >= MAX_REPLACED_SHARE:
            over.append(
                f"{self.replaced_share:.1%} of all lines are replaced later: stay "
                f"under {MAX_REPLACED_SHARE:.0%}, by adding where it can be"
            )
        return over

    def as_json(self) -> dict[str, object]:
        """Return everything as what JSON can hold."""
        return asdict(self) | {
            "marker_share": self.marker_share,
            "replaced_share": self.replaced_share,
            "limits": {
                "marker_share": MAX_MARKER_SHARE,
                "replaced_share": MAX_REPLACED_SHARE,
            },
            "exceeded": self.exceeded(),
            "missed": [one for chapter in self.chapters for one in chapter.missed()],
        }

    def with_tests(self, seconds: Mapping[tuple[int, int], float]) -> "Figures":
        """Return these figures with what test runs took, by chapter and part."""
        chapters = [
            replace(
                one,
                parts=tuple(
                    replace(part, tests=seconds.get((one.number, part.number)))
                    for part in one.parts
                ),
            )
            for one in self.chapters
        ]
        return replace(self, chapters=tuple(chapters))


def count(tree: Tree) -> Figures:
    """Count the annotated tree; raises SourceError where it or a text is not valid."""
    source = Source.read(tree)
    forms = [form for form in source.forms if _counts(form.target, form.file)]
    early = [form for form in forms if form.source != form.target]
    chapters = []
    before: dict[str, File] = {}
    for chapter in source.course.chapters:
        after = source.weave(chapter.number)
        added = _added(before, after)
        found = tuple(map(str, snags(source, chapter.number)))
        chapters.append(_count_chapter(chapter, added, before, after, found))
        before = after
    return Figures(
        files=len(forms),
        lines=sum(_lines(form.file) for form in forms),
        markers=sum(form.parsed.markers for form in forms if form.parsed),
        growth_files=tuple(sorted(form.source for form in forms if form.parsed)),
        replaced=sum(_lines(form.file) for form in early)
        + sum(_replaced(form) for form in forms if form not in early),
        chapters=tuple(chapters),
    )


def _count_chapter(
    chapter: Chapter,
    added: int,
    before: Tree,
    after: Tree,
    found: tuple[str, ...],
) -> ChapterFigures:
    parts = read_texts(after, chapter)
    blocks = [block for part in parts for block in part.blocks]
    taught = min(added, sum(block.typed for block in blocks))
    excused = sum(block.kind == "unchecked" for block in blocks)
    tests = sum(
        len(_TEST.findall(file.data))
        for path, file in after.items()
        if path.startswith(f"{chapter.test_folder}/")
    )
    return ChapterFigures(
        number=chapter.number,
        slug=chapter.slug,
        added=added,
        taught=taught,
        given=added - taught,
        tests=tests,
        checked=len(blocks) - excused,
        excused=excused,
        app=shares(start_tree(before, after, chapter.folder), after, blocks),
        parts=tuple(
            PartFigures(part.number, effort(part, after[part.path].data.decode()), own)
            for part, own in zip(parts, chapter.minutes, strict=True)
        ),
        snags=found,
    )


def _counts(path: str, file: File) -> bool:
    """Whether a file's lines are code: not the texts, the pins or pictures."""
    if path.startswith("chapters/") or path in ("README.md", PINS):
        return False
    return file.mode != SYMLINK and b"\0" not in file.data


def _lines(file: File) -> int:
    return len(file.data.splitlines())


def _replaced(form: Form) -> int:
    return form.parsed.replaced if form.parsed else 0


def _added(before: Tree, after: Tree) -> int:
    """Count the lines that a checkpoint has and the one before has not."""
    total = 0
    for path, file in after.items():
        old = before.get(path)
        if not _counts(path, file) or old is file or old == file:
            continue
        new_lines = file.data.splitlines()
        total += len(new_lines)
        if old is not None:
            matcher = SequenceMatcher(None, old.data.splitlines(), new_lines, False)
            total -= sum(block.size for block in matcher.get_matching_blocks())
    return total
