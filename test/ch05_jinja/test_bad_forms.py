"""Whatever is put into a form, it is refused with a reason or kept, and never fails."""

from ch03_auth.attacking import Anybody, Member
from ch05_jinja.trying_forms import try_forms
from flask import Flask


def test_no_form_for_strangers_fails(app: Flask) -> None:
    seen, faults = try_forms(Anybody(app))
    assert {"/login", "/register"} <= seen
    assert not faults, "\n".join(faults)


def test_no_form_for_members_fails(app: Flask) -> None:
    seen, faults = try_forms(Member(app))
    assert "/account" in seen
    assert not faults, "\n".join(faults)
