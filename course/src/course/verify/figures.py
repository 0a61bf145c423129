"""The figures of the course: what its one source costs, and what each chapter adds."""

import re
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher

from course.source.manifest import Chapter
from course.source.requirements import PINS
from course.source.weave import Form, Source
from course.text.parser import read_texts
from course.tree import SYMLINK, File, Tree

MAX_MARKER_SHARE = 0.03  # of all lines
MAX_REPLACED_SHARE = 0.02  # of all lines
_TEST = re.compile(rb"^\s*(?:async )?def test_", re.M)


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
        }


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
        chapters.append(_count_chapter(tree, chapter, added, after))
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
    tree: Tree, chapter: Chapter, added: int, after: Tree
) -> ChapterFigures:
    blocks = [block for part in read_texts(tree, chapter) for block in part.blocks]
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
