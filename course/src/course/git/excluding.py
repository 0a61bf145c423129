"""Hide generated files from git in one clone: not every branch has a `.gitignore`.

Set-up uses this before anything is installed, so it needs the standard library alone.
"""

from pathlib import Path

GENERATED = (".env", ".venv", ".venv.old", "__pycache__/", "instance/", "mine/")


def exclude(common: Path) -> None:
    """Add what is generated to info/exclude of a git folder; other lines stay."""
    path = common / "info" / "exclude"
    have = path.read_bytes() if path.exists() else b""
    missing = [name for name in GENERATED if name.encode() not in have.splitlines()]
    if missing:
        path.parent.mkdir(exist_ok=True)
        start = "" if have.endswith(b"\n") or not have else "\n"
        with path.open("ab") as file:  # a person's own lines are never written again
            file.write((start + "\n".join(missing) + "\n").encode())
