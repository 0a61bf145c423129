"""Read the settings and let the strongest source win.

From weak to strong: the defaults in `config.py`, the named class there, the override
file, `.env`, the environment, what `create_app` is given (the flags of `run.py`). An
unknown name or a value that does not fit stops the start and names its source.
"""

import difflib
import re
import secrets
import tomllib
from collections import ChainMap
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from apps.settings import secret_key
from config import CONFIGS, ROOT, Config, Sources

CONFIDENTIAL = re.compile("SECRET|PASSWORD|TOKEN|KEY|URL|MAIL")
FOREIGN = ("FLASK_", "PYTHON", "COMPOSE_")  # other programs' lines in .env
FIRST_CHAPTER = "01-virtualenv"  # of the course; a project of your own has others

Values = dict[str, Any]  # setting -> value
Said = dict[str, Values]  # source -> what it says, the strongest source first
Model = TypeVar("Model", bound=Sources)


class ConfigurationError(Exception):
    """The app can't start with these settings; each line names one fault."""


def load_config(app: Flask, config: str | Mapping[str, object] | None = None) -> None:
    """Set app.config and app.instance_path, or raise ConfigurationError.

    config is the name of a configuration, or settings that beat all others, with the
    name under APP_CONFIG; a setting that is None there was not given.
    """
    said = _strong_sources(
        {"APP_CONFIG": config} if isinstance(config, str) else config
    )
    sources = _validated(Sources, said)
    folder = sources.INSTANCE_FOLDER or instance_folder(ROOT)
    override = sources.CONFIG_FILE or folder / "config.toml"
    said |= _read("CONFIG_FILE", sources, override, _read_toml, Sources.model_fields)
    settings = _validated(CONFIGS[sources.APP_CONFIG], said)
    app.instance_path = str(folder)
    app.config.update(settings.model_dump())
    try:
        if settings.APP_CONFIG == "production":
            secret_key.check(settings.SECRET_KEY)
        elif settings.TESTING:
            app.secret_key = settings.SECRET_KEY or secrets.token_hex()
        elif not settings.SECRET_KEY:
            app.secret_key = secret_key.read_or_make(folder / "secret_key")
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def named(config: str | None, otherwise: str) -> str:
    """Name the configuration: as asked, as the environment or .env says, otherwise."""
    said = ChainMap(*_strong_sources({"APP_CONFIG": config}).values())
    return said.get("APP_CONFIG") or otherwise


def instance_folder(root: Path) -> Path:
    """Name the folder for the app's data: `instance/`.

    Where the course's chapters are, each checkpoint has one in there, named for its
    last chapter, so that going from one to another mixes no data.
    """
    instance, chapters = root / "instance", root / "chapters"
    if not (chapters / FIRST_CHAPTER).is_dir():
        return instance
    last = max(path.name for path in chapters.glob("[0-9][0-9]-*/"))
    return instance / f"chapter-{int(last[:2])}"


def _strong_sources(config: Mapping[str, object] | None) -> Said:
    """Read what create_app is given, the environment and `.env`."""
    given = {str(k): v for k, v in (config or {}).items() if v is not None}
    said: Said = {"create_app": given, "the environment": EnvSettingsSource(Config)()}
    sources = _validated(Sources, said)
    env_file = sources.ENV_FILE or ROOT / ".env"
    return said | _read("ENV_FILE", sources, env_file, _read_env_file, {"ENV_FILE"})


def _read(
    setting: str,
    sources: Sources,
    path: Path,
    read: Callable[[Path], Values],
    forbidden: Collection[str],
) -> Said:
    """Read the file that a setting names; only one that was asked for must exist."""
    if getattr(sources, setting) and (path.is_dir() or not path.exists()):
        raise ConfigurationError(f"{setting}: there is no file {path}")
    source = str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    try:
        values = read(path)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source} cannot be read: {error}") from error
    for key in forbidden & values.keys():
        raise ConfigurationError(f"{key} (from {source}) cannot be set there")
    return {source: values}


def _read_env_file(path: Path) -> Values:
    values = DotEnvSettingsSource(Config, path, "utf-8-sig")()
    return {k: v for k, v in values.items() if not k.startswith(FOREIGN)}


def _read_toml(path: Path) -> Values:
    if not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8-sig"))


def _validated(model: type[Model], said: Said) -> Model:
    """Check each setting's strongest value; ConfigurationError names all faults."""
    try:
        return model(**ChainMap(*said.values()))
    except ValidationError as error:
        faults = {str(fault["loc"][0]): fault for fault in error.errors()}
    lines = [_line(key, said, faults[key]) for key in sorted(faults)]
    raise ConfigurationError("\n".join(lines))


def _line(key: str, said: Said, fault: Mapping[str, Any]) -> str:
    """Describe one fault: the setting, its source, and its value unless secret."""
    found = ((source, values[key]) for source, values in said.items() if key in values)
    source, value = next(found, ("config.py", fault["input"]))
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key.upper(), Config.model_fields, 1)
        advice = f"did you mean {near[0]}?" if near else "config.py lists them all"
        return f"{key} (from {source}) is not a setting; {advice}"
    reason = fault["msg"].removeprefix("Value error, ")
    shown = "" if CONFIDENTIAL.search(key) else f" is {value!r}"
    return f"{key} (from {source}){shown}: {reason}"
