"""The programs that checks use and no lock pins: their versions are part of the keys.

No check runs a browser: those tests stand outside of the checkpoints.
"""

import glob
import os
import platform
import shutil
from collections.abc import Iterator

from course.run.processes import search_path

PROGRAMS = (
    "bash",
    "git",
    "curl",
    "go",  # builds FerretDB
    "initdb",
    "nginx",
    "pg_ctl",
    "postgres",
    "redis-server",
)
FOLDERS = (  # where packages put PostgreSQL's programs
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)


def versions() -> list[str]:
    """Return the machine, and each program with what changes when it is upgraded.

    That is its path, size and time of change, which costs nothing to ask.
    """
    machine = f"{platform.system()} {platform.machine()}"
    return [machine, *_programs()]


def _programs() -> Iterator[str]:
    """Describe each program that is found; one that is missing is not mentioned."""
    path = os.pathsep.join([search_path(), *(f for p in FOLDERS for f in glob.glob(p))])
    for name in PROGRAMS:
        found = shutil.which(name, path=path)
        if found:
            real = os.path.realpath(found)
            status = os.stat(real)
            yield f"{real} {status.st_size} {status.st_mtime_ns}"
