"""The weaver: from the annotated tree to checkpoint N, as a pure function."""

from dataclasses import dataclass, field

from course.errors import Problem, SourceError
from course.source import checkpoint_readme, requirements
from course.source.annotated import Annotated, Line, Region
from course.source.claims import MAIN, Claims, early_forms
from course.source.manifest import Course, read_course
from course.source.markers import SUSPECT, WANTED, Parser, Span
from course.source.syntax import syntax_of
from course.tree import SYMLINK, File, Tree

_MAY_BE_EMPTY = ("__init__.py", ".gitkeep", "py.typed")


@dataclass(frozen=True, slots=True)
class Unit:
    """What chapter n adds and a test should miss: a file, a region, or marked lines."""

    path: str  # where it stands in the annotated tree
    first: int  # its lines there, from 1; 0 and 0 for a whole file
    last: int
    name: str | None  # the region's
    n: int
    target: str = ""  # the path that it has in the checkpoint

    @property
    def id(self) -> str:
        """`path`, `path#region` or `path:line`, as a manifest excuses it."""
        if not self.last:
            return self.path
        return f"{self.path}#{self.name}" if self.name else f"{self.path}:{self.first}"

    @property
    def location(self) -> str:
        """`path:line`, as a report lists it."""
        return f"{self.path}:{self.first or 1}"


@dataclass(frozen=True, slots=True)
class Form:
    """A file as the chapters of its span have it; parsed where it holds markers."""

    source: str  # its path in the annotated tree
    target: str  # its path in a checkpoint
    span: Span
    file: File
    parsed: Annotated | None = None
    woven: dict[int, File] = field(default_factory=dict)

    def at(self, number: int) -> File:
        """Return the file of a chapter; one without markers is shared, not copied."""
        if self.parsed is None:
            return self.file
        state = max((c for c in self.parsed.chapters if c <= number), default=0)
        if state not in self.woven:
            self.woven[state] = File(self.parsed.weave(number), self.file.mode)
        return self.woven[state]


class Source:
    """The annotated tree, read and checked once; from it every checkpoint is woven."""

    def __init__(self, tree: Tree, course: Course, forms: list[Form]) -> None:
        """Take the parts; use `Source.read`, which checks them."""
        self.tree, self.course = tree, course
        self.forms = forms
        self._pins: dict[tuple[bytes, ...], bytes] = {}

    @property
    def last(self) -> int:
        """The number of the last chapter."""
        return self.course.last

    @classmethod
    def read(cls, tree: Tree) -> "Source":
        """Parse and check the whole tree; raises SourceError with every fault in it."""
        course = read_course(tree)
        claims = Claims(course, tree)
        problems: list[Problem] = []
        early = early_forms(tree, course.chapters)
        owners = {path: claims.owner(path) for path in tree}
        problems += _unclaimed(owners)
        forms = []
        for path, file in tree.items():
            owner = owners[path]
            if owner is not None and owner != MAIN:
                span = Span(owner)
                forms.append(_read_form(path, path, span, file, course, problems))
        for path, found in early.items():
            owner = claims.owner(path) if path in tree else None
            ends = [number for number, _ in found[1:]] + [owner or MAIN]
            for (number, source), end in zip(found, ends, strict=True):
                if end <= number:
                    problems.append(_lost_form(path, source, number, owner))
                    continue
                span = Span(number, end)
                form = _read_form(source, path, span, tree[source], course, problems)
                forms.append(form)
        claims.check_use()
        problems += claims.problems
        made = cls(tree, course, forms)
        if not problems:
            problems += made._check_results()
        if problems:
            raise SourceError(problems)
        return made

    def weave(self, number: int, without: Unit | None = None) -> dict[str, File]:
        """Return checkpoint `number`, complete; the empty tree for 0.

        `without` leaves one unit out, to see whether a test misses it. Raises
        UsageError for a chapter that is not there.
        """
        if number == 0:
            return {}
        chapter = self.course.chapter(number)
        woven = {
            form.target: form.at(number)
            for form in self.forms
            if form.span.first <= number < form.span.end
        }
        if without is not None:
            self._leave_out(woven, number, without)
        readme = checkpoint_readme.write(self.course, chapter)
        woven["README.md"] = File(readme.encode())
        self._pin(woven)
        return dict(sorted(woven.items()))

    def units(self, number: int) -> list[Unit]:
        """List what chapter `number` adds to the code, by path and line."""
        self.course.chapter(number)
        units = []
        for form in self.forms:
            if not _is_code(form.target):
                continue
            if form.span.first == number:
                if form.file.data:
                    units.append(Unit(form.source, 0, 0, None, number, form.target))
            elif form.parsed and number in form.parsed.chapters:
                units += _units_inside(form, form.parsed, number)
        return sorted(units, key=lambda unit: (unit.path, unit.first))

    def _leave_out(self, woven: dict[str, File], number: int, unit: Unit) -> None:
        for form in self.forms:
            if form.source == unit.path and form.span.first <= number < form.span.end:
                del woven[form.target]
                if unit.last and form.parsed:
                    lines = (unit.first, unit.last)
                    data = form.parsed.weave(number, lines)
                    woven[form.target] = File(data, form.file.mode)

    def _pin(self, woven: dict[str, File]) -> None:
        """Cut the pins down to what this checkpoint asks for."""
        pins = woven.get(requirements.PINS)
        if pins is None:
            return
        asked = {
            path: woven[path].data
            for path in requirements.REQUIREMENT_FILES
            if path in woven
        }
        key = (pins.data, *asked.values())
        if key not in self._pins:
            self._pins[key] = requirements.closure(pins.data, asked)
        woven[requirements.PINS] = File(self._pins[key], pins.mode)

    def _check_results(self) -> list[Problem]:
        """Check what only shows in the woven files: emptied ones, missing pins."""
        problems = []
        for form in self.forms:
            if form.parsed is None or form.target.endswith(_MAY_BE_EMPTY):
                continue
            for number in sorted({form.span.first, *form.parsed.chapters}):
                if number < form.span.end and not form.at(number).data:
                    message = (
                        f"nothing of it is left in chapter {number}: "
                        "let a later chapter claim it"
                    )
                    problems.append(Problem(form.source, None, message))
                    break
        missing: set[Problem] = set()
        for number in range(1, self.last + 1):
            try:
                self.weave(number)
            except SourceError as error:
                missing.update(error.problems)
        return problems + list(missing)


def weave(tree: Tree, number: int) -> dict[str, File]:
    """Read the annotated tree and weave one checkpoint; see `Source` for many."""
    return Source.read(tree).weave(number)


def _read_form(
    source: str,
    target: str,
    span: Span,
    file: File,
    course: Course,
    problems: list[Problem],
) -> Form:
    """Parse a file if it may hold markers; a chapter's own texts are never parsed."""
    form = Form(source, target, span, file)
    is_text = target.startswith("chapters/")
    if is_text or file.mode == SYMLINK or not SUSPECT.search(file.data):
        return form
    if b"\0" in file.data:
        return form
    syntax = syntax_of(target, file.data)
    if syntax is None:
        wanted = WANTED.search(file.data)
        if wanted:
            line = file.data.count(b"\n", 0, wanted.start()) + 1
            message = (
                "this type of file has no markers: let a chapter claim the whole file, "
                "or keep its early form in chapters/NN-slug/files/"
            )
            problems.append(Problem(source, line, message))
        return form
    parser = Parser(source, syntax, span, course.last)
    parsed = parser.parse(file.data.decode("utf-8", "surrogateescape"))
    problems += parser.problems
    return Form(source, target, span, file, parsed if parsed.markers else None)


def _unclaimed(owners: dict[str, int | None]) -> list[Problem]:
    """Report what no chapter claims; a folder of which nothing is claimed, once."""
    folders: dict[str, list[int | None]] = {}
    for path, owner in owners.items():
        folders.setdefault(_top(path), []).append(owner)
    problems = {}
    for path in (path for path, owner in owners.items() if owner is None):
        inside = folders[_top(path)]
        if len(inside) > 1 and all(owner is None for owner in inside):
            path, what = _top(path), f"any of its {len(inside):,} files"
        else:
            what = "this file"
        problems[path] = Problem(
            path,
            None,
            f"no chapter claims {what}: name it in a chapter.toml, or in main_only of "
            "chapters/course.toml",
        )
    return list(problems.values())


def _top(path: str) -> str:
    """Return the folder at the top that holds the file, or the file that lies there."""
    folder, slash, _ = path.partition("/")
    return folder + slash


def _lost_form(path: str, source: str, number: int, owner: int | None) -> Problem:
    if owner is None or owner == MAIN:
        message = f"no later chapter claims `{path}`, so this form never ends: claim it"
    else:
        message = (
            f"`{path}` is chapter {owner}'s, so chapter {number} is too late for "
            "another form: remove it, or let a later chapter claim the file"
        )
    return Problem(source, None, message)


_CODE = (
    *(".py", ".html", ".jinja", ".j2", ".mako", ".js", ".mjs", ".json", ".sql", ".sh"),
    *(".yml", ".yaml", ".ini", ".conf"),
)


def _is_code(path: str) -> bool:
    """Whether a test should miss the file: not prose, tests, styles or settings.

    Nor a package of our own, which has its tests beside it.
    """
    name = path.rpartition("/")[2]
    others = ("chapters/", "test/", requirements.OWN_PACKAGES)
    if path.startswith(others) or name.startswith("."):
        return False
    return name.endswith(_CODE)


def _units_inside(form: Form, parsed: Annotated, number: int) -> list[Unit]:
    units = []
    for nodes, _ in parsed.walk():
        run: list[int] = []
        for node in [*nodes, Line(0, "")]:
            if isinstance(node, Line) and node.chapter == number:
                run.append(node.number)
                continue
            if run:
                first, last = run[0], run[-1]
                units.append(Unit(form.source, first, last, None, number, form.target))
                run = []
            if isinstance(node, Region) and node.first == number:
                units.append(
                    Unit(
                        *(form.source, node.opens, node.last, node.name),
                        *(number, form.target),
                    )
                )
    return units


def start_tree(before: Tree, tree: Tree, folder: str) -> dict[str, File]:
    """Return the tree a chapter begins with: the one before, and its own folder."""
    text = {path: file for path, file in tree.items() if path.startswith(folder + "/")}
    return {**before, **text}
