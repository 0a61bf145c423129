"""Give an app its settings."""

from collections.abc import Mapping

from flask import Flask

from apps.settings.configuration import read_settings
from apps.settings.secret_key import read_or_make


def load_config(app: Flask, config: str | Mapping[str, object] | None = None) -> None:
    """Set app.config and app.instance_path. Raises ConfigurationError.

    config is the name of a configuration, or a few settings that beat all others.
    """
    if isinstance(config, str):
        config = {"APP_CONFIG": config}
    settings, folder = read_settings(config or {})
    app.config.update(settings.model_dump())
    app.instance_path = str(folder)
    if not app.secret_key:
        app.secret_key = read_or_make(folder / "secret_key")
