"""The figures and the woven folder, as an author calls for them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from course.cli import command as course
from course.commands.weave import write_new
from course.errors import CourseError, UsageError
from course.source.weave import Source
from course.text.minutes import Effort
from course.text.shares import Shares
from course.tree import SYMLINK, File, read_folder
from course.verify.checks.text import test_seconds as seconds_of_tests
from course.verify.figures import ChapterFigures, PartFigures, count
from course.verify.results import Verdict

HEAD = 'concept = "c"\nshows = "s"\nminutes = [1]\n'
TEXT_1 = """\
# Chapter 1: One

## Step 1: Begin

`run.py`, a new file:

```python
one()
```

```console
$ python run.py
one
```
"""
TEXT_2 = """\
# Chapter 2: Two

## Step 1: Go on

`apps/a.py`, a new file:

```python
a1()
a2()
```

```text unchecked="a drawing"
x
```
"""


@pytest.fixture
def tree() -> dict[str, File]:
    """Make a course of two chapters, whose every line is easy to count."""
    lines = "".join(f"line{number}()\n" for number in range(90))
    texts = {
        "chapters/course.toml": 'main_only = ["Makefile"]\n',
        "Makefile": "x\n" * 500,
        "chapters/01-one/chapter.toml": f'title = "One"\n{HEAD}'
        'files = ["run.py", "constraints.txt", "a.png", "link"]\n',
        "chapters/01-one/README.md": TEXT_1,
        "chapters/02-two/chapter.toml": f'title = "Two"\n{HEAD}files = ["apps/"]\n',
        "chapters/02-two/README.md": TEXT_2,
        "run.py": f"{lines}two()  # chapter 2\n",
        "constraints.txt": "# pins\n" * 50,
        "a.png": "\0\n" * 50,
        "apps/a.py": "a1()\na2()\n",
        "test/ch01_one/test_a.py": "def test_a():\n    pass\n",
        "test/ch02_two/test_b.py": (
            "def test_b():\n    def helper(): ...\n\n\n"
            "async def test_c():\n    contest_d()\n"
        ),
    }
    made = {path: File(text.encode()) for path, text in texts.items()}
    return made | {"link": File(b"run.py", SYMLINK)}


def test_the_source_is_counted_without_texts_pins_and_pictures(
    tree: dict[str, File],
) -> None:
    figures = count(tree)
    assert (figures.files, figures.lines) == (4, 91 + 2 + 2 + 6)
    assert figures.markers == 1
    assert figures.growth_files == ("run.py",)
    assert figures.replaced == 0
    assert figures.exceeded() == []


def test_each_chapter_is_counted_by_what_it_adds(tree: dict[str, File]) -> None:
    parts = PartFigures(1, Effort(10, 1, 1), 1), PartFigures(1, Effort(11, 2, 0), 1)
    assert count(tree).chapters == (
        ChapterFigures(1, "one", 92, 1, 91, 1, 2, 0, Shares(90, 0, 0), (parts[0],), ()),
        ChapterFigures(2, "two", 9, 2, 7, 2, 1, 1, Shares(3, 2, 2), (parts[1],), ()),
    )


def test_a_lesson_that_misses_its_goals_is_named_and_no_error(repository, tree) -> None:
    repository.commit(tree)
    result = run(repository.root, "figures")
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["1", "one", "90", "0%", "0%"] in rows
    assert ["2", "two", "3", "67%", "67%"] in rows
    told = result.output.partition("Not there yet:\n")[2]
    assert told == (
        "  chapter 1: 0% typed, at least 30% wanted\n"
        "  chapter 1: 0% typed or shown once more, at least 50% wanted\n"
    )


def test_minutes_far_from_the_manifests_are_told() -> None:
    part = PartFigures(2, Effort(3600, 120, 24), 40, tests=60.0)
    assert part.minutes == 20 + 24 + 10 + 1
    assert part.missed() == [
        "55 minutes, 45 at most",
        "55 minutes, 40 in the manifest",
        "3600 words, under 3,000 wanted",
    ]
    assert PartFigures(1, Effort(1800, 60, 24), 34).missed() == []


def test_test_runs_are_read_from_the_verdict_of_the_text() -> None:
    verdict = Verdict(True, "58 blocks, 85 commands, tests 3.2 + 14.0 s")
    assert seconds_of_tests(verdict) == {1: 3.2, 2: 14.0}
    assert seconds_of_tests(Verdict(True, "58 blocks, 85 commands")) == {}
    assert seconds_of_tests(None) == {}


def test_kept_lines_and_early_forms_count_as_replaced(tree: dict[str, File]) -> None:
    tree["run.py"] = File(
        tree["run.py"].data
        + b"# region chapter 1 until 2: x\n# | y()\n# | z()\n# endregion x\n"
    )
    tree["chapters/01-one/files/apps/a.py"] = File(b"early1()\nearly2()\nearly3()\n")
    figures = count(tree)
    assert figures.replaced == 2 + 3
    assert figures.lines == 101 + 4 + 3
    assert figures.replaced_share == pytest.approx(5 / 108)
    assert [line.split(":")[0] for line in figures.exceeded()] == [
        "4.6% of all lines are replaced later"
    ]


def test_every_limit_is_told_when_it_is_passed(tree: dict[str, File]) -> None:
    for number in range(16):
        tree[f"apps/g{number}.py"] = File(b"x()\ny()\n")
    tree["chapters/01-one/chapter.toml"] = File(
        tree["chapters/01-one/chapter.toml"].data.replace(b'"run', b'"grow/", "run')
    )
    for number in range(16):
        tree[f"grow/g{number}.py"] = File(b"x()\ny()  # chapter 2\n")
    over = count(tree).exceeded()
    assert over[0].startswith("markers are ")
    assert len(over) == 1  # that many files grow is no fault


def test_figures_are_plain_columns_when_they_are_piped(repository, tree) -> None:
    repository.commit(tree)
    result = run(repository.root, "figures")
    assert result.exit_code == 0
    assert "marker lines    1 (1.0%)  under 3%\n" in result.output
    assert "1 one       92       1     91      1       2        0\n" in result.output


def test_figures_as_json_hold_everything(repository, tree) -> None:
    repository.commit(tree)
    found = json.loads(run(repository.root, "figures", "--json").output)
    assert found["lines"] == 101
    assert found["growth_files"] == ["run.py"]
    assert found["limits"].keys() == {"marker_share", "replaced_share"}
    assert found["exceeded"] == []
    assert len(found["missed"]) == 2
    assert found["chapters"][1]["app"] == {"added": 3, "typed": 2, "seen": 2}
    assert found["chapters"][1]["tests"] == 2


def test_passed_limit_is_a_failed_check(repository, tree) -> None:
    tree["chapters/01-one/files/apps/a.py"] = File(b"early()\n" * 9)
    repository.commit(tree)
    result = run(repository.root, "figures")
    assert isinstance(result.exception, CourseError)
    assert result.exception.exit_code == 1
    assert "are replaced later" in str(result.exception)


def test_weave_writes_a_checkpoint_with_the_edits_of_the_work_tree(
    repository, tree, tmp_path: Path
) -> None:
    repository.commit(tree)
    tree["apps/a.py"] = File(b"edited()\n")
    repository.write(tree)
    into = tmp_path / "deep" / "er"
    result = run(repository.root, "weave", "2", "--into", str(into))
    assert result.exit_code == 0
    assert read_folder(into) == Source.read(tree).weave(2)


def test_weave_never_writes_over_anything(repository, tree, tmp_path: Path) -> None:
    repository.commit(tree)
    (tmp_path / "mine").write_text("mine\n")
    result = run(repository.root, "weave", "2", "--into", str(tmp_path))
    assert isinstance(result.exception, UsageError)
    assert "is not empty" in str(result.exception)
    result = run(repository.root, "weave", "2", "--into", str(tmp_path / "mine" / "x"))
    assert isinstance(result.exception, UsageError)
    assert (tmp_path / "mine").read_text() == "mine\n"


def test_weave_shows_what_it_changes_in_the_branch(repository, tree) -> None:
    repository.commit(tree)
    run(repository.root, "branches")
    result = run(repository.root, "weave", "2", "--diff")
    assert result.output == "nothing changes\n"
    tree["apps/a.py"] = File(b"a1()\nmore()\n")
    repository.write(tree)
    result = run(repository.root, "weave", "2", "--diff")
    assert "--- old/apps/a.py\n+++ new/apps/a.py\n" in result.output
    assert "\n-a2()\n+more()\n" in result.output


@pytest.mark.parametrize("options", [[], ["--diff", "--into", "x"]])
def test_weave_asks_where_to(repository, tree, options: list[str]) -> None:
    repository.commit(tree)
    result = run(repository.root, "weave", "1", *options)
    assert isinstance(result.exception, UsageError)
    assert "--into DIR, or --diff" in str(result.exception)


@pytest.mark.parametrize("number", ["0", "3"])
def test_weave_of_an_unknown_chapter_is_bad_use(repository, tree, number: str) -> None:
    repository.commit(tree)
    result = run(repository.root, "weave", number, "--diff")
    assert isinstance(result.exception, UsageError)
    assert "the course has 1 to 2" in str(result.exception)


@pytest.mark.parametrize("command", [["figures"], ["weave", "1", "--diff"]])
def test_a_checkpoint_is_no_source(repository, tree, command: list[str]) -> None:
    repository.commit(Source.read(tree).weave(1))
    result = run(repository.root, *command)
    assert isinstance(result.exception, UsageError)
    assert "go back with `git checkout main`" in str(result.exception)


def run(folder: Path, *arguments: str):
    """Run a `course` command in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(course, arguments)


def test_a_checkpoint_that_cannot_be_written_leaves_nothing(tmp_path) -> None:
    tree = {"a": File(b"a file"), "a/b": File(b"and a file below it")}
    with pytest.raises(OSError, match="a"):
        write_new(tree, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
