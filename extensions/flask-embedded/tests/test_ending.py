"""That servers end with their last user, come back, and lose nothing."""

import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from flask_embedded import Embedded
from running import User, kill, left, processes, wait_for_end, wait_for_one_of_each

SLOW_TO_END = Path(__file__).with_name("slow_to_end.py")
WRITES = {
    "redis": ("write_redis()", "[int(number) for number in redis.smembers('numbers')]"),
    "mongo": ("write_mongo()", "[note.get('number') for note in notes.find()]"),
}


def use_both(user: User) -> None:
    """Have a process use both stores, as an app does at a request."""
    user.do("redis.incr('n')")
    user.do("notes.insert_one({}) and None")


def count(user: User) -> tuple[int, int]:
    """Return what both stores hold of `use_both`."""
    return user.do("int(redis.get('n'))"), user.do("notes.count_documents({})")


def end(user: User, instance: Path) -> None:
    user.end()


def kill_user(user: User, instance: Path) -> None:
    user.kill()


def kill_user_and_guardian(user: User, instance: Path) -> None:
    user.freeze()
    kill(instance, "guardian")
    user.kill()


def kill_user_and_servers(user: User, instance: Path) -> None:
    user.freeze()
    kill(instance, "redis", "mongo")
    user.kill()


def kill_guardian_then_end(user: User, instance: Path) -> None:
    kill(instance, "guardian")
    user.end()


def kill_watcher_then_end(user: User, instance: Path) -> None:
    kill(instance, "watcher")
    user.end()


@pytest.mark.parametrize(
    "ending",
    [
        end,
        kill_user,
        kill_user_and_guardian,
        kill_user_and_servers,
        kill_guardian_then_end,
        kill_watcher_then_end,
    ],
)
def test_nothing_is_left_behind_and_nothing_is_lost(
    start_user: Callable[..., User],
    instance: Path,
    ending: Callable[[User, Path], None],
) -> None:
    user = start_user()
    use_both(user)
    ending(user, instance)
    wait_for_end(instance)
    assert left(instance) == []
    assert count(start_user()) == (1, 1)


@pytest.mark.parametrize(
    "killed",
    [
        ["redis", "mongo"],
        ["guardian"],
        ["watcher"],
        ["guardian", "watcher"],
        ["guardian", "redis"],
        ["guardian", "watcher", "redis", "mongo"],
    ],
)
def test_what_is_killed_is_there_again_for_the_same_process(
    user: User, instance: Path, killed: list[str]
) -> None:
    use_both(user)
    kill(instance, *killed)
    user.do("connect()")
    assert count(user) == (1, 1)
    wait_for_one_of_each(instance)


@pytest.mark.parametrize("killed", ["redis", "mongo", "guardian"])
@pytest.mark.parametrize("store", ["redis", "mongo"])
def test_kill_9_in_the_middle_of_writes_loses_no_acknowledged_one(
    user: User, instance: Path, store: str, killed: str
) -> None:
    use_both(user)
    writing, reading = WRITES[store]
    user.ask(writing)
    acknowledged = {user.answer() for _ in range(100)}
    kill(instance, killed)
    user.ask("'written'")
    while (said := user.answer()) != "written":
        acknowledged.add(said)
    assert acknowledged <= set(user.do(reading))
    assert len(acknowledged) > 290


@pytest.mark.parametrize("store", ["redis", "mongo"])
def test_a_server_that_has_closed_its_socket_and_not_yet_ended_is_waited_for(
    user: User, instance: Path, store: str
) -> None:
    program = [sys.executable, str(SLOW_TO_END), f"{store}.sock"]
    user.do(f"use_program({store!r}, *{program})")
    first = user.do(f"talk({store!r}, 'end')")
    os.kill(int(first), 0)  # it lives
    second = user.do(f"talk({store!r})")
    assert second != first
    with pytest.raises(ProcessLookupError):
        os.kill(int(first), 0)


@pytest.mark.parametrize("store", ["redis", "mongo"])
def test_a_server_whose_socket_was_removed_is_started_again(
    user: User, instance: Path, store: str
) -> None:
    use_both(user)
    (instance / "embedded" / f"{store}.sock").unlink()
    user.do("connect()")
    assert count(user) == (1, 1)
    wait_for_one_of_each(instance)


def test_a_guardian_that_is_told_to_end_stops_its_servers(
    user: User, instance: Path
) -> None:
    use_both(user)
    os.kill(processes(instance)["guardian"][0], signal.SIGTERM)
    wait_for_end(instance)
    assert left(instance) == []
    assert count(user) == (1, 1)


def test_servers_stay_as_long_as_one_process_uses_them(
    start_user: Callable[..., User], instance: Path
) -> None:
    one, two = start_user(), start_user()
    use_both(one)
    use_both(two)
    running = processes(instance)
    one.kill()
    assert count(two) == (2, 2)
    assert processes(instance) == running


def test_a_fork_of_a_user_is_a_user(
    start_user: Callable[..., User], instance: Path
) -> None:
    orders = instance / "orders"
    os.mkfifo(orders)
    user = start_user()
    user.do("redis.incr('n')")
    running = processes(instance)
    user.ask(f"fork({str(orders)!r})")
    with open(orders, "w", buffering=1) as to_child:
        assert 0 in {user.answer(), user.answer()}
        user.process.kill()
        user.process.wait()
        print("redis.incr('n')", file=to_child)
        assert user.answer() == 2
        assert processes(instance) == running


def test_a_fork_that_begins_to_use_a_store_is_a_user(
    start_user: Callable[..., User], instance: Path
) -> None:
    orders = instance / "orders"
    os.mkfifo(orders)
    user = start_user()
    user.ask(f"fork({str(orders)!r})")
    with open(orders, "w", buffering=1) as to_child:
        assert 0 in {user.answer(), user.answer()}
        print("redis.incr('n')", file=to_child)
        assert user.answer() == 1
        assert user.do("redis.incr('n')") == 2
        user.process.kill()
        user.process.wait()
        print("redis.incr('n')", file=to_child)
        assert user.answer() == 3


def test_a_fork_while_a_thread_starts_a_server_waits_for_nothing_for_ever(
    start_user: Callable[..., User], instance: Path
) -> None:
    orders = instance / "orders"
    os.mkfifo(orders)
    user = start_user()
    user.do("Thread(target=redis.incr, args=['n']).start()")
    user.ask(f"fork({str(orders)!r})")
    with open(orders, "w", buffering=1) as to_child:
        assert 0 in {user.answer(), user.answer()}
        user.process.kill()
        user.process.wait()
        own_pool = "Redis.from_url(app.config['REDIS_URL'])"
        print(f"{own_pool}.incr('n') > 0", file=to_child)
        assert user.answer() is True


def test_an_app_that_is_gone_is_no_user(instance: Path) -> None:
    app = Flask("app", instance_path=str(instance))
    Embedded(app).start(app)
    assert set(processes(instance)) >= {"guardian", "mongo", "redis"}
    del app
    gc.collect()
    wait_for_end(instance)


@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_gunicorns_workers_share_one_server(instance: Path, preload: list[str]) -> None:
    pytest.importorskip("gunicorn")
    (instance / "app.py").write_text(GUNICORN)
    with socket.socket(socket.AF_UNIX) as web:
        web.bind(f"{instance}/web.sock")
        web.listen()
        command = ["gunicorn", "--workers", "3", "--timeout", "2", *preload, "app:app"]
        where = ["--bind", f"fd://{web.fileno()}", "--chdir", str(instance)]
        server = subprocess.Popen(
            [sys.executable, "-m", *command, *where],
            pass_fds=[web.fileno()],
            stderr=subprocess.DEVNULL,
        )
        counted = [ask(instance / "web.sock") for _ in range(30)]
    server.kill()
    server.wait()
    assert counted == [str(number) for number in range(1, 31)]
    wait_for_end(instance)


GUNICORN = """
from flask import Flask
from flask_embedded import Embedded
from redis import Redis

app = Flask(__name__, instance_path=__file__.removesuffix("/app.py"))
Embedded(app, stores=["redis"])
redis = Redis.from_url(app.config["REDIS_URL"])
app.add_url_rule("/", view_func=lambda: str(redis.incr("n")))
"""


def ask(web: Path) -> str:
    """Ask gunicorn for its page; where it is not there yet, the question waits."""
    with socket.socket(socket.AF_UNIX) as to:
        to.connect(str(web))
        to.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return to.makefile("r").read().splitlines()[-1]
