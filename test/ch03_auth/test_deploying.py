"""What DEPLOYING.md says works: its settings are ours, its nginx passes readers on."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from pathlib import Path

import pytest
import trustme
from werkzeug.serving import make_server

from apps import create_app
from config import Config

HOST = "room.example.org"
ADA = {"name": "ada", "email": "ada@example.org", "password": "correct horse battery"}
NGINX = """
daemon off; pid {0}/pid; error_log {0}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {0}/a; proxy_temp_path {0}/b;
  fastcgi_temp_path {0}/c; uwsgi_temp_path {0}/d; scgi_temp_path {0}/e;
  {1}
}}
"""
Answer = tuple[int, dict[str, object]]  # status, JSON


def test_the_settings_are_those_of_the_app(root: Path) -> None:
    text = (root / "DEPLOYING.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([A-Z_]+)`", text, re.M))
    assert {"PUBLIC_URL", "PROXIES", "SECRET_KEY"} <= named <= set(Config.model_fields)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def ask(
    settings: dict[str, object], root: Path, tmp_path: Path
) -> Iterator[Callable[..., Answer]]:
    """Ask the nginx of the text, before an app on a free port, over HTTPS."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        if os.environ.get("REAL_PARTS") == "required":
            pytest.fail("nginx is missing: .ci/run installs it")
        pytest.skip("nginx is not installed")
    port = free_port()
    told = {"PUBLIC_URL": f"https://{HOST}:{port}", "PROXIES": 1}
    app = create_app({**settings, **told, "SESSION_COOKIE_SECURE": True})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST)
    certificate.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(tmp_path / "fullchain.pem", append=True)
    text = (root / "DEPLOYING.md").read_text("utf-8")
    block = re.search(r"```nginx\n(.*?)```", text, re.S)
    assert block
    config = block[1].replace("listen 443", f"listen 127.0.0.1:{port}")
    config = config.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    config = re.sub(r"/etc/\S*/", f"{tmp_path}/", config)
    (tmp_path / "nginx.conf").write_text(NGINX.format(tmp_path, config))
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def ask(method: str, path: str, body: object = None, **headers: str) -> Answer:
        data = json.dumps(body) if body is not None else None
        sent = {"Content-Type": "application/json"} if data else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        https = HTTPSConnection(HOST, port)
        with (
            socket.create_connection(("127.0.0.1", port)) as connection,
            context.wrap_socket(connection, server_hostname=HOST) as https.sock,
        ):
            https.request(method, path, data, sent)
            answer = https.getresponse()
            found = json.loads(answer.read() or "{}")
            return answer.status, {**found, "cookie": answer.headers["Set-Cookie"]}

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
        yield ask
        running.terminate()
    server.shutdown()
    server.server_close()


@pytest.mark.real_parts
def test_behind_the_nginx_of_the_text_readers_log_in_over_https(
    ask: Callable[..., Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    here = re.compile(r"not '(https://room.example.org:\d+)' \(PUBLIC_URL\)")
    login = {key: ADA[key] for key in ("name", "password")}
    assert ask("POST", "/user/register", ADA, Origin="https://evil.example")[0] == 403
    found = here.search(capsys.readouterr().err)
    assert found
    own = found[1]
    forged = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}
    assert ask("POST", "/user/register", ADA, Origin=own, **forged)[0] == 201
    status, fields = ask("POST", "/user/login", login, Origin=own)
    assert status == 200
    cookie = str(fields["cookie"])
    assert "Secure" in cookie
    assert ask("GET", "/user/me", Cookie=cookie.partition(";")[0])[1]["name"] == "ada"
