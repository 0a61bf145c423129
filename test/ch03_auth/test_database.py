"""What is written is kept whole or not at all, also where many write at once."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from apps.store.database import atomic, db
from apps.user.models import User

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("both")


def reader(name: str, created_at: datetime = NOON) -> User:
    """Describe a reader; nothing is written yet."""
    return User(name=name, email=f"{name}@x.org", password="x", created_at=created_at)


def names() -> list[str]:
    """Read the names that a new connection finds."""
    with db.engine.connect() as connection:
        return list(connection.scalars(select(User.name).order_by(User.name)))


def test_what_is_written_inside_is_kept(app: Flask) -> None:
    with app.app_context():
        with atomic():
            db.session.add(reader("ada"))
        assert names() == ["ada"]


def test_it_marks_a_function_too(app: Flask) -> None:
    @atomic()
    def write() -> None:
        db.session.add(reader("ada"))

    with app.app_context():
        write()
        assert names() == ["ada"]


def test_after_an_error_nothing_is_kept(app: Flask) -> None:
    def fail() -> None:
        with atomic():
            db.session.add(reader("ada"))
            db.session.flush()
            raise LookupError

    with app.app_context():
        with pytest.raises(LookupError):
            fail()
        assert names() == []
        with atomic():  # and the session can be used again
            db.session.add(reader("ben"))
        assert names() == ["ben"]


def test_an_inner_one_joins_the_outer_one(app: Flask) -> None:
    def fail() -> None:
        with atomic():
            with atomic():
                db.session.add(reader("ada"))
            assert names() == []
            raise LookupError

    with app.app_context():
        with pytest.raises(LookupError):
            fail()
        assert names() == []


def test_what_was_written_stays_readable_without_another_query(app: Flask) -> None:
    with app.app_context():
        with atomic():
            ada = reader("ada")
            db.session.add(ada)
        db.session.remove()
        assert ada.id
        assert ada.name == "ada"


def test_reading_first_does_not_keep_one_from_writing(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []
        with db.engine.begin() as other:
            other.execute(text("UPDATE alembic_version SET version_num = version_num"))
        with atomic():
            db.session.add(reader("ada"))
        assert names() == ["ada"]


def test_a_change_that_was_kept_or_taken_back_is_in_nobodys_way(app: Flask) -> None:
    with app.app_context():
        for end in (db.session.rollback, db.session.commit):
            db.session.add(reader("ada"))
            db.session.flush()
            end()
            with atomic():
                db.session.scalars(select(User)).all()
        assert names() == ["ada"]


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("change", ["new", "dirty", "deleted"])
def test_a_change_made_before_is_refused_and_not_kept(
    app: Flask, change: str, sent: bool
) -> None:
    with app.app_context():
        with atomic():
            ada = reader("ada")
            db.session.add(ada)
        if change == "new":
            db.session.add(reader("ben"))
        elif change == "dirty":
            ada.name = "eve"
        else:
            db.session.delete(ada)
        if sent:  # as any query does by itself
            db.session.scalars(select(User)).all()
        with pytest.raises(RuntimeError, match="changes wait outside"), atomic():
            pass
        db.session.remove()
        assert names() == ["ada"]
        with atomic():  # and a new session can be used
            db.session.add(reader("ben"))
        assert names() == ["ada", "ben"]


def test_a_name_is_unique_in_the_database(app: Flask) -> None:
    def write() -> None:
        with atomic():
            db.session.add(reader("ada"))

    with app.app_context():
        write()
        with pytest.raises(IntegrityError):
            write()
        assert names() == ["ada"]


def test_many_writers_at_once_wait_for_each_other(app: Flask) -> None:
    count, rounds, faults = 8, 5, []
    ready = threading.Barrier(count)

    def write(number: int) -> None:
        try:
            ready.wait(30)
            for turn in range(rounds):
                with app.app_context():
                    len(db.session.scalars(select(User)).all())
                    with atomic():
                        db.session.scalars(select(User)).all()
                        db.session.add(reader(f"reader{number}-{turn}"))
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with app.app_context():
        assert faults == []
        assert len(names()) == count * rounds


def test_a_time_comes_back_as_it_was_written_in_utc(app: Flask) -> None:
    exact = NOON.replace(microsecond=123456)
    there = exact.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with app.app_context():
        with atomic():
            db.session.add(reader("ada", there))
        db.session.remove()
        found = db.session.scalars(select(User.created_at)).one()
        assert found == exact
        assert found.tzinfo is UTC
        early = select(User.name).where(User.created_at < there)
        late = select(User.name).where(User.created_at <= there)
        assert not db.session.scalars(early).all()
        assert db.session.scalars(late).all() == ["ada"]


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    def write() -> None:
        with atomic():
            db.session.add(reader("ada", NOON.replace(tzinfo=None)))

    with app.app_context(), pytest.raises(StatementError, match="has no time zone"):
        write()
