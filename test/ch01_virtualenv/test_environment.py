"""What is compared, what is refused, and what is only said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from apps.server import environment
from apps.server.environment import Row, check, compare

Project = Callable[[str, str], Path]
Install = Callable[..., Path]


def test_what_is_pinned_and_installed_is_compared_too(
    project: Project, install: Install
) -> None:
    install("kettle", "2.0")
    install("lid", "1.5")
    rows = compare(project("kettle", "kettle==2.0\nlid==1.5\nabacus==1\n"))
    assert rows == [
        Row("kettle", "2.0", "2.0", "as pinned"),
        Row("lid", "1.5", "1.5", "as pinned"),
    ]


def test_each_verdict(project: Project, install: Install) -> None:
    install("old", "1.0")
    install("free", "7")
    folder = project("old\nfree\ngone\n", "old==1.1\ngone==5.0\n")
    assert compare(folder) == [
        Row("free", "", "7", "not pinned"),
        Row("gone", "5.0", "", "missing"),
        Row("old", "1.1", "1.0", "another version"),
    ]


def test_a_pinned_pre_release_is_as_pinned(project: Project, install: Install) -> None:
    install("early", "3.0rc1")
    (row,) = compare(project("early>=2", "early==3.0rc1"))
    assert row.verdict == "as pinned"


def test_a_package_is_found_however_it_writes_its_name(
    project: Project, install: Install
) -> None:
    install("Tea.Pot", "1.0")
    (row,) = compare(project("tea-pot", "tea-pot==1.0"))
    assert row == Row("tea-pot", "1.0", "1.0", "as pinned")


def test_an_extra_is_not_part_of_the_name(project: Project, install: Install) -> None:
    install("kettle", "2.0")
    (row,) = compare(project("kettle[loud]>=1", "kettle==2.0"))
    assert row == Row("kettle", "2.0", "2.0", "as pinned")


def test_systems_may_differ_in_a_pin(project: Project, install: Install) -> None:
    install("kettle", "2.0")
    pins = 'kettle==1.9 ; python_version < "3"\nkettle==2.0 ; python_version >= "3"\n'
    (row,) = compare(project("kettle", pins))
    assert row == Row("kettle", "1.9 or 2.0", "2.0", "as pinned")


def test_what_only_some_systems_need_may_be_missing(project: Project) -> None:
    slate = 'slate; sys_platform == "nowhere"\n'
    assert compare(project(slate, "slate==1\n")) == []


def test_comments_options_and_empty_lines_are_no_packages(
    project: Project, install: Install
) -> None:
    install("kettle", "2.0")
    folder = project(
        "-c constraints.txt\n\n# Boils.\nkettle>=1  # hot\n",
        "kettle==2.0\n    # via -r requirements.txt\n",
    )
    assert compare(folder) == [Row("kettle", "2.0", "2.0", "as pinned")]


def test_a_package_left_half_removed_is_missing(
    project: Project, install: Install
) -> None:
    (install("kettle", "2.0") / "METADATA").unlink()
    (row,) = compare(project("kettle", "kettle==2.0"))
    assert row.verdict == "missing"


def test_all_as_pinned_is_one_line(
    project: Project, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("kettle", "2.0")
    install("free", "1.0")
    check(project("kettle\nfree", "kettle==2.0"))
    assert capsys.readouterr().out == "environment: 1 of 2 packages are as pinned\n"


@pytest.mark.parametrize("table", [True, False])
def test_what_is_missing_or_another_version_is_refused_in_one_line(
    project: Project, install: Install, table: bool
) -> None:
    install("old", "1.0")
    with pytest.raises(SystemExit) as refusal:
        check(project("gone\nold", "gone==5.0\nold==1.1"), table)
    assert refusal.value.code == (
        "error: gone is missing, not 5.0; old is 1.0, not 1.1. "
        "Run: python -m pip install -r requirements.txt"
    )


def test_what_nobody_pinned_is_not_refused(
    project: Project, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("free", "7")
    check(project("free\ngone", ""), table=True)
    printed = capsys.readouterr()
    assert [line.split() for line in printed.out.splitlines()] == [
        ["package", "pinned", "installed", "verdict"],
        ["free", "7", "not", "pinned"],
        ["gone", "not", "pinned"],
    ]
    assert printed.err == ""


@pytest.mark.parametrize("name", ["constraints.txt", "requirements.txt"])
def test_a_file_that_is_not_there_is_said_and_nothing_is_refused(
    project: Project, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project("gone", "gone==5.0")
    (folder / name).unlink()
    check(folder, table=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("warning: versions were not compared: ")
    assert name in printed.err
    assert printed.err.count("\n") == 1


def test_a_file_that_cannot_be_read_is_said_and_nothing_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project("gone", "")
    (folder / "constraints.txt").write_bytes(b"gone==\xff\n")
    check(folder)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "can't decode byte 0xff" in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.usefixtures("outside")
def test_outside_of_an_environment_it_warns_and_goes_on(
    project: Project, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("kettle", "2.0")
    check(project("kettle", "kettle==2.0"))
    printed = capsys.readouterr()
    assert "is shared. Make and activate an environment" in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == "environment: 1 of 1 packages are as pinned\n"


def warnings_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    check(folder)
    return capsys.readouterr().err


@pytest.mark.usefixtures("outside")
def test_a_virtual_environment_counts_as_one(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.prefix", "/home/ada/lectern/.venv")
    assert warnings_of(project("", ""), capsys) == ""


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(
    ("variable", "value"), [("CONDA_PREFIX", "/opt/conda"), ("container", "podman")]
)
def test_conda_and_podman_count_as_one(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv(variable, value)
    assert warnings_of(project("", ""), capsys) == ""


def test_docker_and_podman_leave_a_file_that_is_looked_for() -> None:
    assert environment.CONTAINER_FILES == ["/.dockerenv", "/run/.containerenv"]


@pytest.mark.usefixtures("outside")
def test_a_container_counts_as_one(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mark = tmp_path / ".dockerenv"
    monkeypatch.setattr(environment, "CONTAINER_FILES", [str(mark)])
    assert "warning" in warnings_of(project("", ""), capsys)
    mark.touch()
    assert warnings_of(project("", ""), capsys) == ""
