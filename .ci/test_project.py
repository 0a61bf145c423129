"""A project that `course new` makes from the last checkpoint passes its tests."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_project_of_ones_own_passes_its_tests(tmp_path):
    project = tmp_path / "books"
    newest = str(len(list(ROOT.glob("chapters/*/chapter.toml"))))
    new = [ROOT / ".venv/bin/course", "new", project, "--chapter", newest]
    subprocess.run(new, cwd=ROOT, check=True)
    tests = [ROOT / ".venv/bin/python", "-m", "pytest", "-q"]
    assert subprocess.run(tests, cwd=project).returncode == 0
