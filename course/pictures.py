"""Draw the pictures of the texts: terminals and pages of running checkpoints.

Usage: `make pictures`, or `.venv/bin/python course/pictures.py PATH ...` for some.
"""

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME
from rich.text import Text

from course.branches.writing import write_checkpoints
from course.git.repository import Repository
from course.run.environments import environment
from course.run.ports import free_port
from course.run.processes import direct_loopback
from course.source.manifest import Start
from course.source.weave import Source
from course.verify.checks.start import ask

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, START_SECONDS = 84, 30
OWN_ENVIRONMENT = (
    "python3 -m venv .venv && .venv/bin/python -m pip install -q -r requirements.txt"
)
SVG = """<svg viewBox="0 0 {width} {height}" width="{width}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; }}
.{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
.window {{ fill: #fff; stroke: #d0d7de }}
.buttons {{ fill: #d0d7de }}
{styles}
@media (prefers-color-scheme: dark) {{
.window {{ fill: #1d1e20; stroke: #44474d }}
.buttons {{ fill: #44474d }}
DARK
}}
</style>
<defs>{lines}</defs>
<rect class="window" x="1" y="1" width="99.5%" height="99.5%" rx="8"/>
<g class="buttons"><circle cx="22" cy="22" r="6"/><circle cx="42" cy="22" r="6"/>
<circle cx="62" cy="22" r="6"/></g>
<g transform="translate({terminal_x}, {terminal_y})">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main(chosen: list[str]) -> int:
    """Take all pictures, or those whose paths are given."""
    os.environ.update(direct_loopback(os.environ))
    source = Source.read(Repository.find(ROOT).work_tree())
    rows = tomllib.loads((ROOT / "course/pictures.toml").read_text())["picture"]
    unknown = set(chosen) - {row["path"] for row in rows}
    if unknown:
        print(f"pictures: not in course/pictures.toml: {', '.join(sorted(unknown))}")
        return 2
    for row in rows:
        if not chosen or row["path"] in chosen:
            take(source, row)
            print(f"pictures: {row['path']}", flush=True)
    return 0


def take(source: Source, row: dict[str, Any]) -> None:
    """Run a checkpoint as the row says and draw what its terminal shows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "lectern"
        trees = [source.weave(n) for n in range(1, row["chapter"] + 1)]
        write_checkpoints(folder, trees, [])
        git = ["git", "-C", str(folder), "checkout", "--quiet"]
        subprocess.run([*git, f"chapter-{row['chapter']}"], check=True)
        variables = active(environment(trees[-1]), Path(name))
        if row.get("own_environment"):
            run(OWN_ENVIRONMENT, folder, variables)
            variables = active(folder / ".venv", Path(name))
        variables |= row.get("environment", {})
        start = source.course.start(row["chapter"])
        if isinstance(row.get("server"), list):
            start = dataclasses.replace(start, command=row["server"])
        if "page" in row:
            with server(folder, variables, start) as port:
                show_page(row, f"http://127.0.0.1:{port}", folder, variables)
            return
        shown = Text()
        for command in row.get("prepare", []):  # before a server that would restart
            run(command, folder, variables)
        own = row.get("port", "5000")
        with server(folder, variables, start if row.get("server") else None) as port:
            for command in row.get("unseen", []):
                run(command.replace(own, port), folder, variables)
            for command in row["terminal"]:
                shown.append("$ ", "blue").append(f"{command}\n")
                output = run(command.replace(own, port), folder, variables)
                shown.append(Text.from_ansi(output.replace(port, own)))
                shown.append("\n" if output else "")
        draw(shown, ROOT / row["path"])


def show_page(
    row: dict[str, Any], url: str, folder: Path, variables: dict[str, str]
) -> None:
    """Make the row's account and what it prepares, and save how its page looks."""
    from screens import photograph, register  # selenium: only where a page is wanted

    for name in row.get("accounts", []):
        register(url, name)
    for command in row.get("prepare", []):
        run(command.replace("http://127.0.0.1:5000", url), folder, variables)
    light = ROOT / row["path"]
    photograph(url, row, light, "light")
    photograph(url, row, light.with_stem(f"{light.stem}-dark"), "dark")


def active(prefix: Path, home: Path) -> dict[str, str]:
    """Return the variables of a shell in which the environment is active."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = f"{prefix / 'bin'}:{os.environ['PATH']}"
    size = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    return own | size | {"PATH": path, "VIRTUAL_ENV": str(prefix), "HOME": str(home)}


@contextmanager
def server(
    folder: Path, variables: dict[str, str], start: Start | None
) -> Iterator[str]:
    """Run a checkpoint as its manifest says, if the picture wants it; give its port."""
    if start is None:
        yield "5000"
        return
    port = free_port()
    command = [word.replace("{port}", str(port)) for word in start.command]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, cwd=folder, env=variables, **quiet)
    try:
        end = time.monotonic() + START_SECONDS
        while ask(port, next(iter(start.answers))) is None:
            if time.monotonic() > end:
                raise SystemExit("pictures: the checkpoint's server does not answer")
            time.sleep(0.1)
        yield str(port)
    finally:
        child.terminate()
        child.wait(timeout=10)


def run(command: str, folder: Path, variables: dict[str, str]) -> str:
    """Run a command as the reader types it; return all that it prints."""
    done = subprocess.run(
        ["bash", "-c", command.replace("curl", "curl --silent")],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout.decode().rstrip("\n")


def draw(shown: Text, path: Path) -> None:
    """Save the text of a terminal as an SVG, light and dark, without a font."""
    shown.rstrip()
    width = min(COLUMNS, max(map(len, shown.plain.splitlines())))
    with open(os.devnull, "w") as nowhere:
        recorder = Console(record=True, width=width, file=nowhere)
        recorder.print(shown, overflow="fold")
        dark = recorder.export_svg(
            theme=SVG_EXPORT_THEME, code_format="{styles}", unique_id="t", clear=False
        )
        drawn = recorder.export_svg(
            theme=DEFAULT_TERMINAL_THEME, code_format=SVG, unique_id="t"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drawn.replace("DARK", dark))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
