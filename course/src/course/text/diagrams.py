"""Diagrams: each Mermaid block has an SVG next to the text, made by `course sync`.

Mermaid's own renderer needs a browser, which readers do not need to have: the SVG is
stored with the hash of what it was made from, which shows whether it is out of date.
"""

import hashlib
import json
import os
import posixpath
import re
import shutil
from collections.abc import Iterable, Iterator

from course.errors import CourseError, Problem
from course.run import processes
from course.run.scratch import scratch
from course.terminal import display_tool
from course.text.parser import Block, Part
from course.tree import Tree

SETTINGS = {
    "deterministicIds": True,
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
    "fontFamily": "sans-serif",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT_SECONDS = 120.0  # for one picture
MISSING = (
    "diagrams are drawn by Mermaid's own program, which needs a browser: "
    "npm install --global @mermaid-js/mermaid-cli"
)
_MARK = re.compile(rb"<!-- mermaid ([0-9a-f]{16}) -->")
# Mermaid's ground of a label is half transparent: the arrow would cross out the words.
_STYLE = (
    "#dark{display:none}@media (prefers-color-scheme:dark)"
    "{#light{display:none}#dark{display:inline}}"
    ".edgeLabel rect{opacity:1!important}"
    "#light .edgeLabel rect{fill:#e8e8e8!important}"
    "#dark .edgeLabel rect{fill:#333!important}"
)


def fingerprint(block: Block) -> str:
    """Return the hash that a diagram's SVG carries."""
    return hashlib.sha256(block.body.encode()).hexdigest()[:16]


def diagrams(parts: Iterable[Part]) -> Iterator[tuple[Block, str]]:
    """Yield each Mermaid block with its SVG's path: `diagram-<part>-<count>.svg`."""
    for part in parts:
        found = (b for b in part.blocks if b.kind == "mermaid")
        for count, block in enumerate(found, start=1):
            folder = posixpath.dirname(block.path)
            yield block, f"{folder}/diagram-{part.number}-{count}.svg"


def is_current(block: Block, svg: bytes) -> bool:
    """Whether an SVG was made from what the block says now."""
    mark = _MARK.search(svg)
    return mark is not None and mark[1].decode() == fingerprint(block)


def diagram_problems(parts: Iterable[Part], tree: Tree) -> list[Problem]:
    """List the diagrams whose SVG is missing or made from something else."""
    found = []
    for block, path in diagrams(parts):
        name = posixpath.basename(path)
        if path not in tree:
            message = f"the diagram has no {name}: run `{display_tool()} sync`"
        elif not is_current(block, tree[path].data):
            message = f"{name} shows an earlier diagram: run `{display_tool()} sync`"
        else:
            continue
        found.append(Problem(block.path, block.line, message))
    return found


def draw(block: Block) -> bytes:
    """Draw a diagram as one SVG, light and dark by the reader's preference.

    Raises CourseError where Mermaid's program is missing or refuses the diagram.
    """
    program = shutil.which("mmdc")
    if program is None:
        raise CourseError(f"{block.path}:{block.line}: {MISSING}")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    launch: dict[str, object] = {"executablePath": browser} if browser else {}
    if os.geteuid() == 0:
        launch["args"] = ["--no-sandbox"]  # a browser's sandbox refuses root
    with scratch("diagram") as work_folder:
        (work_folder / "in.mmd").write_text(block.body, "utf-8")
        (work_folder / "settings.json").write_text(json.dumps(SETTINGS), "utf-8")
        (work_folder / "browser.json").write_text(json.dumps(launch), "utf-8")
        both = []
        for name, theme in (("light", "default"), ("dark", "dark")):
            flags = ["-q", "-c", "settings.json", "-p", "browser.json", "-i", "in.mmd"]
            look = ["-t", theme, "-b", "transparent", "-I", name, "-o", f"{name}.svg"]
            done = processes.run(
                [program, *flags, *look], work_folder, seconds=TIMEOUT_SECONDS
            )
            if not done.ok:
                reason = done.output.strip().partition("\n")[0] or "no picture came"
                message = f"{block.path}:{block.line}: the diagram fails: {reason}"
                raise CourseError(message)
            both.append((work_folder / f"{name}.svg").read_text("utf-8"))
    return combine(fingerprint(block), *both)


def combine(mark: str, light: str, dark: str) -> bytes:
    """Put two drawings of the same size into one SVG that carries the hash `mark`."""
    found = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', light)
    width, height = (found[1], found[2]) if found else ("640", "400")
    shape = f'width="{float(width):.0f}" height="{float(height):.0f}"'
    shape += f' viewBox="0 0 {width} {height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {shape}>'
        f"\n<!-- mermaid {mark} -->\n<style>{_STYLE}</style>\n"
        f"{light.strip()}\n{dark.strip()}\n</svg>\n"
    ).encode()
