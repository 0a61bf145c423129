"""Write a note through a line on which the first answer is lost; count the notes.

python lossy.py http://127.0.0.1:5001 naive (or client)
"""

import socket
import sys
import threading
import uuid
from http.client import HTTPException
from urllib.parse import urlsplit

from access_token import access_token, ask

root, kind = sys.argv[1:]
there = urlsplit(root)
listener = socket.create_server(("127.0.0.1", 0))
line = f"http://127.0.0.1:{listener.getsockname()[1]}"
text = f"Written through a bad line, {uuid.uuid4().hex[:6]}"


def pass_on() -> None:
    """Pass two requests on to the server, and only the second answer back."""
    for is_lost in True, False:
        connection, _ = listener.accept()
        server = socket.create_connection((there.hostname, there.port))
        with connection, server:
            server.sendall(read_request(connection))
            answer = server.makefile("rb").read()
            print(answer[9:12].decode(), "is lost" if is_lost else "arrives")
            if not is_lost:
                connection.sendall(answer)


def read_request(connection: socket.socket) -> bytes:
    """Read a request, and ask that the connection be closed after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].split()[0])
    while len(body) < size:
        body += connection.recv(65536)
    return head + b"\r\nConnection: close\r\n\r\n" + body


def naive(token: str) -> None:
    """Write the note, and again if that fails."""
    note = {"part": "virtualenv/", "body": text}
    for _ in range(2):
        try:
            ask(line, "POST", "/api/v2/notes", f"Bearer {token}", note)
            return
        except (OSError, HTTPException):
            print("no answer")


def client(token: str) -> None:
    """Write the note as client.py does."""
    from client import Client, Server

    Client(Server(line, token)).write("virtualenv/", text)


threading.Thread(target=pass_on, daemon=True).start()
token = access_token(root)
{"naive": naive, "client": client}[kind](token)
notes = ask(root, "GET", "/api/v2/notes", f"Bearer {token}")["items"]
print("notes:", sum(note["body"] == text for note in notes))
