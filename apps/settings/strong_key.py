"""The key that signs cookies in production: the app's own, and hard to guess."""

from typing import Annotated

from pydantic import AfterValidator

MIN_CHARACTERS = 32
PUBLISHED = {  # from documentation that everybody reads
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
}
ADVICE = "make one with: python -c 'import secrets; print(secrets.token_hex())'"


def check(key: str | None) -> str:
    """Return a key that is good enough for the public. Raises ValueError."""
    if not key:
        raise ValueError(f"missing in production; {ADVICE}")
    if len(key) < MIN_CHARACTERS or len(set(key)) < 8 or key in PUBLISHED:
        raise ValueError(f"it can be guessed; {ADVICE}")
    return key


StrongSecretKey = Annotated[str | None, AfterValidator(check)]
