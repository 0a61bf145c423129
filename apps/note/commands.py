"""`flask note indexes`: have MongoDB find notes without reading all of them."""

import click
import pymongo
from flask import Flask
from flask.cli import AppGroup
from pymongo.errors import PyMongoError

from apps.note import backend
from apps.store import mongo
from apps.store.mongo_errors import reason

group = AppGroup("note", help="What readers write about the book.")
ANSWER_SECONDS = 5  # in which MongoDB answers; where the app starts it, in one
START_SECONDS = 2  # that the development server waits for it
BUILD_SECONDS = 600  # that the indexes of many notes take


@group.command("indexes")
def indexes() -> None:
    """Make the indexes of notes that are missing."""
    try:
        if not make_indexes(ANSWER_SECONDS):
            click.echo("All indexes of notes are there.")
    except PyMongoError as error:
        why = reason(error)
        raise click.ClickException(f"MongoDB can't be used: {why}") from None


def make_indexes(seconds: float) -> bool:
    """Make the indexes that are missing, and say so; tell whether there were any.

    seconds are those in which MongoDB has to answer first. Raises PyMongoError.
    """
    with pymongo.timeout(seconds):
        mongo.ping()
    with pymongo.timeout(BUILD_SECONDS):
        made = backend.make_indexes()
    if made:
        names = "; ".join(", ".join(fields) for fields in made)
        click.echo(f"Indexes of notes made: {names}")
    return bool(made)


def prepare(app: Flask, name: str) -> None:
    """Make the indexes before the app is served; in production somebody asks for it."""
    if name != "production":
        with app.app_context(), mongo.best_effort("new indexes of notes"):
            make_indexes(START_SECONDS)
