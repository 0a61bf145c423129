"""Folders that are not as one would wish."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from running import Failed, User, kill, left, processes, wait_for_end


def modes(folder: Path) -> set[int]:
    """Return the modes of a folder and of what it holds, at any depth."""
    found = [folder, *folder.rglob("*")]
    return {stat.S_IMODE(path.stat().st_mode) for path in found}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_nobody_else_can_read_whatever_the_umask(
    start_user: Callable[..., User], instance: Path, umask: int
) -> None:
    user = start_user(umask=umask)
    user.do("redis.incr('n')")
    user.do("notes.insert_one({}) and None")
    assert modes(instance / "embedded") == {0o600, 0o700}


def test_a_folder_can_be_moved_between_two_starts(
    start_user: Callable[..., User], instance: Path
) -> None:
    user = start_user(instance / "one")
    user.do("redis.incr('n')")
    user.do("notes.insert_one({}) and None")
    user.end()
    wait_for_end(instance / "one")
    (instance / "one").rename(instance / "two")
    moved = start_user(instance / "two")
    assert moved.do("redis.incr('n')") == 2
    assert moved.do("notes.count_documents({})") == 1


def test_a_folder_that_is_moved_while_it_is_used_is_not_begun_anew(
    start_user: Callable[..., User], instance: Path
) -> None:
    user = start_user(instance / "one")
    user.do("redis.incr('n')")
    (instance / "one").rename(instance / "two")
    assert user.do("redis.incr('n')") == 2
    user.do("connect()")
    with pytest.raises(Failed, match="moved or removed while in use"):
        user.do("redis.incr('n')")
    assert not (instance / "one").exists()
    assert start_user(instance / "two").do("redis.incr('n')") == 3


@pytest.mark.parametrize(
    "name",
    ["long-" + 100 * "x", "with spaces", "100%", "what?#", "é\N{SNOWMAN}", "a+b&c"],
)
def test_any_path_will_do(
    start_user: Callable[..., User], instance: Path, name: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    short = {**os.environ, "TMPDIR": str(instance / "tmp")}
    (instance / "tmp").mkdir()
    user = start_user(instance / name, env=short)
    assert user.do("redis.incr('n')") == 1
    user.do("notes.insert_one({}) and None")
    assert len(list((instance / "tmp").iterdir())) == 1
    kill(instance / name, "guardian")
    assert user.do("int(redis.get('n'))") == 1
    user.end()
    wait_for_end(instance / name)
    assert list((instance / "tmp").iterdir()) == []
    assert left(instance / name) == []


def test_a_link_that_somebody_else_put_there_is_not_followed(
    start_user: Callable[..., User], instance: Path
) -> None:
    (instance / "tmp").mkdir()
    (instance / "trap").mkdir()
    short = {**os.environ, "TMPDIR": str(instance / "tmp")}
    user = start_user(instance / "a b", env=short)
    link = user.do("str(embedded_folder.short)".replace("embedded_folder", FOLDER))
    Path(link).symlink_to(instance / "trap")
    with pytest.raises(Failed, match="is in the way"):
        user.do("redis.incr('n')")
    Path(link).unlink()
    assert user.do("redis.incr('n')") == 1


FOLDER = "app.extensions['embedded']['redis'].folder"


def test_stale_sockets_are_in_nobodys_way(
    start_user: Callable[..., User], instance: Path
) -> None:
    user = start_user()
    user.do("redis.incr('n')")
    user.do("notes.insert_one({}) and None")
    user.freeze()
    kill(instance, "guardian", "watcher", "redis", "mongo")
    user.kill()
    wait_for_end(instance)
    assert set(left(instance)) == {"guardian.sock", "mongo.sock", "redis.sock"}
    again = start_user()
    assert again.do("redis.incr('n')") == 2
    assert again.do("notes.count_documents({})") == 1


def test_servers_without_a_guardian_are_stopped_by_the_next(
    start_user: Callable[..., User], instance: Path
) -> None:
    user = start_user()
    user.do("redis.incr('n')")
    user.freeze()
    kill(instance, "guardian", "watcher")
    user.kill()
    assert list(processes(instance)) == ["redis"]
    assert start_user().do("redis.incr('n')") == 2


def test_a_bad_file_is_one_line_that_says_where_the_log_is(
    start_user: Callable[..., User], instance: Path
) -> None:
    user = start_user()
    user.do("redis.incr('n')")
    user.end()
    wait_for_end(instance)
    manifest = instance / "embedded" / "redis" / "appendonly.aof.manifest"
    good = manifest.read_text()
    manifest.write_text("nonsense\n")
    again = start_user()
    with pytest.raises(Failed) as raised:
        again.do("redis.incr('n')")
    assert f"(log: {instance}/embedded/redis.log)" in str(raised.value)
    assert "The embedded redis store did not start: the server ended" in str(raised)
    assert len(set(again.logged().splitlines())) == 1
    assert len(again.logged().splitlines()) == 1
    manifest.write_text(good)
    os.kill(processes(instance)["guardian"][0], 15)
    assert again.do("redis.incr('n')") == 2


def test_a_file_in_the_place_of_the_folder_is_named(user: User, instance: Path) -> None:
    (instance / "embedded").write_text("")
    with pytest.raises(Failed, match=f"File exists: {instance}/embedded"):
        user.do("redis.incr('n')")
    (instance / "embedded").unlink()
    assert user.do("redis.incr('n')") == 1


def leave_out(why: str) -> None:
    """Skip a test; fail where all parts are wanted, as in CI, which is root."""
    if os.environ.get("REAL_PARTS") == "required":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def mount(instance: Path) -> Iterator[Callable[[str], Path]]:
    """Return a function that mounts a small disk in the instance folder."""
    if sys.platform != "linux" or os.geteuid() or not shutil.which("mount"):
        leave_out("only root can mount a disk")
    disk = instance / "disk"
    disk.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(disk)]
        if subprocess.run(command, capture_output=True).returncode:
            leave_out("this root can't mount a disk: a container needs SYS_ADMIN")
        return disk

    yield mount
    if (disk / "embedded" / "guardian.lock").exists():
        wait_for_end(disk)
    subprocess.run(["umount", "--lazy", disk], capture_output=True)


def test_a_read_only_folder_is_said_and_waited_for(
    mount: Callable[[str], Path], start_user: Callable[..., User]
) -> None:
    disk = mount("size=8m,ro")
    user = start_user(disk)
    for asked in ("redis.incr('n')", "app.extensions['embedded']['mongo'].start()"):
        with pytest.raises(Failed, match=f"Read-only file system: {disk}/embedded"):
            user.do(asked)
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert user.do("redis.incr('n')") == 1
    user.end()


def fill(disk: Path) -> None:
    """Leave no space on a disk."""
    with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as to:
        while to.write(4096 * b"x"):
            pass


@pytest.mark.parametrize("fsync", ["everysec", "always"])
def test_a_full_disk_refuses_writes_and_keeps_what_it_has(
    mount: Callable[[str], Path], start_user: Callable[..., User], fsync: str
) -> None:
    disk = mount("size=2m")
    user = start_user(disk, fsync)
    assert user.do("redis.set('kept', 1)") is True
    user.do("[redis.set(f'key{n}', 20000 * 'x') for n in range(50)] and None")
    user.do("notes.insert_one({'number': 1}) and None")
    fill(disk)
    with pytest.raises(Failed):
        user.do("[redis.set(f'more{n}', 20000 * 'x') for n in range(50)]")
    with pytest.raises(Failed):
        user.do("[notes.insert_one({'text': 20000 * 'x'}) for n in range(50)]")
    (disk / "filler").unlink()
    user.do("eventually(lambda: redis.set('after', 1))")
    user.do("eventually(lambda: notes.insert_one({'number': 2}))")
    assert user.do("redis.exists('kept', 'key0', 'key49', 'after')") == 4
    assert set(user.do("[note.get('number') for note in notes.find()]")) >= {1, 2}
    user.end()
