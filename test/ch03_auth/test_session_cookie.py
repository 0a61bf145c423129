"""The session's cookie has a name that browsers hold it to, and that is its app's."""

import secrets
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.user import domain

ADA = {"name": "ada", "password": "correct horse battery"}


@pytest.fixture
def production_settings(settings: dict[str, object]) -> dict[str, object]:
    """What a test's app is told to be as the public meets it."""
    return settings | {"APP_CONFIG": "production", "SECRET_KEY": secrets.token_hex()}


def name_with(settings: dict[str, object], **told: object) -> str:
    """Build an app with these settings; return its cookie's name."""
    return str(create_app(settings | told).config["SESSION_COOKIE_NAME"])


@pytest.mark.parametrize("mount", ["", "/room"])
def test_in_production_only_this_host_can_set_or_end_it(
    production_settings: dict[str, object], mount: str
) -> None:
    app = create_app(production_settings)
    with app.app_context():
        domain.register("ada", "ada@example.org", ADA["password"])
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    https = f"https://localhost{mount}"
    begun = client.post("/user/login", json=ADA, base_url=https)
    ended = client.post("/user/logout", json={}, base_url=https)
    assert (begun.status_code, ended.status_code) == (200, 204)
    for answer in (begun, ended):
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        attributes = cookie.split("; ")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(attributes)
        assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({}, "__Host-session"),
        ({"SESSION_COOKIE_PATH": "/"}, "__Host-session"),
        ({"SESSION_COOKIE_NAME": "room"}, "__Host-room"),
        ({"SESSION_COOKIE_NAME": "__host-room"}, "__host-room"),
        ({"SESSION_COOKIE_PATH": "/room"}, "__Secure-session"),
        ({"SESSION_COOKIE_DOMAIN": "example.org"}, "__Secure-session"),
        ({"SESSION_COOKIE_NAME": "__Secure-room"}, "__Secure-room"),
        ({"SESSION_COOKIE_SECURE": False}, "session"),
    ],
)
def test_its_name_promises_what_its_settings_hold(
    production_settings: dict[str, object], told: dict[str, object], name: str
) -> None:
    assert name_with(production_settings, **told) == name


@pytest.mark.parametrize(
    "told",
    [
        {"SESSION_COOKIE_NAME": "__Host-room", "SESSION_COOKIE_PATH": "/room"},
        {"SESSION_COOKIE_NAME": "__HOST-room", "SESSION_COOKIE_DOMAIN": "example.org"},
        {"SESSION_COOKIE_NAME": "__Host-room", "SESSION_COOKIE_SECURE": False},
        {"SESSION_COOKIE_NAME": "__secure-room", "SESSION_COOKIE_SECURE": False},
        {"SESSION_COOKIE_PATH": "room"},
    ],
)
def test_a_name_that_browsers_would_refuse_is_refused_here(
    production_settings: dict[str, object], told: dict[str, object]
) -> None:
    with pytest.raises(ConfigurationError, match="SESSION_COOKIE_"):
        create_app(production_settings | told)


def test_in_development_each_folder_of_data_has_its_own(
    settings: dict[str, object], tmp_path: Path
) -> None:
    def name_in(folder: str) -> str:
        place = tmp_path / folder
        return name_with(settings, APP_CONFIG="development", INSTANCE_FOLDER=place)

    names = [name_in(folder) for folder in ("chapter-3", "chapter-5", "chapter-3")]
    assert names[0] == names[2] != names[1]
    assert all(name.startswith("session_") for name in names)


def test_a_cookie_that_an_older_key_signed_still_counts(
    settings: dict[str, object],
) -> None:
    old, new = secrets.token_hex(), secrets.token_hex()
    before = create_app(settings | {"SECRET_KEY": old})
    after = create_app(settings | {"SECRET_KEY": new, "SECRET_KEY_FALLBACKS": old})
    signing, reading = (
        SecureCookieSessionInterface().get_signing_serializer(app)
        for app in (before, after)
    )
    assert signing
    assert reading
    assert reading.loads(signing.dumps({"user": "ada"})) == {"user": "ada"}
