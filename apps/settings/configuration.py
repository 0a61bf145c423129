"""Read the settings and let the strongest source win.

From weak to strong: the defaults in `config.py`, the named class there, the override
file, `.env`, the environment, what `create_app` is given (the flags of `run.py`). An
unknown name or a value that does not fit stops the start and names its source.
"""

import difflib
import re
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from click import ClickException
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

import config as declared  # a whole module, for it imports from here in its turn
from apps.settings.files import read_env, read_toml
from apps.settings.types import ROOT, Settings

CONFIDENTIAL = re.compile("SECRET|PASSWORD|TOKEN|KEY|URL|MAIL")
FIRST_CHAPTER = "01-virtualenv"  # of the course; a project of your own has others

BySource = dict[str, dict[str, Any]]  # what each source says, the strongest first
Model = TypeVar("Model", bound=Settings)


class ConfigurationError(ClickException):
    """The app can't start with these settings; each line names one fault."""


def read_settings(given: Mapping[str, object]) -> "tuple[declared.Config, Path]":
    """Return the checked settings, and the path of the instance folder."""
    by_source = _strong_sources(given)
    sources = _validated(declared.Sources, by_source)
    folder = sources.INSTANCE_FOLDER or instance_folder(ROOT)
    by_source |= _read("CONFIG_FILE", sources, folder / "config.toml")
    return _validated(declared.CONFIGS[sources.APP_CONFIG], by_source), folder


def configuration_name(flag: str | None, default: str) -> str:
    """Return the flag, else what the environment or .env names, else the default."""
    settings = ChainMap(*_strong_sources({"APP_CONFIG": flag}).values())
    return settings.get("APP_CONFIG") or default


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


def _strong_sources(config: Mapping[str, object]) -> BySource:
    """Read what create_app is given (but not its None), the environment and `.env`."""
    given = {str(key): value for key, value in config.items() if value is not None}
    environment = EnvSettingsSource(declared.Config)()
    by_source = {"create_app": given, "the environment": environment}
    sources = _validated(declared.Sources, by_source)
    return by_source | _read("ENV_FILE", sources, ROOT / ".env")


def _read(setting: str, sources: Settings, default: Path) -> BySource:
    """Read a file of settings; only one that was asked for must be there."""
    read, forbidden = {
        "ENV_FILE": (read_env, {"ENV_FILE"}),
        "CONFIG_FILE": (read_toml, declared.Sources.model_fields.keys()),
    }[setting]
    configured = getattr(sources, setting)
    path = configured or default
    if configured and (path.is_dir() or not path.exists()):
        raise ConfigurationError(f"{setting}: there is no file {path}")
    source = str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    try:
        values = read(path)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source} cannot be read: {error}") from error
    for key in forbidden & values.keys():
        raise ConfigurationError(f"{key} (from {source}) cannot be set there")
    return {source: values}


def _validated(model: type[Model], by_source: BySource) -> Model:
    """Check each setting's strongest value; ConfigurationError names all faults."""
    try:
        return model(**ChainMap(*by_source.values()))
    except ValidationError as error:
        faults = {str(fault["loc"][0]): fault for fault in error.errors()}
    lines = [_line(key, by_source, faults[key]) for key in sorted(faults)]
    raise ConfigurationError("\n".join(lines))


def _line(key: str, by_source: BySource, fault: Mapping[str, Any]) -> str:
    """Describe one fault: the setting, its source, and its value unless secret."""
    source = next(
        (f"from {name}" for name in by_source if key in by_source[name]), "not set"
    )
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key.upper(), declared.Config.model_fields, 1)
        advice = f"did you mean {near[0]}?" if near else "config.py lists them all"
        return f"{key} ({source}) is not a setting; {advice}"
    reason = fault["msg"].removeprefix("Value error, ")
    shown = "" if CONFIDENTIAL.search(key) else f" is {fault['input']!r}"
    return f"{key} ({source}){shown}: {reason}"
