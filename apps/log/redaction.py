"""Take passwords, tokens, codes and query strings out of what is logged.

It errs on the side of leaving out: a word too few in a log is a nuisance, a password
in it is an incident.
"""

import re
from collections.abc import Mapping

REDACTED = "[redacted]"

_WORDS = (
    r"pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|private[_-]?key|jwt|csrf"
    r"|authorization|cookie|session|credential|otp"
)
_CODE = r"(?:sms|otp|auth|login|reset|verification|confirmation|access)[_-]code"
_NAME = rf"[\w.-]*(?:{_WORDS})[\w.-]*|{_CODE}|(?<![\w-])(?:code|pass)(?![\w-])"
_STRING = r"""[bru]{0,2}(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\".*?\\")"""
_GROUP = r"\[[^\]]*\]|\([^)]*\)|\{[^}]*\}"

_SENSITIVE = re.compile(_NAME, re.IGNORECASE)
_ANNOUNCED = re.compile(rf"(?:{_NAME})\b(?:\W*|[^,;.]*\b(?:is|was)\W*)$", re.IGNORECASE)
_NOT_A_SECRET = re.compile(r"\b(?:status|exit|error|return)[ _-]code\W*$", re.I)

# Each rule: what to look for, and what to write; group 1 stays.
_RULES = [
    # Authorization: Bearer abc / Cookie: a=b; c=d, up to the end of the line
    (
        r"((?:authorization|cookie)\s*[:=]\s*)(?![\s\"'\\\[({])[^\r\n]+",
        rf"\1{REDACTED}",
    ),
    # "password": "x", password='x', ('password', 'x'), token=['x']
    (rf"((?:{_NAME})\\?[\"']?\s*[:=,]\s*)(?:{_STRING}|{_GROUP})", rf"\1{REDACTED}"),
    # password: correct horse, up to the next comma or the end of the line
    (rf"((?:{_NAME})\\?[\"']?:\s+)(?![\"'\[({{])[^\r\n,;}}]+", rf"\1{REDACTED}"),
    # password=x, token:x
    (
        rf"((?:{_NAME})\\?[\"']?\s*[:=]\s*)(?!\[redacted)[^\s,;&}}\])]+",
        rf"\1{REDACTED}",
    ),
    # password "x", token abc123, code 123456
    (rf"((?:{_NAME})\s+)(?:{_STRING}|(?=\S*\d)[^\s,;]{{4,}})", rf"\1{REDACTED}"),
    # Bearer abc, Basic YTpi
    (r"\b((?:Bearer|Basic|Digest)\s+)[\w.~+/=-]{6,}", rf"\1{REDACTED}"),
    # a JSON Web Token, wherever it stands
    (r"()\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*", rf"\1{REDACTED}"),
    # https://user:password@host
    (r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", rf"\1{REDACTED}@"),
    # /path?query, https://host?query
    (r"((?:/|://)[^\s?\"'<>]*\?)[^\s\"'<>]+", rf"\1{REDACTED}"),
]
_COMPILED = [(re.compile(rule, re.IGNORECASE), by) for rule, by in _RULES]


def redact(text: str) -> str:
    """Return text without the secrets that can be told by their name or form."""
    for rule, by in _COMPILED:
        text = rule.sub(by, text)
    return text


def redact_value(value: object, name: str = "") -> object:
    """Return a value without what its keys, or its own name, call a secret."""
    if name and _SENSITIVE.search(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {key: redact_value(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(one) for one in value]
    if isinstance(value, str):
        return redact(value)
    return value


def announces_secret(text: str) -> bool:
    """Tell whether text ends so that a secret comes next: "the new password is "."""
    return bool(_ANNOUNCED.search(text)) and not _NOT_A_SECRET.search(text)
