"""Programs that are run under a limit, and what holds on after them."""

import os
import signal
import sys
from pathlib import Path

from course.run import processes

# A daemon in a group of its own keeps the output open after its parent was killed.
DAEMON = "set -m; sleep 600 & echo $!; sleep 600"


def test_a_daemon_that_keeps_the_output_open_holds_nobody_up(tmp_path: Path) -> None:
    done = processes.run(["bash", "-c", DAEMON], tmp_path, seconds=2.0)
    os.kill(int(done.output), signal.SIGKILL)  # it still lived: nobody waited for it
    assert done.timed_out


def test_a_program_that_ends_in_time_is_not_timed_out(tmp_path: Path) -> None:
    done = processes.run([sys.executable, "-c", "print(1)"], tmp_path, seconds=600)
    assert done.ok
    assert done.output == "1\n"
