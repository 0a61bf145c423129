"""Check what a file is: `check.py FILE TYPE`."""

import sys
from pathlib import Path

from apps.domain_error import DomainError
from apps.file import kinds

path, type = Path(sys.argv[1]), sys.argv[2]
with path.open("rb") as file:
    try:
        kinds.check(type, file, path.stat().st_size)
        print("taken")
    except DomainError as error:
        print(f"{error.__class__.__name__}: {error}")
