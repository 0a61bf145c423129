"""Test the results: stored by content, only where the check passed, up to a limit."""

import os
from pathlib import Path

import pytest

from course.tree import EXECUTABLE, File
from course.verify.results import DAY, Digests, Results, Verdict, key_of

KEY = key_of("test", 1)


def test_what_held_is_known_again(tmp_path: Path) -> None:
    Results(tmp_path).put(KEY, Verdict(True, "3 passed", "a detail"))
    assert Results(tmp_path).get(KEY) == Verdict(True, "3 passed")
    assert Results(tmp_path).get(key_of("test", 2)) is None
    assert Results(tmp_path, reads=False).get(KEY) is None


def test_what_does_not_apply_stays_so(tmp_path: Path) -> None:
    verdict = Verdict(True, "no migrations", applies=False)
    Results(tmp_path).put(KEY, verdict)
    assert Results(tmp_path).get(KEY) == verdict


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    Results(tmp_path).put(KEY, Verdict(False, "1 failed"))
    assert Results(tmp_path).get(KEY) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"summary": "x"}', "null"])
def test_a_broken_result_is_no_result(tmp_path: Path, text: str) -> None:
    results = Results(tmp_path)
    results.put(KEY, Verdict(True, "3 passed"))
    (path,) = tmp_path.glob("*/*.json")
    path.write_text(text)
    assert results.get(KEY) is None


def test_the_oldest_results_are_removed(tmp_path: Path) -> None:
    results = Results(tmp_path)
    keys = [key_of(n) for n in range(8)]
    for age, key in enumerate(keys):
        results.put(key, Verdict(True, str(age)))
        path = tmp_path / key[:2] / f"{key[2:]}.json"
        then = path.stat().st_mtime - 2 * DAY * (age + 1)
        os.utime(path, (then, then))
    results.prune(most=8)
    assert len(list(tmp_path.glob("*/*"))) == 8
    results.get(keys[7])  # used again, so no longer the oldest
    results.prune(most=4)
    left = {key for key in keys if Results(tmp_path).get(key)}
    assert left == {keys[7], keys[0], keys[1]}


def test_a_digest_is_of_paths_modes_and_bytes() -> None:
    tree = {"a": File(b"x"), "b": File(b"y")}
    others = [
        {"a": File(b"x")},
        {"a": File(b"y"), "b": File(b"x")},
        {"a": File(b"x", EXECUTABLE), "b": File(b"y")},
        {"ab": File(b"x"), "": File(b"y")},
    ]
    digests = Digests()
    assert digests.of(tree) == Digests().of(dict(reversed(tree.items())))
    assert len({digests.of(one) for one in [tree, *others]}) == 5


def test_a_key_is_of_all_its_parts() -> None:
    assert len({key_of("a", 1), key_of("a", 2), key_of("a1"), key_of(["a", 1])}) == 4
