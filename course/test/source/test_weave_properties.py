"""What holds for any well-formed annotated tree, tried with generated ones."""

import subprocess
import sys
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course.source.weave import Source
from course.tree import EXECUTABLE, REGULAR, SYMLINK, File

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]  # a busy machine is no fault
well_formed = settings(deadline=None, max_examples=60, suppress_health_check=SLOW)

STYLES = {
    ".py": ("#", ""),
    ".css": ("/*", "*/"),
    ".html": ("{#", "#}"),
    ".ini": ("#", ""),
}
NO_END = 99
HEAD = 'title = "T"\nconcept = "c"\nshows = "s"\nminutes = [1]\n'


@dataclass(frozen=True)
class Written:
    """A generated file: its text, and its lines with the chapters they have."""

    text: str
    lines: list[tuple[str, int, int]]  # the woven line, first, end


@dataclass
class Writer:
    """Draws the lines and regions of a file; notes what each chapter should get."""

    draw: st.DrawFn
    suffix: str
    last: int
    until: bool
    ending: str = "\n"
    names: int = 0

    def comment(self, text: str) -> str:
        opens, closes = STYLES[self.suffix]
        return f"{opens} {text} {closes}".rstrip() + self.ending

    def block(
        self, first: int, end: int, kept: bool, depth: int, out: Written
    ) -> Written:
        text, lines = out.text, out.lines
        for _ in range(self.draw(st.integers(0, 4))):
            kind = self.draw(
                st.sampled_from(["line", "line", "blank", "marked", "region"])
            )
            if kind == "region" and depth < 3 and first < self.last and first < end:
                text = self.region(first, end, kept, depth, Written(text, lines)).text
            elif kind == "blank":
                text += self.ending
            elif kind == "marked" and self.can_mark(first, end, kept):
                chapter = self.draw(st.integers(first + 1, min(self.last, end - 1)))
                code = self.code()
                text += f"{code}  {self.comment(f'chapter {chapter}')}"
                lines.append((code, chapter, end))
            else:
                code = self.code()
                text += self.comment(f"| {code}") if kept else code + self.ending
                lines.append((code, first, end))
        return Written(text, lines)

    def can_mark(self, first: int, end: int, kept: bool) -> bool:
        return first < min(self.last, end - 1) and not kept and self.suffix != ".ini"

    def code(self) -> str:
        """Write a line that no other has, so that a lost one is seen."""
        self.names += 1
        odd = self.draw(st.sampled_from(["", "é", "\udcff", "# why", "x  y"]))
        return f"line{self.names} {odd}".rstrip()

    def region(
        self, first: int, end: int, kept: bool, depth: int, out: Written
    ) -> Written:
        self.names += 1
        name = f"r{self.names}"
        kind = self.draw(st.sampled_from(["chapter", "main", "until"]))
        if kind == "main":
            inner_first, inner_end, spec = NO_END, NO_END, "main"
        elif kind == "until" and self.until:
            inner_first = self.draw(st.integers(first, min(self.last, end) - 1))
            highest = min(self.last, end - 1) if inner_first == first else end
            highest = min(self.last, highest)
            if highest <= inner_first:
                return out
            inner_end = self.draw(st.integers(inner_first + 1, highest))
            spec = f"chapter {inner_first} until {inner_end}"
            kept = True
        elif first < min(self.last, end - 1):
            inner_first = self.draw(st.integers(first + 1, min(self.last, end - 1)))
            inner_end, spec = end, f"chapter {inner_first}"
        else:
            return out
        text = out.text + self.comment(f"region {spec}: {name}")
        inner = Written(text, out.lines)
        inner = self.block(inner_first, inner_end, kept, depth + 1, inner)
        text = inner.text + self.comment(f"endregion {name}")
        return Written(text, out.lines)


@dataclass(frozen=True)
class Generated:
    """A generated tree, and what each chapter should have of each path."""

    tree: dict[str, File]
    last: int
    written: dict[str, tuple[int, list[tuple[str, int, int]]]]
    copied: dict[str, tuple[int, File]]


@st.composite
def trees(draw: st.DrawFn, until: bool = True) -> Generated:
    last = draw(st.integers(1, 5))
    claims: dict[int, list[str]] = {number: [] for number in range(1, last + 1)}
    tree, written, copied = {}, {}, {}
    for at in range(draw(st.integers(1, 5))):
        owner = draw(st.integers(1, last))
        name = draw(st.sampled_from(["a", "b c", "é", "\udcfe", "deep/er/x"]))
        suffix = draw(st.sampled_from([*STYLES, ".json", ".png"]))
        path = f"apps/{at}{name}{suffix}"
        claims[owner].append(path)
        mode = draw(st.sampled_from([REGULAR, EXECUTABLE]))
        if suffix not in STYLES:
            data = draw(st.binary(max_size=20)) + b"\r\n\0chapter 1"
            file = File(data, draw(st.sampled_from([mode, SYMLINK])))
            copied[path] = (owner, file)
        else:
            ending = draw(st.sampled_from(["\n", "\r\n"]))
            writer = Writer(draw, suffix, last, until, ending)
            lines = [("head", owner, NO_END)]
            made = Written("head" + ending, lines)
            made = writer.block(owner, NO_END, False, 0, made)
            text = made.text
            if draw(st.booleans()):
                text = text.removesuffix(ending)
            file = File(text.encode("utf-8", "surrogateescape"), mode)
            written[path] = (owner, lines)
        tree[path] = file
    tree["Makefile"] = File(b"# region chapter 77: not read\n")
    tree["chapters/course.toml"] = File(b'main_only = ["Makefile"]\n')
    for number, paths in claims.items():
        folder = f"chapters/{number:02}-c"
        names = [name for name in paths if "\udcfe" not in name]
        odd = [name for name in paths if "\udcfe" in name]
        for name in odd:  # TOML is UTF-8: such a name is claimed by its folder
            tree[name.replace("apps/", f"odd{number}/")] = tree.pop(name)
            moved = name.replace("apps/", f"odd{number}/")
            for record in (written, copied):
                if name in record:
                    record[moved] = record.pop(name)
        files = names + ([f"odd{number}/"] if odd else [])
        listed = ", ".join(f'"{name}"' for name in files)
        tree[f"{folder}/README.md"] = File(f"# Chapter {number}: T\n".encode())
        tree[f"{folder}/chapter.toml"] = File(f"{HEAD}files = [{listed}]\n".encode())
    return Generated(tree, last, written, copied)


def lines_of(file: File) -> list[str]:
    """Return the lines of a woven file that say something."""
    text = file.data.decode("utf-8", "surrogateescape")
    return [line.rstrip("\r") for line in text.split("\n") if line.strip("\r")]


def live(lines: list[tuple[str, int, int]], number: int) -> list[str]:
    return [line for line, first, end in lines if first <= number < end]


@well_formed
@given(trees())
def test_each_chapter_has_exactly_its_own_lines_in_their_order(made: Generated) -> None:
    source = Source.read(made.tree)
    for number in range(1, made.last + 1):
        woven = source.weave(number)
        for path, (owner, lines) in made.written.items():
            assert (path in woven) == (owner <= number)
            if owner <= number:
                assert lines_of(woven[path]) == live(lines, number)


@well_formed
@given(trees())
def test_the_last_chapter_has_every_live_line(made: Generated) -> None:
    woven = Source.read(made.tree).weave(made.last)
    for path, (_, lines) in made.written.items():
        here = [line for line, first, end in lines if first < NO_END == end]
        assert lines_of(woven[path]) == here


@well_formed
@given(trees(until=False))
def test_chapters_only_add_where_nothing_is_replaced(made: Generated) -> None:
    source = Source.read(made.tree)
    before: dict[str, File] = {}
    for number in range(1, made.last + 1):
        woven = source.weave(number)
        for path in before.keys() - {"README.md"}:
            remaining = iter(lines_of(woven[path]))
            assert all(line in remaining for line in lines_of(before[path]))
        before = woven


@well_formed
@given(trees())
def test_no_marker_survives(made: Generated) -> None:
    source = Source.read(made.tree)
    for number in range(1, made.last + 1):
        for path, file in source.weave(number).items():
            if path in made.written:
                text = file.data
                assert b"region" not in text
                assert b"chapter" not in text
                assert b"| line" not in text


@well_formed
@given(trees())
def test_two_weaves_are_equal_and_leave_the_source_alone(made: Generated) -> None:
    before = dict(made.tree)
    source, again = Source.read(made.tree), Source.read(made.tree)
    for number in [*range(1, made.last + 1), *range(made.last, 0, -1)]:
        assert source.weave(number) == again.weave(number)
    assert made.tree == before


@well_formed
@given(trees())
def test_copied_files_and_every_mode_come_through(made: Generated) -> None:
    source = Source.read(made.tree)
    for number in range(1, made.last + 1):
        woven = source.weave(number)
        for path, (owner, file) in made.copied.items():
            assert woven.get(path) == (file if owner <= number else None)
        for path, (owner, _) in made.written.items():
            if owner <= number:
                assert woven[path].mode == made.tree[path].mode


@well_formed
@given(trees())
def test_no_blank_line_stays_where_the_head_or_the_foot_went(made: Generated) -> None:
    source = Source.read(made.tree)
    for path, (owner, lines) in made.written.items():
        *_, final = lines
        woven = source.weave(owner)[path].data
        if not final[1] <= owner < final[2] and b"\n" in woven:
            assert woven.splitlines()[-1].strip()


@well_formed
@given(trees())
def test_leaving_a_unit_out_takes_its_lines_and_no_others(made: Generated) -> None:
    source = Source.read(made.tree)
    for number in range(1, made.last + 1):
        whole = source.weave(number)
        for unit in source.units(number):
            cut = source.weave(number, without=unit)
            changed = {path for path in whole if cut.get(path) != whole[path]}
            assert changed <= {unit.target}
            if unit.last and changed:
                remaining = iter(lines_of(whole[unit.target]))
                assert all(line in remaining for line in lines_of(cut[unit.target]))
            elif not unit.last:
                assert unit.target not in cut


STATEMENTS = [
    "import os{mark}\n",
    "VALUE{n} = {n}{mark}\n",
    "def function{n}():\n    return {n}\n",
    "class Thing{n}:\n    def method(self):\n        return {n}\n",
    "@property\ndef decorated{n}():\n    pass\n",
    "if VALUE:\n    call({n})\n",
    "# A remark.\nREMARK{n} = {n}\n",
    "ITEMS{n} = [\n    1,\n    2,{mark}\n]\n",
]


INNER = ["first({n})\n", "\nsecond({n})\n", "\ndef inner{n}(self):\n    pass\n"]


def indented(text: str) -> str:
    return "".join(
        f"    {line}" if line.strip() else line for line in text.splitlines(True)
    )


@st.composite
def modules(draw: st.DrawFn) -> str:
    """Write a Python module with a docstring, marked lines and regions of chapter 2."""
    text = '"""A module."""\n\nimport sys\n\nVALUE = sys\n'
    for n in range(draw(st.integers(1, 7))):
        statement = draw(st.sampled_from(STATEMENTS))
        marked = draw(st.booleans())
        region = draw(st.booleans()) and "import" not in statement
        mark = "  # chapter 2" if marked and not region else ""
        block = statement.format(n=n, mark=mark)
        if region:
            block = f"# region chapter 2: r{n}\n{block}# endregion r{n}\n"
        text += "\n" * draw(st.integers(0, 2)) + block
    return text + draw(suites())


@st.composite
def suites(draw: st.DrawFn) -> str:
    """Write a class or a function with regions of chapter 2 anywhere inside it."""
    head = draw(st.sampled_from(["class Suite:", "def suite():", "if VALUE:"]))
    chosen = INNER if head.startswith("class") else INNER[:2]
    body = ""
    for n in range(draw(st.integers(1, 5))):
        block = draw(st.sampled_from(chosen)).format(n=n)
        if draw(st.booleans()):
            block = f"# region chapter 2: s{n}\n{block.lstrip()}# endregion s{n}\n"
        body += "\n" * draw(st.integers(0, 1)) + block
    return f"\n\n{head}\n{indented(body)}    last()\n\n\nafter()\n"


def ruff_format(sources: dict[str, str], folder: str) -> dict[str, str]:
    """Format modules, all in one process, each in a file of its own."""
    from pathlib import Path

    for name, text in sources.items():
        (Path(folder) / name).write_text(text)
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--isolated", folder]
    subprocess.run(command, check=True)
    return {name: (Path(folder) / name).read_text() for name in sources}


def test_woven_python_is_formatted_where_the_source_is(tmp_path) -> None:
    samples: list[str] = []

    @settings(well_formed, max_examples=150, database=None, derandomize=True)
    @given(modules())
    def collect(text: str) -> None:
        samples.append(text)

    collect()
    names = {f"m{at}.py": text for at, text in enumerate(dict.fromkeys(samples))}
    formatted = ruff_format(names, str(tmp_path))
    tree = {f"apps/{name}": File(text.encode()) for name, text in formatted.items()}
    tree["chapters/course.toml"] = File(b"")
    for number, files in ((1, 'files = ["apps/"]'), (2, "")):
        folder = f"chapters/{number:02}-c"
        tree[f"{folder}/README.md"] = File(f"# Chapter {number}: T\n".encode())
        tree[f"{folder}/chapter.toml"] = File(f"{HEAD}{files}\n".encode())
    source = Source.read(tree)
    for number in (1, 2):
        woven = source.weave(number)
        texts = {name: woven[f"apps/{name}"].data.decode() for name in formatted}
        again = ruff_format(texts, str(tmp_path))
        wrong = {name: texts[name] for name in texts if again[name] != texts[name]}
        assert not wrong, "\n----\n".join(wrong.values())
