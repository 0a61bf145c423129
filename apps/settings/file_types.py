"""Which types of files may be uploaded: all that the app can check, or fewer."""

from typing import Annotated

from pydantic import AfterValidator

from apps.settings.types import Words

ALL_TYPES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "application/zip",
    "text/plain",
    "text/markdown",
)


def check(types: tuple[str, ...]) -> tuple[str, ...]:
    """Return types that the app knows. Raises ValueError."""
    if not set(types) <= set(ALL_TYPES):
        raise ValueError(f"the app can check {', '.join(ALL_TYPES)}")
    return types


FileTypes = Annotated[Words, AfterValidator(check)]
