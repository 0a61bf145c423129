"""Whatever fails or is killed: no row without its bytes, and no bytes for ever."""

import contextlib
import errno
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from ch07_nosql.files import JSON, ask_token, put, upload
from ch07_nosql.test_files import press
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from apps import create_app
from apps.file import backend, disk, domain
from apps.file.models import NewFile, StoredFile
from apps.store.database import afterwards as when_stored
from apps.store.database import atomic, db
from apps.user import domain as accounts

Author = Callable[[str], FlaskClient]
OnDisk = Callable[[], list[str]]
ONE = hashlib.sha256(b"one").hexdigest()
ROOT = Path(__file__).resolve().parents[2]

# For each line, stores or deletes a file in a process of its own, which is killed
# before a function: a fork of one that has read the code, which takes most of the time.
KILLED = """
import io, json, os, signal, sys
from apps import create_app
from apps.file import backend, disk, domain
from apps.file.models import NewFile
from apps.user.domain import find


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def run(what, module, name):
    with create_app("testing").app_context():
        user = find("eve")
        setattr({"backend": backend, "disk": disk}[module], name, die)
        if what == "store":
            domain.store(user, NewFile("a.txt", "text/plain", 3), io.BytesIO(b"one"))
        else:
            domain.remove(domain.mine(user).files[0].id, user)


for line in sys.stdin:
    variables, arguments = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        os.environ.update(variables)
        run(*arguments)
        sys.exit()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, flush=True)
"""


def rows(app: Flask) -> list[str]:
    """Name the hashes of all rows."""
    with app.app_context():
        return [file.sha256 for file in StoredFile.query]


def sweep(app: Flask) -> str:
    """Run the command."""
    result = app.test_cli_runner().invoke(args=["file", "sweep"])
    assert result.exit_code == 0, result.output
    return str(result.output)


@pytest.fixture(scope="module")
def killing() -> Iterator["subprocess.Popen[str]"]:
    """The program above."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=ROOT,
        env={**os.environ, "ENV_FILE": os.devnull, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def run_killed(app: Flask, killing: "subprocess.Popen[str]") -> Callable[..., None]:
    """Run the program above with this app's settings; it must end by kill -9."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    said = {
        "DATABASE_URL": url,
        "INSTANCE_FOLDER": app.instance_path,
        "REDIS_URL": app.config["REDIS_URL"],
    }

    def run(*arguments: str) -> None:
        assert killing.stdin
        assert killing.stdout
        print(json.dumps([said, arguments]), file=killing.stdin, flush=True)
        assert killing.stdout.readline() == f"{-signal.SIGKILL}\n"

    return run


@pytest.mark.real_parts
@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("disk sync", "draft"),
        ("backend add", "draft"),
        ("disk keep", "draft"),
        ("disk _sync", "bytes"),  # they are in place, and the row is not stored
    ],
)
def test_an_upload_that_is_killed_leaves_nothing_that_is_not_swept(
    both: str,
    app: Flask,
    run_killed: Callable[..., None],
    eve: FlaskClient,
    on_disk: OnDisk,
    place: str,
    left: str,
) -> None:
    run_killed("store", *place.split())
    assert rows(app) == []
    assert len(on_disk()) == 1
    assert (on_disk() == [ONE]) == (left == "bytes")
    said = "0 half uploads, 1 files" if left == "bytes" else "1 half uploads, 0 files"
    assert f"deleted: {said} that nobody has" in sweep(app)
    assert on_disk() == []
    assert upload(eve).status_code == 201


@pytest.mark.real_parts
@pytest.mark.parametrize(
    "place", ["backend remove", "backend is_referenced", "disk remove"]
)
def test_a_deletion_that_is_killed_is_done_or_is_not(
    both: str,
    app: Flask,
    run_killed: Callable[..., None],
    eve: FlaskClient,
    on_disk: OnDisk,
    place: str,
) -> None:
    path = upload(eve).location
    run_killed("delete", *place.split())
    assert on_disk() == [ONE]
    if place == "backend remove":
        assert rows(app) == [ONE]
        assert eve.get(path, buffered=True).data == b"one"
    else:
        assert eve.get(path).status_code == 404
    sweep(app)
    assert on_disk() == rows(app)


def test_a_sweep_leaves_what_is_in_use(
    both: str, app: Flask, eve: FlaskClient, on_disk: OnDisk
) -> None:
    assert "0 half uploads, 0 files" in sweep(app)
    path = upload(eve).location
    with app.app_context(), disk.draft() as draft:
        draft.write(b"half")
        assert "0 half uploads, 0 files" in sweep(app)
        assert len(on_disk()) == 2
    assert on_disk() == [ONE]
    assert eve.get(path, buffered=True).data == b"one"


def test_a_sweep_names_bytes_that_a_disk_has_lost(
    app: Flask, eve: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = upload(eve).location
    with app.app_context():
        disk.remove(ONE)
    assert f"lost: {ONE}" in sweep(app)
    assert eve.get(path, headers=JSON).status_code == 404
    assert "are gone" in caplog.text
    assert upload(eve).status_code == 201  # and the same bytes are back
    assert eve.get(path, buffered=True).data == b"one"


def refuse(number: int) -> Callable[..., None]:
    """Make a function that fails as the system does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EROFS, 503), (errno.EIO, 503)],
)
def test_a_disk_that_is_full_or_closed_is_no_failure_of_ours(
    app: Flask,
    eve: FlaskClient,
    on_disk: OnDisk,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    number: int,
    status: int,
) -> None:
    before = upload(eve, body=b"before").location
    with monkeypatch.context() as patched:
        patched.setattr(disk.os, step, refuse(number))
        answer = upload(eve)
        assert answer.status_code == status
        assert answer.json["detail"].endswith((".", "moment."))
        page = press(eve, "/files", file=(io.BytesIO(b"one"), "a.txt"))
        assert page.status_code == status
    assert len(on_disk()) == len(rows(app)) == 1
    assert eve.get(before, buffered=True).data == b"before"
    assert upload(eve).status_code == 201


if os.geteuid() != 0:  # root may write everywhere

    def test_a_folder_that_is_read_only(app: Flask, eve: FlaskClient) -> None:
        folder = Path(app.instance_path, "files")
        folder.mkdir(mode=0o500)
        assert upload(eve).status_code == 503
        folder.chmod(0o700)
        assert upload(eve).status_code == 201


def test_a_folder_that_is_a_file(app: Flask, eve: FlaskClient) -> None:
    folder = Path(app.instance_path, "files")
    folder.touch()
    assert upload(eve).status_code == 503
    folder.unlink()
    assert upload(eve).status_code == 201


def test_without_redis_nothing_is_stored(
    app: Flask, eve: FlaskClient, on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis.exceptions import ConnectionError

    def away(*_: object) -> None:
        raise ConnectionError("no redis")

    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    with monkeypatch.context() as patched:
        patched.setattr(backend, "spend", away)
        assert put(eve, token, b"one").status_code == 503
    assert (on_disk(), rows(app)) == ([], [])
    assert put(eve, token, b"one").status_code == 201


def test_without_the_database_nothing_is_stored(
    app: Flask, eve: FlaskClient, on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("no database"))

    with monkeypatch.context() as patched:
        patched.setattr(backend, "add", away)
        assert upload(eve).status_code == 503
    assert (on_disk(), rows(app)) == ([], [])


def test_bytes_that_can_not_be_deleted_now_are_left_for_the_sweep(
    app: Flask,
    eve: FlaskClient,
    on_disk: OnDisk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = upload(eve).location
    headers = {**JSON, "Content-Type": "application/json"}
    with monkeypatch.context() as patched:
        patched.setattr(disk, "remove", refuse(errno.EROFS))
        assert eve.delete(path, headers=headers).status_code == 204
    assert "left for `flask file sweep`" in caplog.text
    assert on_disk() == [ONE]
    assert "1 files that nobody has" in sweep(app)


def test_what_follows_a_transaction_is_called_when_it_is_stored(
    both: str, app: Flask
) -> None:
    called = list[str]()
    with app.app_context():
        with atomic():
            when_stored(lambda: called.append("first"))
            with atomic():
                when_stored(lambda: called.append("second"))
            assert called == []
        assert called == ["first", "second"]
        with contextlib.suppress(ZeroDivisionError), atomic():
            when_stored(lambda: called.append("third"))
            raise ZeroDivisionError
        with atomic():
            pass
    assert called == ["first", "second"]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run work in so many threads at once; fail with the first error."""
    faults, gate = list[BaseException](), threading.Barrier(count)

    def run(number: int) -> None:
        try:
            gate.wait(timeout=60)
            work(number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not faults, faults


def test_the_same_bytes_uploaded_and_deleted_at_once_are_there_or_not(
    both: str, own_app: Flask, author: Author, on_disk: OnDisk
) -> None:
    app = own_app
    author("eve")

    def work(number: int) -> None:
        with app.app_context():
            user = accounts.find("eve")
            assert user
            for _ in range(6):
                file = domain.store(user, NewFile("a.txt", "text/plain", 3), body())
                assert disk.path_of(file.sha256).read_bytes() == b"one"
                domain.remove(file.id, user)

    def body() -> IO[bytes]:
        return io.BytesIO(b"one")

    in_threads(4, work)
    assert (on_disk(), rows(app)) == ([], [])


def test_uploads_at_once_keep_to_the_quota(
    both: str, own_app: Flask, author: Author, on_disk: OnDisk
) -> None:
    own_app.config["FILES_QUOTA"] = 7
    eve = author("eve")
    tokens = [ask_token(eve, "a.txt", "text/plain", 3).json["token"] for _ in range(4)]
    statuses = list[int]()

    def work(number: int) -> None:
        client = own_app.test_client()
        statuses.append(put(client, tokens[number], b"%03d" % number).status_code)

    in_threads(4, work)
    assert sorted(statuses) == [201, 201, 413, 413]
    assert len(on_disk()) == len(rows(own_app)) == 2


def test_a_token_used_twice_at_once_counts_once(
    both_redis: str, own_app: Flask, author: Author
) -> None:
    token = ask_token(author("eve"), "a.txt", "text/plain", 3).json["token"]
    statuses = list[int]()

    def work(_: int) -> None:
        statuses.append(put(own_app.test_client(), token, b"one").status_code)

    in_threads(4, work)
    assert sorted(statuses) == [201, 401, 401, 401]
    assert len(rows(own_app)) == 1


def test_files_lie_where_the_settings_say(
    settings: dict[str, object], tmp_path: Path
) -> None:
    app = create_app(settings | {"FILES_FOLDER": tmp_path / "elsewhere"})
    with app.app_context():
        user = accounts.register("eve", "eve@example.org", "correct horse battery")
        from apps.permission import domain as permissions

        permissions.grant(user.id, "author")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(domain, "demand", lambda *_: None)
            body = io.BytesIO(b"one")
            domain.store(user, NewFile("a.txt", "text/plain", 3), body)
    path = tmp_path / "elsewhere" / ONE[:2] / ONE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
