"""Errors are mailed over TLS, by a thread: nobody waits, and none is forgotten."""

import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask

from apps import create_app
from apps.log import handlers, sending
from apps.log.handlers import Mail
from apps.web.access import public

logger = logging.getLogger("apps")
PROGRAM = """
import logging, os, sys
from apps import create_app
create_app()
logging.getLogger("apps").error("from the parent")
child = os.fork()
logging.getLogger("apps").error("from the child" if child == 0 else "and again")
if child:
    sys.exit(os.waitpid(child, 0)[1])
"""


class Post:
    """What a mail server was given: the texts, who sent them, and whether over TLS."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.encrypted: set[bool] = set()
        self.accounts: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        self.texts.append(message_from_bytes(envelope.content or b"").get_payload())
        assert server.transport
        self.encrypted.add(bool(server.transport.get_extra_info("ssl_object")))
        return "250 OK"

    def check(self, *args: object) -> AuthResult:
        """Take any name and password, and remember them."""
        sent = args[-1]
        assert isinstance(sent, LoginPassword)
        self.accounts.append((sent.login, sent.password))
        return AuthResult(success=True)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs the server's certificate; only some tests trust it."""
    return trustme.CA()


@pytest.fixture
def trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have this process trust the tests' authority, as a company's own is trusted."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture(params=["TLS_PORT", "STARTTLS_PORT"])
def served(
    request: pytest.FixtureRequest,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Post, int]]:
    """A mail server that speaks TLS or STARTTLS: its port counts as 465, or as 587."""
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    by_port: dict[str, Any] = {
        # aiosmtpd does not count a connection that began with TLS
        "TLS_PORT": {"ssl_context": context, "auth_require_tls": False},
        "STARTTLS_PORT": {"tls_context": context, "require_starttls": True},
    }
    told = by_port[request.param]
    server = Controller(post, "127.0.0.1", port, authenticator=post.check, **told)
    monkeypatch.setattr(handlers, request.param, port)
    server.start()
    yield post, port
    server.stop()


@pytest.fixture
def mailing(settings: dict[str, object]) -> Iterator[Callable[..., Flask]]:
    """Build an app that mails its errors to a port; what is left ends with the test."""

    def make(port: int, **further: object) -> Flask:
        server = f"127.0.0.1:{port}"
        mail = {"LOG_MAIL_SERVER": server, "LOG_MAIL_TO": "ada@example.org"}
        return create_app({**settings, **mail, **further})

    yield make
    mail().close()


def mail() -> Mail:
    """Return the handler that mails."""
    (found,) = [one for one in logging.getLogger().handlers if isinstance(one, Mail)]
    return found


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("account", [None, ("room", "hunter2")])
def test_mail_goes_over_tls(
    served: tuple[Post, int],
    mailing: Callable[..., Flask],
    account: tuple[str, str] | None,
) -> None:
    post, port = served
    user, password = account or (None, None)
    mailing(port, LOG_MAIL_USER=user, LOG_MAIL_PASSWORD=password)
    logger.error("something failed")
    mail().close()
    (text,) = post.texts
    assert "something failed" in text
    assert post.encrypted == {True}
    assert post.accounts == ([(b"room", b"hunter2")] if account else [])


def test_a_server_that_can_not_prove_its_name_gets_nothing(
    served: tuple[Post, int],
    mailing: Callable[..., Flask],
    capsys: pytest.CaptureFixture[str],
) -> None:
    post, port = served
    mailing(port, LOG_MAIL_USER="room", LOG_MAIL_PASSWORD="hunter2")
    logger.error("something failed")
    mail().close()
    assert (post.texts, post.accounts) == ([], [])
    lost = [one for one in capsys.readouterr().err.splitlines() if "is lost" in one]
    assert len(lost) == 1
    assert "CERTIFICATE_VERIFY_FAILED" in lost[0]


def test_a_password_waits_for_a_server_that_encrypts(
    mailing: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(
        post, "127.0.0.1", port, authenticator=post.check, auth_require_tls=False
    )
    server.start()
    mailing(port, LOG_MAIL_USER="room", LOG_MAIL_PASSWORD="hunter2")
    logger.error("something failed")
    mail().close()
    server.stop()
    assert (post.texts, post.accounts) == ([], [])
    assert "STARTTLS extension not supported" in capsys.readouterr().err


@dataclass
class Silent:
    """A mail server that takes a connection and says nothing until it may."""

    port: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def silent() -> Iterator[Silent]:
    """One that ends with the test."""
    server = Silent()

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                if server.may_end.is_set():
                    return
                server.asked.set()
                server.may_end.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=serve)
        thread.start()
        yield server
        server.may_end.set()
        socket.create_connection(("127.0.0.1", server.port)).close()
        thread.join()


def test_no_request_waits_for_a_mail_server(
    silent: Silent, mailing: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = mailing(silent.port, PROPAGATE_EXCEPTIONS=False)

    @app.get("/fail")
    @public
    def fail() -> str:
        raise RuntimeError("on purpose")

    assert app.test_client().get("/fail").status_code == 500
    assert silent.asked.wait(60)
    assert "is lost" not in capsys.readouterr().err  # so it is still being sent
    silent.may_end.set()
    mail().close()
    assert "A log record is lost (mail): SMTPServerDisc" in capsys.readouterr().err


def test_so_many_may_wait_and_no_more(
    silent: Silent,
    mailing: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sending, "MAX_WAITING", 2)
    mailing(silent.port)
    logger.error("this is being sent")
    assert silent.asked.wait(60)
    for number in range(5):
        logger.error("error %d", number)
    said = capsys.readouterr().err
    assert said.count("A log record is lost (mail): Full('2 others wait')") == 3
    monkeypatch.setattr(sending, "GRACE_SECONDS", 0.0)
    mail().close()
    assert capsys.readouterr().err == (
        "Log records are lost (mail): 3 were not sent in 0 s\n"
    )


@pytest.mark.real_parts
@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("served", ["TLS_PORT"], indirect=True)
def test_a_process_that_ends_or_forks_has_sent_all(
    served: tuple[Post, int],
    production: dict[str, str],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post, port = served
    told = {"LOG_MAIL_SERVER": f"127.0.0.1:{port}", "LOG_MAIL_TO": "ada@example.org"}
    begin = f"from apps.log import handlers\nhandlers.TLS_PORT = {port}\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", begin + PROGRAM],
        cwd=root,
        env={**os.environ, **production, **told},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "lost" not in done.stderr
    texts = "".join(post.texts)
    sent = [text in texts for text in ("the parent", "the child", "and again")]
    assert (sent, len(post.texts)) == ([True] * 3, 3)
