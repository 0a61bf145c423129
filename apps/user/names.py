"""How names and addresses are compared: two that look alike count as one.

A name is folded as Unicode's NFKC_Casefold does (Unicode 16, section 3.13), so that
"Ada", "ADA" and full-width letters are one name. An address keeps compatible
characters apart (RFC 6532, section 3.1), and is only case-folded: no mailbox that
anybody uses tells upper from lower case. Spaces around either are left out: a phone's
keyboard adds one after each word that it completes.
"""

import re
import unicodedata

from apps.domain_error import DomainError

MAX_NAME_CHARACTERS = 64  # of the folded name
MAX_EMAIL_BYTES = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
MAX_LOCAL_PART_BYTES = 64  # before the "@"
MAX_CHARACTERS_READ = 512  # of what was sent: folding leaves a quarter at least

# Invisible, too: Unicode's Default_Ignorable_Code_Point outside category Cf.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
ATOM = r"[^\s\x00-\x20\"(),:;<>@\[\\\]\x7f.]+"
LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
EMAIL = re.compile(rf"({ATOM}(?:\.{ATOM})*)@({LABEL}(?:\.{LABEL})*)")


class BadName(DomainError):
    """A name that no account may have."""

    field = "name"


class BadEmail(DomainError):
    """A text that is not a mail address."""

    field = "email"


def name_key(text: str) -> str:
    """Return the form in which a name is stored and looked up. Raises BadName."""
    name = _folded("NFKC", text)
    if not name:
        raise BadName("must not be empty")
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadName(f"must have at most {MAX_NAME_CHARACTERS} characters")
    if any(_invisible(character) for character in name):
        raise BadName("must not contain spaces, control characters or invisible ones")
    for mark in "@:":  # an address has one, HTTP Basic ends a name with the other
        if mark in name:
            raise BadName(f'must not contain "{mark}"')
    if unicodedata.category(name[0]).startswith("M"):
        raise BadName("must not begin with a combining mark")
    return name


def email_key(text: str) -> str:
    """Return the form in which an address is stored. Raises BadEmail."""
    email = _folded("NFC", text)
    match = EMAIL.fullmatch(email)
    if not match or any(_invisible(character) for character in email):
        raise BadEmail("must look like ada@example.org")
    local = match[1]
    long = len(email.encode()) > MAX_EMAIL_BYTES
    if long or len(local.encode()) > MAX_LOCAL_PART_BYTES:
        raise BadEmail("is too long for an address")
    return email


def login_key(text: str) -> str:
    """Return a name, or an address (which has an "@"), as it is looked up at log-in.

    Raises BadName or BadEmail for what no account can have.
    """
    return email_key(text) if "@" in _folded("NFKC", text) else name_key(text)


def _folded(form: str, text: str) -> str:
    """Normalise and fold until nothing changes: some letters need a second pass.

    What is far too long is cut first, and stays too long: a megabyte of accents on one
    letter would keep Unicode's rules busy for hours.
    """
    text = text.strip()[:MAX_CHARACTERS_READ]
    for _ in range(4):
        before, text = text, unicodedata.normalize(form, text).casefold()  # type: ignore[arg-type]
        text = unicodedata.normalize(form, text)  # type: ignore[arg-type]
        if text == before:
            break
    return text


def _invisible(character: str) -> bool:
    """Tell whether a character is a space, a control, unassigned or invisible."""
    kind = unicodedata.category(character)
    return kind[0] in "CZ" or bool(INVISIBLE.match(character))
