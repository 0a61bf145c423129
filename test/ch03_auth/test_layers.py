"""The layers: a file has one job, and imports only what lies below it.

In a subject (a folder of apps/), views, pages, resources and commands may import the
domain, the domain the backend, the backend the models, and not the other way round; nor
may one subject reach up in another. The domain knows neither a request nor a store, the
store no request, whichever files stand between.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

RANKS = {
    "views": 3,
    "pages": 3,
    "resources": 3,
    "commands": 3,
    "domain": 2,
    "backend": 1,
    "models": 0,
}
STORES = {"flask_sqlalchemy", "psycopg", "sqlalchemy", "sqlite3"}
WEB = {"flask_httpauth", "flask_login", "flask_wtf", "werkzeug", "wtforms"}
FORBIDDEN = {
    "domain": STORES | WEB | {"flask"},
    "backend": WEB | {"flask.request", "flask.session", "flask.g"},
    "models": WEB | {"flask"},
}
# What tells that a file belongs to HTTP: no rule may lean on it, however far away.
OF_A_REQUEST = {
    "flask.abort",
    "flask.flash",
    "flask.jsonify",
    "flask.redirect",
    "flask.render_template",
    "flask.request",
    "flask.session",
    "flask.url_for",
    "flask_login.current_user",
    "flask_login.login_user",
}


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
    """Map each module to what it imports."""
    found = {}
    for path, source in sources.items():
        name = path.removesuffix(".py").replace("/", ".")
        package = name.removesuffix(".__init__")
        if package == name:
            package = name.rpartition(".")[0]
        found[name.removesuffix(".__init__")] = set(imports(source, package))
    return found


def layer(module: str) -> str | None:
    """Name the layer of `apps.subject.layer`."""
    parts = module.split(".")
    return parts[2] if len(parts) == 3 and parts[2] in RANKS else None


def own(name: str, known: Mapping[str, set[str]]) -> str | None:
    """Find the module of ours that holds the imported thing."""
    for candidate in (name, name.rpartition(".")[0]):
        if candidate in known:
            return candidate
    return None


def matches(name: str, forbidden: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in forbidden)


def reached(module: str, known: Mapping[str, set[str]]) -> Iterator[str]:
    """Follow imports from a module through files that are in no layer."""
    waiting, seen = [module], {module}
    while waiting:
        for name in known[waiting.pop()]:
            target = own(name, known)
            if target and target not in seen and target.count(".") > 0:
                seen.add(target)
                if layer(target) is None:
                    yield target
                    waiting.append(target)


def faults(sources: Mapping[str, str]) -> list[str]:
    """List the imports that lead upwards, or to what a layer must not know."""
    known = modules(sources)
    found = []
    for module, names in known.items():
        kind = layer(module)
        if kind is None:
            continue
        for name in sorted(names):
            target = own(name, known)
            above = layer(target) if target else None
            if above and RANKS[above] > RANKS[kind]:
                found.append(f"{module} imports {target}, which lies above it")
            if matches(name, FORBIDDEN.get(kind, set())):
                found.append(f"{module} imports {name}, which is not its matter")
            of_the_store = kind == "domain" and target == "apps.store.database"
            if of_the_store and name != "apps.store.database.atomic":
                found.append(f"{module} imports {name}; of it, only atomic")
        if RANKS[kind] < RANKS["views"]:
            for between in reached(module, known):
                if any(matches(name, OF_A_REQUEST) for name in known[between]):
                    found.append(f"{module} leans on {between}, which knows a request")
    return found


def test_the_apps_files_import_only_downwards(root: Path) -> None:
    sources = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in (root / "apps").rglob("*.py")
    }
    assert len(sources) > 10
    assert faults(sources) == []


GOOD = {
    "apps/__init__.py": "from apps import note",
    "apps/store/database.py": "from flask import Flask",
    "apps/web/access.py": "from flask_login import current_user",
    "apps/note/__init__.py": "from apps.note.views import blueprint",
    "apps/note/views.py": "from flask import request\nfrom apps.note import domain",
    "apps/note/domain.py": "from apps.store.database import atomic\n"
    "from apps.note import backend, words",
    "apps/note/words.py": "import re",
    "apps/note/backend.py": "import sqlalchemy\nfrom apps.note.models import Note",
    "apps/note/models.py": "from apps.store.database import db",
    "apps/user/domain.py": "from apps.note.domain import forget",
}


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
        ("apps/note/domain.py", "from apps.note.views import blueprint"),
        ("apps/note/domain.py", "from apps.note import views"),
        ("apps/note/domain.py", "def later():\n    from apps.note import views"),
        ("apps/note/domain.py", "import flask"),
        ("apps/note/domain.py", "from flask import request"),
        ("apps/note/domain.py", "from flask.globals import request"),
        ("apps/note/domain.py", "from sqlalchemy.orm import Session"),
        ("apps/note/domain.py", "from sqlalchemy import select"),
        ("apps/note/domain.py", "from werkzeug.exceptions import NotFound"),
        ("apps/note/domain.py", "from flask_login import current_user"),
        ("apps/note/domain.py", "from apps.store.database import db"),
        ("apps/note/domain.py", "from apps.store import database"),
        ("apps/note/domain.py", "from apps.web.access import current_user"),
        ("apps/note/words.py", "from flask import request"),
        ("apps/note/words.py", "from apps.web.access import current_user"),
    ],
)
def test_an_arrow_that_points_upwards_is_found(path: str, line: str) -> None:
    changed = GOOD | {path: f"{GOOD[path]}\n{line}"}
    assert len(faults(changed)) >= 1
