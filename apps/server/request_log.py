"""What the development server logs of each request."""

import re
import socket  # chapter 5
from typing import Any

from werkzeug.serving import WSGIRequestHandler


class RequestHandler(WSGIRequestHandler):
    """Werkzeug's, without the query string in its log lines: tokens travel there."""

    # region chapter 5: https
    def handle_one_request(self) -> None:
        """Handle a request; log one line where a browser speaks HTTPS to this port."""
        if self.connection.recv(1, socket.MSG_PEEK) == b"\x16":  # as TLS begins
            self.log("error", "HTTPS was spoken to this port: ask with http://")
            self.close_connection = True
        else:
            super().handle_one_request()

    # endregion https

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log a request by its method and path."""
        self.log("info", '"%s" %s %s', self.requestline, code, size)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log a line about a request, such as a fault in it, without its query."""
        line = re.sub(r"\?[^\s'\"]*", "", message % args)
        super().log(type, "%s", line.encode("unicode_escape").decode())
