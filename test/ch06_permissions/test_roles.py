"""Roles give permissions, changes are written down, and one admin always remains."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from apps.permission import backend, domain, queries
from apps.permission.models import Permission, RoleChange, RolePermission, UserRole
from apps.store.database import db
from apps.user import domain as accounts
from apps.user.models import User

MakeUser = Callable[..., User]


def admins() -> int:
    """Count those who are admins."""
    rows = select(func.count()).where(UserRole.role == "admin")
    return db.session.scalar(rows) or 0


def read(name: str) -> User:
    """Read an account as a request does."""
    db.session.expire_all()
    user = accounts.find(name)
    assert user is not None
    return user


def test_whoever_has_an_account_is_a_reader(app: Flask, make_user: MakeUser) -> None:
    make_user("ada")
    with app.app_context():
        assert domain.may(read("ada"), "note.write")
        assert not domain.may(read("ada"), "note.delete")


def test_a_granted_role_brings_its_permissions_until_it_is_revoked(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    ada = make_user("ada", ["author"])
    with app.app_context():
        assert not domain.may(read("ada"), "note.delete")
        assert domain.grant(ada.id, "moderator")
        assert domain.may(read("ada"), "note.delete")
        assert domain.may(read("ada"), "file.upload")
        assert domain.revoke(ada.id, "moderator")
        assert not domain.may(read("ada"), "note.delete")
        assert domain.may(read("ada"), "file.upload")


def test_what_is_ones_own_takes_no_permission(app: Flask, make_user: MakeUser) -> None:
    ada, bob = make_user("ada"), make_user("bob", ["moderator"])
    with app.app_context():
        domain.demand(read("ada"), "note.delete", owner_id=ada.id)
        domain.demand(read("bob"), "note.delete", owner_id=ada.id)
        with pytest.raises(domain.Forbidden, match=r"note\.delete"):
            domain.demand(read("ada"), "note.delete", owner_id=bob.id)
        with pytest.raises(domain.Forbidden):
            domain.demand(read("ada"), "note.delete")


def test_an_admin_has_every_permission(app: Flask) -> None:
    with app.app_context():
        held = select(RolePermission.permission).where(RolePermission.role == "admin")
        every = set(db.session.scalars(select(Permission.name)))
        assert set(db.session.scalars(held)) == every


def test_permissions_cost_no_query_of_their_own(
    app: Flask, make_user: MakeUser, statements: list[str]
) -> None:
    make_user("ada", ["author", "moderator"])
    with app.app_context():
        db.session.remove()
        statements.clear()
        user = accounts.find("ada")
        assert user is not None
        assert domain.may(user, "note.delete")
        assert not domain.may(user, "audit.read")
        assert len(statements) == 1


def test_each_change_is_written_down(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    ada, bob = make_user("ada", ["admin"]), make_user("bob")
    with app.app_context():
        domain.grant(bob.id, "author", actor=ada)
        domain.revoke(bob.id, "author", actor=ada)
        rows, before = queries.changes()
    assert [row[2:] for row in rows] == [
        ("page", "ada", "revoke", "bob", "author"),
        ("page", "ada", "grant", "bob", "author"),
        ("command", None, "grant", "ada", "admin"),
    ]
    assert before is None


def test_what_changes_nothing_is_not_written_down(
    app: Flask, make_user: MakeUser
) -> None:
    ada = make_user("ada", ["author"])
    with app.app_context():
        assert not domain.grant(ada.id, "author")
        assert not domain.revoke(ada.id, "moderator")
        assert len(queries.changes()[0]) == 1


def test_only_who_may_grant_grants(app: Flask, make_user: MakeUser) -> None:
    mod, bob = make_user("mod", ["moderator"]), make_user("bob")
    with app.app_context():
        for change in (domain.grant, domain.revoke):
            with pytest.raises(domain.Forbidden):
                change(bob.id, "author", actor=mod)
        assert backend.roles(bob.id) == []


def test_a_permission_counts_as_it_is_now_not_as_it_was_read(
    app: Flask, make_user: MakeUser
) -> None:
    ada, bob = make_user("ada", ["admin"]), make_user("bob", ["admin"])
    with app.app_context():
        actor = read("bob")
        assert domain.may(actor, "role.grant")
        domain.revoke(bob.id, "admin", actor=ada)
        with pytest.raises(domain.Forbidden):
            domain.grant(actor.id, "admin", actor=actor)


@pytest.mark.parametrize("role", ["", "king", "Admin", "a" * 1000, "\0", "\udc80"])
def test_there_are_no_other_roles(
    both: str, app: Flask, make_user: MakeUser, role: str
) -> None:
    ada = make_user("ada")
    with app.app_context(), pytest.raises(backend.RoleNotFound):
        domain.grant(ada.id, role)


def test_nobody_can_be_no_reader(app: Flask, make_user: MakeUser) -> None:
    ada = make_user("ada")
    with app.app_context():
        for change in (domain.grant, domain.revoke):
            with pytest.raises(backend.RoleNotFound):
                change(ada.id, "reader")


def test_the_last_admin_can_neither_be_removed_nor_deleted(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    ada, bob = make_user("ada", ["admin"]), make_user("bob")
    with app.app_context():
        with pytest.raises(domain.LastAdmin):
            domain.revoke(ada.id, "admin")
        with pytest.raises(domain.LastAdmin):
            domain.revoke(ada.id, "admin", actor=ada)
        with pytest.raises(domain.LastAdmin):
            accounts.delete(ada)
        assert admins() == 1
        assert accounts.find("ada")
        domain.grant(bob.id, "admin")
        accounts.delete(ada)
        assert admins() == 1
        assert accounts.find("ada") is None


def test_a_deleted_user_leaves_no_id_in_the_audit(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    ada, bob = make_user("ada", ["admin", "author"]), make_user("bob", ["admin"])
    with app.app_context():
        domain.grant(bob.id, "moderator", actor=ada)
        accounts.delete(ada)
        db.session.expire_all()
        ids = select(RoleChange.actor_id, RoleChange.user_id)
        assert {x for row in db.session.execute(ids) for x in row} == {None, bob.id}
        left = [row[2:] for row in queries.changes()[0][:2]]
    assert left == [
        ("deletion", None, "revoke", None, "author"),
        ("deletion", None, "revoke", None, "admin"),
    ]


def at_once(app: Flask, *calls: Callable[[], object]) -> list[BaseException | None]:
    """Call everything at the same moment, each in a thread; return what was raised."""
    barrier = threading.Barrier(len(calls))
    raised: list[BaseException | None] = [None] * len(calls)

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait(30)
            try:
                calls[number]()
            except Exception as error:
                raised[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def test_of_two_admins_who_revoke_each_other_at_once_one_remains(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    for n in range(4):
        ada, bob = make_user(f"ada{n}", ["admin"]), make_user(f"bob{n}", ["admin"])
        raised = at_once(
            app,
            partial(domain.revoke, bob.id, "admin", actor=ada),
            partial(domain.revoke, ada.id, "admin", actor=bob),
        )
        kinds = [type(error) for error in raised]
        assert sorted(kind.__name__ for kind in kinds) == ["Forbidden", "NoneType"]
        with app.app_context():
            assert admins() == n + 1


def test_of_two_admins_who_both_leave_at_once_one_remains(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    ada, bob, cid = (make_user(name, ["admin"]) for name in ("ada", "bob", "cid"))
    raised = at_once(
        app,
        lambda: accounts.delete(ada),
        lambda: domain.revoke(bob.id, "admin", actor=bob),
        lambda: accounts.delete(cid),
    )
    assert [type(e) for e in raised].count(domain.LastAdmin) == 1
    assert raised.count(None) == 2
    with app.app_context():
        assert admins() == 1


def test_the_same_role_granted_twice_at_once_is_one_change(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    ada = make_user("ada")
    grants = [lambda: domain.grant(ada.id, "author")] * 4
    assert at_once(app, *grants) == [None] * 4
    with app.app_context():
        assert len(queries.changes()[0]) == 1


def test_a_role_for_a_user_who_leaves_at_once_is_no_crash(
    both: str, app: Flask, make_user: MakeUser
) -> None:
    for n in range(4):
        ada = make_user(f"ada{n}", ["author"])
        left, granted = at_once(
            app,
            partial(accounts.delete, ada),
            partial(domain.grant, ada.id, "moderator"),
        )
        assert left is None
        assert granted is None or isinstance(granted, backend.UserNotFound)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UserRole)) == 0
