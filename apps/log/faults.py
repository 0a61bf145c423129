"""What happens when a record can't be written: a line on the console, no more.

The way of `logging` itself is a traceback that quotes the record's arguments as they
are, passwords included.
"""

import contextlib
import logging
import sys
from typing import TextIO

from apps.log.line import escape
from apps.log.redaction import redact


class TellsFaults(logging.Handler):
    """A handler that says in one line why it could not write."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Name the fault; never the record, and never fail."""
        with contextlib.suppress(Exception):
            fault = escape(redact(repr(sys.exception())))
            print(f"A log record is lost ({self.name}): {fault}", file=sys.stderr)


class Console(TellsFaults, logging.StreamHandler[TextIO]):
    """The console."""
