"""No password, token or code reaches a log line, whichever way it came."""

import logging
import sys
import time

import pytest

from apps.log.formatter import LineFormatter
from apps.log.redaction import redact_value

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sflKxwRJSMeKKF2QT4"


def line(message: object, *args: object, **extra: object) -> str:
    """Format a record as the log files hold it."""
    record = logging.getLogger("apps").makeRecord(
        "apps", logging.INFO, __file__, 1, message, args, None, extra=extra or None
    )
    return LineFormatter().format(record)


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "password = hunter2",
        "password is hunter2",
        "password[]=hunter2",
        "user[password]=hunter2&name=ada",
        "password%3Dhunter2",
        "PASSWORD: hunter2",
        "password: correct hunter2 staple",
        'password="hunter2"',
        "password 'hunter2' is wrong",
        "wrong password hunter2",
        "new_password=hunter2&name=ada",
        "LOG_MAIL_PASSWORD=hunter2",
        "passwd=hunter2",
        "pwd=hunter2",
        '{"password": "hunter2", "name": "ada"}',
        "{'old_password': 'x', 'new_password': 'hunter2'}",
        r'body "{\"password\": \"hunter2\"}"',
        "{'password': ['hunter2', 'x']}",
        "{'password': b'hunter2'}",
        "ImmutableMultiDict([('password', 'hunter2')])",
        "User(name='ada', password='hunter2')",
        "secret=hunter2",
        "client-secret: hunter2",
        "SECRET_KEY=hunter2",
        "token=hunter2",
        "access_token: hunter2",
        '"refresh_token": "hunter2"',
        "csrf_token=hunter2",
        "api_key=hunter2",
        "X-Api-Key: hunter2",
        "session=hunter2",
        "sms_code=hunter2",
        '{"code": "hunter2"}',
        "code=hunter2",
        "the code hunter2 was sent",
        "Authorization: Bearer hunter2",
        "Authorization: Basic aHVudGVyMg==hunter2",
        "{'Authorization': 'Bearer hunter2'}",
        "Proxy-Authorization: Digest username=a, response=hunter2",
        "sent Bearer hunter2 along",
        "Cookie: a=1; session=x; b=hunter2",
        "Set-Cookie: session=hunter2; Path=/",
        "GET /reset?code=hunter2 HTTP/1.1",
        "GET /search?q=hunter2 HTTP/1.1",
        "GET /hook?hunter2",
        "https://example.com/?q=hunter2",
        "https://example.com?q=hunter2",
        "postgresql://ada:hunter2@db/room",
        "redis://:hunter2@cache:6379/0",
    ],
)
def test_a_secret_in_the_text_is_left_out(text: str) -> None:
    shown = line(text)
    assert "hunter2" not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize(
    "text",
    [
        '"GET /chapter/jwt HTTP/1.1" 200 -',
        '"POST /user/token/refresh HTTP/1.1" 201 1234',
        '"GET /static/session.css HTTP/2" 304 -',
        "GET /chapter/auth/5-session 4321",
        "/chapter/jwt: there is no such part",
        "GET /user/password: 4055 bytes",
        'File "/app/apps/user/passwords.py", line 2731, in check',
        "apps/user/passwords.py:2731: an error",
        "apps/user/sessions.py 2026-11-30",
        "Restarting: apps/token/keys.py has changed",
        "apps.token.signing.TokenRefused: it has expired",
        "jwt.exceptions.InvalidTokenError: not enough segments",
        "JWT_KEYS_FILE: there is no file /var/lib/keys.json",
        "error code 12345, exit code: 12345, status code: 404, return code 12345",
        "the token of ada has expired, and so has the session",
        "a password must have at least 8 characters",
        "no such column: user_session.seen_at",
        "SELECT user.id FROM user_session WHERE user_session.key_hash = ?",
        "DELETE FROM token WHERE token.id = %(token_id)s",
        "[('modify_nullable', None, 'user_session', 'key_hash', {'a': 1}, False)]",
        "[('modify_type', None, 'token', 'family', {'a': 1}, VARCHAR())]",
        "('add_column', None, 'user', Column('token_version', Integer()))",
        "<class 'apps.token.keys.TokenUsed'>",
    ],
)
def test_what_only_sounds_like_a_secret_stays(text: str) -> None:
    assert line(text).endswith(f" apps: {text}")


@pytest.mark.parametrize("name", ["password", "user[password]", "db/password", "jwt"])
@pytest.mark.parametrize(
    "announced",
    [
        "{}=hunter2",
        "{} = 'hunter2'",
        "{}: hunter2",
        "{} : hunter2",
        "{}: 'hunter2",
        "{}:hunter2",
        "at /login {}: hunter2",
        "at /login?{}=hunter2",
        "['{}', 'hunter2']",
        "[None, '{}', 'hunter2']",
        "{}=?hunter2",
    ],
)
def test_no_path_and_no_gap_hides_a_secret(announced: str, name: str) -> None:
    assert "hunter2" not in line(announced.format(name))


def test_a_json_web_token_is_left_out_wherever_it_stands() -> None:
    assert JWT not in line(f"got {JWT} from ada")
    assert JWT.split(".")[2] not in line(JWT)


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("password %s", ("hunter2",)),
        ("ada has the password %s now", ("hunter2",)),
        ("token: %r", ("hunter2",)),
        ("the new password is %s", ("hunter2",)),
        ("the code for %s is %s", ("ada", "hunter2")),
        ("sms_code=%-10s", ("hunter2",)),
        ("100%% sure of the password %s", ("hunter2",)),
        ("login %s", ({"name": "ada", "password": "hunter2"},)),
        ("login %s", ([{"token": "hunter2"}],)),
        ("login %s", ({"user": {"token": {"value": "hunter2"}}},)),
        ("login %(name)s %(password)s", ({"name": "ada", "password": "hunter2"},)),
        ("asked for %s", ("/reset?code=hunter2",)),
        ("failed: %s", (ValueError("token=hunter2"),)),
        ("headers %s", ([("Authorization", "Bearer hunter2")],)),
    ],
)
def test_a_secret_argument_is_left_out(message: str, args: tuple[object, ...]) -> None:
    shown = line(message, *args)
    assert "hunter2" not in shown
    assert "[redacted]" in shown


def test_a_secret_number_is_left_out() -> None:
    assert "123456" not in line("the code is %d", 123456)
    assert "123456" not in line("sent", code=123456)
    assert "123456" not in line("sent %s", {"verification_code": 123456})


def test_extra_fields_are_shown_without_secrets() -> None:
    form = {"token": "hunter2"}
    shown = line("login", user="ada", form=form, **{"new_password": "hunter2"})
    assert "user='ada'" in shown
    assert "hunter2" not in shown
    assert "form={'token': '[redacted]'}" in shown


def test_a_secret_in_an_exception_is_left_out() -> None:
    try:
        raise ValueError("bad login: password='hunter2' at /login?next=hunter2")
    except ValueError:
        record = logging.getLogger("apps").makeRecord(
            "apps", logging.ERROR, __file__, 1, "failed", (), sys.exc_info()
        )
    shown = LineFormatter().format(record)
    assert "ValueError: bad login" in shown
    assert "hunter2" not in shown


def test_a_secret_in_a_stack_is_left_out() -> None:
    record = logging.makeLogRecord({"msg": "x", "stack_info": "token='hunter2'"})
    assert "hunter2" not in LineFormatter().format(record)


@pytest.mark.parametrize(
    ("message", "args", "shown"),
    [
        ("the chapter %s has %d parts", ("two", 2), "the chapter two has 2 parts"),
        ("status code %s", (404,), "status code 404"),
        ("exit code %d", (3,), "exit code 3"),
        ("%s logged in from %s", ("ada", "::1"), "ada logged in from ::1"),
        ("password changed for %s", ("ada",), "password changed for ada"),
        ("token revoked, by %s", ("ada",), "token revoked, by ada"),
        ("took %.2f ms, 100%%", (1.234,), "took 1.23 ms, 100%"),
        ("is it? %s", ("yes",), "is it? yes"),
        ("at 12:30:45", (), "at 12:30:45"),
        ("%(count)d left", ({"count": 3},), "3 left"),
    ],
)
def test_what_is_no_secret_stays(
    message: str, args: tuple[object, ...], shown: str
) -> None:
    assert line(message, *args).endswith(f" apps: {shown}")


@pytest.mark.parametrize("args", [("a",), ("a", "b", "c"), ({"x": 1},)])
def test_arguments_that_do_not_fit_are_not_printed(args: tuple[object, ...]) -> None:
    shown = line("%s and %d %s %s", *args)
    assert shown.endswith("[its arguments do not fit]")


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\r\nb", "a\x1b[31mb", "a\x00b", "a\x85b", "a\u2028b", "a\tb", "a\x7fb"],
)
def test_a_message_stays_one_line(text: str) -> None:
    shown = line("%s", text)
    assert len(shown.splitlines()) == 1
    assert all(character.isprintable() for character in shown)
    assert line(text).count("\\") >= 1


def test_a_forged_line_in_an_exception_is_indented() -> None:
    forged = "2026-11-21T10:00:00.000Z INFO    - apps: all is well"
    try:
        raise ValueError(f"oops\n{forged}")
    except ValueError:
        record = logging.getLogger("apps").makeRecord(
            "apps", logging.ERROR, __file__, 1, "failed", (), sys.exc_info()
        )
    first, *others = LineFormatter().format(record).splitlines()
    assert " ERROR " in first
    assert others
    assert all(other.startswith("    ") for other in others)


class Broken:
    """A value that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("hunter2")

    __repr__ = __str__


def test_what_cannot_be_shown_stops_no_request() -> None:
    assert line("see %s", Broken()).endswith("see %s [its arguments do not fit]")
    assert line(Broken()).endswith("[its text raises RuntimeError]")
    assert line("see", thing=Broken()).endswith("thing=[raises RuntimeError]")


def test_a_value_that_holds_itself_has_an_end() -> None:
    circle: list[object] = []
    circle.append(circle)
    assert "'...'" in line("%s", circle)
    assert "'...'" in line("%(all)s", {"all": {"deep": circle}})


def test_half_a_character_is_written_as_python_does() -> None:
    assert line("%s", "\ud800").endswith(" \\ud800")


def test_a_secret_that_is_cut_off_is_still_one() -> None:
    cut = "x" * 9_990 + " password='hunter2 and a rest that stands behind the end'"
    shown = line(cut)
    assert "hunter2" not in shown
    assert "hun" not in shown


@pytest.mark.parametrize("piece", ["code ", "pass ", "cookie:", "password\t"])
def test_no_text_with_arguments_keeps_the_log_busy(piece: str) -> None:
    begun = time.process_time()
    line(piece * 50_000 + "%s", 7)
    assert time.process_time() - begun < 1


def test_values_are_copied_not_changed() -> None:
    body = {"password": "hunter2", "tags": ["a", {"token": "x"}], "n": 1}
    assert redact_value(body) == {
        "password": "[redacted]",
        "tags": ["a", {"token": "[redacted]"}],
        "n": 1,
    }
    assert "hunter2" in body.values()


@pytest.mark.parametrize(
    "piece", ["password ", "token", "password=[", "/", "eyJ-", "x", "?", 'code="', "a-"]
)
def test_no_text_keeps_the_log_busy(piece: str) -> None:
    begun = time.process_time()
    shown = line(piece * 50_000)
    assert time.process_time() - begun < 1
    assert len(shown) < 100_000
