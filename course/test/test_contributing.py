"""The worked example of CONTRIBUTING.md is a real chapter: woven, tested and typed."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from course.source.weave import Source
from course.text.parser import TextError
from course.text.typist import type_chapter
from course.tree import File, write_folder

ROOT = Path(__file__).resolve().parents[2]
LISTING = re.compile(
    r"^\*\*([\w./-]+)\*\*:\n(`{3,})\w*\n(.*?)^\2$", re.MULTILINE | re.DOTALL
)
TEXT = "chapters/02-names/README.md"
# The chapter before, which CONTRIBUTING.md tells in a sentence.
FIRST = {
    "chapters/course.toml": "main_only = []\n",
    "requirements.txt": "",
    "constraints.txt": "",
    "chapters/01-hello/chapter.toml": """\
title = "Hello"
concept = "a program that greets"
shows = "it greets you"
minutes = [5]
files = ["constraints.txt", "hello.py", "requirements.txt"]
""",
    "chapters/01-hello/README.md": """\
# Chapter 1: Hello

```console
$ git checkout chapter-1 -- constraints.txt hello.py requirements.txt
```
""",
}


def example() -> dict[str, File]:
    """Return the annotated course that CONTRIBUTING.md shows, with its chapter 1."""
    shown = LISTING.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    files = FIRST | {path: body for path, _, body in shown}
    assert TEXT in files, "CONTRIBUTING.md does not show its chapter any more"
    return {path: File(body.encode()) for path, body in files.items()}


def plain_environment(tree: object, folder: Path) -> None:
    """Make what looks like an environment: the example needs no package."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    (folder / "bin" / "activate").write_text(f'PATH="{folder}/bin:$PATH"\n')


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def passes_its_tests(tree, folder):
    write_folder(tree, folder)
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test"]
    return subprocess.run(tests, cwd=folder, capture_output=True).returncode == 0


def test_the_first_chapter_is_the_example_without_what_is_marked():
    hello = Source.read(example()).weave(1)["hello.py"].data.decode()
    assert hello == (
        '"""Greet somebody."""\n\nimport sys\n\n'
        'name = sys.argv[1]\nprint(f"Hello, {name}.")\n'
    )


@pytest.mark.usefixtures("plain_pytest")
def test_the_test_of_the_example_passes_on_its_chapter_and_not_before(tmp_path):
    source = Source.read(example())
    before, after = source.weave(1), source.weave(2)
    tests = {path: after[path] for path in after if path.startswith("test/")}
    assert passes_its_tests(after, tmp_path / "after")
    assert not passes_its_tests({**before, **tests}, tmp_path / "before")


@pytest.mark.parametrize("n", [1, 2])
def test_the_text_of_the_example_is_typed_and_run(n):
    type_chapter(Source.read(example()), n, environment=plain_environment)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"+name = polite(name)\n print", b"+name = polite(name).strip()\n print"),
        (b"Hello, Ada.\n```", b"Hello, ADA.\n```"),
    ],
)
def test_a_listing_or_an_output_that_drifts_is_caught(old, new):
    tree = example()
    assert tree[TEXT].data.count(old) == 1
    tree[TEXT] = File(tree[TEXT].data.replace(old, new))
    with pytest.raises(TextError):
        type_chapter(Source.read(tree), 2, environment=plain_environment)


def test_every_caption_that_the_table_names_is_one_of_the_grammar():
    from course.text.parser import CAPTION, CAPTIONS

    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = [m[2] for line in text.splitlines() if (m := CAPTION.match(line[2:]))]
    assert named == list(CAPTIONS)
