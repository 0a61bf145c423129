"""What is thrown at the routes, thrown by somebody to whom they are all open."""

from ch03_auth.attacking import ADA, Member, routes_of
from ch03_auth.attacks import Attacks
from ch05_jinja.trying_forms import BROWSER, try_forms
from flask import Flask

from apps.permission import domain
from apps.user import domain as accounts


class Admin(Member):
    """Somebody who is logged in and may do everything."""

    def enter(self) -> None:
        """Log in, where there is no session (any more), and be an admin."""
        super().enter()
        with self.app.app_context():
            user = accounts.find(ADA["name"])
            assert user is not None
            domain.grant(user.id, domain.ADMIN)


class TestAdmin(Attacks):
    """An admin."""

    who = Admin


def test_no_form_for_admins_fails(own_app: Flask) -> None:
    seen, faults = try_forms(Admin(own_app))
    assert {"/account", "/admin/user/1/role"} <= seen
    assert not faults, "\n".join(faults)


def test_every_admin_page_is_among_what_is_tried(own_app: Flask) -> None:
    admin = Admin(own_app)
    pages = [route.path() for route in routes_of(own_app) if "/admin" in route.rule]
    got = {path: admin.client.get(path, headers=BROWSER).status_code for path in pages}
    assert set(got.values()) == {200, 405}, got
