"""A program that types one chapter of the source in a folder, and reports faults."""

import sys
from pathlib import Path

from course.errors import CourseError
from course.run.environments import create_by_links, get_or_create, recipe
from course.source.weave import Source
from course.text.parser import limits, read_texts
from course.text.typist import type_chapter
from course.tree import Tree, read_folder


def main(folder: str, number: str, python: str, environments: str) -> None:
    """Check the limits of chapter `number`, then type it; exit 1 where it fails.

    environments is the folder of those that all runs share.
    """
    cache = Path(environments)

    def environment(tree: Tree, venv: Path) -> Path:
        return create_by_links(tree, venv, python, cache)

    try:
        source = Source.read(read_folder(Path(folder)))
        n = int(number)
        faults = limits(read_texts(source.weave(n), source.course.chapter(n)))
        if faults:
            sys.exit("\n".join(str(fault) for fault in faults))
        typed = type_chapter(
            source,
            n,
            environment=environment,
            python=Path(python),
            prepared=get_or_create(recipe(source.weave(n), python), cache),
        )
    except CourseError as error:
        sys.exit(str(error))
    print(typed.summary)


if __name__ == "__main__":
    main(*sys.argv[1:])
