"""What a rule refuses: its status, and the field and the reason in its JSON."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.domain_error import DomainError
from apps.user.domain import Taken, WrongPassword
from apps.user.passwords import WeakPassword
from apps.web.access import public


class RecentlyTaken(Taken):
    """A subclass that the table of statuses does not know."""


def raising(app: Flask, error: Exception) -> FlaskClient:
    """Give the app a view that raises the error."""

    @app.get("/raise")
    @public
    def fail() -> None:
        raise error

    return app.test_client()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Taken("is taken", "name"), 409),
        (WeakPassword("is too short"), 422),
        (WrongPassword("is not your password"), 403),
        (RecentlyTaken("was taken a moment ago", "name"), 409),
    ],
)
def test_an_error_has_the_status_of_its_class_or_of_the_one_it_inherits_from(
    own_app: Flask, error: DomainError, status: int
) -> None:
    answer = raising(own_app, error).get("/raise")
    assert answer.status_code == status
    assert answer.json["status"] == status
    assert answer.json["detail"] == f"{error.field} {error.reason}"


def test_an_errors_json_names_the_field_and_the_reason(own_app: Flask) -> None:
    answer = raising(own_app, RecentlyTaken("is taken", "email")).get("/raise")
    assert answer.json["errors"] == [{"field": "email", "reason": "is taken"}]


def test_what_a_person_reads_names_the_field_too(own_app: Flask) -> None:
    client = raising(own_app, Taken("is taken", "name"))
    page = client.get("/raise", headers={"Accept": "text/html"})
    assert "name is taken" in re.sub("<[^>]*>", "", page.text)
    assert str(DomainError("Try again later.")) == "Try again later."


def test_a_class_has_a_field_of_its_own() -> None:
    assert DomainError("no").extra == {"errors": [{"field": "", "reason": "no"}]}
    assert WeakPassword("no").field == "password"
    assert WeakPassword("no", "new_password").field == "new_password"
