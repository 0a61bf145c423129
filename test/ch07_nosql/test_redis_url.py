"""REDIS_URL: what it may say, what it says about mistakes, and production."""

import pytest

from apps import create_app
from apps.settings.configuration import ConfigurationError

GOOD = [
    "redis://localhost",
    "redis://localhost:6380/3",
    "redis://ada:secret@localhost:6380/3",
    "rediss://cache.example.org:6380/0",
    "unix:///run/redis/redis.sock",
    "unix:///run/redis/redis.sock?db=2",
]
BAD = [
    "localhost:6379",
    "http://localhost:6379/0",
    "redis://localhost:many/0",
    "redis://localhost:99999/0",
    "redis://localhost/zero",
    "redis://localhost/0?db=zero",
    "redis://localhost/0?colour=red",
    "unix:///run/redis/redis.sock?db=zero",
    "embedded://",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_url_of_redis_is_taken_as_it_is(
    settings: dict[str, object], url: str
) -> None:
    assert create_app(settings | {"REDIS_URL": url}).config["REDIS_URL"] == url


@pytest.mark.parametrize("url", BAD)
def test_another_url_is_refused_by_its_name_and_not_shown(
    settings: dict[str, object], url: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app(settings | {"REDIS_URL": url})
    said = str(caught.value)
    assert said.startswith("REDIS_URL (from create_app): ")
    assert "redis://host:6379/0" in said
    assert url not in said


def test_production_does_not_start_a_server_unasked(
    production: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    told = {key: value for key, value in production.items() if key != "REDIS_URL"}
    with pytest.raises(ConfigurationError, match=r"REDIS_URL \(not set\): missing in"):
        create_app(told)
    with pytest.raises(ConfigurationError, match=r"REDIS_URL .*redis://host"):
        create_app(told | {"REDIS_URL": "localhost"})
    url = production["REDIS_URL"]
    assert create_app(told | {"REDIS_URL": url}).config["REDIS_URL"] == url
