"""The server on which the tests of MongoDB's stores run, beside the embedded one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.ferretdb import BuildFailed, FerretDB, build, cache, serve_ferretdb

pymongo = pytest.importorskip("pymongo")


@pytest.fixture(scope="module")
def server() -> Iterator[FerretDB]:
    with serve_ferretdb() as server:
        yield server


@pytest.mark.real_parts
def test_what_it_acknowledged_outlives_kill_9(server: FerretDB) -> None:
    with pymongo.MongoClient(server.url) as client:
        client.app.notes.insert_many([{"n": n} for n in range(10)])
        server.stop()
        server.start()
        found = client.app.notes.find().sort([("n", -1), ("_id", 1)])
        assert [note["n"] for note in found] == list(range(9, -1, -1))


@pytest.mark.real_parts
def test_it_is_built_once(server: FerretDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert build() == server.program


def test_without_go_a_message_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BuildFailed, match="Go, which builds FerretDB, is not"):
        build()


def test_a_build_that_fails_says_why_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho one >&2\necho 'no such module' >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildFailed, match="could not be built: no such module"):
        build()
    assert os.listdir(cache()) == ["lock"]
