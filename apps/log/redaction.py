"""Take passwords, tokens, codes and query strings out of what is logged.

It errs on the side of leaving out: a word too few in a log is a nuisance, a password
in it is an incident.
"""

import re
from collections.abc import Mapping

REDACTED = "[redacted]"
MAX_CHARACTERS_READ = 20_000  # of a text: none may keep us busy for long
MAX_DEPTH = 20  # levels of a nested value that are shown

_WORDS = (
    r"pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|private[_-]?key|jwt|csrf"
    r"|authorization|cookie|session|credential|otp"
)
_CODE = r"(?:sms|otp|auth|login|reset|verification|confirmation|access)[_-]code"
_PLAIN = r"(?<![\w-])(?<!(?:status|return) )(?<!exit )(?<!error )(?:code|pass)(?![\w-])"
_NAME = rf"(?:(?:{_WORDS})[\w.-]{{0,60}}+|{_CODE}|{_PLAIN})"
# The names of a file and of an exception are none of a secret.
_KEY = rf"{_NAME}(?<!\.py)(?<!\.css)(?<!\.html)(?<!_file)(?-i:(?<!Error)(?<!Refused))"
_START = r"(?<![^\s\"'(\[{<,=])(?!/)[^\s\"'(\[{<,=]{0,2000}?"  # of a word, not a path
_STRING = r"""[bru]{0,2}(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\".{0,2000}?\\")"""
_GROUP = r"\[[^\]]{0,2000}\]|\([^)]{0,2000}\)|\{[^}]{0,2000}\}"
# Not what an earlier rule has written, nor a gap in a statement of SQL.
_OPEN = r"""(?!["']?\[redacted|\?(?![^\s,)\]])|%\(\w+\)s)"""
_MIXED = r"(?=\S*\d)[^\s,;]{4,}"  # a word with a digit
_QUOTED = rf"{_OPEN}(?:{_STRING}|{_GROUP})"
_NO_TABLE = r"(?<!'modify_type', None, )(?<!'modify_nullable', None, )"

_SENSITIVE = re.compile(_NAME, re.IGNORECASE)
_ANNOUNCED = re.compile(rf"{_START}{_KEY}(?:[^,;.]*\b(?:is|was))?\W*$", re.IGNORECASE)

# What comes before a secret (group 1, which stays), and the secret.
_RULES = [
    # Authorization: Bearer abc / Cookie: a=b; c=d, up to the end of the line
    (r"((?:authorization|cookie)\s*[:=]\s*)", r"(?![\s\"'\\\[({])[^\r\n]+"),
    # "password": "x", password='x', token=['x']
    (rf"({_KEY}(?:\\?[\"']?\s*[:=]|\s*,)\s*)", _QUOTED),
    # ('password', 'x'), but not Alembic's names of a table and its column
    (rf"({_NO_TABLE}[\"'][^\"']{{0,200}}?{_KEY}\]*\\?[\"']\s*,\s*)", _QUOTED),
    # password: correct horse, up to the next comma or the end of the line
    (rf"({_START}{_KEY}\\?[\"']?\]*\s*:\s+)", rf"{_OPEN}(?![\"'\[({{])[^\r\n,;}}]+"),
    # password=x, user[password]=x, password%3Dx; token:x, token: "x
    (rf"({_KEY}\\?[\"']?[\[\]]*\s*(?:=|%3D)\s*)", rf"{_OPEN}[^\s,;&}}\])]+"),
    (rf"({_KEY}\\?[\"']?\]*\s*:(?:\s+(?=[\"'\[({{]))?)", rf"{_OPEN}[^\s,;&}}\])]+"),
    # password "x", token abc123, code is 123456
    (rf"({_START}{_KEY}\s+(?:(?:is|was)\s+)?(?!HTTP/))", rf"(?:{_STRING}|{_MIXED})"),
    # Bearer abc, Basic YTpi
    (r"\b((?:Bearer|Basic|Digest)\s+)", r"[\w.~+/=-]{6,}"),
    # a JSON Web Token, wherever it stands
    (r"()", r"\beyJ[\w-]{5,2000}+\.[\w-]+\.[\w-]*"),
    # region chapter 3: hashes
    # the hash of a password: it tells who guesses right
    (r"(\$argon2(?:id|i|d))", r"\$[\w$=,+/]+"),
    # endregion hashes
    # https://user:password@host
    (r"(\b[a-z][a-z0-9+.-]{0,20}://)", r"[^\s/]+(?=@)"),
]
_COMPILED = [re.compile(before + secret, re.IGNORECASE) for before, secret in _RULES]
_WORD = re.compile(r"[^\s\"'<>]+")


def redact(text: str) -> str:
    """Return text without the secrets that can be told by their name or form."""
    for rule in _COMPILED:
        text = rule.sub(rf"\1{REDACTED}", text)
    return _WORD.sub(_without_query, text)


def redact_value(value: object, name: str = "", depth: int = 0) -> object:
    """Return a value without what its keys, or its own name, call a secret."""
    if name and _SENSITIVE.search(name):
        return REDACTED
    nested = isinstance(value, Mapping | list | tuple | set | frozenset)
    if nested and depth == MAX_DEPTH:  # perhaps it holds itself
        return "..."
    if isinstance(value, Mapping):
        return {k: redact_value(v, str(k), depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(one, depth=depth + 1) for one in value]
    if isinstance(value, str):
        return redact(value[:MAX_CHARACTERS_READ])
    return value


def announces_secret(text: str) -> bool:
    """Tell whether text ends so that a secret comes next: "the new password is "."""
    return bool(_ANNOUNCED.search(text[-200:]))


def _without_query(word: re.Match[str]) -> str:
    """Cut the query string off an address."""
    path, _, query = word[0].partition("?")
    return f"{path}?{REDACTED}" if query and "/" in path else word[0]
