"""Report the environment that this program runs in."""

import sys
from pathlib import Path

try:
    from apps.server import environment
except ModuleNotFoundError as error:
    if str(error.name).startswith("apps"):
        raise
    sys.exit(
        f"error: {error.name} is missing in {sys.prefix}. Activate the environment, "
        "then run: python -m pip install -r requirements.txt"
    )

if __name__ == "__main__":
    environment.check(Path(__file__).parent, table=True)
