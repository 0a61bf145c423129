"""The project's README: short, and its table says what the manifests say."""

import re
from pathlib import Path

from course.git.repository import Repository
from course.source.manifest import read_course

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()


def test_the_readme_has_at_most_90_lines():
    assert len(README.splitlines()) <= 90


def test_the_table_of_chapters_is_that_of_the_manifests():
    course = read_course(Repository.find(ROOT).work_tree())
    rows = [line for line in README.splitlines() if line.startswith("| [")]
    assert rows == [
        f"| [{chapter.number}]({chapter.folder}/README.md) | {chapter.concept} | "
        f"{chapter.shows} | {' + '.join(map(str, chapter.minutes))} |"
        for chapter in course.chapters
    ]


def test_the_proxy_that_it_shows_is_the_one_that_is_tried():
    deploying = (ROOT / "DEPLOYING.md").read_text()
    shown, tried = (
        re.findall(r"^ +(?!ssl_certificate)(\w[^;#]*;)", text, re.MULTILINE)
        for text in (README, deploying)
    )
    assert shown == tried[: len(shown)]  # what readers' files add stands below it
    assert len(shown) > 5
