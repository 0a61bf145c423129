"""Run pytest often in one environment, without importing its packages each time.

To import Flask, SQLAlchemy and pytest takes a second, most tests take milliseconds. A
*fork server* has imported them, and forks for each run (`pytest_forks` is its program).
The project's own modules are imported in the fork, anew for each run.
"""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from course.errors import CourseError
from course.run import processes
from course.run.scratch import scratch

TIMEOUT_SECONDS = 600.0  # to import all packages, to fork, to collect all tests


class ForkServer:
    """A Python that has imported some modules; for one thread."""

    def __init__(self, python: Path, modules: Sequence[str]) -> None:
        """Start it in an environment; what it can't import, a run imports itself."""
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._read = b""
        self._cpu_seconds = 0.0
        self._closed = False
        program = Path(__file__).with_name("pytest_forks.py")
        try:
            self._child = processes.begin(
                [python, program, requests, answers],
                program.parent,
                env=processes.activated(python),
                output=subprocess.DEVNULL,
                pass_fds=(requests, answers),
                counted=False,
            )
        finally:
            os.close(requests)
            os.close(answers)
        self._send(list(modules))

    def run(
        self,
        arguments: Sequence[object],
        folder: Path,
        *,
        output: Path,
        seconds: float,
        env: Mapping[str, str],
    ) -> processes.Finished:
        """Run pytest in folder, as `processes.run` runs a program.

        output is a file for what it prints. Raises CourseError where the server has
        ended, Stopped after `end_all`.
        """
        words = [str(one) for one in arguments]
        run = {"arguments": words, "folder": str(folder.resolve())}
        self._send({**run, "env": dict(env), "output": str(output)})
        group = int(self._answer(TIMEOUT_SECONDS) or self._fail())
        with processes.known(group):
            try:
                answer = self._answer(seconds)
            finally:
                processes.kill(group)  # it has ended, or is over its limit
        timed_out = not answer
        answer = answer or self._answer(TIMEOUT_SECONDS) or self._fail()
        code, used = answer.split()
        processes.count_cpu(float(used) - self._cpu_seconds)
        self._cpu_seconds = float(used)
        processes.check_stopped()
        text = output.read_bytes().decode("utf-8", "replace")
        return processes.Finished(int(code), text, timed_out)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        """Whether it runs nothing any more: it was closed, or killed."""
        return self._closed or self._child.poll() is not None

    def close(self) -> None:
        """End the server; once more does nothing."""
        if self._closed:
            return
        self._closed = True
        processes.end(self._child)
        os.close(self._requests)
        os.close(self._answers)

    def _send(self, request: object) -> None:
        data = json.dumps(request).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._requests, data) :]
        except BrokenPipeError:
            self._fail()

    def _answer(self, seconds: float) -> str:
        """Return the next line; an empty one when it takes too long."""
        end = time.monotonic() + seconds
        while b"\n" not in self._read:
            left = max(0.0, end - time.monotonic())
            if not select.select([self._answers], [], [], left)[0]:
                return ""
            data = os.read(self._answers, 4096)
            if not data:
                self._fail()
            self._read += data
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def _fail(self) -> NoReturn:
        processes.check_stopped()
        raise CourseError("the process that forks for runs of pytest has ended")


def imported_modules(folder: Path, python: Path, tests: Sequence[str]) -> list[str]:
    """Return which modules of packages tests import; it compiles all on the way."""
    with scratch("tests") as place:
        shutil.copy(Path(__file__).with_name("pytest_modules.py"), place)
        written = place / "modules.json"
        own = {"PYTHONPATH": str(place), "COURSE_TEST_MODULES": str(written)}
        options = ["-p", "pytest_modules", "-p", "no:cacheprovider", "-q"]
        command = [python, "-m", "pytest", "--collect-only", *options, *tests]
        env = processes.activated(python, **own)
        processes.run(command, folder, seconds=TIMEOUT_SECONDS, env=env)
        return json.loads(written.read_text("utf-8")) if written.exists() else []
