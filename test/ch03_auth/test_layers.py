"""The layers: each module's name says what it does, and it imports only downwards.

A subject is a folder of `apps/` such as `user`. Each of its modules has a name from
RANKS; it may import modules of its own rank or of a lower one, of its own subject or of
another. The rules know neither a request nor a store, and the store knows no request.
The rooms (`web`, `store` ...) serve all subjects, so no room may import a subject.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HTTP, RULES, STORE, SHAPES = 3, 2, 1, 0

RANKS = {
    # What speaks HTTP, or to a terminal.
    "__init__": HTTP,
    "authentication": HTTP,
    "challenges": HTTP,
    "commands": HTTP,
    "decorators": HTTP,
    "forms": HTTP,
    "next_url": HTTP,
    "own_pages": HTTP,  # chapter 7
    "page_context": HTTP,
    "pages": HTTP,
    "refusing": HTTP,  # chapter 7
    "resources": HTTP,
    "resources_v2": HTTP,  # chapter 8
    "rows": HTTP,
    "serving": HTTP,  # chapter 7
    "sessions": HTTP,
    "throttle": HTTP,  # chapter 7
    "views": HTTP,
    # The rules.
    "checking": RULES,  # chapter 7
    "archives": RULES,  # chapter 7
    "domain": RULES,
    "keys": RULES,
    "kinds": RULES,  # chapter 7
    "names": RULES,
    "passwords": RULES,
    "policy": RULES,  # chapter 7
    "signing": RULES,
    "sweeping": RULES,  # chapter 7
    # The store: a database, an index, files.
    "about": STORE,
    "backend": STORE,
    "disk": STORE,  # chapter 7
    "index": STORE,
    "queries": STORE,
    "records": STORE,  # chapter 7
    # Shapes of data, and functions that turn one text into another.
    "blocks": SHAPES,
    "heading": SHAPES,
    "models": SHAPES,
    "pictures": SHAPES,
    "plain": SHAPES,
    "rendering": SHAPES,
    "sanitising": SHAPES,
    "signals": SHAPES,
    "words": SHAPES,
}
# What a room may import of the app besides its own modules.
ROOMS = {
    "settings": set(),
    "log": {"apps.settings"},
    "store": {"apps.settings", "apps.log"},
    "web": {"apps.settings", "apps.log", "apps.domain_error"},
    "server": {"apps.settings", "apps.log", "apps.store"},
    # region chapter 8: api
    "api": {
        "apps.clock",
        "apps.domain_error",
        "apps.log",
        "apps.settings",
        "apps.store",
        "apps.web",
    },
    # endregion api
}
DATABASES = {"flask_sqlalchemy", "psycopg", "sqlalchemy", "sqlite3"}
DATABASES |= {"flask_redis", "redis"}  # chapter 7
DATABASES |= {"limits"}  # chapter 7
DATABASES |= {"bson", "pymongo"}  # chapter 7
WEB = {"apps.web", "flask_httpauth", "flask_login", "flask_wtf", "werkzeug", "wtforms"}
FORBIDDEN = {
    RULES: DATABASES | WEB | {"flask", "apps.store"},
    STORE: WEB | {"flask"},
    SHAPES: WEB | {"flask"},
}
# The exceptions: with `atomic` and `best_effort` the rules ask for a transaction, not
# knowing whose it is, and some modules need the app's settings, which belong to no
# request.
SETTINGS = {"flask.Flask", "flask.current_app"}
ALLOWED = {
    "backend": SETTINGS,
    "disk": SETTINGS,  # chapter 7
    "domain": {"apps.store.database.atomic", "apps.store.database.best_effort"},
    "keys": SETTINGS,
    "passwords": SETTINGS,
    "policy": SETTINGS,  # chapter 7
}
# region chapter 7: afterwards
ALLOWED["domain"] |= {"apps.store.database.afterwards"}
# endregion afterwards


def imports(source: str, package: str) -> Iterator[str]:
    """Name all that a file imports, each thing by its full dotted name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = package.split(".")[: -node.level + 1 or None] if node.level else []
            module = ".".join([*parent, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def modules(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Map each module to what it imports; a package is its module `__init__`."""
    found = {}
    for path, source in sources.items():
        name = path.removesuffix(".py").replace("/", ".")
        found[name] = set(imports(source, name.rpartition(".")[0]))
    return found


def folder_and_name(module: str) -> tuple[str, str] | None:
    """Split `apps.folder.name`; None for a module at the top of apps/."""
    parts = module.split(".")
    return (parts[1], parts[2]) if len(parts) >= 3 else None


def target_of(name: str, known: Mapping[str, set[str]]) -> str | None:
    """Find the module of ours that holds the imported thing."""
    for candidate in (name, f"{name}.__init__", name.rpartition(".")[0]):
        if candidate in known:
            return candidate
    package = f"{name.rpartition('.')[0]}.__init__"
    return package if package in known else None


def below(name: str, tops: set[str]) -> bool:
    """Tell whether a dotted name is one of those, or lies in one of them."""
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def room_faults(module: str, names: set[str]) -> Iterator[str]:
    """List what a room imports that it must not know."""
    room = module.split(".")[1]
    for name in names:
        if below(name, {"apps"}) and not below(name, ROOMS[room] | {f"apps.{room}"}):
            yield f"{module} imports {name}, which the room {room} must not know"


def subject_faults(
    module: str, names: set[str], known: Mapping[str, set[str]]
) -> Iterator[str]:
    """List what a module of a subject imports that it must not know."""
    name_of_module = module.split(".")[2]
    rank = RANKS.get(name_of_module)
    if rank is None:
        yield f"{module} has a name without a rank: choose one from RANKS"
        return
    for name in names:
        target = target_of(name, known)
        folder = folder_and_name(target) if target else None
        if folder and folder[0] not in ROOMS and RANKS.get(folder[1], -1) > rank:
            yield f"{module} imports {target}, which lies above it"
        allowed = ALLOWED.get(name_of_module, set())
        if name not in allowed and below(name, FORBIDDEN.get(rank, set())):
            yield f"{module} imports {name}, which it must not know"


def faults(sources: Mapping[str, str]) -> list[str]:
    """List the modules without a rank, and the imports that no module may have."""
    known = modules(sources)
    found: list[str] = []
    for module, names in sorted(known.items()):
        folder = folder_and_name(module)
        if folder is None:
            continue
        if folder[0] in ROOMS:
            found += room_faults(module, names)
        else:
            found += subject_faults(module, names, known)
    return sorted(found)


def test_the_apps_files_import_only_downwards(root: Path) -> None:
    sources = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in (root / "apps").rglob("*.py")
    }
    assert len(sources) > 10
    assert faults(sources) == []


GOOD = {
    "apps/__init__.py": "from apps import note",
    "apps/clock.py": "from datetime import UTC",
    "apps/domain_error.py": "",
    "apps/errors.py": "from apps.note.domain import NoteNotFound",
    "apps/store/database.py": "from flask import Flask",
    "apps/store/upgrading.py": "from apps.settings.loading import load_config",
    "apps/web/access.py": "from flask_login import current_user",
    "apps/web/forms.py": "from apps.domain_error import DomainError",
    "apps/note/__init__.py": "from apps.note.views import blueprint",
    "apps/note/views.py": "from flask import request\nfrom apps.note import domain",
    "apps/note/domain.py": "from apps.store.database import atomic\n"
    "from apps import clock\nfrom apps.note import backend, names",
    "apps/note/names.py": "import re",
    "apps/note/passwords.py": "from flask import current_app",
    "apps/note/backend.py": "import sqlalchemy\nfrom apps.note.models import Note",
    "apps/note/models.py": "from apps.store.database import db",
    "apps/user/domain.py": "from apps.note.domain import forget",
}


def test_every_room_is_a_package(root: Path) -> None:
    rooms = [room for room in ROOMS if (root / "apps" / room / "__init__.py").is_file()]
    assert rooms == list(ROOMS)


def test_arrows_that_point_downwards_are_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("apps/note/models.py", "from apps.note import backend"),
        ("apps/note/models.py", "import apps.note.domain"),
        ("apps/note/models.py", "from .domain import rewrite"),
        ("apps/note/models.py", "from flask import current_app"),
        ("apps/note/backend.py", "from apps.note.domain import rewrite"),
        ("apps/note/backend.py", "from ..user import domain"),
        ("apps/note/backend.py", "from apps.user.domain import find"),
        ("apps/note/backend.py", "from flask import request"),
        ("apps/note/backend.py", "import flask_login"),
        ("apps/note/backend.py", "from apps.web import access\nimport apps.web.access"),
        ("apps/note/domain.py", "from apps.note import blueprint"),
        ("apps/note/domain.py", "from apps import note"),
        ("apps/note/domain.py", "from apps.note.views import blueprint"),
        ("apps/note/domain.py", "from apps.note import views"),
        ("apps/note/domain.py", "def later():\n    from apps.note import views"),
        ("apps/note/domain.py", "import flask"),
        ("apps/note/domain.py", "from flask import request"),
        ("apps/note/domain.py", "from flask import current_app"),
        ("apps/note/domain.py", "from flask.globals import request"),
        ("apps/note/domain.py", "from sqlalchemy.orm import Session"),
        ("apps/note/domain.py", "from sqlalchemy import select"),
        ("apps/note/domain.py", "from werkzeug.exceptions import NotFound"),
        ("apps/note/domain.py", "from flask_login import current_user"),
        ("apps/note/domain.py", "from apps.store.database import db"),
        ("apps/note/domain.py", "from apps.store import database"),
        ("apps/note/domain.py", "from apps.web.access import current_user"),
        ("apps/note/names.py", "from flask import current_app"),
        ("apps/note/names.py", "from flask import request"),
        ("apps/note/names.py", "from sqlalchemy import select"),
        ("apps/note/names.py", "from apps.web.access import current_user"),
        ("apps/store/database.py", "from apps.web.access import public"),
        ("apps/store/database.py", "from apps.note.models import Note"),
        ("apps/web/access.py", "from apps.note.domain import rewrite"),
        ("apps/web/access.py", "from apps import errors"),
        ("apps/web/access.py", "from apps.store.database import db"),
    ],
)
def test_an_arrow_that_points_upwards_is_found(path: str, line: str) -> None:
    changed = GOOD | {path: f"{GOOD[path]}\n{line}"}
    assert len(faults(changed)) >= 1


@pytest.mark.parametrize("path", ["apps/note/stuff.py", "apps/note/deep/domain.py"])
def test_a_module_of_a_subject_without_a_rank_is_found(path: str) -> None:
    assert len(faults(GOOD | {path: ""})) == 1
