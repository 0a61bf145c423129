"""When servers start, and that they start once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

import flask_embedded.extension
from flask_embedded import Embedded, EmbeddedError
from running import User, processes

APP = """
from flask import Flask
from flask_embedded import Embedded

app = Flask(__name__, instance_path={!r})
Embedded(app)
"""


def test_an_app_that_uses_no_store_starts_nothing(instance: Path) -> None:
    for _ in range(100):
        Embedded(Flask("app", instance_path=str(instance)))
    assert list(instance.iterdir()) == []


@pytest.mark.parametrize("command", ["routes", "--help"])
def test_flasks_commands_start_nothing(instance: Path, command: str) -> None:
    (instance / "app.py").write_text(APP.format(str(instance / "data")))
    flask = [sys.executable, "-m", "flask", "--app", "app", command]
    subprocess.run(flask, cwd=instance, check=True, capture_output=True)
    assert not (instance / "data").exists()


def test_urls_that_are_set_stay(instance: Path) -> None:
    app = Flask("app", instance_path=str(instance))
    app.config["REDIS_URL"] = "redis://example.org"
    app.config["MONGO_URL"] = "mongodb://example.org"
    embedded = Embedded(app)
    embedded.start(app)
    assert app.config["REDIS_URL"] == "redis://example.org"
    assert app.config["MONGO_URL"] == "mongodb://example.org"
    assert list(instance.iterdir()) == []


def test_an_empty_url_counts_as_not_set(instance: Path) -> None:
    app = Flask("app", instance_path=str(instance))
    app.config.update(REDIS_URL="", MONGO_URL=None)
    Embedded(app)
    assert app.config["REDIS_URL"] == f"unix://{instance}/embedded/redis.sock"
    assert app.config["MONGO_URL"].startswith("mongodb://%2F")


def test_only_the_wanted_store_is_filled_in(instance: Path) -> None:
    app = Flask("app", instance_path=str(instance))
    Embedded(stores=["redis"]).init_app(app)
    assert "MONGO_URL" not in app.config


@pytest.mark.parametrize("name", ["redis", "mongo"])
def test_a_missing_package_is_named(
    instance: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flask_embedded.extension, "find_spec", lambda module: None)
    with pytest.raises(EmbeddedError) as raised:
        Embedded(Flask("app", instance_path=str(instance)), stores=[name])
    assert f'pip install "flask-embedded[{name}]"' in str(raised.value)


def test_windows_is_told_what_to_do(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(EmbeddedError, match="set REDIS_URL to a server's URL"):
        Embedded(Flask("app", instance_path=str(instance)))


def test_a_wrong_option_is_refused(instance: Path) -> None:
    app = Flask("app", instance_path=str(instance))
    app.config["EMBEDDED_FSYNC"] = "sometimes"
    with pytest.raises(EmbeddedError, match="EMBEDDED_FSYNC is 'sometimes'"):
        Embedded(app)


def test_each_start_is_one_line_in_the_log(user: User, instance: Path) -> None:
    for _ in range(2):
        user.do("redis.incr('n')")
        user.do("notes.insert_one({}) and None")
    data = instance / "embedded"
    assert sorted(user.logged().splitlines()) == [
        f"Started the embedded mongo store (log: {data}/mongo.log)",
        f"Started the embedded redis store (log: {data}/redis.log)",
    ]


def test_many_processes_that_begin_together_start_one_server(
    start_user: Callable[..., User], instance: Path
) -> None:
    users = [start_user() for _ in range(8)]
    for user in users:
        user.ask("[redis.incr('n'), str(notes.insert_one({}).inserted_id)][0]")
    assert sorted(user.answer() for user in users) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert users[0].do("notes.count_documents({})") == 8
    running = processes(instance)
    assert sorted(running) == ["guardian", "mongo", "redis", "watcher"]
    assert all(len(numbers) == 1 for numbers in running.values())
    assert sum(user.logged().count("Started") for user in users) == 2


def test_threads_that_begin_together_start_one_server(user: User) -> None:
    made = "Thread(target=redis.incr, args=['n'])"
    user.do(f"globals().update(threads=[{made} for _ in range(16)])")
    user.do("[thread.start() for thread in threads]")
    user.do("[thread.join() for thread in threads]")
    assert user.do("int(redis.get('n'))") == 16
    assert user.logged().count("Started") == 1


def test_apps_side_by_side_have_stores_of_their_own(
    start_user: Callable[..., User], instance: Path
) -> None:
    one, two = start_user(instance / "one"), start_user(instance / "two")
    assert one.do("redis.incr('n')") == 1
    assert two.do("redis.incr('n')") == 1
    one.end()
    assert two.do("redis.incr('n')") == 2


def test_nothing_is_evicted_and_writes_are_kept_in_a_file(user: User) -> None:
    assert user.do("redis.config_get('maxmemory-policy')") == {
        "maxmemory-policy": "noeviction"
    }
    assert user.do("redis.config_get('append*')")["appendonly"] == "yes"
    assert user.do("redis.config_get('append*')")["appendfsync"] == "everysec"
    assert user.do("redis.config_get('port')") == {"port": "0"}


def test_each_write_can_be_brought_to_the_disk(
    start_user: Callable[..., User], instance: Path
) -> None:
    user = start_user(instance, "always")
    assert user.do("redis.config_get('appendfsync')") == {"appendfsync": "always"}


def test_a_server_can_be_started_for_a_program_without_the_extension(
    instance: Path,
) -> None:
    app = Flask("app", instance_path=str(instance))
    embedded = Embedded(app, stores=["redis"])
    embedded.start(app)
    assert list(processes(instance)["redis"])
    embedded.close(app)


def test_a_store_that_was_closed_comes_back_with_its_data(instance: Path) -> None:
    app = Flask("app", instance_path=str(instance))
    embedded = Embedded(app, stores=["redis"])
    for number in (1, 2):
        with Redis.from_url(app.config["REDIS_URL"]) as redis:
            assert redis.incr("n") == number
        embedded.close(app)
