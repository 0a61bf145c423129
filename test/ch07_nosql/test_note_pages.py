"""Notes on the pages: written, read, changed and deleted by form, by the right ones."""

import html
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.synchronous.pool import Connection
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from apps.note import domain as notes
from apps.permission import domain as permissions
from apps.user import domain as accounts
from apps.user.models import User

LogIn = Callable[[str], FlaskClient]
Send = Callable[..., TestResponse]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
NOTE = re.compile(r'id="note_([0-9a-f]{24})"')
AWAY = "Notes can't be shown at the moment."
CROSS = "<script>alert(1)</script> <img src=x onerror=alert(1)> \"'&"


@pytest.fixture
def bob(make_user: Callable[..., object], log_in: LogIn) -> FlaskClient:
    """A browser in which bob is logged in."""
    make_user("bob")
    return log_in("bob")


@pytest.fixture
def send() -> Send:
    """Send a form with its token: `send(ada, "/note/", body="Why?")`."""

    def send(client: FlaskClient, path: str, **fields: object) -> TestResponse:
        token = TOKEN.search(client.get("/account").text)
        assert token
        return client.post(path, data={"csrf_token": token[1], **fields})

    return send


@pytest.fixture
def write(send: Send) -> Callable[..., str]:
    """Write a note; return its id."""

    def write(client: FlaskClient, body: str = "Why?", **fields: object) -> str:
        answer = send(client, "/note/", **{"part": "one/", "body": body} | fields)
        assert answer.status_code == 303, answer.text
        return str(answer.location).rpartition("_")[2]

    return write


Write = Callable[..., str]


def texts(client: FlaskClient, path: str = "/chapter/one") -> list[str]:
    """List the bodies of the notes that a page shows."""
    found = re.findall(r'<div class="words">(.*?)</div>', client.get(path).text, re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def typed(answer: TestResponse) -> str:
    """Return what stands in the field of a form."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.S)
    assert found
    return html.unescape(found[1]).strip()


def test_a_note_is_written_and_stands_below_its_text(
    both_mongo: str, ada: FlaskClient, send: Send
) -> None:
    answer = send(ada, "/note/", part="two/2-more", body="*Why* ?", tags="To do, b")
    (note,) = NOTE.findall(ada.get("/chapter/two/2-more").text)
    assert (answer.status_code, answer.location) == (
        303,
        f"/chapter/two/2-more#note_{note}",
    )
    page = ada.get("/chapter/two/2-more").text
    assert "<p><em>Why</em> ?</p>" in page
    assert re.findall(r'class="tag"[^>]*>([^<]+)', page) == ["to-do", "b"]
    assert "private" in page
    assert texts(ada) == texts(ada, "/chapter/two") == []


def test_a_note_about_a_passage_leads_back_to_it(
    both_mongo: str, ada: FlaskClient, send: Send
) -> None:
    passage = {"exact": "three", "prefix": "Text ", "suffix": ", caf\u00e9."}
    answer = send(ada, "/note/", part="two/2-more", body="!", **passage)
    assert re.fullmatch(r"/chapter/two/2-more#quote_[0-9a-f]{24}", answer.location)
    page = ada.get("/chapter/two/2-more").text
    assert f'id="{answer.location.partition("#")[2]}" data-prefix="Text "' in page
    assert 'data-prefix="Text " data-suffix=", caf\u00e9.">three<' in page


def test_a_note_is_changed(
    both_mongo: str, ada: FlaskClient, write: Write, send: Send
) -> None:
    note = write(ada, tags="one, two", shared="y")
    form = ada.get(f"/note/{note}/edit")
    assert typed(form) == "Why?"
    assert 'value="one, two"' in form.text
    assert re.search(r'<input checked[^>]*name="shared"', form.text)
    answer = send(ada, f"/note/{note}/edit", body="Now", tags="", version="1")
    assert (answer.status_code, answer.location) == (303, f"/chapter/one#note_{note}")
    page = ada.get("/chapter/one").text
    assert "<p>Now</p>" in page
    assert "private" in page
    assert 'class="tag"' not in page


def test_a_lost_update_shows_both_texts_and_loses_none(
    both_mongo: str, ada: FlaskClient, write: Write, send: Send
) -> None:
    note = write(ada)
    path = f"/note/{note}/edit"
    assert send(ada, path, body="At home", version="1").status_code == 303
    answer = send(ada, path, body="On the train", version="1")
    assert answer.status_code == 409
    assert typed(answer) == "On the train"
    assert re.search(r'<pre class="stored"[^>]*>At home</pre>', answer.text)
    assert texts(ada) == ["At home"]
    (version,) = re.findall(r'name="version" value="(\d+)"', answer.text)
    assert send(ada, path, body="Both", version=version).status_code == 303
    assert texts(ada) == ["Both"]


def test_a_refused_form_keeps_the_version_that_was_read(
    ada: FlaskClient, write: Write, send: Send
) -> None:
    path = f"/note/{write(ada)}/edit"
    send(ada, path, body="At home", version="1")
    answer = send(ada, path, body=" ", version="1")
    assert answer.status_code == 422
    assert 'name="version" value="1"' in answer.text


def test_what_was_typed_outlives_a_note_that_is_gone(
    both_mongo: str, ada: FlaskClient, write: Write, send: Send
) -> None:
    note = write(ada)
    send(ada, f"/note/{note}/delete", version="1")
    answer = send(ada, f"/note/{note}/edit", body="A long thought", version="1")
    assert answer.status_code == 404
    assert typed(answer) == "A long thought"


def test_a_note_is_deleted_after_a_question(
    both_mongo: str, ada: FlaskClient, write: Write, send: Send
) -> None:
    note, kept = write(ada), write(ada, "Kept")
    page = ada.get(f"/note/{note}/delete")
    assert "Delete this note?" in page.text
    assert texts(ada) == ["Kept", "Why?"]
    answer = send(ada, f"/note/{note}/delete", version="1")
    assert (answer.status_code, answer.location) == (303, "/chapter/one#notes_here")
    assert texts(ada) == ["Kept"]
    send(ada, f"/note/{kept}/edit", body="More", version="1")
    answer = send(ada, f"/note/{kept}/delete", version="1")
    assert answer.status_code == 409
    assert "<p>More</p>" in answer.text
    assert texts(ada) == ["More"]


def test_a_private_note_is_on_nobody_elses_page(
    both_mongo: str,
    ada: FlaskClient,
    bob: FlaskClient,
    browser: Callable[[], FlaskClient],
    write: Write,
    send: Send,
) -> None:
    note = write(ada, "My secret", exact="Text one", tags="mine")
    for client in (bob, browser()):
        for path in ("/chapter/one", "/note/", "/note/?tag=mine", "/note/?part=one/"):
            assert "My secret" not in client.get(path).text
    for path in (f"/note/{note}/edit", f"/note/{note}/delete"):
        assert bob.get(path).status_code == 404
        answer = send(bob, path, body="!", version="1")
        assert answer.status_code == 404
        assert "My secret" not in answer.text
    assert texts(ada) == ["My secret"]
    stranger = browser().get("/chapter/one").text
    assert "notebook" not in stranger
    assert "/note/" not in stranger


def test_a_shared_note_has_its_authors_name_and_no_buttons_for_others(
    both_mongo: str, ada: FlaskClient, bob: FlaskClient, write: Write, send: Send
) -> None:
    note = write(ada, shared="y")
    page = bob.get("/chapter/one").text
    assert re.search(r'<p class="about">\s*ada,', page)
    assert f"/note/{note}" not in page
    assert f"/note/{note}/edit" in ada.get("/chapter/one").text
    for path in (f"/note/{note}/edit", f"/note/{note}/delete"):
        assert bob.get(path).status_code == 403
        assert send(bob, path, body="!", version="1").status_code == 403
    assert texts(bob) == ["Why?"]
    assert texts(bob, "/note/") == []


def test_a_moderator_deletes_what_others_share(
    app: Flask, ada: FlaskClient, bob: FlaskClient, write: Write, send: Send
) -> None:
    with app.app_context():
        user = accounts.find("bob")
        assert user
        permissions.grant(user.id, "moderator")
    note, private = write(ada, shared="y"), write(ada, "Mine")
    page = bob.get("/chapter/one").text
    assert f"/note/{note}/delete" in page
    assert f"/note/{note}/edit" not in page
    assert send(bob, f"/note/{private}/delete", version="1").status_code == 404
    assert send(bob, f"/note/{note}/delete", version="1").status_code == 303
    assert texts(ada) == ["Mine"]


def test_pages_with_notes_are_kept_by_nobody(ada: FlaskClient, write: Write) -> None:
    note = write(ada)
    for path in ("/chapter/one", "/note/", f"/note/{note}/edit"):
        assert ada.get(path).headers["Cache-Control"] == "no-store", path


def test_my_notes_are_listed_page_by_page(
    both_mongo: str, ada: FlaskClient, write: Write
) -> None:
    for number in range(23):
        write(ada, f"Note {number}", tags="odd" if number % 2 else "even, all")
    write(ada, "Elsewhere", part="two/2-more", exact="three")
    page = ada.get("/note/").text
    assert texts(ada, "/note/") == [
        "Elsewhere",
        *(f"Note {n}" for n in range(22, 3, -1)),
    ]
    assert re.search(r'<a href="/chapter/two/2-more#quote_\w+">More of it</a>', page)
    (older,) = re.findall(r'<a href="([^"]+)" rel="next">Older</a>', page)
    assert texts(ada, html.unescape(older)) == [f"Note {n}" for n in range(3, -1, -1)]
    assert 'rel="next"' not in ada.get(html.unescape(older)).text
    assert texts(ada, "/note/?part=two/2-more") == ["Elsewhere"]
    assert texts(ada, "/note/?tag=Odd") == [f"Note {n}" for n in range(21, 0, -2)]
    assert texts(ada, "/note/?tag=none") == []
    assert "No note here." in ada.get("/note/?tag=none").text


def test_a_filter_goes_on_with_the_list(ada: FlaskClient, write: Write) -> None:
    for number in range(21):
        write(ada, f"Note {number}", tags="one")
    write(ada, "Other")
    page = ada.get("/note/?tag=one").text
    (older,) = re.findall(r'<a href="([^"]+)" rel="next">', page)
    assert "tag=one" in older
    assert texts(ada, html.unescape(older)) == ["Note 0"]


def test_a_note_outlives_its_part(app: Flask, ada: FlaskClient, send: Send) -> None:
    with app.app_context():
        user = accounts.find("ada")
        assert user
        note = notes.write(user, part="gone/", body="Why?").id
    page = ada.get("/note/").text
    assert "Its part isn't in the book any more." in page
    answer = send(ada, f"/note/{note}/edit", body="Still", version="1")
    assert (answer.status_code, answer.location) == (303, "/note/")
    answer = send(ada, f"/note/{note}/delete", version="2")
    assert (answer.status_code, answer.location) == (303, "/note/")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"body": ""}, "Note must not be empty."),
        ({"body": "x" * 12_000}, "characters."),
        ({"body": "a\x00b"}, "Note must not contain control characters."),
        ({"tags": "a!"}, "Tags must consist of letters, digits and hyphens."),
        ({"tags": ",".join(map(str, range(11)))}, "Tags must be a list of at most 10."),
        ({"tags": "x" * 33}, "Tags must have at most 32 characters."),
        ({"exact": "x" * 1001}, "The quote must have at most 1000 characters."),
        ({"exact": " "}, "The quote must not be empty."),
        ({"exact": "x", "prefix": "x" * 101}, "The quote must have at most 100"),
        ({"exact": "x", "suffix": "\x07"}, "The quote must not contain control"),
    ],
)
def test_a_note_that_can_not_be_kept_is_shown_again(
    ada: FlaskClient, send: Send, fields: dict[str, str], said: str
) -> None:
    sent = {"part": "one/", "body": "A long thought"} | fields
    answer = send(ada, "/note/", **sent)
    assert answer.status_code == 422
    assert said in answer.text
    if "body" not in fields:
        assert typed(answer) == "A long thought"
    assert texts(ada) == []


def test_a_form_without_its_token_is_shown_again(ada: FlaskClient) -> None:
    sent = {"part": "one/", "body": "A long thought", "csrf_token": "no"}
    answer = ada.post("/note/", data=sent)
    assert answer.status_code == 400
    assert typed(answer) == "A long thought"
    assert texts(ada) == []


@pytest.mark.parametrize(
    "part", ["three/", "one/2-more", "../one/", "", "/", "one/$ne"]
)
def test_a_part_that_is_not_in_the_book_has_no_notes(
    ada: FlaskClient, send: Send, part: str
) -> None:
    assert send(ada, "/note/", part=part, body="!").status_code == 404
    assert texts(ada, "/note/") == []


@pytest.mark.parametrize("path", ["edit", "delete"])
@pytest.mark.parametrize("note", ["1", "x" * 24, "0" * 24, "[$ne]", "%00", "0" * 3000])
def test_no_other_id_leads_to_a_note(
    ada: FlaskClient, write: Write, send: Send, note: str, path: str
) -> None:
    write(ada)
    assert ada.get(f"/note/{note}/{path}").status_code == 404
    answer = send(ada, f"/note/{note}/{path}", body="!", version="1")
    assert answer.status_code == 404
    assert texts(ada) == ["Why?"]


@pytest.mark.parametrize("version", ["", "0", "-1", "1.0", "x", "9" * 20, "9" * 5000])
def test_a_version_is_a_number(
    ada: FlaskClient, write: Write, send: Send, version: str
) -> None:
    note = write(ada)
    answer = send(ada, f"/note/{note}/edit", body="!", version=version)
    assert answer.status_code == 422
    assert typed(answer) == "!"
    assert send(ada, f"/note/{note}/delete", version=version).status_code == 422
    assert texts(ada) == ["Why?"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("tag[$ne]=x", 200),  # a field that we don't have
        ("tag=%7B%7D", 422),
        ("tag=%00", 422),
        ("part=..%2F", 422),
        ("part=one", 422),
        ("part=three/", 200),
        ("after=1", 400),
        ("after=" + "0" * 24, 200),
        ("after=%ED%A0%80", 400),
    ],
)
def test_a_list_is_asked_for_in_words_only(
    ada: FlaskClient, write: Write, query: str, status: int
) -> None:
    write(ada)
    assert ada.get(f"/note/?{query}").status_code == status


def test_what_others_write_is_text_and_never_code(
    both_mongo: str, ada: FlaskClient, bob: FlaskClient, write: Write, send: Send
) -> None:
    write(ada, CROSS, exact=CROSS, prefix=CROSS, suffix=CROSS, shared="y")
    write(ada, "[x](javascript:alert(1)) ![x](https://example.org/x.png)", shared="y")
    write(ada, "# Heading\n\n<h1 id='the_text'>x</h1>", shared="y")
    for client, path in ((bob, "/chapter/one"), (ada, "/note/")):
        page = client.get(path).text
        section = page.partition("<h1>")[2].replace("<input", "")
        assert "<script>alert" not in page
        assert not re.search(r"<img|onerror=alert\(1\)>|href=.javascript", section)
        assert page.count("<h1") == 1
        assert page.count('id="the_text"') == 1
    answer = send(ada, "/note/", part="one/", body=CROSS + "</textarea>", tags=CROSS)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert typed(answer) == CROSS + "</textarea>"


def test_an_exercise_has_no_notes(ada: FlaskClient, chapters: Path, send: Send) -> None:
    folder = chapters / "01-one" / "exercises" / "try"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# Try\n\nDo.\n", encoding="utf-8")
    assert "notebook" not in ada.get("/chapter/one/exercises/try").text
    assert send(ada, "/note/", part="one/try", body="!").status_code == 404


def test_a_stranger_is_sent_to_log_in(browser: Callable[[], FlaskClient]) -> None:
    client = browser()
    for path in ("/note/", f"/note/{'0' * 24}/edit"):
        answer = client.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (
            303,
            "/login",
        )
    answer = client.post("/note/", data={"part": "one/", "body": "!"})
    assert (answer.status_code, answer.location) == (303, "/login")


def test_a_long_note_in_any_script_fits_into_a_form(
    ada: FlaskClient, send: Send
) -> None:
    words = "\u6c34" * 4000
    passage = {"exact": words[:500], "prefix": words[:32], "suffix": words[:32]}
    answer = ada.get("/chapter/one")
    assert 'enctype="multipart/form-data"' in answer.text
    token = TOKEN.search(answer.text)
    assert token
    sent = {
        "csrf_token": token[1],
        "part": "one/",
        "body": words,
        "tags": "a",
        **passage,
    }
    kind = "multipart/form-data"
    answer = ada.post("/note/", data=sent, content_type=kind)
    assert answer.status_code == 303
    assert texts(ada) == [words]


def test_while_mongodb_is_away_pages_are_read_and_no_text_is_lost(
    both_mongo: str,
    app: Flask,
    ada: FlaskClient,
    write: Write,
    send: Send,
    mongo_server: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    note = write(ada)
    mongo_server.stop()
    try:
        page = ada.get("/chapter/one")
        assert page.status_code == 200
        assert "Text one." in page.text
        assert AWAY in page.text
        for path in ("/note/", f"/note/{note}/edit"):
            answer = ada.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert AWAY in ada.get("/note/").text
        for path in ("/note/", f"/note/{note}/edit"):
            sent = {
                "part": "one/",
                "body": "A long thought",
                "tags": "a",
                "version": "1",
            }
            answer = send(ada, path, **sent, exact="Text")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert typed(answer) == "A long thought"
            assert "can&#39;t be kept at the moment" in answer.text
        assert 'name="version" value="1"' in answer.text
    finally:
        mongo_server.start()
        app.extensions["mongo"].admin.command("ping")  # waits until it's found again
    assert "no notes on a page, MongoDB is away" in caplog.text
    assert send(ada, f"/note/{note}/edit", body="!", version="1").status_code == 303


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the requests of this thread have asked MongoDB: each is a round trip."""
    found: list[object] = []
    send, here = Connection.send_message, threading.get_ident()

    def note(self: Connection, message: bytes, *args: object) -> None:
        if threading.get_ident() == here:  # others watch whether the server is there
            found.append(message)
        send(self, message, *args)

    monkeypatch.setattr(Connection, "send_message", note)
    return found


def test_a_page_with_many_notes_costs_three_round_trips(
    both_mongo: str,
    app: Flask,
    ada: FlaskClient,
    bob: FlaskClient,
    write: Write,
    sent: list[object],
    asked: list[object],
) -> None:
    with app.app_context():
        users = [accounts.find(name) for name in ("ada", "bob")]
        for number in range(40):
            user = users[number % 2]
            assert isinstance(user, User)
            notes.write(user, part="one/", body=f"Note {number}", shared=True)
    for client in (ada, bob):
        client.get("/chapter/one")  # the first view of a day is counted: one more
        sent.clear()
        asked.clear()
        assert len(texts(client)) == 40
        assert (len(sent), len(asked)) == (2, 1)
        for path in ("/", "/search", "/login"):
            asked.clear()
            client.get(path)
            assert asked == []
        asked.clear()
        assert len(texts(client, "/note/")) == 20
        assert len(asked) == 1


@pytest.fixture
def queries() -> Iterator[list[str]]:
    """What the database is asked."""
    found: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def test_authors_are_looked_up_in_one_query(
    ada: FlaskClient,
    bob: FlaskClient,
    make_user: Callable[..., object],
    log_in: LogIn,
    write: Write,
    queries: list[str],
) -> None:
    make_user("eve")
    queries.clear()
    ada.get("/chapter/one")
    before = len(queries)
    for client in (ada, bob, log_in("eve")):
        write(client, shared="y")
    queries.clear()
    page = ada.get("/chapter/one").text
    assert "bob," in page
    assert "eve," in page
    assert len(queries) == before + 1
