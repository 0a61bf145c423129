"""What the person has configured for pip and uv, as far as our installs follow it.

How packages are reached is theirs to say: index, proxy, certificates, cache, limits.
Where packages go, and which they are, is ours: in an environment of our own.
Set-up uses this before anything is installed, so it needs the standard library alone.
"""

import ast
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# As pip.conf has them; the variable of `index-url` is PIP_INDEX_URL.
PIP = re.compile(
    r"(no-)?cache-dir|(client-)?cert|(extra-)?index-url|no-index|find-links|proxy"
    r"|trusted-host|keyring-provider|(default-)?timeout|(resume-)?retries"
    r"|use-(feature|deprecated)|disable-pip-version-check|no-input|progress-bar"
    r"|root-user-action"
)
# As uv.toml has them, at its top or in [pip]; of `no-index` it is UV_NO_INDEX.
UV = re.compile(
    r"(default-|no-)?index|index-.+|extra-index-url|find-links|allow-insecure-host"
    r"|insecure-host|keyring-provider|native-tls|system-certs|(https?|no)-proxy"
    r"|http-.+|request-timeout|concurrent-.+|offline|no-cache|cache-dir|cache-keys"
    r"|credentials-dir|link-mode|lock-timeout|python-downloads|python-install-.+"
    r"|no-progress"
)
CONFIG_FILES = {"PIP_CONFIG_FILE", "UV_CONFIG_FILE"}
# Variables that lead a Python into another environment, or git, as a hook's do, into
# another repository.
LEADING = re.compile(
    r"PYTHON(PATH|HOME|STARTUP|USERBASE|DONTWRITEBYTECODE|PYCACHEPREFIX)"
    r"|VIRTUAL_ENV|CONDA_PREFIX|__PYVENV_LAUNCHER__"
    r"|GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|NAMESPACE"
    r"|ALTERNATE_OBJECT_DIRECTORIES|CONFIG|CONFIG_PARAMETERS|GRAFT_FILE|SHALLOW_FILE"
    r"|REPLACE_REF_BASE|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX)"
)


def follows(variable: str) -> bool:
    """Tell whether a program that installs packages for us may see a variable."""
    for tool, wanted in (("PIP_", PIP), ("UV_", UV)):
        if variable.startswith(tool):
            name = variable.removeprefix(tool).lower().replace("_", "-")
            return variable in CONFIG_FILES or wanted.fullmatch(name) is not None
    return LEADING.fullmatch(variable) is None


def followed() -> dict[str, str]:
    """Return our environment variables without those that would lead astray."""
    return {name: value for name, value in os.environ.items() if follows(name)}


def pip_variables(python: str) -> dict[str, str]:
    """Return the variables for python's pip, with what its files and ours may say.

    pip reads no file then, unless one is at fault: pip says how.
    """
    variables = followed()
    asked = subprocess.run(
        [python, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        env=variables,
        check=False,
    )
    if asked.returncode:
        return variables
    lines = [line.partition("=")[::2] for line in asked.stdout.splitlines()]
    from_files = {}
    for section in ("global.", "install."):
        for key, value in lines:
            name = key.removeprefix(section)
            if name != key and PIP.fullmatch(name):
                variable = f"PIP_{name.upper().replace('-', '_')}"
                from_files[variable] = str(ast.literal_eval(value))
    return from_files | variables | {"PIP_CONFIG_FILE": os.devnull}


@contextmanager
def uv_variables() -> Iterator[dict[str, str]]:
    """Yield the variables for uv, with what the person's uv.toml may say.

    Raises ValueError, naming the file, where one is no TOML.
    """
    import tomllib  # set-up runs in an old Python as far as its message

    kept: dict[str, Any] = {}
    for path in _uv_files():
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        for name, value in _kept(settings).items():
            both = isinstance(value, list) and isinstance(kept.get(name), list)
            kept[name] = value + kept[name] if both else value
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".toml") as file:
        for name, value in kept.items():
            file.write(f"{json.dumps(name)} = {_toml(value)}\n")
        file.flush()
        yield followed() | {"UV_CONFIG_FILE": file.name}


def _uv_files() -> list[Path]:
    """List the uv.toml of the system and of the person, or the one that is named."""
    if named := os.environ.get("UV_CONFIG_FILE"):
        return [Path(named)]
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    systems = (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    every = [Path("/etc"), *map(Path, reversed(systems)), home]
    return [file for one in every if (file := one / "uv/uv.toml").is_file()]


def _kept(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Take out of a uv.toml all that says where packages go, or which."""
    kept = {name: value for name, value in settings.items() if UV.fullmatch(name)}
    if isinstance(pip := settings.get("pip"), dict):
        kept |= {name: value for name, value in pip.items() if UV.fullmatch(name)}
    return kept


def _toml(value: object) -> str:
    """Write a value of a TOML file on one line; a string is as JSON has it."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def last_words(output: str) -> str:
    """Return the line in which an installer says why it failed, with what it named."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(?i)error\b", line)]
    causes = [line for line in lines if re.match(r"(?i)(caused by|cause):", line)]
    told = [*errors[:1], *errors[-1:], *causes[-1:]] or lines[-1:]
    return "; ".join(dict.fromkeys(told)) or "it said nothing"
