"""A program that imports the packages of tests once, and forks for each run of pytest.

It runs in a checkpoint's environment, where the tool is not installed. What it reads is
a line of JSON each: first the modules to import, then a run. It answers a run with two
lines: its process group, and when it has ended its exit code and the processor seconds
that this program and all runs have used.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import sys
from typing import NoReturn


def main() -> None:
    """Import, then run what is asked for, until nothing more can be."""
    requests, answers = os.fdopen(int(sys.argv[1])), os.fdopen(int(sys.argv[2]), "w")
    sys.path.pop(0)  # our own folder
    for name in json.loads(requests.readline()):
        with contextlib.suppress(Exception):  # what only a test's own set-up can import
            importlib.import_module(name)
    gc.freeze()
    for line in requests:
        group = os.fork()
        if not group:
            os.setpgid(0, 0)
            requests.close()
            answers.close()
            _run_pytest(**json.loads(line))
        with contextlib.suppress(OSError):  # it has done so itself
            os.setpgid(group, group)
        print(group, file=answers, flush=True)
        _, status = os.waitpid(group, 0)
        code, used = os.waitstatus_to_exitcode(status), sum(os.times()[:4])
        print(code, used, file=answers, flush=True)


def _run_pytest(
    arguments: list[str], folder: str, env: dict[str, str], output: str
) -> NoReturn:
    """Do what `python -m pytest` does in a folder; exits."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = [folder, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv[:] = ["pytest", *arguments]
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main()
