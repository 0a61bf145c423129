"""Whatever is thrown at a route, it answers with what is wrong, and never fails."""

from itertools import product

from ch03_auth.attacking import Anybody, Member, routes_of
from ch03_auth.attacks import Attacks
from ch03_auth.bad_input import FORGED_SESSIONS
from flask import Flask


class TestAnybody(Attacks):
    """Somebody without an account."""

    who = Anybody


class TestMember(Attacks):
    """Somebody who is logged in."""

    who = Member


def test_every_route_bears_any_session(own_app: Flask) -> None:
    attacker = Anybody(own_app)
    for route, forged in product(routes_of(own_app), FORGED_SESSIONS):
        with attacker.client.session_transaction() as session:
            session.update(forged)
        method = "GET" if "GET" in route.methods else route.unsafe[0]
        attacker.ask(f"session {forged}", route.path(), method)
    attacker.conclude()
