"""A `.env` and a `config.toml`, as people and other programs write them."""

from pathlib import Path

import pytest
from dotenv import dotenv_values
from flask import Flask

from apps.settings.configuration import ConfigurationError
from apps.settings.files import read_env
from apps.settings.loading import load_config

pytestmark = pytest.mark.usefixtures("instance")
SECRET = "hunter2"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """Name a `.env` that is not there yet."""
    return tmp_path / ".env"


READ = [
    (b"", {}),
    (b"# a comment with $5 and `code`\n\n  # another\n", {}),
    (b"A=1\nB=2\n", {"A": "1", "B": "2"}),
    (b"A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
    (b"A=1\rB=2", {"A": "1", "B": "2"}),
    (b"\xef\xbb\xbfA=1", {"A": "1"}),
    (b"export A=1", {"A": "1"}),
    (b"export A='1 2'", {"A": "1 2"}),
    (b"  A = 1  ", {"A": "1"}),
    (b"A=\nB= # nothing", {"A": "", "B": ""}),
    (b"A=Ada's room", {"A": "Ada's room"}),
    (b'A="it\'s" # costs $5', {"A": "it's"}),
    (b"A='a \"b\"'", {"A": 'a "b"'}),
    (b"A=1 # costs $5 or `x`", {"A": "1"}),
    (b"A=a#b", {"A": "a#b"}),
    (b"A='a #b'", {"A": "a #b"}),
    (b"A=a=b==", {"A": "a=b=="}),
    (b"A='pa$word`\\n'", {"A": "pa$word`\\n"}),
    (b"A=1\nA=2", {"A": "2"}),
    (b"FLASK_APP=${HOME}\nCOMPOSE_X=$Y\nPYTHONX=`z`\nA=1", {"A": "1"}),
    ("A=\u00fcber\n".encode(), {"A": "\u00fcber"}),
]


@pytest.mark.parametrize(("written", "read"), READ)
def test_a_line_is_read_as_its_writer_means_it(
    env: Path, written: bytes, read: dict[str, str]
) -> None:
    env.write_bytes(written)
    assert read_env(env) == read


@pytest.mark.parametrize(("written", "read"), READ)
def test_the_command_flask_reads_it_alike(
    env: Path, written: bytes, read: dict[str, str]
) -> None:
    env.write_bytes(written)
    values = dotenv_values(env, encoding="utf-8-sig")
    assert {name: values[name] for name in read} == read


@pytest.mark.parametrize(
    "written",
    [
        "SECRET_KEY",
        "export SECRET_KEY",
        "SECRET_KEY:hunter2",
        "SECRET_KEY: hunter2",
        "=hunter2",
        "set SECRET_KEY=hunter2",
        "SECRET KEY=hunter2",
        "SECRET_KEY='hunter2",
        "SECRET_KEY='hunter2'x",
        "SECRET_KEY='hunter2'; A=1",
        "SECRET_KEY='hunter2'# a comment",
        "SECRET_KEY=#hunter2",
        "SECRET_KEY='hunter2\nhunter2'",
        "SECRET_KEY=hunter2\0",
        "SECRET_KEY=hunter2$x",
        'SECRET_KEY="hunter2$x"',
        "SECRET_KEY=hunter2${x}",
        "SECRET_KEY='hunter2${x}'",
        "SECRET_KEY=$(echo hunter2)",
        "SECRET_KEY=`echo hunter2`",
        "SECRET_KEY=hunter2\\",
        'SECRET_KEY="hunter2\\n"',
        "SECRET_KEY='hunter2\\\\'",
        b"SECRET_KEY=hunter2\xe9",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_its_line_and_not_shown(
    env: Path, written: str | bytes
) -> None:
    line = written if isinstance(written, bytes) else written.encode()
    env.write_bytes(b"# a comment\nLOG_DAYS=7\n\n\n" + line + b"\nLOG_DAYS=8\n")
    with pytest.raises(ConfigurationError) as raised:
        load_config(Flask("apps"), {"APP_CONFIG": "testing", "ENV_FILE": env})
    assert f"{env} cannot be read: line 5: " in raised.value.message
    assert SECRET not in raised.value.message
    assert "\n" not in raised.value.message


def test_a_file_in_utf_16_is_refused(env: Path) -> None:
    env.write_text("LOG_DAYS=7\n", encoding="utf-16")
    with pytest.raises(ValueError, match="line 1: it is not UTF-8"):
        read_env(env)


def test_a_small_letter_is_told_of_the_large_one(env: Path) -> None:
    env.write_text("log_days=7\n")
    with pytest.raises(ConfigurationError, match="did you mean LOG_DAYS"):
        load_config(Flask("apps"), {"APP_CONFIG": "testing", "ENV_FILE": env})


def test_a_folder_named_env_is_an_environment_and_not_read(tmp_path: Path) -> None:
    assert read_env(tmp_path) == {}


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (b"LOG_DAYS = 7\nSECRET_KEY = hunter2\n", 2),
        (b'LOG_DAYS = 7\n\nSECRET_KEY = "hunter2\n', 3),
        (b'SECRET_KEY = "hunter2"\nSECRET_KEY = "hunter2"\n', 2),
        (b'LOG_DAYS = 7\nSECRET_KEY = "hunter2\0"\n', 2),
        (b'LOG_DAYS = 7\nSECRET_KEY = "hunter2\xe9"\n', 2),
        (b'\xff\xfeSECRET_KEY = "hunter2"\n', 1),
    ],
)
def test_the_override_file_is_refused_with_its_line_and_not_shown(
    instance: Path, written: bytes, line: int
) -> None:
    (instance / "config.toml").write_bytes(written)
    with pytest.raises(ConfigurationError, match=f"line {line}\\b") as raised:
        load_config(Flask("apps"), "testing")
    assert SECRET not in raised.value.message


def test_the_override_file_may_have_windows_line_ends(instance: Path) -> None:
    (instance / "config.toml").write_bytes(b"LOG_DAYS = 7\r\nLOG_LEVEL = 'INFO'\r\n")
    app = Flask("apps")
    load_config(app, "testing")
    assert app.config["LOG_DAYS"] == 7
