"""`flask user grant | revoke | list`, as an administrator types them."""

from collections.abc import Callable

from click.testing import Result
from flask import Flask

from apps.permission import queries
from apps.user.models import User

MakeUser = Callable[..., User]


def call(app: Flask, *arguments: str) -> Result:
    """Type `flask user ...`."""
    return app.test_cli_runner().invoke(args=["user", *arguments])


def test_the_first_admin_is_made_by_command(app: Flask, make_user: MakeUser) -> None:
    make_user("ada")
    make_user("bob")
    answer = call(app, "grant", " Ada ", "admin", "--yes")
    assert (answer.exit_code, answer.output) == (0, "ada now has the role admin.\n")
    answer = call(app, "list")
    assert [line.split() for line in answer.output.splitlines()] == [
        ["ada", "admin"],
        ["bob", "reader"],
    ]
    with app.app_context():
        assert queries.changes()[0][0].via == "command"


def test_making_an_admin_asks_once_more(app: Flask, make_user: MakeUser) -> None:
    make_user("ada")
    for said, code in [("n\n", 1), ("", 1), ("y\n", 0)]:
        line = ["user", "grant", "ada", "admin"]
        answer = app.test_cli_runner().invoke(args=line, input=said)
        assert "ada will be able to do everything here. Go on?" in answer.output
        assert ("ada now has the role admin." in answer.output) == (code == 0)
        assert answer.exit_code == code


def test_what_changes_nothing_says_so(app: Flask, make_user: MakeUser) -> None:
    make_user("ada", ["author"])
    answer = call(app, "grant", "ada", "author")
    assert (answer.exit_code, answer.output) == (
        0,
        "ada already had the role author.\n",
    )
    answer = call(app, "revoke", "ada", "moderator")
    assert (answer.exit_code, answer.output) == (
        0,
        "ada did not have the role moderator.\n",
    )


def test_a_role_is_revoked(app: Flask, make_user: MakeUser) -> None:
    make_user("ada", ["author", "moderator"])
    answer = call(app, "revoke", "616461@EXAMPLE.org", "author")
    assert (answer.exit_code, answer.output) == (
        0,
        "ada no longer has the role author.\n",
    )
    assert call(app, "list").output.split() == ["ada", "moderator"]


def test_refusals_are_one_clear_line(app: Flask, make_user: MakeUser) -> None:
    make_user("ada", ["admin"])
    for arguments, line in {
        ("grant", "bob", "admin"): "There is no user 'bob'.",
        ("grant", "ada", "king"): "There is no role 'king' that could be granted.",
        ("revoke", "ada", "reader"): "There is no role 'reader' that could be granted.",
        ("revoke", "ada", "admin"): "Make somebody else an admin first.",
    }.items():
        answer = call(app, *arguments)
        assert (answer.exit_code, answer.output) == (1, f"Error: {line}\n")


def test_everybody_is_listed(app: Flask, make_user: MakeUser) -> None:
    for number in range(queries.PAGE + 2):
        make_user(f"user{number}")
    assert len(call(app, "list").output.splitlines()) == queries.PAGE + 2
