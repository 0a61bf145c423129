"""Files on their way to a browser: in parts, with headers that let nothing run."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from ch07_nosql.files import GOOD, JSON, png, upload
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from apps import create_app
from apps.file import domain
from apps.permission import domain as permissions
from apps.user import domain as accounts

Author = Callable[[str], FlaskClient]
Answer = tuple[int, bytes, dict[str, str]]  # status, body, headers
BODY = b"0123456789"
SANDBOX = "default-src 'none'; sandbox; "
NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://127.0.0.1:{app}; }}
    {block}
  }}
}}
"""


@pytest.mark.parametrize(
    ("asked", "status", "sent", "part"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=8-", 206, b"89", "bytes 8-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-1,4-5", 200, BODY, None),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=3-1", 416, None, None),
        ("bytes=a-b", 416, None, None),
        ("lines=1-2", 416, None, None),
        (None, 200, BODY, None),
    ],
)
def test_a_part_of_a_file_can_be_asked_for(
    eve: FlaskClient,
    asked: str | None,
    status: int,
    sent: bytes | None,
    part: str | None,
) -> None:
    path = upload(eve, body=BODY).location
    headers = JSON | ({"Range": asked} if asked else {})
    answer = eve.get(path, headers=headers, buffered=True)
    assert answer.status_code == status
    assert sent is None or answer.data == sent
    assert part is None or answer.headers["Content-Range"] == part
    if sent:
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.content_length == len(sent)
    head = eve.head(path, buffered=True)
    assert (head.status_code, head.data, head.content_length) == (200, b"", 10)


def test_a_browser_that_has_a_file_is_not_sent_it_again(eve: FlaskClient) -> None:
    answer = upload(eve, body=BODY)
    path, tag = answer.location, f'"{answer.json["sha256"]}"'
    first = eve.get(path, buffered=True)
    assert first.headers["ETag"] == tag
    assert set(first.headers["Cache-Control"].split(", ")) == {"no-cache", "private"}
    again = eve.get(path, headers={"If-None-Match": tag}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    part = {"Range": "bytes=0-3", "If-Range": tag}
    assert eve.get(path, headers=part, buffered=True).data == b"0123"
    other = {"Range": "bytes=0-3", "If-Range": '"another"'}
    assert eve.get(path, headers=other, buffered=True).data == BODY


@pytest.mark.parametrize("name", GOOD)
def test_no_browser_runs_what_is_in_a_file(eve: FlaskClient, name: str) -> None:
    type, body = GOOD[name]
    answer = eve.get(upload(eve, name, type, body).location, buffered=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith(SANDBOX)
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    kind = "inline" if type.startswith("image/") else "attachment"
    assert answer.headers["Content-Disposition"].startswith(kind)


def test_a_name_is_sent_as_rfc_8187_writes_it(eve: FlaskClient) -> None:
    got = eve.get(upload(eve, "caf\u00e9 'x', y.txt").location, buffered=True)
    sent = got.headers["Content-Disposition"]
    assert "filename*=UTF-8''caf%C3%A9%20%27x%27%2C%20y.txt" in sent
    assert re.search(r'filename="cafe \'x\', y.txt"', sent)


def test_with_a_prefix_nginx_is_told_to_send(own_app: Flask, author: Author) -> None:
    own_app.config["FILES_ACCEL_PREFIX"] = "/bytes"
    eve, bob = author("eve"), author("bob")
    answer = upload(eve, body=BODY)
    sha256, path = answer.json["sha256"], answer.location
    for part in ({}, {"Range": "bytes=0-3"}, {"Range": "bytes=99-"}):
        got = eve.get(path, headers=part)
        assert (got.status_code, got.data) == (200, b"")
        assert got.headers["X-Accel-Redirect"] == f"/bytes/{sha256[:2]}/{sha256}"
        assert "X-Sendfile" not in got.headers
        assert got.mimetype == "text/plain"
    assert eve.get(path, headers={"If-None-Match": f'"{sha256}"'}).status_code == 304
    assert "X-Accel-Redirect" not in bob.get(path).headers


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def behind_nginx(
    settings: dict[str, object], root: Path, tmp_path: Path
) -> Iterator[tuple[Flask, Callable[..., Answer]]]:
    """An app, and how to ask the nginx of DEPLOYING.md before it."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        if os.environ.get("REAL_PARTS") == "required":
            pytest.fail("nginx is missing: .ci/run installs it")
        pytest.skip("nginx is not installed")
    folder = tmp_path / "served"
    told = {"FILES_FOLDER": folder, "FILES_ACCEL_PREFIX": "/bytes"}
    app = create_app(settings | told)
    text = (root / "DEPLOYING.md").read_text("utf-8")
    block = re.search(r"```nginx\n( *client_max_body_size.*?)```", text, re.S)
    assert block
    server, port = make_server("127.0.0.1", 0, app, threaded=True), free_port()
    config = NGINX.format(
        folder=tmp_path,
        user="user root;" if os.geteuid() == 0 else "",
        port=port,
        app=server.port,
        block=block[1].replace("/srv/lectern/files", str(folder)),
    )
    (tmp_path / "nginx.conf").write_text(config)

    def ask(method: str, path: str, **headers: str) -> Answer:
        http = HTTPConnection("127.0.0.1", port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(http):
            http.request(method, path, headers=sent)
            answer = http.getresponse()
            return answer.status, answer.read(), dict(answer.headers)

    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    command = [nginx, "-e", f"{tmp_path}/error.log", "-c", f"{tmp_path}/nginx.conf"]
    subprocess.run([*command, "-t", "-q"], check=True)
    with subprocess.Popen(command) as running:
        while running.poll() is None:
            try:
                ask("GET", "/health")
                break
            except ConnectionRefusedError:
                continue
        yield app, ask
        running.terminate()
    server.shutdown()
    server.server_close()


@pytest.mark.real_parts
def test_the_nginx_of_the_text_sends_files_of_those_who_may_read_them(
    behind_nginx: tuple[Flask, Callable[..., Answer]],
) -> None:
    app, ask = behind_nginx
    with app.app_context():
        user = accounts.register("eve", "eve@example.org", "correct horse battery")
        permissions.grant(user.id, "author")
    client = app.test_client()
    pair = client.post("/user/token", auth=("eve", "correct horse battery")).json
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    client.environ_base["HTTP_AUTHORIZATION"] = bearer["Authorization"]
    body = png(filler=100_000)
    said = {"name": "caf\u00e9.png", "type": "image/png", "size": len(body)}
    token = client.post("/file/token", json=said).json["token"]
    sent = {"Authorization": f"Upload {token}"}
    stored = app.test_client().put("/file/upload", data=body, headers=sent)
    path, sha256 = stored.location, stored.json["sha256"]
    status, got, headers = ask("GET", path, **bearer)
    assert (status, got) == (200, body)
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("inline; filename=")
    assert headers["Content-Security-Policy"].startswith(SANDBOX)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in headers["Cache-Control"]
    assert "X-Accel-Redirect" not in headers
    assert ask("GET", path, Range="bytes=1-3", **bearer)[:2] == (206, b"PNG")
    assert ask("GET", path, Range="bytes=999999-", **bearer)[0] == 416
    tag = headers["ETag"]
    assert ask("GET", path, If_None_Match=tag, **bearer)[0] == 304
    assert ask("GET", path)[0] == 401
    assert ask("GET", f"/bytes/{sha256[:2]}/{sha256}", **bearer)[0] == 404
    assert ask("GET", f"/bytes/{sha256[:2]}/{sha256}")[0] == 404


def test_bytes_of_a_file_that_was_never_stored_are_nowhere(app: Flask) -> None:
    with app.app_context(), pytest.raises(domain.NoSuchFile):
        domain.find(1, accounts.User(id=1))
