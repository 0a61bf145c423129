"""The tests' own databases."""
import pytest
from flask import Flask
from sqlalchemy import inspect, text
from apps.database import db

@pytest.mark.usefixtures("both")
def test_a_test_has_a_migrated_database_of_its_own(app: Flask) -> None:
    with app.app_context():
        assert "user" in inspect(db.engine).get_table_names()
        print(db.engine.url)

@pytest.mark.usefixtures("both")
def test_again(app: Flask) -> None:
    with app.app_context():
        assert "user" in inspect(db.engine).get_table_names()
        print(db.engine.url)
