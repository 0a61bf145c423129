"""What `config.py` declares settings with: their base class, paths, words, servers."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

ROOT = Path(__file__).parents[2]


class Settings(BaseSettings, case_sensitive=True, hide_input_in_errors=True):
    """A group of settings."""

    @field_validator("*", mode="before")
    @classmethod
    def as_written(cls, value: object, info: ValidationInfo) -> object:
        """Let empty text mean the default, and refuse true and false for numbers."""
        field = cls.model_fields[str(info.field_name)]
        if value == "":
            return field.get_default(call_default_factory=True)
        if isinstance(value, bool) and "bool" not in str(field.annotation):
            raise ValueError("must not be true or false")
        return value

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> Any:
        """Read no source: `load_config` does, so that it can name each fault's."""
        return (sources["init_settings"],)


def from_root(path: Path) -> Path:
    """Let a relative path begin at the project, and `~` at somebody's home."""
    if "\0" in str(path):
        raise ValueError("must not contain a null character")
    try:
        return ROOT / path.expanduser()
    except RuntimeError:
        raise ValueError("there is no such user") from None


def split(text: object) -> object:
    """Read `a, b` as two words."""
    if not isinstance(text, str):
        return text
    return [word.strip() for word in text.split(",") if word.strip()]


def host_and_port(server: str) -> str:
    """Take `mail`, `mail:2525` and `[::1]:2525`; a wrong port is a ValueError too."""
    parts = urlsplit(f"//{server}")
    if parts.netloc != server or "@" in server or not parts.hostname or parts.port == 0:
        raise ValueError("write a host, or host:port")
    return server


ProjectPath = Annotated[Path, AfterValidator(from_root)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
MailServer = Annotated[str, AfterValidator(host_and_port)]
