"""Answer every request with a greeting."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from greet import greet
from names import NAMES


class Answer(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Greet everybody."""
        self.send_response(200)
        self.end_headers()
        for name in NAMES:
            self.wfile.write(f"{greet(name)}\n".encode())

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
