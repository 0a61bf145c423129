"""Whatever is put into a form, it is refused with a reason or kept, and never fails."""

from ch03_auth.attacking import Anybody, Member
from ch05_jinja.trying_forms import try_forms
from flask import Flask


def test_no_form_for_strangers_fails(own_app: Flask) -> None:
    seen, faults = try_forms(Anybody(own_app))
    assert {"/login", "/register"} <= seen
    assert not faults, "\n".join(faults)


def test_no_form_for_members_fails(own_app: Flask) -> None:
    seen, faults = try_forms(Member(own_app))
    assert "/account" in seen
    assert not faults, "\n".join(faults)
