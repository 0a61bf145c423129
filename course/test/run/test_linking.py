"""Packages linked from a prepared environment."""

from pathlib import Path

from course.run.linking import link_packages, packages

LIB = "lib/python3.11/site-packages"


def install(environment: Path, name: str, version: str) -> None:
    """Put in a package of one module and one program, as an installer does."""
    info = environment / LIB / f"{name}-{version}.dist-info"
    (environment / LIB / "__pycache__").mkdir(parents=True, exist_ok=True)
    (environment / "bin").mkdir(exist_ok=True)
    info.mkdir()
    (environment / LIB / f"{name}.py").write_text(f"VERSION = {version!r}\n")
    (environment / LIB / f"__pycache__/{name}.cpython-311.pyc").write_bytes(b"x")
    (environment / "bin" / name).write_text(f"#!{environment}/bin/python\n")
    listed = [f"{name}.py", f"../../../bin/{name}", f"{info.name}/RECORD", "gone.py"]
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in listed))


def test_what_is_missing_is_linked_whole(tmp_path: Path) -> None:
    prepared, mine = tmp_path / "prepared", tmp_path / "mine"
    install(prepared, "flask", "3.1.3")
    assert link_packages(prepared, mine) == 1
    assert list(packages(mine)) == ["flask-3.1.3"]
    ours, theirs = mine / LIB / "flask.py", prepared / LIB / "flask.py"
    assert ours.stat().st_ino == theirs.stat().st_ino
    assert (mine / LIB / "__pycache__/flask.cpython-311.pyc").exists()
    assert (mine / "bin/flask").read_text() == f"#!{mine}/bin/python\n"


def test_another_version_stays_for_the_installer_to_replace(tmp_path: Path) -> None:
    prepared, mine = tmp_path / "prepared", tmp_path / "mine"
    install(prepared, "flask", "3.1.3")
    install(mine, "flask", "3.0.0")
    assert link_packages(prepared, mine) == 0
    assert (mine / LIB / "flask.py").read_text() == "VERSION = '3.0.0'\n"


def test_only_what_is_named_is_linked(tmp_path: Path) -> None:
    prepared, mine = tmp_path / "prepared", tmp_path / "mine"
    install(prepared, "flask", "3.1.3")
    install(prepared, "jinja2", "3.1.6")
    assert link_packages(prepared, mine, {"jinja2"}) == 1
    assert list(packages(mine)) == ["jinja2-3.1.6"]
