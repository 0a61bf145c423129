"""What this app can be told: for each setting a name, a type and a default."""

from pathlib import Path
from typing import Literal


class Config:
    """What holds unless something stronger says otherwise."""

    SECRET_KEY: str | None = None
    CHAPTERS_FOLDER: Path = Path(__file__).parent / "chapters"
    MAX_CONTENT_LENGTH: int = 1024 * 1024  # bytes in the body of a request
    # region chapter 3: database
    DATABASE_URL: str | None = None  # unset: SQLite in the instance folder
    # endregion database
    ROOM_NAME: str = "Lectern"  # chapter 5
    SERVER_HOST: str = "127.0.0.1"
    SERVER_PORT: int | None = None  # unset: the first free one from 5000 on
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_FOLDER: Path | None = None  # unset: logs/ in the instance folder
    LOG_DAYS: int = 30
    LOG_MAIL_SERVER: str | None = None  # host or host:port; unset: no mail
    LOG_MAIL_USER: str | None = None
    LOG_MAIL_PASSWORD: str | None = None
    LOG_MAIL_FROM: str = "lectern@localhost"
    LOG_MAIL_TO: tuple[str, ...] = ()


class Production(Config):
    """What the public meets. It does not start without a SECRET_KEY of its own."""


class Development(Config):
    """What you work with: errors are shown, a SECRET_KEY is made for you."""

    DEBUG: bool = True
    LOG_LEVEL = "DEBUG"


class Testing(Config):
    """What the tests build."""

    TESTING: bool = True


CONFIGS = {
    "development": Development,
    "production": Production,
    "testing": Testing,
}
