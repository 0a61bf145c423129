"""Every setting of this app: its name, type, range, default and unit."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource

ROOT = Path(__file__).parent


def from_root(path: Path) -> Path:
    """Let a relative path begin at the project, and `~` at somebody's home."""
    if "\0" in str(path):
        raise ValueError("a path has no null character")
    try:
        return ROOT / path.expanduser()
    except RuntimeError:
        raise ValueError("there is no such user") from None


def words(value: object) -> object:
    """Read `a, b` as ("a", "b")."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def host_and_port(server: str) -> str:
    """Take `mail`, `mail:2525` and `[::1]:2525`; a wrong port is a ValueError too."""
    parts = urlsplit(f"//{server}")
    if parts.netloc != server or "@" in server or not parts.hostname or parts.port == 0:
        raise ValueError("write a host, or host:port")
    return server


ProjectPath = Annotated[Path, AfterValidator(from_root)]
Words = Annotated[tuple[str, ...], BeforeValidator(words), NoDecode]
MailServer = Annotated[str, AfterValidator(host_and_port)]
Port = Annotated[int, Field(ge=1, le=65535)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
# region chapter 3: hashes
PasswordMemory = Annotated[int, Field(ge=8, lt=2**22)]  # KiB
PasswordTime = Annotated[int, Field(ge=1, le=100)]  # passes over that memory
# endregion hashes


class Sources(
    BaseSettings, extra="ignore", case_sensitive=True, hide_input_in_errors=True
):
    """Where all other settings come from, so these are read first."""

    APP_CONFIG: Literal["development", "production", "testing"] = "production"
    ENV_FILE: ProjectPath | None = None  # unset: .env beside this file
    INSTANCE_FOLDER: ProjectPath | None = None  # the app's data; unset: in instance/
    CONFIG_FILE: ProjectPath | None = None  # unset: config.toml in the instance folder

    @field_validator("*", mode="before")
    @classmethod
    def as_written(cls, value: object, info: ValidationInfo) -> object:
        """Let empty text mean the default, and refuse true and false for numbers."""
        field = cls.model_fields[str(info.field_name)]
        if value == "":
            return field.default
        if isinstance(value, bool) and "bool" not in str(field.annotation):
            raise ValueError("true and false mean nothing here")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the reading to apps/settings, which knows the source of each fault."""
        return (init_settings,)


class Config(Sources, extra="forbid"):
    """What holds unless something stronger says otherwise."""

    # Flask's own
    DEBUG: bool = False
    TESTING: bool = False
    PROPAGATE_EXCEPTIONS: bool | None = None  # unset: when debugging and testing
    SECRET_KEY: str | None = None
    SECRET_KEY_FALLBACKS: Words | None = None  # older ones, which still verify
    MAX_CONTENT_LENGTH: int = Field(1024 * 1024, ge=0, lt=2**63)  # bytes in a body
    SERVER_NAME: str | None = None  # unset: any
    TRUSTED_HOSTS: Words | None = None  # unset: any
    SESSION_COOKIE_NAME: str = "session"
    SESSION_COOKIE_DOMAIN: str | None = None  # unset: the host that sets it
    SESSION_COOKIE_PATH: str | None = None  # unset: the whole app
    SESSION_COOKIE_SECURE: bool = False  # whether it goes over HTTPS only
    # region chapter 3: sessions
    SESSION_COOKIE_SAMESITE: Literal["Lax", "Strict"] = "Lax"  # not with others' forms
    SESSION_REFRESH_EACH_REQUEST: bool = False
    PERMANENT_SESSION_LIFETIME: int = Field(14 * 24 * 60 * 60, ge=1)  # seconds
    # endregion sessions

    CHAPTERS_FOLDER: ProjectPath = ROOT / "chapters"
    # region chapter 3: database
    DATABASE_URL: str | None = None  # unset: SQLite in the instance folder
    # endregion database
    # region chapter 3: access
    PUBLIC_URL: str | None = None  # https://example.org; unset: as it is asked for
    PROXIES: int = Field(0, ge=0, le=9)  # in front of us, whose X-Forwarded we believe
    PASSWORD_MEMORY: PasswordMemory = 65536  # that a password's hash takes
    PASSWORD_TIME: PasswordTime = 3
    PASSWORD_PARALLEL: int = Field(1, ge=1, le=16)  # lanes in that memory
    # endregion access
    # region chapter 4: tokens
    JWT_KEYS_FILE: ProjectPath | None = None  # unset: in the instance folder
    TOKEN_ISSUER: str = "lectern"  # noqa: S105
    TOKEN_AUDIENCE: str = "lectern"  # noqa: S105
    # endregion tokens
    ROOM_NAME: str = "Lectern"  # chapter 5
    # region chapter 5: forms
    WTF_CSRF_TIME_LIMIT: int | None = None  # seconds; unset: as long as the session
    # endregion forms
    SERVER_HOST: str = "127.0.0.1"
    SERVER_PORT: Port | None = None  # unset: the first free one from 5000 on
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

    # region chapter 3: https
    SESSION_COOKIE_SECURE: bool = True
    # endregion https


class Development(Config):
    """What you work with: errors are shown, a SECRET_KEY is made for you."""

    DEBUG: bool = True
    LOG_LEVEL: LogLevel = "DEBUG"


class Testing(Config):
    """What the tests build."""

    TESTING: bool = True
    # region chapter 3: cheap
    PASSWORD_MEMORY: PasswordMemory = 8
    PASSWORD_TIME: PasswordTime = 1
    # endregion cheap


CONFIGS: dict[str, type[Config]] = {
    "development": Development,
    "production": Production,
    "testing": Testing,
}
