"""The *text* step: the text, typed and run, ends at exactly the checkpoint."""

from course.bench import Bench, below
from course.results import Verdict


def key(bench: Bench, number: int) -> list[object]:
    """Follow from both codes, the environment it begins with and its own folder."""
    own = bench.digests.of(
        below(bench.source.tree, bench.course.chapter(number).folder)
    )
    keys = [bench.code_key(number), bench.code_key(number - 1), own]
    return [*keys, bench.recipe(number - 1).key]


def check(bench: Bench, number: int) -> Verdict:
    """Read the text; what it types must be the checkpoint."""
    from course.text import read_texts

    parts = read_texts(bench.tree(number), bench.course.chapter(number))
    return Verdict(True, f"{sum(len(part.blocks) for part in parts)} blocks")
