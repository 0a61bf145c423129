"""Read the settings, check each one, and let the strongest source win.

From weak to strong: the defaults in `config.py`, the named class there, the override
file, `.env`, the environment, what `create_app` is given (the flags of `run.py`). An
unknown name or a value of the wrong type stops the start and names its source.
"""

import contextlib
import difflib
import os
import re
import secrets
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from decouple import RepositoryEnv  # type: ignore[import-untyped]
from flask import Flask

from config import CONFIGS, Config

ROOT = Path(__file__).parent.parent

# Where the settings come from: read before all others, from the strong sources only.
SOURCES: dict[str, Any] = {
    "APP_CONFIG": str,
    "CONFIG_FILE": Path,
    "ENV_FILE": Path,
    "INSTANCE_FOLDER": Path,
}
FOREIGN = ("FLASK_", "PYTHON", "COMPOSE_")  # other programs' lines in .env
BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Path: "a path",
    tuple: "words, separated by commas",
}
CONFIDENTIAL = re.compile("SECRET|PASSWORD|TOKEN|KEY|URL")
SHORTEST_KEY = 32  # characters
PUBLISHED_KEYS = {  # from documentation that everybody reads
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
}


class ConfigurationError(Exception):
    """The app can't start with these settings; each line names one fault."""


class Said(NamedTuple):
    """A value and where it was said."""

    value: object
    source: str


def load_config(app: Flask, config: str | Mapping[str, object] | None = None) -> None:
    """Set app.config and app.instance_path, or raise ConfigurationError.

    config is the name of a configuration, or settings that beat all others, with the
    name under APP_CONFIG; a setting that is None there was not given.
    """
    given = {"APP_CONFIG": config} if isinstance(config, str) else dict(config or {})
    strong = _environment(given) | {
        key: Said(value, "create_app")
        for key, value in given.items()
        if value is not None
    }
    kind = _named(strong.get("APP_CONFIG", Said("production", "")))
    folder = _path(strong.get("INSTANCE_FOLDER")) or instance_folder(ROOT)
    override = _override(_path(strong.get("CONFIG_FILE")), folder / "config.toml")
    declared = SOURCES | _types_of_flask(app) | get_type_hints(kind)
    app.instance_path = str(folder)
    app.config.update({key: getattr(kind, key) for key in dir(kind) if key.isupper()})
    app.config.update(_checked(override | strong, declared))
    app.config["SECRET_KEY"] = _secret_key(app, kind is CONFIGS["production"])


def named(config: str | None, otherwise: str) -> str:
    """Name the configuration: as asked, as the environment or .env says, otherwise."""
    said = _environment({}).get("APP_CONFIG")
    return config or (str(said.value) if said else otherwise)


def instance_folder(root: Path) -> Path:
    """Name the folder for the app's data: one for each chapter, so none is mixed up."""
    names = [re.match(r"(\d+)-", path.name) for path in (root / "chapters").glob("*/")]
    numbers = [int(match[1]) for match in names if match]
    instance = root / "instance"
    return instance / f"chapter-{max(numbers)}" if numbers else instance


def convert(value: object, kind: Any) -> object:
    """Return value as kind; text is read as kind is written. Raises ValueError."""
    if isinstance(kind, types.UnionType):
        if value is None or value == "":
            return None
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value
    kind = get_origin(kind) or kind
    if isinstance(value, str):
        value = _read(value, kind)
    elif kind is float and type(value) is int:
        value = float(value)
    elif kind is tuple and isinstance(value, list):
        value = tuple(value)
    words = value if isinstance(value, tuple) else ()
    fits = isinstance(value, kind) and (kind is not int or type(value) is int)
    if not fits or not all(isinstance(word, str) for word in words):
        raise ValueError(EXPECTED.get(kind, kind.__name__))
    return value


def _read(text: str, kind: Any) -> Any:
    """Read text as it is written in the environment; what doesn't fit stays text."""
    if kind is bool:
        return BOOLEANS.get(text.strip().lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    if kind is Path:
        return ROOT / Path(text).expanduser()
    if kind is tuple:
        return tuple(word.strip() for word in text.split(",") if word.strip())
    return text


def _checked(said: Mapping[str, Said], declared: dict[str, Any]) -> dict[str, object]:
    """Convert every setting; raise ConfigurationError with all that is wrong."""
    settings, faults = {}, []
    for key, (value, source) in sorted(said.items()):
        if key not in declared:
            near = difflib.get_close_matches(key.upper(), declared, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            faults.append(f"{key} (from {source}) is not a setting{meant}")
            continue
        try:
            settings[key] = convert(value, declared[key])
        except ValueError as expected:
            shown = "its value" if CONFIDENTIAL.search(key) else repr(value)
            faults.append(f"{key} (from {source}): {shown} is not {expected}")
    if faults:
        raise ConfigurationError("\n".join(faults))
    return settings


def _environment(given: Mapping[str, object]) -> dict[str, Said]:
    """Read `.env`, and over it the environment's variables that we declare."""
    asked = given.get("ENV_FILE") or os.environ.get("ENV_FILE")
    path = ROOT / str(asked or ".env")
    said = {}
    try:
        for key, value in RepositoryEnv(str(path)).data.items():
            if not key.startswith(FOREIGN):
                said[key] = Said(value, path.name)
    except FileNotFoundError:
        if asked:
            raise ConfigurationError(f"ENV_FILE: there is no file {path}") from None
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    ours = [
        *SOURCES,
        *(key for kind in CONFIGS.values() for key in get_type_hints(kind)),
    ]
    variables = {key: os.environ[key] for key in ours if key in os.environ}
    return said | {k: Said(value, "the environment") for k, value in variables.items()}


def _named(said: Said) -> type[Config]:
    """Find the configuration class of a name."""
    if said.value not in CONFIGS:
        raise ConfigurationError(
            f"APP_CONFIG (from {said.source}): {said.value!r} is not one of "
            + ", ".join(sorted(CONFIGS))
        )
    return CONFIGS[str(said.value)]


def _path(said: Said | None) -> Path | None:
    """Read a path that says where settings come from."""
    return ROOT / Path(str(said.value)).expanduser() if said else None


def _override(asked: Path | None, usual: Path) -> dict[str, Said]:
    """Read the override file; only one that was asked for has to be there."""
    path = asked or usual
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if asked is None:
            return {}
        raise ConfigurationError(f"CONFIG_FILE: there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return {key: Said(value, str(path)) for key, value in content.items()}


def _types_of_flask(app: Flask) -> dict[str, Any]:
    """Give Flask's own settings the types of their defaults."""
    plain = (bool, int, str)
    return {
        key: type(value) if isinstance(value, plain) else object
        for key, value in app.default_config.items()
    }


def _secret_key(app: Flask, public: bool) -> str:
    """Return the key that signs; the public app has to bring a good one of its own."""
    key: str | None = app.config["SECRET_KEY"]
    advice = "make one with: python -c 'import secrets; print(secrets.token_hex())'"
    if not public:
        if key:
            return key
        return secrets.token_hex() if app.testing else _kept_key(app.instance_path)
    if not key:
        raise ConfigurationError(f"SECRET_KEY is missing in production; {advice}")
    if len(key) < SHORTEST_KEY or len(set(key)) < 8 or key in PUBLISHED_KEYS:
        raise ConfigurationError(
            f"SECRET_KEY can be guessed: production wants {SHORTEST_KEY} random "
            f"characters or more; {advice}"
        )
    return key


def _kept_key(folder: str) -> str:
    """Return development's own key, made at random when it is first asked for.

    It is written whole beside its place and then linked there, which fails if another
    process was first: nobody reads half a key, and all read the same one.
    """
    place = Path(folder) / "secret_key"
    draft = place.with_name(f"secret_key.{secrets.token_hex(8)}")
    try:
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(
                os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w"
            ) as f:
                f.write(secrets.token_hex())
            with contextlib.suppress(FileExistsError):
                os.link(draft, place)
            draft.unlink()
        place.chmod(0o600)
        key = place.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{place} cannot be used: {error}") from error
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"{place} is damaged: delete it to have a new one")
    return key
