"""The folders of the app: each says what belongs into it."""

import ast
from pathlib import Path


def test_each_folder_of_the_app_says_what_belongs_into_it(root: Path) -> None:
    folders = {path.parent for path in (root / "apps").rglob("*.py")}
    assert len(folders) > 1
    silent = [
        folder.relative_to(root).as_posix()
        for folder in sorted(folders)
        if not (folder / "__init__.py").is_file()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    ]
    assert silent == []
