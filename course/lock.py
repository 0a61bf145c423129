"""Compile constraints.txt: the exact version of everything that the course installs.

Resolves for every system and Python at once, with markers where they differ. The file
records no address and no path, so it is the same wherever it is made.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ["requirements.txt", "test/requirements.txt", "course/requirements.txt"]


def main() -> int:
    """Write constraints.txt anew; nothing is written when the resolution fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in REQUIREMENTS:
            copy_without_constraints(path, folder)
        options = ["--universal", "--no-header", "--quiet", "--python-version", "3.11"]
        command = [find_uv_bin(), "pip", "compile", *options, "-o", "constraints.txt"]
        code = subprocess.run([*command, *REQUIREMENTS], cwd=folder).returncode
        if code:
            print("lock: the requirements could not be resolved", file=sys.stderr)
            return 1
        (ROOT / "constraints.txt").write_text((folder / "constraints.txt").read_text())
    print("lock: constraints.txt is written; look at `git diff constraints.txt`")
    return 0


def copy_without_constraints(path: str, folder: Path) -> None:
    """Copy a requirements file without its `-c` line: the old pins must not bind.

    A package of our own, named by its path, has no version to pin.
    """
    text = re.sub(r"^(?:-c |\./).*\n", "", (ROOT / path).read_text(), flags=re.M)
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
