"""Files of each type, made in a few lines, and how they are uploaded."""

import io
import struct
import zipfile
import zlib

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk of a PNG."""
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", checksum)


def png(width: int = 1, height: int = 1, filler: int = 0) -> bytes:
    """Draw a black picture; filler bytes make it longer."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\0" * width) * height if width * height < 10**6 else b""
    parts = [
        chunk(b"IHDR", header),
        chunk(b"tEXt", b"Comment\0" + b"x" * filler),
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg(width: int = 1, height: int = 1) -> bytes:
    """Write what a JPEG begins and ends with; its pixels are missing."""
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\1" * 9
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + app0 + b"\xff\xc0" + frame + b"\xff\xd9"


def gif(width: int = 1, height: int = 1) -> bytes:
    """Write a GIF without a picture in it."""
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(width: int = 1, height: int = 1) -> bytes:
    """Write a WebP of the extended form, without pixels."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """Write a ZIP archive of names and contents."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, body in members or [("a.txt", b"one")]:
            written.writestr(name, body)
    return file.getvalue()


JSON = {"Accept": "application/json"}  # of errors, too
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
GOOD = {
    "a.png": ("image/png", png()),
    "a.jpg": ("image/jpeg", jpeg()),
    "A.JPEG": ("image/jpeg", jpeg()),
    "a.gif": ("image/gif", gif()),
    "a.webp": ("image/webp", webp()),
    "a.pdf": ("application/pdf", PDF),
    "a.zip": ("application/zip", archive()),
    "caf\u00e9.txt": ("text/plain", "caf\u00e9\n".encode()),
    "a.md": ("text/markdown", b"# One\n"),
}


def ask_token(
    client: FlaskClient, name: str, type: str, size: int, **headers: str
) -> TestResponse:
    """Ask for an upload token."""
    said = {"name": name, "type": type, "size": size}
    return client.post("/file/token", json=said, headers=JSON | headers)


def put(client: FlaskClient, token: str, body: bytes, **headers: str) -> TestResponse:
    """Upload a body with a token."""
    sent = {**JSON, "Authorization": f"Upload {token}", **headers}
    return client.put("/file/upload", data=body, headers=sent)


def upload(
    client: FlaskClient, name: str = "a.txt", type: str = "", body: bytes = b"one"
) -> TestResponse:
    """Ask for a token, and upload; a refused token is the answer."""
    kind = type or GOOD.get(name, ("text/plain",))[0]
    answer = ask_token(client, name, kind, len(body))
    return (
        put(client, answer.json["token"], body) if answer.json.get("token") else answer
    )
