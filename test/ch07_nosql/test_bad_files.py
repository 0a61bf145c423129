"""Files that lie about what they are, or would harm who opens them: none is kept."""

import contextlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ch07_nosql.files import GOOD, archive, ask_token, gif, jpeg, png, upload, webp
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from apps.file import archives, kinds
from apps.file.models import BadContents
from apps.file.names import BadFileName, file_name

OnDisk = Callable[[], list[str]]

NAMES = [
    "../a.txt",
    "..\\a.txt",
    "/etc/passwd.txt",
    "C:a.txt",
    "a/../../b.txt",
    "..",
    ".",
    ".htaccess",
    ".txt",
    " ",
    "a\0.txt",
    "a\n.txt",
    "a\r\nSet-Cookie: b.txt",
    "a\x7f.txt",
    "a\u202etxt.exe",  # shown as aexe.txt
    "a\u200b.txt",
    "a\u2028.txt",
    "a\ufeff.txt",
    "\u2066a.txt",
    "a\uff0fb.txt",  # a slash in full width
    "\uff0e\uff0e\uff0fa.txt",
    "a\uff3cb.txt",
    'a".txt',
    "a;b|c.txt",
    "a*.txt",
    "a\ue000.txt",  # of nobody's alphabet
    "a\U000e0041.txt",
    "x" * 97 + ".txt",
    "a" + "\u0301" * 96 + ".txt",
    "a.exe",
    "a.txt.exe",
    "a.\u0442xt",  # a Cyrillic t
    "a",
    "a.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_be_a_path_or_looks_like_another_is_refused(
    eve: FlaskClient, on_disk: OnDisk, name: str
) -> None:
    answer = ask_token(eve, name, "text/plain", 3)
    assert answer.status_code in (400, 422)
    assert "name" in answer.text
    assert on_disk() == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("  a b.txt ", "a b.txt"),
        ("\u0391\u03b8\u03ae\u03bd\u03b1.TXT", "\u0391\u03b8\u03ae\u03bd\u03b1.TXT"),
        ("\U0001f600.txt", "\U0001f600.txt"),
        ("a..b.txt", "a..b.txt"),
        ("100% & 'more'.txt", "100% & 'more'.txt"),
    ],
)
def test_an_honest_name_is_kept_in_one_form(
    eve: FlaskClient, sent: str, kept: str
) -> None:
    answer = upload(eve, sent)
    assert (answer.status_code, answer.json["name"]) == (201, kept)
    got = eve.get(answer.location, buffered=True)
    assert got.headers["Content-Disposition"].startswith("attachment; filename")


@given(name=st.text(max_size=120))
def test_whatever_name_is_taken_is_one_name_in_one_folder(name: str) -> None:
    try:
        taken = file_name(name)
    except BadFileName:
        return
    assert taken == file_name(taken)
    assert Path(taken).name == taken == os.path.normpath(taken)
    assert taken.isprintable()


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("real", GOOD)
def test_bytes_of_another_type_are_refused(
    eve: FlaskClient, on_disk: OnDisk, name: str, real: str
) -> None:
    (type, _), (own, body) = GOOD[name], GOOD[real]
    if type.partition("/")[0] == own.partition("/")[0] == "text" or type == own:
        return
    answer = upload(eve, name, type, body)
    assert answer.status_code in (415, 422), answer.text
    assert on_disk() == []


@pytest.mark.parametrize("type", ["text/html", "image/svg+xml", "", "x", "image/*"])
def test_a_type_that_is_not_taken_gets_no_token(eve: FlaskClient, type: str) -> None:
    answer = ask_token(eve, "a.txt", type, 3)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "type")


@pytest.mark.parametrize(
    "name", [name for name in GOOD if not name.endswith((".txt", ".md"))]
)
def test_a_file_that_was_cut_is_refused_wherever_it_was(
    eve: FlaskClient, on_disk: OnDisk, name: str
) -> None:
    type, body = GOOD[name]
    for size in (*range(1, len(body), 7), len(body) - 1):
        if name.endswith(".pdf") and b"%%EOF" in body[:size]:
            continue
        answer = upload(eve, name, type, body[:size])
        assert answer.status_code in (415, 422), (size, answer.text)
    assert on_disk() == []


@pytest.mark.parametrize(
    ("name", "make"),
    [("a.png", png), ("a.jpg", jpeg), ("a.gif", gif), ("a.webp", webp)],
)
def test_a_picture_of_far_too_many_pixels_is_refused(
    eve: FlaskClient, on_disk: OnDisk, name: str, make: Callable[[int, int], bytes]
) -> None:
    type = GOOD[name][0]
    answer = upload(eve, name, type, make(16383, 16383))
    assert answer.status_code == 422
    assert "pixels" in answer.text
    assert upload(eve, name, type, make(3, 2)).status_code == 201
    assert len(on_disk()) == 1


def test_a_picture_without_pixels_is_refused(eve: FlaskClient) -> None:
    for name, body in (
        ("a.png", png(0, 1)),
        ("a.gif", gif(1, 0)),
        ("a.jpg", jpeg(0, 0)),
    ):
        assert upload(eve, name, GOOD[name][0], body).status_code == 422


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.zip"])
def test_nothing_hides_behind_the_end_of_a_file(
    eve: FlaskClient, on_disk: OnDisk, name: str
) -> None:
    type, body = GOOD[name]
    answer = upload(eve, name, type, body + b"<script>" * 10)
    assert (answer.status_code, on_disk()) == (422, [])


@pytest.mark.parametrize(
    "body",
    [b"a\0b", b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80", b"a\x1b[2Jb"[:2] + b"\x08"],
)
def test_a_text_is_utf_8_without_control_characters(
    eve: FlaskClient, on_disk: OnDisk, body: bytes
) -> None:
    assert upload(eve, body=body).status_code == 422
    assert on_disk() == []


def test_a_text_may_end_in_the_middle_of_what_is_read_at_once() -> None:
    body = ("x" * (kinds.CHUNK_BYTES - 1) + "\u00e9\n").encode()
    kinds.check("text/plain", io.BytesIO(body), len(body))
    with pytest.raises(BadContents):
        kinds.check("text/plain", io.BytesIO(body[:-2]), len(body) - 2)


def link(name: str) -> zipfile.ZipInfo:
    """Describe a symbolic link in an archive."""
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def encrypted() -> bytes:
    """Mark a member as encrypted, in the archive's directory."""
    body = bytearray(archive())
    body[body.rindex(b"PK\1\2") + 8] |= 1
    return bytes(body)


def renamed(old: bytes, new: bytes) -> bytes:
    """Write a name into an archive that Python would not write."""
    return archive((old.decode(), b"one")).replace(old, new)


ARCHIVES = {
    "a parent": archive(("../a.txt", b"one")),
    "a parent, inside": archive(("a/../../b.txt", b"one")),
    "an absolute name": archive(("/etc/passwd", b"one")),
    "a drive": archive(("C:/a.txt", b"one")),
    "a backslash": renamed(b"aXXb.txt", b"a\\\\b.txt"),
    "a NUL": renamed(b"aXb.txt", b"a\0b.txt"),
    "no name": renamed(b"a/b.txt", b"a//.txt"),
    "control characters": archive(("a\x1b.txt", b"one")),
    "another direction": archive(("a\u202etxt.exe", b"one")),
    "capitals": archive(("a.txt", b"one"), ("A.TXT", b"two")),
    "a look-alike": archive(("a.txt", b"one"), ("\uff41.txt", b"two")),
    "two forms": archive(("caf\u00e9", b"one"), ("cafe\u0301", b"two")),
    "a link": archive((link("a"), b"/etc/passwd")),
    "encrypted": encrypted(),
    "a bomb": archive(("a.txt", b"\0" * 10**7)),
    "too many": archive(*((f"{number}", b"") for number in range(2001))),
    "no directory": archive()[:40],
}


@pytest.mark.parametrize("what", ARCHIVES)
def test_an_archive_that_would_harm_whoever_unpacks_it_is_refused(
    eve: FlaskClient, on_disk: OnDisk, what: str
) -> None:
    answer = upload(eve, "a.zip", "application/zip", ARCHIVES[what])
    assert answer.status_code in (415, 422), answer.text
    assert on_disk() == []


def test_an_archive_with_folders_and_a_comment_is_taken(eve: FlaskClient) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.mkdir("a")
        written.writestr("a/b.txt", b"one")
        written.comment = b"made by a program"
    body = file.getvalue()
    assert upload(eve, "a.zip", "application/zip", body).status_code == 201


def test_a_long_directory_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = archive()
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 50)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(BadContents, match="more than"):
        archives.check(io.BytesIO(body), len(body))


@given(body=st.binary(max_size=200), name=st.sampled_from(sorted(GOOD)))
def test_no_bytes_make_a_check_fail(body: bytes, name: str) -> None:
    """A check refuses in our words, or says nothing; what begins right goes deeper."""
    type, good = GOOD[name]
    for tried in (body, good[:12] + body, good[:30] + body + good[-30:]):
        with contextlib.suppress(BadContents, kinds.WrongType):
            kinds.check(type, io.BytesIO(tried), len(tried))
