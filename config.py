"""What this app can be told: for each setting a name, a type and a default."""

import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field

from apps.settings.file_types import ALL_TYPES, FileTypes  # chapter 7
from apps.settings.mongo_url import MongoUrl, ProductionMongoUrl  # chapter 7
from apps.settings.origins import Origins  # chapter 8
from apps.settings.rate_limit import RateLimit  # chapter 7
from apps.settings.redis_url import ProductionRedisUrl, RedisUrl  # chapter 7
from apps.settings.strong_key import StrongSecretKey
from apps.settings.types import MailServer, ProjectPath, Settings, Words

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Sources(Settings, extra="ignore"):
    """Where all other settings come from: these are read first."""

    APP_CONFIG: Literal["development", "production", "testing"] = "production"
    ENV_FILE: ProjectPath | None = None  # unset: .env
    INSTANCE_FOLDER: ProjectPath | None = None  # the app's data; unset: in instance/
    CONFIG_FILE: ProjectPath | None = None  # unset: config.toml in the instance folder


class Config(Sources, extra="forbid"):
    """What holds unless something stronger says otherwise."""

    CHAPTERS_FOLDER: ProjectPath = Path("chapters")
    # Flask's own
    DEBUG: bool = False
    TESTING: bool = False
    PROPAGATE_EXCEPTIONS: bool | None = None  # unset: in debugging and testing
    SECRET_KEY: str | None = None
    MAX_CONTENT_LENGTH: int = Field(1024 * 1024, ge=0, le=1024**3)  # bytes in a body
    # region chapter 3: sessions
    SECRET_KEY_FALLBACKS: Words | None = None  # older ones, still good to verify
    SESSION_COOKIE_NAME: str = "session"  # with __Host- before it over HTTPS
    SESSION_COOKIE_DOMAIN: str | None = None  # unset: the host that sets it
    SESSION_COOKIE_PATH: str | None = None  # unset: the whole app
    SESSION_COOKIE_SECURE: bool = False  # over HTTPS only
    SESSION_COOKIE_SAMESITE: Literal["Lax", "Strict"] = "Lax"  # not with others' forms
    SESSION_REFRESH_EACH_REQUEST: bool = False
    PERMANENT_SESSION_LIFETIME: int = Field(14 * 24 * 60 * 60, ge=1)  # seconds
    # endregion sessions
    # region chapter 3: database
    DATABASE_URL: str | None = None  # unset: SQLite in the instance folder
    # endregion database
    REDIS_URL: RedisUrl = None  # chapter 7
    MONGO_URL: MongoUrl = None  # chapter 7
    # region chapter 3: access
    PUBLIC_URL: str | None = None  # https://example.org; unset: as it is asked for
    TRUSTED_HOSTS: Words | None = None  # whose requests are answered; unset: all
    PROXIES: int = Field(0, ge=0, le=9)  # whose X-Forwarded headers are believed
    PASSWORD_MEMORY: int = Field(65536, ge=8, lt=2**22)  # KiB that a hash takes
    PASSWORD_TIME: int = Field(3, ge=1, le=100)  # passes over that memory
    PASSWORD_PARALLEL: int = Field(1, ge=1, le=16)  # lanes in it
    # endregion access
    # region chapter 7: throttle
    LOGIN_LIMIT_BY_ACCOUNT: RateLimit = "10 per 15 minutes"  # wrong passwords
    LOGIN_LIMIT_BY_ADDRESS: RateLimit = "100 per hour"
    # endregion throttle
    # region chapter 8: api
    API_ORIGINS: Origins = ()  # other sites whose pages may use the API
    API_LIMIT_BY_USER: RateLimit = "600 per minute"  # requests
    API_LIMIT_BY_ADDRESS: RateLimit = "120 per minute"  # of strangers
    # endregion api
    # region chapter 7: fsync
    EMBEDDED_FSYNC: Literal["always", "everysec"] = "always"  # what Redis writes
    # endregion fsync
    # region chapter 4: tokens
    JWT_KEYS_FILE: ProjectPath | None = None  # unset: in the instance folder
    TOKEN_ISSUER: str = "lectern"  # noqa: S105
    TOKEN_AUDIENCE: str = "lectern"  # noqa: S105
    # endregion tokens
    # region chapter 7: files
    FILES_FOLDER: ProjectPath | None = None  # unset: files/ in the instance folder
    FILES_TYPES: FileTypes = ALL_TYPES  # that are taken
    FILES_MAX_BYTES: int = Field(20 * 1024**2, ge=1, le=1024**3)  # of one file
    FILES_QUOTA: int = Field(200 * 1024**2, ge=0, le=1024**4)  # bytes of one user
    FILES_ACCEL_PREFIX: str | None = Field(None, pattern="^(/[a-z0-9-]+)+$")  # nginx's
    # endregion files
    ROOM_NAME: str = "Lectern"  # chapter 5
    # region chapter 5: forms
    WTF_CSRF_TIME_LIMIT: int | None = None  # seconds; unset: as long as the session
    # endregion forms
    # the development server's
    SERVER_HOST: str = "127.0.0.1"
    SERVER_PORT: int | None = Field(None, ge=1, le=65535)  # unset: a free one from 5000
    WATCH: Literal["auto", "poll"] = "auto"  # poll: where saved files aren't noticed
    LOG_LEVEL: LogLevel = "INFO"
    LOG_FOLDER: ProjectPath | None = None  # unset: logs/ in the instance folder
    LOG_DAYS: int = Field(30, ge=1, le=36500)  # that log files are kept
    LOG_MAIL_SERVER: MailServer | None = None  # unset: no mail
    LOG_MAIL_USER: str | None = None
    LOG_MAIL_PASSWORD: str | None = None
    LOG_MAIL_FROM: str = "lectern@localhost"
    LOG_MAIL_TO: Words = ()


class Production(Config):
    """What the public meets. It does not start without a SECRET_KEY of its own."""

    SECRET_KEY: StrongSecretKey = None
    SESSION_COOKIE_SECURE: bool = True  # chapter 3
    REDIS_URL: ProductionRedisUrl = None  # chapter 7
    MONGO_URL: ProductionMongoUrl = None  # chapter 7


class Development(Config):
    """What you work with: errors are shown, a SECRET_KEY is made for you."""

    DEBUG: bool = True
    LOG_LEVEL: LogLevel = "DEBUG"


class Testing(Config):
    """What the tests build."""

    TESTING: bool = True
    SECRET_KEY: str | None = Field(default_factory=secrets.token_hex)
    # region chapter 3: cheap
    PASSWORD_MEMORY: int = Field(8, ge=8, lt=2**22)
    PASSWORD_TIME: int = Field(1, ge=1, le=100)
    # endregion cheap
    # region chapter 7: many-wrong
    LOGIN_LIMIT_BY_ACCOUNT: RateLimit = "1000000 per day"
    LOGIN_LIMIT_BY_ADDRESS: RateLimit = "1000000 per day"
    # endregion many-wrong
    # region chapter 8: many-requests
    API_LIMIT_BY_USER: RateLimit = "1000000 per day"
    API_LIMIT_BY_ADDRESS: RateLimit = "1000000 per day"
    # endregion many-requests


CONFIGS: dict[str, type[Config]] = {
    "development": Development,
    "production": Production,
    "testing": Testing,
}
