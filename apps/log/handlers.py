"""Where log lines go: the console, a file for each level and day, mail.

A failed write never stops the app. The handlers of `logging` would print a traceback
that quotes the record, passwords included; these report the reason in one line.
"""

import contextlib
import logging
import os
import re
import smtplib
import ssl
import sys
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import localtime
from pathlib import Path
from typing import TextIO

from apps.log.formatter import escape
from apps.log.redaction import redact

DATED = re.compile(r"[a-z]+-(\d{4}-\d\d-\d\d)\.log")
MAIL_TIMEOUT = 5.0  # seconds that a server has for each answer


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

    The usual rotation renames the file that other processes still write to: lines end
    up in the wrong day or are lost. Here nothing is renamed. The day is in the name of
    the file, every process opens it for appending, and a record is one `write`: the
    system moves to the end and writes in one step, so that lines of several processes
    follow one another whole. This holds for local file systems, not for NFS.
    """

    def __init__(self, folder: Path, days: int) -> None:
        """Keep the files in folder, the old ones for so many days."""
        super().__init__()
        self.folder, self.days = Path(folder), days
        self._open: dict[str, tuple[str, int]] = {}  # level -> day, file descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Append one record; errors are reported on the console, never raised."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
            descriptor = self._file(record)
            while line:  # more than once only where the disk is full
                line = line[os.write(descriptor, line) :]
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Close the files."""
        self.acquire()
        try:
            while self._open:
                os.close(self._open.popitem()[1][1])
        finally:
            self.release()
        super().close()

    def _file(self, record: logging.LogRecord) -> int:
        """Return the open file for a record, whatever day it is by now."""
        level = _level_name(record.levelno)
        day = datetime.fromtimestamp(record.created, UTC).date().isoformat()
        known, descriptor = self._open.get(level, ("", -1))
        if known == day and os.fstat(descriptor).st_nlink:
            return descriptor
        opened = self._append_to(self.folder / f"{level}-{day}.log")
        if known:
            os.close(descriptor)
        self._open[level] = (day, opened)
        self._sweep(date.fromisoformat(day))
        return opened

    def _append_to(self, path: Path) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(path, flags, 0o640)

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

    A password goes over TLS alone, to a server that proves its name: the handler of
    `logging` encrypts too, but for whoever answers.
    """

    def __init__(
        self,
        server: tuple[str, int],
        sender: str,
        to: list[str],
        account: tuple[str, str] | None = None,
    ) -> None:
        """Send from sender to the addresses; account is a user and a password."""
        super().__init__()
        self.server, self.sender, self.to, self.account = server, sender, to, account

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; errors are reported on the console, never raised."""
        try:
            message = self._message(self.format(record))
            with smtplib.SMTP(*self.server, timeout=MAIL_TIMEOUT) as server:
                if self.account:
                    server.starttls(context=ssl.create_default_context())
                    server.login(*self.account)
                server.send_message(message)
        except Exception:
            self.handleError(record)

    def _message(self, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Subject"] = "An error in the reading room"
        message["Date"] = localtime()
        message.set_content(text)
        return message


def _level_name(number: int) -> str:
    """Name the file of a level: a level between two counts as the lower one."""
    for level in (logging.ERROR, logging.WARNING, logging.INFO):
        if number >= level:
            return logging.getLevelName(level).lower()
    return "debug"
