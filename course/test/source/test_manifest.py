"""The manifests: what they may say, and how each fault is told."""

import pytest

from course.errors import SourceError, UsageError
from course.source.manifest import Course, Start, read_course
from course.tree import File

PLAIN = """\
title = "Begin"
concept = "beginnings"
shows = "a table"
minutes = [40]
"""


def make(manifest: str = PLAIN, **more: str) -> dict[str, File]:
    """Write a course of one chapter; `more` replaces files by their short names."""
    texts = {
        "chapters/course.toml": more.get("course", 'main_only = ["Makefile"]\n'),
        "chapters/01-begin/chapter.toml": manifest,
        "chapters/01-begin/README.md": more.get("readme", "# Chapter 1: Begin\n"),
    }
    return {path: File(text.encode()) for path, text in texts.items()}


def faults(tree: dict[str, File]) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_course(tree)
    return [str(problem) for problem in caught.value.problems]


def test_manifest_is_read_whole() -> None:
    manifest = PLAIN + (
        'files = ["apps/", "run.py"]\nprotects = ["Anybody can read everything."]\n'
        '[start]\ncommand = ["python", "run.py"]\nanswers = { "/health" = 200 }\n'
        '[[passes_before]]\ntest = "test/ch01_begin/test_a.py"\nreason = "It may."\n'
        '[[survives]]\nunit = "a.py#x"\nreason = "A picture."\n'
    )
    course = read_course(make(manifest))
    chapter = course.chapter(1)
    assert (chapter.number, chapter.slug, chapter.title) == (1, "begin", "Begin")
    assert (chapter.folder, chapter.test_folder) == (
        "chapters/01-begin",
        "test/ch01_begin",
    )
    assert chapter.minutes == (40,)
    assert chapter.files == ("apps/", "run.py")
    assert chapter.protects == ("Anybody can read everything.",)
    assert chapter.start == Start(("python", "run.py"), {"/health": 200})
    assert chapter.passes_before == {"test/ch01_begin/test_a.py": "It may."}
    assert chapter.survives == {"a.py#x": "A picture."}
    assert course.main_only == ("Makefile",)


def test_test_folder_has_no_hyphen() -> None:
    tree = {p.replace("01-begin", "01-a-b"): f for p, f in make().items()}
    assert read_course(tree).chapter(1).test_folder == "test/ch01_a_b"


def two_chapters(second: str) -> Course:
    tree = make(PLAIN + '[start]\ncommand = ["a"]\nprints = "x"\n')
    tree |= {p.replace("01-begin", "02-b"): f for p, f in make(second).items()}
    tree["chapters/02-b/README.md"] = File(b"# Chapter 2: Begin\n")
    return read_course(tree)


def test_start_is_the_nearest_earlier_one() -> None:
    assert two_chapters(PLAIN).start(2) == Start(("a",), prints="x")
    other = PLAIN + '[start]\ncommand = ["b"]\nprints = "y"\n'
    assert two_chapters(other).start(2) == Start(("b",), prints="y")
    assert two_chapters(other).start(1) == Start(("a",), prints="x")


@pytest.mark.parametrize("number", [0, 3, -1])
def test_unknown_chapter_is_bad_use(number: int) -> None:
    message = f"there is no chapter {number}: the course has 1 to 2"
    with pytest.raises(UsageError, match=message):
        two_chapters(PLAIN).chapter(number)


M = "chapters/01-begin/chapter.toml"


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (PLAIN + "files = [\n", f"{M}:5: is not valid TOML: "),
        (PLAIN + f"a = {'1' * 5000}\n", f"{M}:5: is not valid TOML: "),
        (PLAIN + "a = = 1\n", f"{M}:5: is not valid TOML: Invalid value"),
        (PLAIN + "colour = 1\n", f"{M}:5: there is no key `colour`: use one of "),
        (PLAIN.replace("title", "titel"), f"{M}:1: there is no key `titel`"),
        (PLAIN.replace("title", "titel"), f'{M}:1: needs `title = "..."`'),
        (PLAIN.replace('"a table"', "3"), f'{M}:3: needs `shows = "..."`'),
        (PLAIN.replace("[40]", "40"), f"{M}:4: needs `minutes = [40]`, one number"),
        (PLAIN.replace("40", "50"), f"{M}:4: a part takes at most 45 minutes: split"),
        (
            PLAIN.replace("40", "40, 30"),
            f"{M}:4: `minutes` has 2 numbers for 1 parts of text",
        ),
        (PLAIN + "files = [3]\n", f"{M}:5: `files` is a list of strings"),
        (PLAIN + 'files = "a"\n', f"{M}:5: `files` is a list of strings"),
        (
            PLAIN + 'files = [\n  "a",\n  "/etc",\n]\n',
            f"{M}:7: `/etc` is no path inside the repository",
        ),
        (PLAIN + 'files = ["../a"]\n', f"{M}:5: `../a` is no path inside"),
        (PLAIN + 'files = ["a", "a"]\n', f"{M}:5: `a` stands here twice: leave one"),
        (PLAIN + "[start]\n", f"{M}:5: [start] needs `command = "),
        (
            PLAIN + '[start]\ncommand = ["a"]\n',
            f"{M}:5: [start] has either `answers` or `prints`",
        ),
        (
            PLAIN + '[start]\ncommand = ["a"]\nanswers = 3\n',
            f"{M}:7: is written `answers = ",
        ),
        (
            PLAIN + '[start]\ncommand = ["a"]\nprints = "x"\nport = 3\n',
            f"{M}:8: [start] has no key `port`: remove it",
        ),
        (
            PLAIN + '[[survives]]\nunit = "a"\n',
            f"{M}:5: each [[survives]] has `unit` and `reason`, no more",
        ),
        (PLAIN + "survives = 3\n", f"{M}:5: is written `[[survives]]`"),
        (PLAIN + "passes_before = [1]\n", f"{M}:5: each [[passes_before]] has `test`"),
    ],
)
def test_fault_of_a_manifest_is_told_with_its_line(
    manifest: str, expected: str
) -> None:
    found = faults(make(manifest))
    assert any(line.startswith(expected) for line in found), found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({M: None}, f"{M}: there is no such manifest: write it"),
        (
            {"chapters/01-begin/README.md": None},
            "chapters/01-begin/README.md: there is no text: begin it with",
        ),
        (
            {"chapters/01-begin/README.md": b"# Begin\n"},
            "chapters/01-begin/README.md:1: must begin with `# Chapter 1: Begin`",
        ),
        ({"chapters/course.toml": None}, "chapters/course.toml: there is no such"),
        (
            {"chapters/course.toml": b"main = []\n"},
            "chapters/course.toml:1: there is no key `main`: use one of main_only",
        ),
        ({M: b"title = '\xff'\n"}, f"{M}:1: is not UTF-8: save it so"),
        (
            {"chapters/begin/x.md": b""},
            "chapters/begin: a chapter's folder is called NN-slug",
        ),
        (
            {"chapters/00-x/x.md": b""},
            "chapters/00-x: a chapter's folder is called NN-slug",
        ),
        (
            {"chapters/01-z/x.md": b""},
            "chapters/01-z: chapter 1 is chapters/01-begin already: renumber one",
        ),
        (
            {"chapters/03-z/x.md": b""},
            "chapters: there is no chapter 2: chapters count from 1 without a gap",
        ),
    ],
)
def test_fault_of_the_folders_is_told(
    change: dict[str, bytes | None], expected: str
) -> None:
    tree = make()
    for path, data in change.items():
        tree.pop(path, None)
        if data is not None:
            tree[path] = File(data)
    found = faults(tree)
    assert any(line.startswith(expected) for line in found), found


def test_course_without_chapters_is_refused() -> None:
    found = faults({"chapters/course.toml": File(b"")})
    assert found == ["chapters: there is no chapter: add 01-slug/"]


def test_every_part_has_its_minutes() -> None:
    tree = make(PLAIN.replace("40", "40, 30"))
    tree["chapters/01-begin/2-more.md"] = File(b"# Part 2: More\n")
    assert read_course(tree).chapter(1).minutes == (40, 30)
