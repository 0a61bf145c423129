"""Diagrams: drawn once by Mermaid's program, kept with the hash of their source."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course.errors import CourseError
from course.text.diagrams import combine, diagrams, draw, fingerprint, is_current
from course.text.parser import Block, Part

ROOT = Path(__file__).resolve().parents[3]
PATH = "chapters/01-x/README.md"
SVG = (
    '<svg id="{0}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20.5 10"><g/></svg>'
)
PROGRAM = """\
#!/bin/sh
echo "$@" >> "{log}"
grep -q broken in.mmd && {{ echo 'Parse error on line 2'; exit 1; }}
for name; do :; done
echo '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4"><g/></svg>' > "$name"
"""


def diagram(body="flowchart LR\n  a --> b\n"):
    return Block(PATH, 7, 2, 0, "mermaid", "", "mermaid", {}, body)


@pytest.fixture
def renderer(tmp_path, monkeypatch):
    """Put a stand-in for Mermaid's program first on PATH; return its log."""
    log = tmp_path / "log"
    program = tmp_path / "mmdc"
    program.write_text(PROGRAM.format(log=log))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return log


def test_each_diagram_has_a_picture_by_part_and_count():
    part = Part(PATH, 2, "x", (), (diagram(), diagram("b")))
    assert [path for _, path in diagrams([part])] == [
        "chapters/01-x/diagram-2-1.svg",
        "chapters/01-x/diagram-2-2.svg",
    ]


def test_light_and_dark_are_one_valid_picture():
    svg = combine("0123456789abcdef", SVG.format("light"), SVG.format("dark"))
    root = ElementTree.fromstring(svg)  # noqa: S314
    assert [child.get("id") for child in root] == [None, "light", "dark"]
    assert (root.get("width"), root.get("height")) == ("20", "10")
    assert b"prefers-color-scheme:dark" in svg


def test_no_arrow_crosses_out_its_label():
    drawn = combine("0123456789abcdef", SVG.format("light"), SVG.format("dark"))
    stored = [path.read_bytes() for path in ROOT.glob("chapters/*/diagram-*.svg")]
    assert stored
    for svg in (drawn, *stored):
        assert b".edgeLabel rect{opacity:1!important}" in svg
        for half in (b"#light", b"#dark"):
            ground = re.search(rb"%s .edgeLabel rect{fill:#(\w+)!" % half, svg)
            assert ground
            assert len(ground[1]) in (3, 6)  # digits; with more it is transparent


def test_a_picture_is_current_until_its_source_changes():
    svg = combine(fingerprint(diagram()), SVG, SVG)
    assert is_current(diagram(), svg)
    assert not is_current(diagram("flowchart LR\n  a --> c\n"), svg)


def test_a_diagram_is_drawn_light_and_dark(renderer):
    assert is_current(diagram(), draw(diagram()))
    first, second = renderer.read_text().splitlines()
    assert "-t default" in first
    assert "-t dark" in second


def test_a_diagram_that_mermaid_refuses_is_told(renderer):
    with pytest.raises(CourseError, match=f"{PATH}:7: the diagram fails: Parse error"):
        draw(diagram("broken\n"))


def test_a_missing_renderer_is_told_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        CourseError, match="npm install --global @mermaid-js/mermaid-cli"
    ):
        draw(diagram())
    assert list(Path(tmp_path).iterdir()) == []
