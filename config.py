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
    # region chapter 3: access
    PUBLIC_URL: str | None = None  # https://example.org; unset: as it is asked for
    PROXIES: int = 0  # in front of us, whose X-Forwarded headers are believed
    PASSWORD_MEMORY: int = 65536  # KiB that a password's hash takes
    PASSWORD_TIME: int = 3  # passes over that memory
    PASSWORD_PARALLEL: int = 1  # lanes in it
    # endregion access
    # region chapter 3: sessions
    SESSION_COOKIE_SAMESITE: str = "Lax"  # other sites' forms don't bring it
    SESSION_REFRESH_EACH_REQUEST: bool = False
    PERMANENT_SESSION_LIFETIME: int = 14 * 24 * 60 * 60  # seconds
    # endregion sessions
    # region chapter 4: tokens
    JWT_KEYS_FILE: Path | None = None  # unset: jwt_keys.json in the instance folder
    TOKEN_ISSUER: str = "lectern"  # noqa: S105
    TOKEN_AUDIENCE: str = "lectern"  # noqa: S105
    # endregion tokens
    ROOM_NAME: str = "Lectern"  # chapter 5
    # region chapter 5: forms
    WTF_CSRF_TIME_LIMIT: int | None = None  # seconds; unset: as long as the session
    # endregion forms
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

    SESSION_COOKIE_SECURE: bool = True  # chapter 3


class Development(Config):
    """What you work with: errors are shown, a SECRET_KEY is made for you."""

    DEBUG: bool = True
    LOG_LEVEL = "DEBUG"


class Testing(Config):
    """What the tests build."""

    TESTING: bool = True
    # region chapter 3: cheap
    PASSWORD_MEMORY = 8
    PASSWORD_TIME = 1
    # endregion cheap


CONFIGS = {
    "development": Development,
    "production": Production,
    "testing": Testing,
}
