"""Weaving whole trees: who gets which file, in which form, and what is refused."""

import pytest

from course.errors import SourceError, UsageError
from course.source.weave import Source, weave
from course.tree import EXECUTABLE, SYMLINK, File

HEAD = 'title = "T"\nconcept = "c"\nshows = "s"\nminutes = [1]\n'


def make(*claims: str, **files: str | bytes | File) -> dict[str, File]:
    """Write a course with one chapter for each list of claims, and these files."""
    tree = {"chapters/course.toml": File(b'main_only = ["course/"]\n')}
    for number, claim in enumerate(claims, start=1):
        folder = f"chapters/{number:02}-c{number}"
        tree[f"{folder}/README.md"] = File(f"# Chapter {number}: T\n".encode())
        listed = ", ".join(f'"{path}"' for path in claim.split())
        tree[f"{folder}/chapter.toml"] = File(f"{HEAD}files = [{listed}]\n".encode())
    return tree | {path: as_file(file) for path, file in files.items()}


def as_file(file: str | bytes | File) -> File:
    if isinstance(file, File):
        return file
    return File(file.encode() if isinstance(file, str) else file)


def faults(tree: dict[str, File]) -> list[str]:
    with pytest.raises(SourceError) as caught:
        Source.read(tree)
    return [str(problem) for problem in caught.value.problems]


def paths(tree: dict[str, File], number: int) -> set[str]:
    """Name what a checkpoint has beside its texts."""
    return {path for path in weave(tree, number) if not path.startswith("chapters/")}


def test_a_file_is_there_from_its_chapter_on() -> None:
    tree = make("a.py", "apps/", **{"a.py": "1\n", "apps/b.py": "2\n"})
    assert paths(tree, 1) == {"README.md", "a.py"}
    assert paths(tree, 2) == {"README.md", "a.py", "apps/b.py"}


def test_chapter_zero_is_empty_and_others_are_bad_use() -> None:
    source = Source.read(make("a.py", **{"a.py": "1\n"}))
    assert source.weave(0) == {}
    for number in (-1, 2):
        with pytest.raises(UsageError, match="the course has 1 to 1"):
            source.weave(number)


def test_the_longest_claim_wins() -> None:
    tree = make(
        "apps/",
        "apps/user/",
        "apps/user/late.py",
        **{"apps/a.py": "", "apps/user/b.py": "", "apps/user/late.py": ""},
    )
    assert paths(tree, 1) == {"README.md", "apps/a.py"}
    assert paths(tree, 2) == {"README.md", "apps/a.py", "apps/user/b.py"}
    assert "apps/user/late.py" in weave(tree, 3)


def test_tests_and_texts_belong_to_their_chapter_by_convention() -> None:
    tree = make(
        "",
        "",
        **{
            "test/ch01_c1/test_a.py": "",
            "test/ch02_c2/test_b.py": "",
            "chapters/02-c2/map.svg": "<svg/>",
        },
    )
    assert "test/ch02_c2/test_b.py" not in weave(tree, 1)
    assert {"test/ch01_c1/test_a.py", "test/ch02_c2/test_b.py"} <= paths(tree, 2)
    assert "chapters/02-c2/map.svg" in weave(tree, 2)
    assert "chapters/02-c2/README.md" not in weave(tree, 1)


def test_manifests_solutions_and_the_tool_stay_on_main() -> None:
    folder = "chapters/01-c1/exercises/one"
    tree = make(
        "",
        **{
            f"{folder}/README.md": "# Task\n",
            f"{folder}/test_one.py": "",
            f"{folder}/hint.md": "",
            f"{folder}/solution.patch": "",
            "course/tool.py": "# region chapter 9: never read\n",
            "README.md": "# The whole\n",
        },
    )
    assert set(weave(tree, 1)) == {
        "README.md",
        "chapters/01-c1/README.md",
        f"{folder}/README.md",
        f"{folder}/test_one.py",
    }
    assert weave(tree, 1)["README.md"].data.startswith(b"# Chapter 1: T\n")


def test_early_forms_hold_until_a_chapter_claims_the_path() -> None:
    tree = make(
        *("", "", "", "run.py"),
        **{
            "run.py": "four()\n",
            "chapters/01-c1/files/run.py": "one()\ntwo()  # chapter 2\n",
            "chapters/03-c3/files/run.py": File(b"three()\n", EXECUTABLE),
        },
    )
    source = Source.read(tree)
    texts = [source.weave(number)["run.py"].data for number in (1, 2, 3, 4)]
    assert texts == [b"one()\n", b"one()\ntwo()\n", b"three()\n", b"four()\n"]
    assert source.weave(3)["run.py"].mode == EXECUTABLE
    assert not any("/files/" in path for path in source.weave(4))


def test_a_chapter_s_own_texts_are_never_read_for_markers() -> None:
    text = b"# Chapter 1: T\n\n    a  # chapter 1\n\n# region chapter 7: x\n"
    tree = make("", **{"chapters/01-c1/README.md": text})
    assert weave(tree, 1)["chapters/01-c1/README.md"].data == text


def test_odd_files_come_through_unchanged() -> None:
    odd = {
        "a b/ü.py": File(b"x = 1", EXECUTABLE),
        "a b/crlf.py": File(b"x\r\n\r\n"),
        "a b/link.py": File(b"# chapter 3", SYMLINK),
        "a b/bad\udcff.py": File(b"\xff\xfe  # why\n"),
        "a b/picture.png": File(b"\x89PNG\0# region chapter 1: x\n"),
        "a b/wide.py": File("# chapter 9\n".encode("utf-16")),
        "a b/empty.py": File(b""),
        "a b/two.json": File(b'{"region": "chapter 2"}\n'),
        "a b/prose.txt": File(b"The region that chapter 2 covers.\n"),
        "a b/quotes.py": File(b'"""\n# chapter 3\n"""\n'),
    }
    tree = make("", **odd)
    manifest = tree["chapters/01-c1/chapter.toml"].data
    tree["chapters/01-c1/chapter.toml"] = File(manifest.replace(b"[]", b'["a b/"]'))
    woven = weave(tree, 1)
    assert {path: woven[path] for path in odd} == odd


def test_files_without_markers_are_shared_not_copied() -> None:
    tree = make("a.py", "", **{"a.py": "plain\n"})
    source = Source.read(tree)
    assert source.weave(1)["a.py"] is source.weave(2)["a.py"] is tree["a.py"]


def test_paths_are_sorted_so_that_every_sink_writes_the_same() -> None:
    woven = weave(make("b a", **{"b": "", "a": ""}), 1)
    assert list(woven) == sorted(woven)


def test_checkpoints_have_the_pins_of_their_own_requirements() -> None:
    via = b"    # via -r requirements.txt\n"
    pins = b"flask==3\n" + via + b"rich==1\n" + via
    tree = make(
        "requirements.txt constraints.txt",
        "",
        **{
            "requirements.txt": "-c constraints.txt\nrich\nflask>=3  # chapter 2\n",
            "constraints.txt": pins,
        },
    )
    source = Source.read(tree)
    assert source.weave(1)["constraints.txt"].data == pins[pins.index(b"rich") :]
    assert source.weave(2)["constraints.txt"].data == pins


def test_emptied_package_file_stays() -> None:
    tree = make(
        "apps/", "", **{"apps/__init__.py": "import x  # chapter 2\n", "apps/a.py": ""}
    )
    assert weave(tree, 1)["apps/__init__.py"].data == b""
    assert weave(tree, 1)["apps/a.py"].data == b""


C1, C2 = "chapters/01-c1/chapter.toml", "chapters/02-c2/chapter.toml"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (
            make("", **{"lost.py": ""}),
            "lost.py: no chapter claims this file: name it in a chapter.toml, or in "
            "main_only of chapters/course.toml",
        ),
        (
            make("", **{".venv3/a.py": "", ".venv3/lib/b.py": ""}),
            ".venv3/: no chapter claims any of its 2 files: name it in a chapter.toml",
        ),
        (
            make("", **{"test/ch01_other/test_a.py": ""}),
            "test/ch01_other/test_a.py: no chapter claims this file",
        ),
        (
            make("a.py b.py", **{"a.py": ""}),
            f"{C1}:5: `b.py` claims no file: mend the path or remove it",
        ),
        (
            make("a.py", "a.py", **{"a.py": ""}),
            f"{C2}:5: `a.py` is claimed by chapter 2 and by chapter 1: leave one",
        ),
        (
            make("course/", **{"course/x.py": ""}),
            f"{C1}:5: `course/` is claimed by chapter 1 and is main only: leave one",
        ),
        (
            make("README.md", **{"README.md": ""}),
            f"{C1}:5: `README.md` is claimed by chapter 1 and is main only: leave one",
        ),
        (
            make("", "test/ch01_c1/", **{"test/ch01_c1/test_a.py": ""}),
            f"{C2}:5: `test/ch01_c1/` is claimed by chapter 2 and by chapter 1",
        ),
        (
            make("", **{"chapters/01-c1/files/x.py": ""}),
            "chapters/01-c1/files/x.py: no later chapter claims `x.py`, so this form "
            "never ends: claim it",
        ),
        (
            make("x.py", "", **{"x.py": "", "chapters/02-c2/files/x.py": ""}),
            "chapters/02-c2/files/x.py: `x.py` is chapter 1's, so chapter 2 is too",
        ),
        (
            make("x.py", **{"x.py": "", "chapters/01-c1/files/x.py": ""}),
            "chapters/01-c1/files/x.py: `x.py` is chapter 1's, so chapter 1 is too",
        ),
        (
            make("", **{"course/x": "", "chapters/01-c1/files/course/x": ""}),
            "chapters/01-c1/files/course/x: no later chapter claims `course/x`",
        ),
        (
            make("a.py", **{"a.py": "x\ny  # chapter 9\n"}),
            "a.py:2: there is no chapter 9: the course has 1 to 1",
        ),
        (
            make("", "a.py", **{"a.py": "x\ny  # chapter 1\n"}),
            "a.py:2: chapter 1 is before its file begins, in chapter 2: move one of",
        ),
        (
            make("", "a.py", **{"a.py": "x\ny  # chapter 2\n"}),
            "a.py:2: repeats the chapter of its file: remove the marker",
        ),
        (
            make("a.json", "", **{"a.json": "{\n// region chapter 2: x\n}"}),
            "a.json:2: this type of file has no markers: let a chapter claim the whole",
        ),
        (
            make("robots.txt", "", **{"robots.txt": "a\nb\nc  # chapter 2\n"}),
            "robots.txt:3: this type of file has no markers: let a chapter claim the",
        ),
        (
            make(
                "",
                "a.py",
                **{"a.py": "", "chapters/01-c1/files/a.py": "b  #chapter 2\n"},
            ),
            "chapters/01-c1/files/a.py:1: is nearly a marker: write two spaces and",
        ),
        (
            make("a.py", "", **{"a.py": "# region chapter 2: x\ny\n# endregion x\n"}),
            "a.py: nothing of it is left in chapter 1: let a later chapter claim it",
        ),
        (
            make(
                "requirements.txt constraints.txt",
                **{"requirements.txt": "\nredis\n", "constraints.txt": "a==1\n"},
            ),
            "requirements.txt:2: `redis` is not in constraints.txt: run `make lock`",
        ),
    ],
)
def test_fault_of_a_tree_is_told(tree: dict[str, File], expected: str) -> None:
    found = faults(tree)
    assert found[0].startswith(expected)
    assert len(found) == 1


def test_faults_of_all_files_are_told_at_once_in_order() -> None:
    tree = make("b.py a.py gone.py", **{"b.py": "x  #chapter 1\n", "lost": ""})
    tree["a.py"] = File(b"# endregion x\n\n# region main: y\n")
    places = [line.split(": ")[0] for line in faults(tree)]
    assert places == ["a.py:1", "a.py:3", "b.py:1", f"{C1}:5", "lost"]


def test_units_are_what_a_chapter_adds_to_the_code() -> None:
    tree = make(
        "",
        "a.py",
        "apps/ pyproject.toml",
        **{
            "a.py": (
                "import b\n"
                "import c  # chapter 3\n"
                "import d  # chapter 3\n"
                "f()\n"
                "g()  # chapter 3\n"
                "# region chapter 3: calls\n"
                "h()\n"
                "# endregion calls\n"
            ),
            "apps/x.py": "x = 1\n",
            "apps/__init__.py": "",
            "apps/style.css": "p {}\n",
            "apps/page.html": "<p>\n",
            "pyproject.toml": "[a]\n",
            "test/ch03_c3/test_a.py": "pass\n",
            "chapters/01-c1/files/a.py": "early()\n",
        },
    )
    source = Source.read(tree)
    assert [unit.id for unit in source.units(1)] == ["chapters/01-c1/files/a.py"]
    assert [unit.id for unit in source.units(2)] == ["a.py"]
    assert [unit.id for unit in source.units(3)] == [
        *("a.py:2", "a.py:5", "a.py#calls", "apps/page.html", "apps/x.py")
    ]
    places = [unit.location for unit in source.units(3)]
    assert places[:4] == ["a.py:2", "a.py:5", "a.py:6", "apps/page.html:1"]
    first, second, region, page, _ = source.units(3)
    assert source.weave(3, without=first)["a.py"].data == (b"import b\nf()\ng()\nh()\n")
    assert b"g()" not in source.weave(3, without=second)["a.py"].data
    assert source.weave(3, without=region)["a.py"].data == (
        b"import b\nimport c\nimport d\nf()\ng()\n"
    )
    assert "apps/page.html" not in source.weave(3, without=page)
    early = source.units(1)[0]
    assert early.target == "a.py"
    assert "a.py" not in source.weave(1, without=early)


def test_a_file_without_one_of_its_parts_keeps_its_mode() -> None:
    script = b"#!/bin/sh\na\nb  # chapter 2\n"
    tree = make("run.sh", "", **{"run.sh": File(script, EXECUTABLE)})
    source = Source.read(tree)
    (unit,) = source.units(2)
    without = source.weave(2, without=unit)["run.sh"]
    assert without == File(b"#!/bin/sh\na\n", EXECUTABLE)
