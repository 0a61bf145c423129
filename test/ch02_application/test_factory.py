"""The factory: independent apps, and nothing at import."""

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from flask.testing import FlaskClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from apps import create_app


def test_health_is_ok(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json == {"status": "ok"}


def test_two_apps_share_nothing(settings: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    one = create_app(settings)
    two = create_app({**settings, "CHAPTERS_FOLDER": tmp_path / "empty"})
    assert "/chapter/one" in one.test_client().get("/chapter/").text
    assert "/chapter/one" not in two.test_client().get("/chapter/").text
    assert one.config is not two.config


def test_import_makes_no_app_and_no_file(root: Path, tmp_path: Path) -> None:
    program = (
        "import gc, sys\n"
        f"sys.path.insert(0, {str(root)!r})\n"
        "import config, apps, flask, logging\n"
        "assert not [o for o in gc.get_objects() if isinstance(o, flask.Flask)]\n"
        "assert not logging.getLogger().handlers\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_is_too_long_is_refused_by_default(
    settings: dict[str, object],
) -> None:
    limit = create_app(settings).config["MAX_CONTENT_LENGTH"]
    assert 1024 <= limit <= 16 * 1024 * 1024


def test_without_other_word_the_chapters_stand_beside_the_app(
    root: Path, settings: dict[str, object]
) -> None:
    del settings["CHAPTERS_FOLDER"]
    assert create_app(settings).config["CHAPTERS_FOLDER"] == root / "chapters"


def test_what_the_app_imports_is_asked_for(root: Path) -> None:
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    texts = [line.split("#")[0].strip() for line in lines]
    # region chapter 7: own
    texts = [text.rpartition("/")[2] for text in texts]  # ours is named by its path
    # endregion own
    asked = {Requirement(t).name for t in texts if t and not t.startswith("-")}
    carried = {Requirement(t).name for t in metadata.requires("flask") or []}
    known = {canonicalize_name(name) for name in asked | carried}
    owners = metadata.packages_distributions()
    for path in [*root.glob("*.py"), *(root / "apps").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif not isinstance(node, ast.Import):
                continue
            for top in {name.partition(".")[0] for name in names} & set(owners):
                found = {canonicalize_name(owner) for owner in owners[top]}
                assert found & known, f"{path.name} imports {top}: ask for it"
