"""Files: uploaded with a token, private unless shared, gone when nobody has them."""

import hashlib
import io
import re
import tracemalloc
from collections.abc import Callable

import pytest
from ch07_nosql.files import GOOD, JSON, ask_token, png, put, upload
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from apps.file import policy, signing
from apps.file.domain import CHUNK_BYTES
from apps.permission import domain as permissions
from apps.user import domain as accounts

Author = Callable[[str], FlaskClient]
OnDisk = Callable[[], list[str]]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def press(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Send a form of the page of files."""
    found = TOKEN.search(client.get("/files", headers={"Accept": "text/html"}).text)
    assert found
    return client.post(path, data={"csrf_token": found[1], **fields})


def test_a_file_is_uploaded_and_read(
    both: str, eve: FlaskClient, on_disk: OnDisk
) -> None:
    for name, (type, body) in GOOD.items():
        answer = upload(eve, name, type, body)
        assert answer.status_code == 201, answer.text
        assert (answer.json["name"], answer.json["type"]) == (name, type)
        assert answer.json["sha256"] == sha256(body)
        got = eve.get(answer.location, buffered=True)
        assert (got.data, got.mimetype) == (body, type)
    assert on_disk() == sorted({sha256(body) for _, body in GOOD.values()})


def test_a_program_uploads_with_a_bearer_token(
    app: Flask, eve: FlaskClient, on_disk: OnDisk
) -> None:
    client = app.test_client()
    pair = client.post("/user/token", auth=("eve", "correct horse battery")).json
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    token = ask_token(client, "a.txt", "text/plain", 3, **bearer).json["token"]
    assert put(client, token, b"one").status_code == 201
    assert put(client, pair["access_token"], b"one").status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/user/me", headers=bearer).status_code == 401
    assert len(on_disk()) == 1


def test_who_may_not_upload_gets_no_token(
    ada: FlaskClient, browser: Callable[[], FlaskClient], on_disk: OnDisk
) -> None:
    assert ask_token(ada, "a.txt", "text/plain", 3).status_code == 403
    assert press(ada, "/files").status_code == 403
    page = ada.get("/files").text
    assert 'type="file"' not in page
    assert "Authors may upload" in page
    assert ask_token(browser(), "a.txt", "text/plain", 3).status_code == 401
    assert on_disk() == []


def test_a_token_is_good_once(eve: FlaskClient, on_disk: OnDisk) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    assert put(eve, token, b"one").status_code == 201
    answer = put(eve, token, b"one")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Upload realm="lectern"'
    assert "was used" in answer.json["detail"]
    assert len(eve.get("/files", headers=JSON).json["files"]) == 1


def test_a_token_is_good_for_five_minutes(
    eve: FlaskClient, on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps import clock

    moment = clock.now() - signing.LIFETIME - 2 * signing.LEEWAY
    monkeypatch.setattr("apps.clock.now", lambda: moment)
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    answer = put(eve, token, b"one")
    assert (answer.status_code, on_disk()) == (401, [])
    assert "has expired" in answer.json["detail"]


def test_a_token_is_remembered_until_it_has_expired(
    eve: FlaskClient, redis: Redis
) -> None:
    upload(eve)
    (key,) = redis.keys("upload:*")
    assert signing.LIFETIME.seconds < redis.ttl(key) < 2 * signing.LIFETIME.seconds


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: "e30" + token[token.index(".") :],
        lambda token: "eyJhbGciOiJub25lIn0" + token[token.index(".") :],
        lambda token: "x" * 5000,
        lambda token: "a.b.c",
        lambda token: "",
        lambda token: "\u00e9",
    ],
)
def test_a_token_that_somebody_changed_is_refused(
    eve: FlaskClient, on_disk: OnDisk, change: Callable[[str], str]
) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    assert put(eve, change(token), b"one").status_code == 401
    assert on_disk() == []


def test_a_token_is_its_owners_whoever_is_logged_in(
    eve: FlaskClient, author: Author
) -> None:
    bob = author("bob")
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    path = put(bob, token, b"one").location
    assert bob.get(path).status_code == 404
    assert eve.get(path, buffered=True).data == b"one"


def test_a_token_ends_with_the_permission(
    app: Flask, eve: FlaskClient, on_disk: OnDisk
) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    with app.app_context():
        user = accounts.find("eve")
        assert user
        permissions.revoke(user.id, "author")
    assert put(eve, token, b"one").status_code == 403
    assert on_disk() == []


def test_a_token_in_the_address_is_no_token(eve: FlaskClient, on_disk: OnDisk) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    for query in (f"token={token}", f"access_token={token}"):
        answer = eve.put(
            f"/file/upload?{query}", data=b"one", headers={"Origin": "http://localhost"}
        )
        assert answer.status_code in (401, 415)
    assert on_disk() == []


def test_another_site_can_not_upload_for_a_reader(
    eve: FlaskClient, on_disk: OnDisk
) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    answer = put(eve, token, b"one", **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, on_disk()) == (403, [])


def test_a_body_must_have_the_length_that_was_announced(
    eve: FlaskClient, on_disk: OnDisk
) -> None:
    for body, status in ((b"onetwo", 413), (b"o", 400), (b"", 400)):
        token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
        answer = put(eve, token, body)
        assert (answer.status_code, on_disk()) == (status, [])
        assert answer.json["detail"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"CONTENT_LENGTH": None, "wsgi.input_terminated": True}, 413),  # HTTP/2
        ({"CONTENT_LENGTH": "3"}, 201),  # what follows is another request
        ({"CONTENT_LENGTH": "7"}, 413),
        ({"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"on")}, 400),  # broken off
    ],
)
def test_what_comes_counts_and_not_only_what_was_said(
    eve: FlaskClient, on_disk: OnDisk, said: dict[str, object], status: int
) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    answer = eve.put(
        "/file/upload",
        headers={"Authorization": f"Upload {token}"},
        environ_overrides={"wsgi.input": io.BytesIO(b"one" * 1000), **said},
    )
    assert answer.status_code == status
    assert len(on_disk()) == (status == 201)


def test_an_empty_file_is_refused(eve: FlaskClient, on_disk: OnDisk) -> None:
    answer = ask_token(eve, "a.txt", "text/plain", 0)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "size")
    answer = press(eve, "/files", file=(io.BytesIO(b""), "a.txt"))
    assert (answer.status_code, on_disk()) == (422, [])


def test_a_body_with_a_coding_is_refused(eve: FlaskClient, on_disk: OnDisk) -> None:
    token = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    answer = put(eve, token, b"one", **{"Content-Encoding": "gzip"})
    assert (answer.status_code, on_disk()) == (415, [])


def test_a_file_over_the_limit_is_refused_before_a_byte_is_read(
    own_app: Flask, author: Author
) -> None:
    own_app.config["FILES_MAX_BYTES"] = 100
    eve = author("eve")
    answer = ask_token(eve, "a.txt", "text/plain", 101)
    assert answer.status_code == 422
    assert "at most 100 bytes" in answer.text
    body = b"x" * (100 + 16 * 1024 + 1)
    assert put(eve, "none", body).status_code == 413
    assert press(eve, "/files", file=(io.BytesIO(body), "a.txt")).status_code == 413


def test_only_types_of_the_settings_are_taken(own_app: Flask, author: Author) -> None:
    own_app.config["FILES_TYPES"] = ("text/plain",)
    eve = author("eve")
    assert ask_token(eve, "a.png", "image/png", 3).status_code == 422
    assert upload(eve).status_code == 201
    page = eve.get("/files", headers={"Accept": "text/html"}).text
    assert 'accept=".txt"' in page


def test_all_files_of_a_user_have_a_limit_together(
    both: str, own_app: Flask, author: Author, on_disk: OnDisk
) -> None:
    own_app.config["FILES_QUOTA"] = 7
    eve, bob = author("eve"), author("bob")
    late = ask_token(eve, "a.txt", "text/plain", 3).json["token"]
    for body in (b"one", b"two"):
        assert upload(eve, body=body).status_code == 201
    assert upload(eve, body=b"xx").status_code == 413
    answer = put(eve, late, b"xyz")  # asked for when there was room
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (413, "size")
    assert len(on_disk()) == 2
    assert upload(bob, body=b"xyz").status_code == 201


def test_a_user_has_so_many_files_and_no_more(
    eve: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "MAX_FILES", 1)
    assert upload(eve).status_code == 201
    assert upload(eve).status_code == 413


def test_a_private_file_is_nowhere_for_others(
    both: str, eve: FlaskClient, author: Author
) -> None:
    bob, path = author("bob"), upload(eve).location
    json = {**JSON, "Content-Type": "application/json"}
    for method, end in (
        ("GET", ""),
        ("DELETE", ""),
        ("PUT", "/share"),
        ("DELETE", "/share"),
    ):
        answer = bob.open(path + end, method=method, headers=json)
        nothing = bob.open("/file/999" + end, method=method, headers=json)
        assert answer.status_code == nothing.status_code == 404
        assert answer.json["detail"] == nothing.json["detail"]
    assert eve.get(path, buffered=True).status_code == 200


def test_a_shared_file_is_read_by_all_who_log_in_and_changed_by_its_owner(
    both: str,
    eve: FlaskClient,
    author: Author,
    browser: Callable[[], FlaskClient],
) -> None:
    bob, path = author("bob"), upload(eve).location
    json = {**JSON, "Content-Type": "application/json"}
    assert eve.put(f"{path}/share", headers=json).json["shared"] is True
    assert bob.get(path, buffered=True).data == b"one"
    assert browser().get(path).status_code in (303, 401)
    assert bob.delete(path, headers=json).status_code == 404
    assert eve.delete(f"{path}/share", headers=json).json["shared"] is False
    assert bob.get(path).status_code == 404


def test_bytes_stay_as_long_as_anybody_has_them(
    both: str, eve: FlaskClient, author: Author, on_disk: OnDisk
) -> None:
    bob = author("bob")
    first, second = upload(eve).location, upload(bob, "b.txt").location
    assert on_disk() == [sha256(b"one")]
    json = {**JSON, "Content-Type": "application/json"}
    assert eve.delete(first, headers=json).status_code == 204
    assert bob.get(second, buffered=True).data == b"one"
    assert bob.delete(second, headers=json).status_code == 204
    assert on_disk() == []
    assert bob.delete(second, headers=json).status_code == 404


def test_files_go_with_the_account(
    both: str, eve: FlaskClient, author: Author, on_disk: OnDisk
) -> None:
    bob = author("bob")
    upload(bob, body=b"both")
    for body in (b"one", b"two", b"both"):
        upload(eve, body=body)
    found = TOKEN.search(eve.get("/account").text)
    assert found
    form = {"csrf_token": found[1], "delete_password": "correct horse battery"}
    assert eve.post("/account", data=form).status_code == 303
    assert on_disk() == [sha256(b"both")]
    token = ask_token(bob, "a.txt", "text/plain", 3).json["token"]
    found = TOKEN.search(bob.get("/account").text)
    assert found
    assert (
        bob.post("/account", data={**form, "csrf_token": found[1]}).status_code == 303
    )
    assert put(bob, token, b"one").status_code == 401
    assert on_disk() == []


def test_files_are_listed_a_page_at_a_time(
    both: str, eve: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(53):
        assert upload(eve, f"{number}.txt").status_code == 201
    first = eve.get("/files", headers=JSON).json
    assert [one["name"] for one in first["files"][:2]] == ["52.txt", "51.txt"]
    assert (len(first["files"]), first["used"]) == (50, 53 * 3)
    path = f"/files?before={first['next_before']}"
    second = eve.get(path, headers=JSON).json
    assert [one["name"] for one in second["files"]] == ["2.txt", "1.txt", "0.txt"]
    assert (second["next_before"], second["used"]) == (None, 53 * 3)
    assert 'rel="next"' in eve.get("/files").text


def test_the_form_works_without_a_script(eve: FlaskClient, on_disk: OnDisk) -> None:
    answer = press(eve, "/files", file=(io.BytesIO(png()), "<b>.png"))
    assert (answer.status_code, on_disk()) == (422, [])
    assert "must not contain" in answer.text
    answer = press(eve, "/files", file=(io.BytesIO(png()), "one & two.PNG"))
    assert (answer.status_code, answer.location) == (303, "/files")
    page = eve.get("/files").text
    assert "one &amp; two.PNG is stored." in page
    path = re.search(r'action="(/files/\d+)"', page)
    assert path
    assert press(eve, path[1], action="share").status_code == 303
    assert "Everybody with an account can read" in eve.get("/files").text
    assert press(eve, path[1], action="hide").status_code == 303
    assert press(eve, path[1], action="burn").status_code == 422
    assert eve.post(path[1], data={"action": "delete"}).status_code == 400
    assert len(on_disk()) == 1
    assert press(eve, path[1], action="delete").status_code == 303
    assert on_disk() == []
    assert press(eve, path[1], action="delete").status_code == 404


def test_the_form_without_a_file_or_with_a_wrong_one_says_so(
    eve: FlaskClient, on_disk: OnDisk
) -> None:
    for sent in ({}, {"file": (io.BytesIO(b""), "")}, {"file": "text"}):
        answer = press(eve, "/files", **sent)
        if answer.status_code != 415:  # a form without a file part
            assert answer.status_code == 422
            assert "choose one first" in answer.text
    answer = press(eve, "/files", file=(io.BytesIO(b"MZ\0\0"), "a.png"))
    assert answer.status_code == 422
    assert "something else" in answer.text
    answer = press(eve, "/files", file=(io.BytesIO(b"MZ\0\0"), "a.exe"))
    assert answer.status_code == 422
    assert on_disk() == []


class Endless(io.RawIOBase):
    """A body of so many bytes, which are made when they are read."""

    def __init__(self, size: int) -> None:
        """Have size bytes, and remember how many were asked for at most."""
        self.left, self.most = size, 0

    def readable(self) -> bool:
        """Be something that is read."""
        return True

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
        """Make some of them."""
        count = min(len(buffer), self.left)
        buffer[:count] = b"x" * count
        self.left, self.most = self.left - count, max(self.most, len(buffer))
        return count


def test_memory_does_not_grow_with_the_file(own_app: Flask, author: Author) -> None:
    size = 32 * 1024 * 1024
    own_app.config["FILES_MAX_BYTES"] = own_app.config["FILES_QUOTA"] = size
    eve = author("eve")
    token = ask_token(eve, "a.txt", "text/plain", size).json["token"]
    body = Endless(size)
    tracemalloc.start()
    answer = eve.put(
        "/file/upload",
        headers={"Authorization": f"Upload {token}"},
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": str(size)},
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, body.left) == (201, 0)
    assert body.most <= CHUNK_BYTES
    assert peak < 40 * CHUNK_BYTES
