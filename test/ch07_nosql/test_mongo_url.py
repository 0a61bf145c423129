"""MONGO_URL: what it may say, what it says about mistakes, and production."""

import pytest

from apps import create_app
from apps.settings.configuration import ConfigurationError

GOOD = [
    "mongodb://localhost",
    "mongodb://localhost:27018/notes",
    "mongodb://ada:secret@localhost/notes?authSource=admin",
    "mongodb://one,two/notes?replicaSet=rs",
    "mongodb+srv://notes.example.org/notes",
    "mongodb://%2Frun%2Fmongo.sock/notes",
]
BAD = [
    "localhost:27017",
    "localhost",
    "http://localhost:27017/notes",
    "mongodb://",
    "mongodb://localhost:many/notes",
    "mongodb://localhost:99999/notes",
    "mongodb://localhost/two words",
    "mongodb://localhost/notes?colour=red",
    "mongodb://localhost/notes?maxPoolSize=many",
    "mongodb://localhost/notes?tlsCAFile=/nowhere",
    "mongodb://ada:se@cret@localhost/notes",
    "embedded://",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_url_of_mongodb_is_taken_as_it_is(
    settings: dict[str, object], url: str
) -> None:
    assert create_app(settings | {"MONGO_URL": url}).config["MONGO_URL"] == url


@pytest.mark.parametrize("url", BAD)
def test_another_url_is_refused_by_its_name_and_not_shown(
    settings: dict[str, object], url: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app(settings | {"MONGO_URL": url})
    said = str(caught.value)
    assert said.startswith("MONGO_URL (from create_app): ")
    assert "mongodb://host:27017/name" in said
    assert f"{url} " not in f"{said} "


def test_production_does_not_start_a_server_unasked(
    production: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MONGO_URL")
    told = {key: value for key, value in production.items() if key != "MONGO_URL"}
    with pytest.raises(ConfigurationError, match=r"MONGO_URL \(not set\): missing in"):
        create_app(told)
    url = production["MONGO_URL"]
    assert create_app(told | {"MONGO_URL": url}).config["MONGO_URL"] == url
