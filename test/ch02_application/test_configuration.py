"""The settings: which source wins, and what stops the start."""

import re
import traceback
from pathlib import Path

import pytest
from flask import Flask

from apps import create_app
from apps.settings.configuration import (
    ConfigurationError,
    configuration_name,
    instance_folder,
)
from apps.settings.loading import load_config

pytestmark = pytest.mark.usefixtures("instance")
GOOD_KEY = "0123456789abcdef" * 4


def load(config: object = None) -> Flask:
    """Load the settings into an app that has nothing else."""
    app = Flask("apps")
    load_config(app, config)  # type: ignore[arg-type]
    return app


def test_each_source_beats_the_one_before(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def level(config: object = "development") -> object:
        return load(config).config["LOG_LEVEL"]

    assert level("testing") == "INFO"  # the default
    assert level() == "DEBUG"  # the named class
    (instance / "config.toml").write_text('LOG_LEVEL = "INFO"\n')
    assert level() == "INFO"
    (tmp_path / "env").write_text("LOG_LEVEL=WARNING\n")
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "env"))
    assert level() == "WARNING"
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    assert level() == "ERROR"
    assert level({"APP_CONFIG": "development", "LOG_LEVEL": "INFO"}) == "INFO"


def test_a_flag_that_was_not_given_changes_nothing(instance: Path) -> None:
    app = load({"APP_CONFIG": "testing", "SERVER_HOST": None, "SERVER_PORT": None})
    assert app.config["SERVER_HOST"] == "127.0.0.1"
    assert app.config["SERVER_PORT"] is None


def test_none_named_means_production(instance: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"SECRET_KEY .*: missing in production"
    ):
        load()
    app = load({"SECRET_KEY": GOOD_KEY})
    assert app.debug is False
    assert app.testing is False


def test_the_name_is_taken_from_flag_then_environment_then_env_file(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert configuration_name(None, "development") == "development"
    (tmp_path / "env").write_text("APP_CONFIG=testing\n")
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "env"))
    assert configuration_name(None, "development") == "testing"
    assert load().testing is True
    monkeypatch.setenv("APP_CONFIG", "development")
    assert configuration_name(None, "production") == "development"
    assert load().debug is True
    assert configuration_name("production", "testing") == "production"
    assert load("testing").testing is True


def test_all_faults_are_named_at_once(instance: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load({"LOG_DAYS": 0, "LOG_LEVLE": "INFO"})
    faults = [line.split()[0] for line in str(raised.value).splitlines()]
    assert faults == ["LOG_DAYS", "LOG_LEVLE", "SECRET_KEY"]


def test_an_unknown_name_lists_the_known(instance: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load("staging")
    assert str(raised.value) == (
        "APP_CONFIG (from create_app) is 'staging': "
        "Input should be 'development', 'production' or 'testing'"
    )


def test_an_unknown_setting_is_named_with_its_source(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (instance / "config.toml").write_text("SERVER_PROT = 8000\n")
    (tmp_path / "env").write_text("LOG_LEVLE=INFO\nFLASK_APP=apps\n")
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "env"))
    with pytest.raises(ConfigurationError) as raised:
        load({"APP_CONFIG": "testing", "debug": True, "WHATEVER": 1})
    assert str(raised.value).splitlines() == [
        f"LOG_LEVLE (from {tmp_path / 'env'}) is not a setting; "
        "did you mean LOG_LEVEL?",
        f"SERVER_PROT (from {instance / 'config.toml'}) is not a setting; "
        "did you mean SERVER_PORT?",
        "WHATEVER (from create_app) is not a setting; config.py lists them all",
        "debug (from create_app) is not a setting; did you mean DEBUG?",
    ]


def test_a_wrong_type_is_named_with_its_source(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_PORT", "eighty")
    (instance / "config.toml").write_text("LOG_DAYS = true\nDEBUG = 7\n")
    with pytest.raises(ConfigurationError) as raised:
        load({"APP_CONFIG": "development", "LOG_LEVEL": "LOUD"})
    assert str(raised.value).splitlines() == [
        f"DEBUG (from {instance / 'config.toml'}) is 7: "
        "Input should be a valid boolean, unable to interpret input",
        f"LOG_DAYS (from {instance / 'config.toml'}) is True: "
        "must not be true or false",
        "LOG_LEVEL (from create_app) is 'LOUD': "
        "Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
        "SERVER_PORT (from the environment) is 'eighty': Input should be a valid "
        "integer, unable to parse string as an integer",
    ]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("SERVER_PORT", "0", "greater than or equal to 1"),
        ("SERVER_PORT", 70000, "less than or equal to 65535"),
        ("LOG_DAYS", 0, "greater than or equal to 1"),
        ("LOG_DAYS", 36501, "less than or equal to 36500"),
        ("MAX_CONTENT_LENGTH", -1, "greater than or equal to 0"),
        ("MAX_CONTENT_LENGTH", 2**30 + 1, "less than or equal to 1073741824"),
        ("LOG_MAIL_SERVER", "mail:many", "Port could not be cast to integer"),
        ("LOG_MAIL_SERVER", "mail:65536", "Port out of range"),
        ("LOG_MAIL_SERVER", "mail:0", "write a host, or host:port"),
        ("LOG_MAIL_SERVER", ":25", "write a host, or host:port"),
        ("LOG_MAIL_SERVER", "::1", "write a host, or host:port"),
        ("LOG_MAIL_SERVER", "mail/25", "write a host, or host:port"),
        ("CHAPTERS_FOLDER", "a\0b", "must not contain a null character"),
        ("CHAPTERS_FOLDER", "~nobody-of-that-name/x", "there is no such user"),
    ],
)
def test_a_value_without_a_meaning_is_refused(
    instance: Path, key: str, value: object, expected: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load({"APP_CONFIG": "testing", key: value})
    (line,) = str(raised.value).splitlines()
    shown = "" if "MAIL" in key else f" is {value!r}"
    assert line.startswith(f"{key} (from create_app){shown}: ")
    assert expected in line


@pytest.mark.parametrize("key", ["SERVER_HOST", "CHAPTERS_FOLDER", "DEBUG"])
def test_an_empty_value_means_the_default(
    instance: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    usual = load("development").config[key]
    monkeypatch.setenv(key, "")
    assert load("development").config[key] == usual


@pytest.mark.parametrize("server", ["mail", "mail.example.com:2525", "[::1]:25", ""])
def test_a_mail_server_is_a_host_and_perhaps_a_port(
    instance: Path, server: str
) -> None:
    found = load({"APP_CONFIG": "testing", "LOG_MAIL_SERVER": server})
    assert found.config["LOG_MAIL_SERVER"] == (server or None)


@pytest.mark.parametrize("name", ["testing", "production"])
def test_debug_in_words_is_no_debug_in_any_configuration(
    instance: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DEBUG", "False")
    app = load({"APP_CONFIG": name, "SECRET_KEY": GOOD_KEY})
    assert app.config["DEBUG"] is False
    monkeypatch.setenv("DEBUG", "maybe")
    with pytest.raises(ConfigurationError, match=r"'maybe': .* a valid boolean"):
        load({"APP_CONFIG": name, "SECRET_KEY": GOOD_KEY})


def test_what_flask_leaves_unset_has_a_type_too(instance: Path) -> None:
    app = load({"APP_CONFIG": "testing", "PROPAGATE_EXCEPTIONS": "no"})
    assert app.config["PROPAGATE_EXCEPTIONS"] is False


@pytest.mark.parametrize("source", ["create_app", "environment", "file"])
def test_a_secret_is_not_shown_in_an_error(
    instance: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    given: dict[str, object] = {"APP_CONFIG": "testing"}
    if source == "create_app":
        given["SECRET_KEY"] = 12345678
    elif source == "environment":
        monkeypatch.setenv("LOG_MAIL_SERVER", "ada:12345678@mail:25")
    else:
        (instance / "config.toml").write_text("LOG_MAIL_PASSWORD = 12345678\n")
    with pytest.raises(ConfigurationError) as raised:
        load(given)
    assert re.match(r"(SECRET_KEY|LOG_MAIL_\w+) \(from ", str(raised.value))
    shown = "".join(traceback.format_exception(raised.value))
    assert "12345678" not in shown


@pytest.mark.parametrize("text", ["False", "false", "0", "no", "off"])
def test_false_in_words_is_false(
    instance: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DEBUG", text)
    assert load("development").config["DEBUG"] is False


def test_debug_is_read_from_the_override_file_as_well(instance: Path) -> None:
    (instance / "config.toml").write_text('DEBUG = "False"\n')
    assert load("development").debug is False


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("DEBUG", "yes", True),
        ("DEBUG", True, True),
        ("LOG_DAYS", "7", 7),
        ("LOG_DAYS", " 7 ", 7),
        ("LOG_MAIL_TO", "a, b ,", ("a", "b")),
        ("LOG_MAIL_TO", ["a", "b"], ("a", "b")),
        ("LOG_MAIL_TO", "", ()),
        ("SERVER_PORT", "", None),
        ("LOG_MAIL_USER", "x", "x"),
    ],
)
def test_text_is_read_as_its_setting_is_declared(
    instance: Path, key: str, value: object, read: object
) -> None:
    found = load({"APP_CONFIG": "testing", key: value}).config[key]
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("DEBUG", "maybe", "a valid boolean"),
        ("DEBUG", " False ", "a valid boolean"),
        ("LOG_DAYS", "7.5", "a valid integer"),
        ("LOG_DAYS", True, "must not be true or false"),
        ("SERVER_PORT", True, "must not be true or false"),
        ("SERVER_HOST", 7, "a valid string"),
        ("CHAPTERS_FOLDER", 7, "path"),
        ("LOG_MAIL_TO", [1], "a valid string"),
        ("LOG_MAIL_TO", 7, "a valid tuple"),
    ],
)
def test_what_does_not_fit_says_what_would(
    instance: Path, key: str, value: object, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{key} .*{expected}"):
        load({"APP_CONFIG": "testing", key: value})


def test_paths_start_at_the_project_not_where_it_was_started(
    root: Path, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAPTERS_FOLDER", "texts")
    assert load("testing").config["CHAPTERS_FOLDER"] == root / "texts"
    monkeypatch.setenv("CHAPTERS_FOLDER", "~/texts")
    assert load("testing").config["CHAPTERS_FOLDER"] == Path.home() / "texts"


def test_a_setting_of_flask_that_is_not_declared_is_refused(
    instance: Path,
) -> None:
    with pytest.raises(ConfigurationError, match=r"lists them all|did you mean"):
        load({"APP_CONFIG": "testing", "EXPLAIN_TEMPLATE_LOADING": True})


def test_settings_of_flask_itself_are_checked_too(instance: Path) -> None:
    (instance / "config.toml").write_text(f'SECRET_KEY = "{GOOD_KEY}"\n')
    assert load("testing").config["SECRET_KEY"] == GOOD_KEY
    (instance / "config.toml").write_text("PROPAGATE_EXCEPTIONS = 7\n")
    with pytest.raises(ConfigurationError, match="7: Input should be a valid bool"):
        load("testing")


@pytest.mark.parametrize("key", ["CONFIG_FILE", "ENV_FILE"])
def test_a_file_that_was_asked_for_has_to_be_there(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(key, str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match=f"{key}: there is no file .*nowhere"):
        load("testing")


@pytest.mark.parametrize("key", ["CONFIG_FILE", "ENV_FILE", "INSTANCE_FOLDER"])
def test_an_empty_path_is_not_said(
    instance: Path, root: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr("apps.settings.configuration.ROOT", instance)
    monkeypatch.setenv(key, "")
    app = load("testing")
    assert app.instance_path != str(root)
    assert app.instance_path.startswith(str(instance))


def test_an_empty_name_is_not_said(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_CONFIG", "")
    assert configuration_name(None, "development") == "development"
    with pytest.raises(ConfigurationError, match="missing in production"):
        load()


def test_the_override_file_cannot_say_where_settings_come_from(
    instance: Path, tmp_path: Path
) -> None:
    (instance / "config.toml").write_text('APP_CONFIG = "production"\n')
    with pytest.raises(ConfigurationError, match=r"APP_CONFIG .* cannot be set there"):
        load("testing")
    (tmp_path / "env").write_text("ENV_FILE=other\n")
    with pytest.raises(ConfigurationError, match=r"ENV_FILE .* cannot be set there"):
        load({"APP_CONFIG": "testing", "ENV_FILE": tmp_path / "env"})


def test_files_with_a_byte_order_mark_are_read(instance: Path, tmp_path: Path) -> None:
    (instance / "config.toml").write_text("LOG_DAYS = 7\n", encoding="utf-8-sig")
    (tmp_path / "env").write_text("SERVER_PORT=8000\r\n", encoding="utf-8-sig")
    app = load({"APP_CONFIG": "testing", "ENV_FILE": tmp_path / "env"})
    assert (app.config["LOG_DAYS"], app.config["SERVER_PORT"]) == (7, 8000)


@pytest.mark.parametrize("name", [7, [], {}])
def test_a_name_that_is_no_text_is_refused(instance: Path, name: object) -> None:
    with pytest.raises(ConfigurationError, match="Input should be 'development'"):
        load({"APP_CONFIG": name})


def test_a_key_that_is_no_text_is_no_setting(instance: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"7 .* is not a setting"):
        load({"APP_CONFIG": "testing", 7: 7})


def test_config_file_names_another_override_file(
    instance: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text("LOG_DAYS = 7\n")
    (instance / "config.toml").write_text("LOG_DAYS = 8\n")
    assert load("testing").config["LOG_DAYS"] == 8
    asked = {"APP_CONFIG": "testing", "CONFIG_FILE": tmp_path / "mine.toml"}
    assert load(asked).config["LOG_DAYS"] == 7


@pytest.mark.parametrize(
    "content", [b"LOG_DAYS = = 7", b"\xff\xfe", b"A=" + b"[" * 9999]
)
def test_a_broken_override_file_is_named(instance: Path, content: bytes) -> None:
    (instance / "config.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"config\.toml cannot be read"):
        load("testing")


def test_a_broken_env_file_is_named(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(ConfigurationError, match="env cannot be read"):
        load({"APP_CONFIG": "testing", "ENV_FILE": tmp_path / "env"})


def test_each_checkpoint_of_the_course_keeps_data_of_its_own(tmp_path: Path) -> None:
    for name in ("01-virtualenv", "02-two", "10-ten", "draft"):
        (tmp_path / "chapters" / name).mkdir(parents=True)
    (tmp_path / "chapters" / "99-file").write_text("")
    assert instance_folder(tmp_path) == tmp_path / "instance" / "chapter-10"


def test_a_project_of_your_own_keeps_its_data_when_chapters_are_added(
    tmp_path: Path,
) -> None:
    assert instance_folder(tmp_path) == tmp_path / "instance"
    for name in ("01-welcome", "02-two"):
        (tmp_path / "chapters" / name).mkdir(parents=True)
        assert instance_folder(tmp_path) == tmp_path / "instance"


def test_the_app_knows_its_instance_folder(
    settings: dict[str, object], tmp_path: Path
) -> None:
    assert create_app(settings).instance_path == str(tmp_path / "instance")


def test_the_example_names_settings_only(
    root: Path, instance: Path, tmp_path: Path
) -> None:
    example = (root / ".env.example").read_text(encoding="utf-8")
    lines = re.findall(r"^# ([A-Z_]+=.*)$", example, re.MULTILINE)
    assert len(lines) >= 10
    assert all(line.startswith("#") for line in example.splitlines() if line)
    (tmp_path / "env").write_text("\n".join(lines))
    config = {"ENV_FILE": tmp_path / "env", "SECRET_KEY": GOOD_KEY}
    assert load(config).config["SERVER_PORT"] == 5000
