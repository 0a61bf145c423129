"""A change comes from our own pages or from a program with a token of its own."""

import os
from collections.abc import Callable, Mapping

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.web.access import public
from apps.web.same_origin import takes_form

PUBLIC = "https://read.example.org"


def grown(settings: Mapping[str, object], **further: object) -> Flask:
    """The app with views that change something."""
    app = create_app({**settings, **further})

    @app.route("/change", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    @public
    def change() -> str:
        return request.host_url

    @app.post("/form")
    @public
    @takes_form
    def form() -> str:
        return "taken"

    return app


@pytest.fixture(scope="module")
def make_app() -> Callable[..., Flask]:
    """Build the app without a public address."""
    return grown


@pytest.fixture(scope="module")
def app_outside(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app that has one."""
    folder = tmp_path_factory.mktemp("outside")
    told = {"APP_CONFIG": "testing", "ENV_FILE": os.devnull, "INSTANCE_FOLDER": folder}
    return grown(told, PUBLIC_URL=PUBLIC)


@pytest.fixture
def outside(app_outside: Flask) -> FlaskClient:
    """A client of the app that has a public address."""
    return app_outside.test_client()


OURS: list[dict[str, str]] = [
    {},  # no browser
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost:80"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
]
FOREIGN = [
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://evil.example"},
    {"Origin": "https://localhost"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:x"},
    {"Origin": "http://[localhost"},
    {"Origin": "localhost"},
    {"Origin": "file://"},
    {"Origin": "http://localhost http://evil.example"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "Same-Origin"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
]


@pytest.mark.parametrize("headers", OURS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_our_own_pages_may_change(
    client: FlaskClient, headers: dict[str, str], method: str
) -> None:
    answer = client.open("/change", method=method, json={}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_others_may_not(
    client: FlaskClient, headers: dict[str, str], method: str
) -> None:
    answer = client.open("/change", method=method, json={}, headers=headers)
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("headers", FOREIGN)
def test_everybody_may_read(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/change", headers=headers).status_code == 200
    assert client.head("/change", headers=headers).status_code == 200
    assert client.options("/change", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [*OURS, *FOREIGN])
@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"],
)
def test_what_a_foreign_page_could_send_is_415(
    client: FlaskClient, headers: dict[str, str], content_type: str
) -> None:
    answer = client.post("/change", content_type=content_type, headers=headers)
    assert answer.status_code == 415


def test_two_origins_are_none(client: FlaskClient) -> None:
    headers = Headers([("Origin", "http://localhost"), ("Origin", "http://e.example")])
    answer = client.post("/change", json={}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_bearer_token_asks_for_neither(
    client: FlaskClient, headers: dict[str, str], scheme: str
) -> None:
    headers = {**headers, "Authorization": f"{scheme} x.y.z"}
    assert client.post("/change", data="x", headers=headers).status_code == 200


def test_a_name_and_password_need_no_page_but_no_foreign_one(
    client: FlaskClient,
) -> None:
    headers = {"Authorization": "Basic YTpi"}
    assert client.post("/change", headers=headers).status_code == 200
    for foreign in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        answer = client.post("/change", headers={**headers, **foreign})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_a_view_may_take_forms_from_our_own_pages(
    client: FlaskClient, content_type: str
) -> None:
    own = {"Origin": "http://localhost"}
    answer = client.post("/form", content_type=content_type, headers=own)
    assert answer.status_code == 200
    foreign = {"Origin": "http://evil.example"}
    answer = client.post("/form", content_type=content_type, headers=foreign)
    assert answer.status_code == 403
    for other in ("text/plain", "application/json"):
        for headers in (own, {"Authorization": "Bearer x"}):
            answer = client.post("/form", content_type=other, headers=headers)
            assert answer.status_code == 415


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Origin": "http://evil.example"}, "Origin is 'http://evil.example', not"),
        ({"Origin": "null", "Sec-Fetch-Site": "none"}, "Origin is 'null', not"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, "Sec-Fetch-Site is 'c"),
        (
            {"Sec-Fetch-Site": "\x1b[2J", "Origin": PUBLIC},
            r"Sec-Fetch-Site is '\x1b[2J'",
        ),
        (
            {"Origin": f"{PUBLIC}/?token=hunter2"},
            "Origin is 'https://read.example.org/?[",
        ),
        ({"Origin": "x" * 5000}, f"Origin is '{'x' * 200}', not"),
    ],
)
def test_the_log_says_which_header_differs_from_what(
    client: FlaskClient,
    capsys: pytest.CaptureFixture[str],
    headers: dict[str, str],
    said: str,
) -> None:
    answer = client.post("/change", json={}, headers=headers)
    assert answer.status_code == 403
    (line,) = capsys.readouterr().err.splitlines()
    assert f"refused to change /change: {said}" in line
    assert "hunter2" not in line
    assert len(line) < 600
    differs = "Origin is" in said
    assert ("not 'http://localhost/'" in line) == differs
    detail = answer.get_json()["detail"]
    assert ("PUBLIC_URL or PROXIES" in detail) == differs  # for who can set them
    assert "localhost" not in detail


def test_it_says_so_of_the_public_address_and_of_a_host_too(
    outside: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"Origin": "http://read.example.org"}
    outside.post("/change", json={}, base_url=PUBLIC, headers=headers)
    said = capsys.readouterr().err
    assert f"Origin is 'http://read.example.org', not '{PUBLIC}' (PUBLIC_URL)" in said
    for accept in ("application/json", "text/html"):
        headers = {"Accept": accept}
        answer = outside.get("/health", base_url="http://10.0.0.7", headers=headers)
        assert answer.status_code == 400
        assert "can name it in PUBLIC_URL, or in TRUSTED_HOSTS" in answer.text
        assert "read.example.org" not in answer.text
        (line,) = capsys.readouterr().err.splitlines()
        assert "WARNING" in line
        assert "refused the host '10.0.0.7', not one of ['read.example.org']" in line


def test_what_is_not_there_is_404_or_405(client: FlaskClient) -> None:
    assert client.post("/nowhere").status_code == 404
    assert client.post("/health").status_code == 405


@pytest.mark.parametrize(
    "origin", [PUBLIC, "https://read.example.org:443", "HTTPS://READ.example.org"]
)
def test_the_public_address_is_what_counts(outside: FlaskClient, origin: str) -> None:
    for seen in ("https://read.example.org", "http://read.example.org:8000"):
        answer = outside.post(
            "/change", json={}, base_url=seen, headers={"Origin": origin}
        )
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://read.example.org", "https://read.example.org:8443", "null"]
)
def test_its_scheme_and_port_count_too(outside: FlaskClient, origin: str) -> None:
    answer = outside.post(
        "/change",
        json={},
        base_url="http://read.example.org:8000",
        headers={"Origin": origin, "X-Forwarded-Proto": "http"},
    )
    assert answer.status_code == 403


def test_other_hosts_are_refused(outside: FlaskClient) -> None:
    assert outside.get("/health", base_url=PUBLIC).status_code == 200
    assert outside.get("/health", base_url="http://evil.example").status_code == 400


def test_the_hosts_that_are_trusted_can_be_told(settings: dict[str, object]) -> None:
    told = {"PUBLIC_URL": PUBLIC, "TRUSTED_HOSTS": ("read.example.org", "inner")}
    client = grown(settings, **told).test_client()
    assert client.get("/health", base_url="http://inner").status_code == 200
    assert client.get("/health", base_url="http://evil.example").status_code == 400


@pytest.mark.parametrize("host", ["my_app", "my_app:8000", "[::1]:8000", "a.b."])
def test_a_form_is_ours_whatever_the_host_is_called(
    client: FlaskClient, host: str
) -> None:
    for origin, status in ((host, 200), ("my_other", 403)):
        headers = {"Host": host, "Origin": f"http://{origin}"}
        assert client.post("/change", json={}, headers=headers).status_code == status


@pytest.mark.parametrize("host", ["localhost", "my_app", "127.0.0.1:y", "["])
def test_flask_s_own_redirects_stay_where_the_browser_is(
    client: FlaskClient, host: str
) -> None:
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    for path, below in (("/chapter", ""), ("//chapter//", "/room")):
        place = {"PATH_INFO": path, "SCRIPT_NAME": below, "QUERY_STRING": "a=b%2Fc"}
        answer = client.get(headers=headers, environ_overrides=place)
        wanted = f"{below}/chapter/?a=b%2Fc"
        assert (answer.status_code, answer.headers["Location"]) == (308, wanted)


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "read.example.org",
    "X-Forwarded-For": "192.0.2.1",
}


@pytest.mark.parametrize(("proxies", "status"), [(0, 403), (1, 200), (2, 403)])
def test_as_many_proxies_are_believed_as_there_are(
    settings: dict[str, object], proxies: int, status: int
) -> None:
    client = grown(settings, PROXIES=proxies).test_client()
    headers = {**FORWARDED, "Origin": PUBLIC}
    assert client.post("/change", json={}, headers=headers).status_code == status


def test_a_proxy_adds_to_what_a_stranger_sends(settings: dict[str, object]) -> None:
    client = grown(settings, PROXIES=1).test_client()
    told = {name: f"evil.example, {value}" for name, value in FORWARDED.items()}
    assert client.get("/change", headers=told).text == f"{PUBLIC}/"


@pytest.mark.parametrize(
    "address",
    [
        "read.example.org",
        "ftp://read.example.org",
        "https://",
        "https://read.example.org/path",
        "https://read.example.org?x",
        "https://ada:secret@read.example.org",
        "https://read.example.org:port",
        "http://my_app:8000",  # Flask would refuse each request to these three
        "http://[::1]:8000",
        "https://caf\u00e9.example",
    ],
)
def test_a_public_address_has_scheme_and_host_only(
    settings: dict[str, object], address: str
) -> None:
    with pytest.raises(ConfigurationError, match="PUBLIC_URL") as error:
        create_app({**settings, "PUBLIC_URL": address})
    assert "secret" not in str(error.value)
