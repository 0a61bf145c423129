"""Measure how much memory an upload of 100 MB takes in a real worker.

Starts gunicorn with one worker of its usual kind, uploads a file with a token, as a
program does, and reads from Linux how much memory the worker had at its peak. Prints
that as a difference from the idle worker, and as a part of the file; the exit code is 1
where it is 32 MB or more. A body that is read whole would take 100 MB at least.

    .venv/bin/python benchmarks/upload.py [--megabytes N]
"""

import argparse
import http.client
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from serving import ACCOUNT, ROOT, Server, prepare, settings

sys.path.insert(0, str(ROOT))

from apps import create_app
from apps.permission import domain as permissions
from apps.user import domain as accounts

MEGABYTE = 1024 * 1024
GOAL = 32  # megabytes above idle
LINE = (secrets.token_hex(31) + "\n").encode()  # 63 bytes


def body(size: int) -> Iterator[bytes]:
    """Make a text of so many bytes, a chunk at a time."""
    chunk = LINE * 1024
    for _ in range(size // len(chunk)):
        yield chunk
    yield chunk[: size % len(chunk)]


def memory(pid: int, name: str) -> int:
    """Read what Linux says of a process: VmRSS is now, VmHWM the peak; in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{name}:\s*(\d+) kB", status, re.M)
    return int(found[1]) * 1024 if found else 0


def reset_peak(pid: int) -> None:
    """Begin to count the peak anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def worker_of(server: Server) -> int:
    """Find the worker's process: the one child of gunicorn's that listens, too."""
    needle = f"127.0.0.1:{server.port}"
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if needle in path.read_text():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return max(found)  # the worker is younger than the one that started it


def send(server: Server, method: str, path: str, size: int, **headers: str) -> int:
    """Send a body of that size with these headers; return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body(size), sent | {"Content-Length": str(size)})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def main() -> int:
    """Upload, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    size = parser.parse_args().megabytes * MEGABYTE
    os.environ["MONGO_URL"] = "embedded"
    os.environ |= {"FILES_MAX_BYTES": str(size), "FILES_QUOTA": str(3 * size)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, 1)
        with create_app(settings(folder)).app_context():
            if user := accounts.find(ACCOUNT["name"]):
                permissions.grant(user.id, "author")
        with Server(f"serving:room({name!r})").running() as server:
            return measure(server, size)


def measure(server: Server, size: int) -> int:
    """Upload a small file first, so that all is loaded; then the large one."""
    server.log_in()
    pid = worker_of(server)
    for tried in (MEGABYTE, size):
        said = {"name": "a.txt", "type": "text/plain", "size": tried}
        headers = {"Content-Type": "application/json", "Cookie": server.cookie}
        headers["Origin"] = f"http://127.0.0.1:{server.port}"
        answer, told = server.ask(
            "/file/token", "POST", body=json.dumps(said), headers=headers
        )
        if answer.status != 201:
            raise SystemExit(f"benchmark: no token: {told.decode()}")
        reset_peak(pid)
        idle = memory(pid, "VmRSS")
        token = json.loads(told)["token"]
        status = send(
            server, "PUT", "/file/upload", tried, Authorization=f"Upload {token}"
        )
        if status != 201:
            raise SystemExit(f"benchmark: the upload was answered with {status}")
    above = memory(pid, "VmHWM") - idle
    print(
        f"an idle worker: {idle / MEGABYTE:.0f} MB; with {size / MEGABYTE:.0f} MB: "
        f"{above / MEGABYTE:.1f} MB more, {above / size:.3f} of the file "
        f"(goal: under {GOAL} MB)"
    )
    return int(above >= GOAL * MEGABYTE)


if __name__ == "__main__":
    sys.exit(main())
