"""Programs that are run under a limit, and what holds on after them."""

import sys
import time
from pathlib import Path

from course.run import processes

# A daemon of its own session keeps the output open after its parent was killed.
DAEMON = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(6)"],
                 start_new_session=True)
print("began", flush=True)
time.sleep(60)
"""


def test_a_daemon_that_keeps_the_output_open_holds_nobody_up(tmp_path: Path) -> None:
    began = time.monotonic()
    done = processes.run([sys.executable, "-c", DAEMON], tmp_path, seconds=1.0)
    assert time.monotonic() - began < 5
    assert done.timed_out
    assert done.output == "began\n"


def test_a_program_that_ends_in_time_is_not_timed_out(tmp_path: Path) -> None:
    done = processes.run([sys.executable, "-c", "print(1)"], tmp_path, seconds=60)
    assert done.ok
    assert done.output == "1\n"
