"""With `--latest` a checkpoint pins what its environment holds, and so accepts it."""

from pathlib import Path

import pytest

from course.run.environments import Recipe
from course.run.interpreters import interpreter
from course.source.weave import Source
from course.tree import File, read_folder
from course.verify import checkpoints

SAMPLE = Path(__file__).parents[1] / "sample"
NEWEST = File(b"newest==9.0\n")


def newest(tree, python=None, *, latest=False):
    """Resolve as `--latest` would, without a network."""
    pins = NEWEST if latest else tree["constraints.txt"]
    return Recipe(interpreter(None), {"constraints.txt": pins})


def test_where_the_pinned_versions_are_the_newest_nothing_is_different(
    tmp_path, monkeypatch
) -> None:
    source = Source.read(read_folder(SAMPLE))
    pins = source.weave(1)["constraints.txt"].data
    bare = b"".join(line + b"\n" for line in pins.splitlines() if b"==" in line)
    monkeypatch.setattr(f"{__name__}.NEWEST", File(bare))
    monkeypatch.setattr(checkpoints, "recipe", newest)
    usual, latest = (
        checkpoints.Checkpoints(source, *[tmp_path] * 3, latest=one)
        for one in (False, True)
    )
    assert latest.tree(1)["constraints.txt"].data == pins
    assert latest.code_key(1) == usual.code_key(1)
    assert not latest.is_extra(1)


@pytest.mark.parametrize("latest", [True, False])
def test_the_checkpoint_pins_what_its_environment_holds(tmp_path, monkeypatch, latest):
    monkeypatch.setattr(checkpoints, "recipe", newest)
    source = Source.read(read_folder(SAMPLE))
    folders = [tmp_path] * 3
    judged = checkpoints.Checkpoints(source, *folders, latest=latest)
    pins = judged.recipe(1).files["constraints.txt"]
    assert judged.tree(1)["constraints.txt"] == pins
    assert (pins == NEWEST) is latest
