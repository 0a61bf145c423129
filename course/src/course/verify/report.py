"""The report of a verification, for machines: JUnit XML and JSON."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from course.errors import UsageError
from course.tree import write_atomically
from course.verify.tasks import Result

JUNIT, JSON = "junit.xml", "report.json"
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def make_folder(folder: Path) -> Path:
    """Make the folder of the reports; UsageError, before any work, if it can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"no report can be written to {folder}: {error.strerror}"
        ) from error
    return folder


def write(results: Sequence[Result], folder: Path, seconds: float) -> None:
    """Write both reports whole or not at all; seconds is the run's time."""
    for name, text in (
        (JUNIT, junit(results, seconds)),
        (JSON, as_json(results, seconds)),
    ):
        write_atomically(folder / name, text.encode())


def as_json(results: Sequence[Result], seconds: float) -> str:
    """Return every check as JSON: what it was, its state, summary and detail."""
    checks = [
        {
            "step": one.task.step,
            "chapter": one.task.chapter,
            "name": one.task.name,
            "state": state(one),
            "cached": one.cached,
            "seconds": round(one.seconds, 3),
            "wall_seconds": round(one.verdict.wall_seconds, 3),
            "cpu_seconds": round(one.verdict.cpu_seconds, 3),
            "summary": one.verdict.summary,
            "detail": one.verdict.detail,
            "repeat": one.task.command,
        }
        for one in results
    ]
    holds = all(one.verdict.holds for one in results)
    whole = {"holds": holds, "seconds": round(seconds, 3), "checks": checks}
    return json.dumps(whole, indent=1) + "\n"


def junit(results: Sequence[Result], seconds: float) -> str:
    """Return the results as JUnit XML, a suite for each step."""
    failures = sum(not one.verdict.holds for one in results)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="course verify" tests="{len(results)}" '
        f'failures="{failures}" time="{seconds:.3f}">',
    ]
    for step in dict.fromkeys(one.task.step for one in results):
        mine = [one for one in results if one.task.step == step]
        failed = sum(not one.verdict.holds for one in mine)
        time = sum(one.seconds for one in mine)
        lines.append(
            f'<testsuite name="{step}" tests="{len(mine)}" failures="{failed}" '
            f'errors="0" skipped="0" time="{time:.3f}">'
        )
        lines += [_case(one) for one in mine]
        lines.append("</testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def state(result: Result) -> str:
    """Return `holds`, `failed` or `does not apply`."""
    if not result.verdict.holds:
        return "failed"
    return "holds" if result.verdict.applies else "does not apply"


def _case(result: Result) -> str:
    task, verdict = result.task, result.verdict
    name = quoteattr(_fit(task.title))
    start = f'<testcase classname="chapter-{task.chapter}" name={name} '
    start += f'time="{result.seconds:.3f}">'
    if verdict.holds:
        words = f"{state(result)}: {verdict.summary}"
        return f"{start}<system-out>{escape(_fit(words))}</system-out></testcase>"
    message = quoteattr(_fit(verdict.summary))
    detail = escape(_fit(verdict.detail))
    return f"{start}<failure message={message}>{detail}</failure></testcase>"


def _fit(text: str) -> str:
    """Replace what XML can't hold: control characters of a terminal, surrogates."""
    return _UNFIT.sub("\ufffd", text)
