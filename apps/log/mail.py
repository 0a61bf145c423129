"""Mail each error to those who look after the app."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import localtime

from apps.log.faults import TellsFaults

LIMIT = 5.0  # seconds that a server has for each answer


class Mail(TellsFaults):
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
        """Send one record; a fault is said on the console, never raised."""
        try:
            message = self._message(self.format(record))
            with smtplib.SMTP(*self.server, timeout=LIMIT) as server:
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
