"""Where log lines go: the console, a file for each level and day, mail.

A failed write never stops the app. The handlers of `logging` would print a traceback
that quotes the record, passwords included; these report the reason in one line.
"""

import contextlib
import logging
import os
import re
import ssl
import sys
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import localtime
from functools import partial
from pathlib import Path
from smtplib import SMTP, SMTP_SSL
from typing import TextIO

from apps.log.formatter import escape
from apps.log.redaction import redact
from apps.log.sending import SendingThread, in_thread  # chapter 3

DATED = re.compile(r"[a-z]+-(\d{4}-\d\d-\d\d)\.log")
MAIL_TIMEOUT = 5.0  # seconds that a server has for each answer
TLS_PORT, STARTTLS_PORT = 465, 587  # RFC 8314
Account = tuple[str, str] | None  # a user and a password, where mail needs them


class QuietHandler(logging.Handler):
    """A handler that reports in one line why a record could not be written."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Report the error without quoting the record; never raise."""
        with contextlib.suppress(Exception):
            fault = escape(redact(repr(sys.exception())))
            print(f"A log record is lost ({self.name}): {fault}", file=sys.stderr)


class Console(QuietHandler, logging.StreamHandler[TextIO]):
    """The console."""


class DailyFiles(QuietHandler):
    """A handler with one file for each level and each day (UTC), kept for some days.

    The usual rotation renames a file to which other processes still write. Here the day
    is in the name, and a record is one appending `write`, which the system never mixes
    with others (on local file systems, not on NFS).
    """

    def __init__(self, folder: Path, days: int) -> None:
        """Keep the files in folder, the old ones for so many days."""
        super().__init__()
        self.folder, self.days = Path(folder), days

    def emit(self, record: logging.LogRecord) -> None:
        """Append one record; errors are reported on the console, never raised."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            with open(os.open(self._path(record), flags, 0o600), "ab") as file:
                with contextlib.suppress(OSError):  # some file systems know no modes
                    os.fchmod(file.fileno(), 0o600)
                while line:  # more than once only where the disk is full
                    line = line[os.write(file.fileno(), line) :]
        except Exception:
            self.handleError(record)

    def _path(self, record: logging.LogRecord) -> Path:
        """Name the file of a record; before a new one, delete those that are old."""
        day = datetime.fromtimestamp(record.created, UTC).date()
        path = self.folder / f"{_level_name(record.levelno)}-{day}.log"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep(day)
        return path

    def _sweep(self, today: date) -> None:
        """Delete the files of days that are no longer kept."""
        oldest = today - timedelta(days=self.days)
        for path in self.folder.glob("*.log"):
            match = DATED.fullmatch(path.name)
            if match and match[1] <= oldest.isoformat():
                with contextlib.suppress(OSError):  # gone already, or not ours
                    path.unlink()


class Mail(QuietHandler):
    """A handler that sends one mail a record.

    Port 465 speaks TLS, 587 STARTTLS, any other port as well where there is a password.
    The server has to prove its name: `logging`'s handler encrypts for whoever answers.
    """

    def __init__(
        self, server: tuple[str, int], sender: str, to: list[str], account: Account
    ) -> None:
        """Send from sender to the addresses."""
        super().__init__()
        self.server, self.sender, self.to, self.account = server, sender, to, account
        self.thread = SendingThread(self)  # chapter 3

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; errors are reported on the console, never raised."""
        try:
            self._send(record, self.format(record))
        except Exception:
            self.handleError(record)

    @in_thread  # chapter 3
    def _send(self, record: logging.LogRecord, text: str) -> None:
        message, port = EmailMessage(), self.server[1]
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Subject"] = "An error in the reading room"
        message["Date"] = localtime()
        message.set_content(text)
        tls = ssl.create_default_context()
        connect = partial(SMTP_SSL, context=tls) if port == TLS_PORT else SMTP
        with connect(*self.server, timeout=MAIL_TIMEOUT) as server:
            if port == STARTTLS_PORT or (self.account and port != TLS_PORT):
                server.starttls(context=tls)
            if self.account:
                server.login(*self.account)
            server.send_message(message)

    # region chapter 3: close
    def close(self) -> None:
        """Wait a little for what is not yet sent."""
        self.thread.end()
        super().close()

    # endregion close


def _level_name(number: int) -> str:
    """Name the file of a level: a level between two counts as the lower one."""
    for level in (logging.ERROR, logging.WARNING, logging.INFO):
        if number >= level:
            return logging.getLevelName(level).lower()
    return "debug"
