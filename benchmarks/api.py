"""Measure what the lists of the API cost, beside a bare Flask app with the same JSON.

Starts gunicorn twice on loopback, each with one worker of its usual kind: the reading
room with 20 chapters, as production runs it, and a bare Flask app that has the answers
of the room in memory and writes them as JSON. They are asked in turn, again and again
for a moment each, as `serving.py` does, which says how the costs are told.

Prints a table and ends after half a minute. The exit code is 1 where a goal is missed.

    .venv/bin/python benchmarks/api.py [--rounds N]
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from flask import Flask, Response, jsonify
from rich.console import Console
from rich.table import Table

from serving import ROOT, ProcessorTime, Request, Server, prepare, quiet, settings

sys.path.insert(0, str(ROOT))

from apps import create_app
from apps.note import domain
from apps.user.models import User

MANY = 20  # chapters, and notes
LIST_GOAL = 0.5  # of what bare Flask serves
CHAPTERS, NOTES = f"the list of {MANY} chapters", f"the list of {MANY} notes"
PATHS = {CHAPTERS: "/api/v1/chapters", NOTES: f"/api/v1/notes?limit={MANY}"}
NO_LIMIT = "1000000000 per day"


def room(folder: str) -> ProcessorTime:
    """Make the reading room as production runs it, but let us ask without an end."""
    limits = dict.fromkeys(("API_LIMIT_BY_ADDRESS", "API_LIMIT_BY_USER"), NO_LIMIT)
    return ProcessorTime(create_app(settings(Path(folder)) | limits))


def bare(file: str) -> ProcessorTime:
    """Make the least that answers with the same JSON: a file's."""
    app = Flask("bare")
    answers = json.loads(Path(file).read_text(encoding="utf-8"))

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.get("/<name>")
    def answer(name: str) -> Response:
        return jsonify(answers[name])

    return ProcessorTime(app)


def write_notes(folder: Path) -> None:
    """Give the room's account its notes."""
    with quiet():
        app = create_app(settings(folder))
    with app.app_context():
        for number in range(MANY):
            domain.write(
                User(id=1),
                part="chapter-1/",
                body=f"Note *{number}*: why?",
                quote={"exact": "view", "prefix": "a ", "suffix": " of"},
                tags=["question"],
            )


def requests_of(ours: Server, bare: Server, file: Path) -> list[Request]:
    """List what is measured: each list of ours that is there, and the same in bare."""
    found, answers = [], {}
    for name, path in PATHS.items():
        request = Request(name, ours, path, "application/json", member=name == NOTES)
        if request.exists():
            _, body = ours.ask(path, headers=request.headers)
            answers[str(len(answers))] = json.loads(body)
            same = f"/{len(answers) - 1}"
            found += [Request(f"{name}, in bare Flask", bare, same), request]
    file.write_text(json.dumps(answers), encoding="utf-8")
    return found


def show(requests: list[Request]) -> bool:
    """Print the table; tell whether every goal is met."""
    table = Table(title="Requests in a second of the worker's processor")
    for name in ("request", "per s", "of bare", "goal"):
        side: Literal["left", "right"] = "left" if name == "request" else "right"
        table.add_column(name, justify=side, no_wrap=True)
    met = True
    for same, ours in zip(requests[::2], requests[1::2], strict=True):
        ratio, goal = ours.rate / same.rate, ""
        if ours.name == CHAPTERS:
            met = ratio >= LIST_GOAL
            goal = f">= {LIST_GOAL}: {'[green]ok[/]' if met else '[red]missed[/]'}"
        table.add_row(same.name, f"{same.rate:,.0f}", "1.00")
        table.add_row(ours.name, f"{ours.rate:,.0f}", f"{ratio:.2f}", goal)
    Console(width=110).print(table)
    return met


def main() -> int:
    """Prepare the room, start the servers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="2 at least [30]")
    rounds = max(2, parser.parse_args().rounds)
    folder = Path(tempfile.mkdtemp(prefix="lectern-api-"))
    file = folder / "answers.json"
    try:
        prepare(folder, MANY)
        write_notes(folder)
        ours, bare = (
            Server(f"api:room({str(folder)!r})"),
            Server(f"api:bare({str(file)!r})"),
        )
        with ours.running():
            ours.log_in()
            requests = requests_of(ours, bare, file)
            with bare.running():
                for request in requests[::2]:
                    request.exists()  # which warms it up
                for _ in range(rounds):
                    for request in requests:
                        request.measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if show(requests) else 1


if __name__ == "__main__":
    sys.exit(main())
