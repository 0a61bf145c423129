"""`course sync`: what drifted is written again, and nothing else."""

import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from course.branches.finding import annotated_tree
from course.commands.sync import command
from course.errors import SourceError, UsageError
from course.source.weave import Source
from course.text.listing_sync import sync_listings
from course.text.parser import Block
from course.text.sync import sync, write_texts
from course.text.typist import type_chapter
from course.tree import File, read_folder, write_atomically
from course.verify import verification
from course.verify.results import Results, Verdict
from course.verify.tasks import plan
from course.verify.verification import Options

SAMPLE = read_folder(Path(__file__).parents[1] / "sample")
WORDS = "chapters/01-words/README.md"
SERVER = "chapters/02-server/README.md"


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def plain_environment(tree, folder):
    """Make what looks like an environment, without the wait for a real one."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    (folder / "bin" / "activate").write_text(f'PATH="{folder}/bin:$PATH"\n')


def edited(*edits, tree=SAMPLE):
    tree = dict(tree)
    for path, old, new in edits:
        text = tree[path].data.decode()
        assert text.count(old) == 1, (path, old)
        tree[path] = File(text.replace(old, new).encode(), tree[path].mode)
    return tree


def synced(tree, *numbers):
    return sync(Source.read(tree), numbers, environment=plain_environment)


def assert_mends(tree, n, wanted):
    """Check that sync makes the wanted edits of the text, and that it then holds."""
    done = synced(tree, n)
    assert done.problems == []
    texts = {path: tree[path].data.decode() for path in done.new}
    expected = edited(*wanted, tree=tree)
    assert done.new == {path: expected[path].data.decode() for path in texts}
    assert done.new
    after = {**tree, **{p: File(text.encode()) for p, text in done.new.items()}}
    type_chapter(Source.read(after), n, environment=plain_environment)
    assert synced(after, n).new == {}


def test_what_did_not_drift_is_left_alone():
    done = synced(SAMPLE, 1, 2)
    assert (done.new, done.problems, done.diff()) == ({}, [], "")


def test_a_changed_line_goes_to_the_block_that_has_it():
    tree = edited(("greet.py", "the greeting of one person", "a greeting"))
    old, new = '    """Return the greeting of one', '    """Return a greeting."""'
    assert_mends(tree, 1, [(WORDS, f'{old} person."""', new)])


def test_lines_that_come_and_go_are_placed_in_their_block():
    loop = "in WORDS.read_text().split():\n"
    old = f"    for name {loop}"
    new = "    names = WORDS.read_text().split()\n    for name in names:\n"
    assert_mends(edited(("greet.py", old, new)), 1, [(WORDS, old, new)])


def test_context_that_drifted_is_drawn_again():
    tree = edited(("greet.py", "import sys\n", "import sys as sys\n"))
    shown = "import sys\n\nWORDS"
    assert_mends(
        tree,
        1,
        [
            (WORDS, shown, "import sys as sys\n\nWORDS"),
            (WORDS, " import sys\n+", " import sys as sys\n+"),
        ],
    )


def test_an_added_line_of_a_diff_and_all_that_shows_it_are_drawn_again():
    words = 'WORDS = Path(__file__).parent / "data" / "words.txt"'
    new = 'WORDS = Path(__file__).parent.joinpath("data/words.txt")'
    tree = edited(("greet.py", words, new))
    assert_mends(
        tree, 1, [(WORDS, f"+{words}", f"+{new}"), (WORDS, f"-{words}", f"-{new}")]
    )


def test_what_is_shown_once_more_is_drawn_again():
    old, new = "there is no word list", "there are no words"
    tree = edited(("greet.py", old, new))
    text = SAMPLE[WORDS].data.decode()
    assert text.count(old) == 3
    done = synced(tree, 1)
    assert done.problems == []
    assert done.new == {WORDS: text.replace(old, new)}


def test_an_output_that_drifted_keeps_what_still_matches():
    tree = edited(("data/words.txt", "bob", "bert"), ("made.txt", "bob", "bert"))
    text = SAMPLE[WORDS].data.decode()
    wanted = text.replace("hello bob", "hello bert")
    assert synced(tree, 1).new == {WORDS: wanted}


def test_a_server_that_says_something_else_is_shown_so():
    tree = edited(("server.py", "listening on", "answering on"))
    done = synced(tree, 2)
    assert done.problems == []
    assert "$ python3 server.py 5001\nanswering on 5001\n" in done.new[SERVER]
    assert 'print(f"answering on {' in done.new[SERVER]
    assert "answering on 5002" in done.new["chapters/02-server/2-more.md"]


def test_prose_and_line_ends_stay_byte_for_byte():
    text = (
        SAMPLE[WORDS].data.replace(b"\n", b"\r\n").replace(b"It fails", b"It  fails ")
    )
    tree = edited(("greet.py", "the greeting of one person", "a greeting"))
    tree[WORDS] = File(text)
    wanted = text.decode().replace("the greeting of one person", "a greeting")
    assert synced(tree, 1).new == {WORDS: wanted}


def test_a_text_of_mixed_line_ends_keeps_each():
    text = SAMPLE[WORDS].data.replace(b"\n", b"\r\n", 1)
    tree = edited(("greet.py", "the greeting of one person", "a greeting"))
    tree[WORDS] = File(text)
    wanted = text.decode().replace("the greeting of one person", "a greeting")
    assert synced(tree, 1).new == {WORDS: wanted}


def test_what_no_block_has_is_a_problem_with_its_line():
    tree = edited(("greet.py", 'name}"\n', 'name}"\n\n\nX = 1\n'))
    done = synced(tree, 1)
    assert done.new == {}
    assert "cannot place in a block of `greet.py`: " in str(done.problems[0])
    assert done.problems[0].path == WORDS


def test_a_file_that_the_checkpoint_lacks_is_a_problem():
    tree = edited((WORDS, "`greet.py`, a new file:", "`greets.py`, a new file:"))
    told = [problem.message for problem in synced(tree, 1).problems]
    assert "the checkpoint has no `greets.py`" in told


def test_a_command_that_fails_is_a_problem_and_the_rest_is_kept():
    tree = edited(
        ("greet.py", "the greeting of one person", "a greeting"),
        (WORDS, "$ cat made.txt", "$ cat maid.txt"),
    )
    done = synced(tree, 1)
    assert "`cat maid.txt` gave exit code 1" in done.problems[0].message
    assert "a greeting" in done.new[WORDS]


def block(kind, line, *lines):
    body = "".join(f"{text}\n" for text in lines)
    return Block("t.md", line, 1, 0, kind, "a", "x", {}, body)


def synced_blocks(goal, *blocks, before="one\ntwo\n"):
    tree = {"a": File(before.encode())}
    done = sync_listings(tree, {"a": File(goal.encode())}, blocks)
    assert done.problems == []
    return [block.lines for block in done.blocks]


def test_hunks_are_mended_each_at_its_place():
    change = block("changed", 1, " one", "+1", "@@", "-two", "+2")
    assert synced_blocks("one\n1.5\n2.5\n", change) == [
        [" one", "+1.5", "@@", "-two", "+2.5"]
    ]


def test_a_line_that_comes_at_the_end_goes_to_the_last_block():
    assert synced_blocks("one\ntwo\n\nx\ny\n", block("continued", 1, "x"))[0] == [
        "x",
        "y",
    ]


def test_context_that_is_new_before_the_chapter_comes_into_the_diff():
    change = block("changed", 1, " first", " second", "-third", "+3")
    before = "first\nnew\nsecond\nthird\n"
    assert synced_blocks("first\nnew\nsecond\n3\n", change, before=before) == [
        [" first", " new", " second", "-third", "+3"]
    ]


def test_a_change_between_two_blocks_is_left_to_the_author():
    blocks = [block("new", 1, "x"), block("continued", 9, "y")]
    done = sync_listings({}, {"a": File(b"x\n\nz\n\ny\n")}, blocks)
    assert [problem.line for problem in done.problems] == [9]
    assert done.blocks == blocks


def test_a_text_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    place = tmp_path / "a.md"
    place.write_text("old")
    place.chmod(0o640)
    write_texts(tmp_path, {"a.md": "new\r\n"})
    assert place.read_bytes() == b"new\r\n"
    assert place.stat().st_mode & 0o777 == 0o640

    def refuse(*args):
        raise OSError("no")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="no"):
        write_atomically(place, b"newer")
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


@pytest.fixture
def drifted(repository, monkeypatch):
    """Make a repository whose first text drifted in a listing and in an output."""
    people = ("greet.py", "the greeting of one person", "a greeting")
    tree = edited(
        people, ("data/words.txt", "bob", "bert"), ("made.txt", "bob", "bert")
    )
    repository.commit(tree)
    monkeypatch.chdir(repository.root / "data")
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    return repository


def run_sync(*args):
    return CliRunner().invoke(command, args, catch_exceptions=True)


def test_the_command_writes_the_texts_and_nothing_else(drifted):
    done = run_sync("1")
    assert done.exception is None
    assert f"{WORDS}: rewrote the blocks at line 10, " in done.output
    assert drifted.git("status", "--short") == f"M {WORDS}"
    text = (drifted.root / WORDS).read_text()
    assert "Return a greeting." in text
    assert text.count("hello bert") == 2
    assert run_sync("1").stdout == "nothing drifted\n"


def test_where_it_is_in_a_text_is_said_while_it_types(drifted):
    done = run_sync("1", "--dry-run")
    assert done.stderr.startswith(f"{WORDS}: typing, 1 of ")
    assert done.stderr.count("\n") == 1


def test_listings_alone_are_written_without_running_anything(drifted):
    done = run_sync("1", "--listings")
    assert (done.exception, done.stderr) == (None, "")
    text = (drifted.root / WORDS).read_text()
    assert "Return a greeting." in text
    assert "hello bert" not in text


def test_what_verify_has_typed_is_not_typed_again(drifted):
    run_sync("1")
    source = Source.read(annotated_tree(drifted.repository))
    assert run_sync("1").stderr != ""
    results = Results(drifted.repository.tool_folder / "results")
    with verification.checkpoints(source, results, Options((), ())) as one:
        (task,) = (task for task in plan(one, [1], ["text"]) if not task.name)
    results.put(task.key, Verdict(True, "typed"))
    assert run_sync("1").stderr == ""
    assert run_sync("1", "--no-cache").stderr != ""
    text = drifted.root / WORDS
    text.write_text(f"{text.read_text()}\nAnother paragraph.\n")
    assert run_sync("1").stderr != ""


def test_a_dry_run_shows_the_diff_and_writes_nothing(drifted):
    done = run_sync("1", "--dry-run")
    assert done.exception is None
    assert "-hello bob\n+hello bert\n" in done.output
    assert drifted.git("status", "--short") == ""


def test_what_cannot_be_placed_is_said_at_the_end(drifted):
    file = drifted.root / "greet.py"
    file.write_text(file.read_text().replace('name}"\n', 'name}"\n\n\nX = 1\n'))
    done = run_sync("1")
    assert isinstance(done.exception, SourceError)
    assert "cannot place in a block of `greet.py`" in str(done.exception)


def test_an_unknown_chapter_and_a_checkpoint_are_bad_use(drifted):
    assert isinstance(run_sync("9").exception, UsageError)
    drifted.git("rm", "-q", "--cached", "chapters/course.toml")
    (drifted.root / "chapters/course.toml").unlink()
    assert isinstance(run_sync("1").exception, UsageError)


def test_the_command_draws_the_diagrams_that_have_no_picture(drifted, monkeypatch):
    monkeypatch.setattr("course.text.diagrams.draw", lambda block: b"<svg/>")
    place = drifted.root / WORDS
    place.write_text(f"{place.read_text()}\n```mermaid\na --> b\n```\n")
    assert "diagram-1-1.svg: would draw" in run_sync("1", "--dry-run").output
    assert "diagram-1-1.svg: drew" in run_sync("1").output
    assert (place.parent / "diagram-1-1.svg").read_bytes() == b"<svg/>"
