"""The typist: a sample course is typed, run and compared; what fails is said."""

import sys
from pathlib import Path

import pytest

from course.tree import File, read_folder
from course.typist import type_chapter
from course.weave import Source

SAMPLE = read_folder(Path(__file__).parent / "sample")
FIRST = "chapters/01-words/README.md"
SECOND = "chapters/02-server/README.md"


def plain_environment(tree, folder):
    """Make what looks like an environment, without the wait for a real one."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    (folder / "bin" / "activate").write_text(f'PATH="{folder}/bin:$PATH"\n')


def edited(path, old, new, tree=SAMPLE):
    text = tree[path].data.decode()
    assert text.count(old) == 1, (path, old)
    return {**tree, path: File(text.replace(old, new).encode(), tree[path].mode)}


def typed(n, tree=SAMPLE, **more):
    return type_chapter(Source.read(tree), n, environment=plain_environment, **more)


@pytest.mark.parametrize(("n", "blocks"), [(1, 12), (2, 14)])
def test_a_chapter_is_typed_and_ends_at_its_checkpoint(n, blocks):
    seen = []
    done = typed(n, progress=lambda block, place, total: seen.append((place, total)))
    assert done.blocks == blocks
    assert seen == [(place, blocks) for place in range(blocks)]
