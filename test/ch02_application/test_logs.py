"""The logs of an app: files by level and day, request ids, mail."""

import logging
import logging.config
import re
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Config, Flask
from flask.testing import FlaskClient

from apps import create_app
from apps.log import describe_logs, handlers
from apps.log.request_id import request_id

logger = logging.getLogger("apps.test")
START = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR|CRITICAL) *"


@pytest.fixture
def logs(own_app: Flask) -> Path:
    """The folder in which the app keeps its logs; no request is under way."""
    request_id.set("-")
    return Path(own_app.instance_path) / "logs"


@pytest.fixture(scope="module")
def make_app(unguarded: Callable[[Flask], Flask]) -> Callable[..., Flask]:
    """Build the app, open to all: these tests bring views of their own."""
    return lambda settings: unguarded(create_app(settings))


def read(logs: Path, level: str = "info") -> str:
    """Return what one level's file of today holds."""
    return "".join(path.read_text("utf-8") for path in logs.glob(f"{level}-*.log"))


def test_each_level_has_its_own_file(logs: Path) -> None:
    logger.setLevel("DEBUG")
    for level in ("debug", "info", "warning", "error", "critical"):
        getattr(logger, level)("this is %s", level)
    logger.setLevel("NOTSET")
    today = datetime.now(UTC).date().isoformat()
    assert sorted(path.name for path in logs.iterdir()) == [
        f"{level}-{today}.log" for level in ("debug", "error", "info", "warning")
    ]
    for level in ("debug", "info", "warning"):
        (entry,) = read(logs, level).splitlines()
        assert re.fullmatch(rf"{START}- apps\.test: this is {level}", entry)
    assert read(logs, "error").count("\n") == 2


def test_the_level_is_configured(settings: dict[str, object], tmp_path: Path) -> None:
    create_app({**settings, "LOG_LEVEL": "WARNING", "LOG_FOLDER": tmp_path / "here"})
    logger.info("not this")
    logger.warning("but this")
    assert "but this" in read(tmp_path / "here", "warning")
    assert read(tmp_path / "here", "info") == ""


def test_the_console_shows_the_same_line(
    settings: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_app(settings)
    logger.info("seen")
    assert read(tmp_path / "instance" / "logs") in capsys.readouterr().err


def test_libraries_keep_their_own_loggers(settings: dict[str, object]) -> None:
    library = logging.getLogger("werkzeug")
    handler = logging.NullHandler()
    library.addHandler(handler)
    level = library.level
    create_app(settings)
    assert library.handlers == [handler]
    assert (library.level, library.propagate, library.disabled) == (level, True, False)
    library.removeHandler(handler)


def test_a_warning_of_a_library_is_kept(logs: Path) -> None:
    logging.getLogger("library").info("not this")
    logging.getLogger("library").warning("password=hunter2")
    assert "library: password=[redacted]" in read(logs, "warning")
    assert "not this" not in read(logs)


def test_foreign_handlers_stay(
    settings: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    create_app(settings)
    create_app(settings)
    logger.warning("seen by pytest")
    assert "seen by pytest" in caplog.text
    ours = [h for h in logging.getLogger().handlers if h.name in ("console", "files")]
    assert len(ours) == 2


def test_a_request_has_an_id_in_lines_and_answer(
    app: Flask, client: FlaskClient, logs: Path
) -> None:
    @app.get("/speak")
    def speak() -> str:
        logger.info("spoken")
        return "yes"

    ids = []
    for _ in range(2):
        with client.get("/speak") as answer:
            ids.append(answer.headers["X-Request-ID"])
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)
    assert ids[0] != ids[1]
    logger.info("outside")
    lines = read(logs).splitlines()
    found = [re.sub(START, "", entry) for entry in lines]
    assert found == [
        f"{ids[0]} apps.test: spoken",
        f"{ids[1]} apps.test: spoken",
        "- apps.test: outside",
    ]


@pytest.mark.parametrize("path", ["/nowhere", "/crash"])
def test_an_error_has_an_id_too(
    settings: dict[str, object],
    unguarded: Callable[[Flask], Flask],
    tmp_path: Path,
    path: str,
) -> None:
    app = unguarded(create_app({**settings, "PROPAGATE_EXCEPTIONS": False}))
    app.add_url_rule("/crash", view_func=lambda: 1 / 0)
    answer = app.test_client().get(path)
    (own,) = answer.headers.getlist("X-Request-ID")
    if path == "/crash":
        assert own in read(tmp_path / "instance" / "logs", "error")


def test_an_exception_that_nobody_catches_leaves_no_id(
    app: Flask, client: FlaskClient, logs: Path
) -> None:
    app.add_url_rule("/crash", view_func=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.get("/crash")
    logger.info("after")
    assert read(logs).endswith(" - apps.test: after\n")


@pytest.mark.parametrize("sent", ["abc", "A-b_c.1", "x" * 64])
def test_a_harmless_id_of_a_proxy_is_kept(client: FlaskClient, sent: str) -> None:
    answer = client.get("/health", headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] == sent


@pytest.mark.parametrize(
    "sent", ["", "a b", "x" * 65, "a=b", "-", "<b>", "\u00e9", "a;b"]
)
def test_any_other_id_is_replaced(client: FlaskClient, sent: str) -> None:
    answer = client.get("/health", headers={"X-Request-ID": sent})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])


class Post:
    """A mail server that keeps what it is given, and how it was spoken to."""

    sent: ClassVar[list[EmailMessage]] = []
    told: ClassVar[list[object]] = []

    def __init__(self, host: str, port: int, timeout: float) -> None:
        Post.sent.clear()
        Post.told[:] = [host, port]
        assert timeout <= 10

    def send_message(self, message: EmailMessage) -> None:
        Post.sent.append(message)

    def starttls(self, context: ssl.SSLContext) -> None:
        proves_its_name(context)
        Post.told.append("starttls")

    def login(self, user: str, password: str) -> None:
        Post.told.extend([user, password])

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *_: object) -> None:
        Post.told.append("closed")


class PostOverTls(Post):
    """One that speaks TLS from the start."""

    def __init__(
        self, host: str, port: int, timeout: float, context: ssl.SSLContext
    ) -> None:
        super().__init__(host, port, timeout)
        proves_its_name(context)
        Post.told.append("tls")


def proves_its_name(context: ssl.SSLContext) -> None:
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.fixture
def _post(monkeypatch: pytest.MonkeyPatch) -> None:
    Post.sent.clear()
    monkeypatch.setattr(handlers, "SMTP", Post)
    monkeypatch.setattr(handlers, "SMTP_SSL", PostOverTls)


def log_error(text: str) -> None:
    """Log an error, and wait until it is mailed."""
    logger.error(text)
    for handler in logging.getLogger().handlers:
        if handler.name == "mail":
            handler.close()


@pytest.mark.usefixtures("_post")
def test_errors_are_mailed_where_it_is_configured(settings: dict[str, object]) -> None:
    mail = {
        "LOG_MAIL_SERVER": "mail.example.com:2525",
        "LOG_MAIL_TO": "ada@example.com, bob@example.com",
    }
    create_app({**settings, **mail})
    logger.warning("not this")
    log_error("password=hunter2")
    (message,) = Post.sent
    sent = message.get_content()
    assert message["To"] == "ada@example.com, bob@example.com"
    assert "password=[redacted]" in sent
    assert "hunter2" not in sent
    assert Post.told == ["mail.example.com", 2525, "closed"]


@pytest.mark.usefixtures("_post")
@pytest.mark.parametrize("account", [[], ["room", "key"]])
@pytest.mark.parametrize("port", [25, 465, 587, 2525])
def test_the_port_and_a_password_say_how_mail_is_encrypted(
    settings: dict[str, object], port: int, account: list[str]
) -> None:
    mail = {"LOG_MAIL_SERVER": f"mail:{port}", "LOG_MAIL_TO": "ada@example.com"}
    signed = zip(["LOG_MAIL_USER", "LOG_MAIL_PASSWORD"], account, strict=False)
    create_app({**settings, **mail, **dict(signed)})
    log_error("again")
    encrypted = {465: ["tls"], 587: ["starttls"]}.get(
        port, ["starttls"] if account else []
    )
    assert Post.told == ["mail", port, *encrypted, *account, "closed"]
    assert len(Post.sent) == 1


def test_a_mail_server_that_is_not_there_stops_nobody(
    settings: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    mail = {"LOG_MAIL_SERVER": f"127.0.0.1:{port}", "LOG_MAIL_TO": "ada@example.com"}
    create_app({**settings, **mail})
    log_error("password=hunter2")
    said = capsys.readouterr().err
    assert "A log record is lost (mail): ConnectionRefusedError" in said
    assert "hunter2" not in said
    assert "Traceback" not in said


def test_the_port_of_a_mail_server_is_25_unless_it_is_said() -> None:
    settings = {"LOG_LEVEL": "INFO", "LOG_DAYS": 30, "LOG_MAIL_TO": ("a@b.example",)}
    more = {"LOG_MAIL_USER": None, "LOG_MAIL_PASSWORD": None, "LOG_MAIL_FROM": "c@d"}
    servers = {"mail": ("mail", 25), "[::1]:2525": ("::1", 2525)}
    for text, server in servers.items():
        all_settings = Config("", {**settings, **more, "LOG_MAIL_SERVER": text})
        described = describe_logs(all_settings, Path())
        assert described["handlers"]["mail"]["server"] == server


@pytest.mark.usefixtures("_post")
def test_without_a_server_nothing_is_mailed(settings: dict[str, object]) -> None:
    create_app({**settings, "LOG_MAIL_TO": "ada@example.com"})
    log_error("kept to ourselves")
    assert Post.sent == []
