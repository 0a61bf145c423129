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

ROOT = Path(__file__).parent.parent.parent

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
RANGES = {
    "LOG_DAYS": range(1, 36501),
    "MAX_CONTENT_LENGTH": range(2**63),
    "PASSWORD_MEMORY": range(8, 2**22),  # chapter 3
    "PASSWORD_PARALLEL": range(1, 17),  # chapter 3
    "PASSWORD_TIME": range(1, 101),  # chapter 3
    "PROXIES": range(10),  # chapter 3
    "SERVER_PORT": range(1, 65536),
}
MAIL_SERVER = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")
OF_FLASK: dict[str, Any] = {  # what Flask's defaults don't tell the type of
    "DEBUG": bool,
    "PERMANENT_SESSION_LIFETIME": int,  # seconds
    "PROPAGATE_EXCEPTIONS": bool | None,
    "SECRET_KEY_FALLBACKS": tuple[str, ...] | None,
    "SEND_FILE_MAX_AGE_DEFAULT": int | None,  # seconds
    "SERVER_NAME": str | None,
    "SESSION_COOKIE_DOMAIN": str | None,
    "SESSION_COOKIE_PATH": str | None,
    "SESSION_COOKIE_SAMESITE": str | None,
    "TEMPLATES_AUTO_RELOAD": bool | None,
    "TRAP_BAD_REQUEST_ERRORS": bool | None,
    "TRUSTED_HOSTS": tuple[str, ...] | None,
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
    settings = {"APP_CONFIG": config} if isinstance(config, str) else config or {}
    given = {str(key): value for key, value in settings.items()}
    strong = _environment(given) | {
        key: Said(value, "create_app")
        for key, value in given.items()
        if value is not None
    }
    kind = _named(strong.get("APP_CONFIG", Said("production", "")))
    folder = _path(strong, "INSTANCE_FOLDER") or instance_folder(ROOT)
    override = _override(_path(strong, "CONFIG_FILE"), folder / "config.toml")
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
        try:
            readable = text and "\0" not in text
            return ROOT / Path(text).expanduser() if readable else text
        except RuntimeError:  # there is no such user
            return text
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
            settings[key] = _within(key, convert(value, declared[key]))
        except ValueError as expected:
            shown = "its value" if CONFIDENTIAL.search(key) else repr(value)
            faults.append(f"{key} (from {source}): {shown} is not {expected}")
    if faults:
        raise ConfigurationError("\n".join(faults))
    return settings


def _within(key: str, value: object) -> object:
    """Return the value if its setting has a meaning for it. Raises ValueError."""
    bounds = RANGES.get(key)
    if bounds is not None and isinstance(value, int) and value not in bounds:
        raise ValueError(f"a whole number from {bounds[0]} to {bounds[-1]}")
    if key == "SERVER_HOST" and not value:  # which would be every address
        raise ValueError("a host")
    if key == "LOG_MAIL_SERVER" and value:
        server = MAIL_SERVER.fullmatch(str(value))
        if not server or int(server[1] or 1) not in RANGES["SERVER_PORT"]:
            raise ValueError("a host or host:port")
    return value


def _environment(given: Mapping[str, object]) -> dict[str, Said]:
    """Read `.env`, and over it the environment's variables that we declare."""
    ours = [
        *SOURCES,
        *(key for kind in CONFIGS.values() for key in get_type_hints(kind)),
    ]
    variables = {
        key: Said(os.environ[key], "the environment")
        for key in ours
        if key in os.environ
    }
    wanted = given.get("ENV_FILE")
    asked = _path(
        {"ENV_FILE": Said(wanted, "create_app")} if wanted else variables, "ENV_FILE"
    )
    said = _env_file(asked, ROOT / ".env") | variables
    return {k: v for k, v in said.items() if k not in SOURCES or v.value != ""}


def _env_file(asked: Path | None, usual: Path) -> dict[str, Said]:
    """Read `.env`; only one that was asked for has to be there."""
    path = asked or usual
    try:
        lines = RepositoryEnv(str(path), encoding="utf-8-sig").data
    except FileNotFoundError:
        if asked is None:
            return {}
        raise ConfigurationError(f"ENV_FILE: there is no file {path}") from None
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    if "ENV_FILE" in lines:
        raise ConfigurationError(f"ENV_FILE (from {path.name}) cannot be set there")
    return {
        key: Said(value, path.name)
        for key, value in lines.items()
        if not key.startswith(FOREIGN)
    }


def _named(said: Said) -> type[Config]:
    """Find the configuration class of a name."""
    if not isinstance(said.value, str) or said.value not in CONFIGS:
        raise ConfigurationError(
            f"APP_CONFIG (from {said.source}): {said.value!r} is not one of "
            + ", ".join(sorted(CONFIGS))
        )
    return CONFIGS[said.value]


def _path(said: Mapping[str, Said], key: str) -> Path | None:
    """Read a path that says where settings come from; an empty one says nothing."""
    if key not in said or said[key].value == "":
        return None
    path = _checked({key: said[key]}, SOURCES)[key]
    return path if isinstance(path, Path) else None


def _override(asked: Path | None, usual: Path) -> dict[str, Said]:
    """Read the override file; only one that was asked for has to be there."""
    path = asked or usual
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if asked is None:
            return {}
        raise ConfigurationError(f"CONFIG_FILE: there is no file {path}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    for key in SOURCES.keys() & content.keys():
        raise ConfigurationError(f"{key} (from {path}) cannot be set there")
    return {key: Said(value, str(path)) for key, value in content.items()}


def _types_of_flask(app: Flask) -> dict[str, Any]:
    """Give Flask's own settings their types: mostly those of their defaults."""
    plain = (bool, int, str)
    defaults = app.default_config.items()
    told = {key: type(value) for key, value in defaults if isinstance(value, plain)}
    return dict.fromkeys(app.default_config, object) | told | OF_FLASK


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
        if place.stat().st_mode & 0o077:
            place.chmod(0o600)
        key = place.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{place} cannot be used: {error}") from error
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"{place} is damaged: delete it to have a new one")
    return key
