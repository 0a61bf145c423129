"""The typist: a sample course is typed, run and compared; what fails is said."""

import socket
import sys
import tempfile
from pathlib import Path

import pytest

from course.source.weave import Source
from course.text.parser import TextError
from course.text.servers import Ports, Server
from course.text.typist import _Typist, type_chapter
from course.tree import File, read_folder

SAMPLE = read_folder(Path(__file__).parents[1] / "sample")
FIRST = "chapters/01-words/README.md"
SECOND = "chapters/02-server/README.md"


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def plain_environment(tree, folder):
    """Make what looks like an environment, without the wait for a real one."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    (folder / "bin" / "activate").write_text(f'PATH="{folder}/bin:$PATH"\n')


def edited(path, old, new, tree=SAMPLE):
    text = tree[path].data.decode()
    assert text.count(old) == 1, (path, old)
    return {**tree, path: File(text.replace(old, new).encode(), tree[path].mode)}


def appended(path, text):
    return {**SAMPLE, path: File(SAMPLE[path].data + text.encode())}


def typed(n, tree=SAMPLE, **more):
    return type_chapter(Source.read(tree), n, environment=plain_environment, **more)


def failure(n, tree):
    with pytest.raises(TextError) as caught:
        typed(n, tree)
    return caught.value


@pytest.mark.parametrize(("n", "blocks"), [(1, 12), (2, 14)])
def test_a_chapter_is_typed_and_ends_at_its_checkpoint(n, blocks, temporary_folder):
    seen = []
    done = typed(n, progress=lambda block, place, total: seen.append((place, total)))
    assert done.blocks == blocks
    assert seen == [(place, blocks) for place in range(blocks)]
    assert list(temporary_folder.rglob("run-*")) == []


def test_an_output_that_differs_is_told_with_line_and_diff():
    error = failure(
        1, edited(FIRST, "$ cat made.txt\nhello ada", "$ cat made.txt\nhi ada")
    )
    assert SAMPLE[FIRST].data.decode().split("\n")[error.line - 1] == "$ cat made.txt"
    assert str(error).startswith(
        f"{FIRST}:{error.line}: `cat made.txt` printed something"
    )
    assert "-hi ada\n+hello ada\n hello bob\n" in error.diff


def test_course_compare_has_to_be_silent_after_every_step():
    made = "```console\n$ touch scr*atch.txt\n```\n\n## Step 2: greet everybody"
    text = SAMPLE[FIRST].data.decode()
    text = text.replace("## Step 2: greet everybody", made)
    text = text.replace("$ git status", "$ rm scr*\n$ git status")
    error = failure(1, {**SAMPLE, FIRST: File(text.encode())})
    assert error.message == "`course compare` would not be silent after step 1"
    assert error.diff == "scr*atch.txt: is not in the text (yet)\n"
    text = text.replace("scr*atch", "scratch")
    assert typed(1, {**SAMPLE, FIRST: File(text.encode())}).commands


def test_an_index_that_answers_late_is_no_drift():
    late = "WARNING: Retrying (Retry(total=4, connect=None)) after a time-out: /simple/"
    told = f"$ echo '{late}' >&2; cat made.txt\nhello ada"
    assert typed(1, edited(FIRST, "$ cat made.txt\nhello ada", told)).commands


def test_a_command_that_fails_unannounced_is_told():
    error = failure(
        1, edited(FIRST, '$ echo "$NAME"\nbob', '$ echo "$NAME"; false\nbob')
    )
    assert "gave exit code 1, expected success" in error.message


def test_a_command_that_fails_shows_what_dots_would_hide():
    error = failure(
        1,
        edited(
            FIRST,
            '$ echo "$NAME"\nbob',
            '$ echo "$NAME"; echo why; echo end; false\nbob\n...\nend',
        ),
    )
    assert error.diff.endswith("\nIt printed:\nbob\nwhy\nend")


def test_a_failure_that_does_not_come_is_told():
    broken = "```console fails\n$ python3 greet.py\nthere is no"
    fine = "```console fails\n$ python3 greet.py || true\nthere is no"
    assert (
        "gave exit code 0, expected a failure"
        in failure(1, edited(FIRST, broken, fine)).message
    )


def test_a_file_that_ends_otherwise_is_told_with_its_diff_before_anything_runs():
    tree = edited("greet.py", "whom the word list names", "whom the list names")
    begun = []
    with pytest.raises(TextError) as caught:
        typed(1, tree, progress=lambda *about: begun.append(about))
    assert caught.value.message == "`greet.py` as typed differs from the checkpoint"
    assert '+    """Greet all whom the word list names."""' in caught.value.diff
    assert begun == []


def test_a_file_that_the_text_forgets_is_told():
    tree = {**SAMPLE, "more.py": File(b"")}
    manifest = "chapters/02-server/chapter.toml"
    tree = edited(manifest, '"names.py"]', '"names.py", "more.py"]', tree)
    assert failure(2, tree).message == "`more.py` is missing at the end of the text"


def test_a_file_that_a_command_leaves_is_told():
    text = "\n```console\n$ touch left.txt\n```\n"
    error = failure(1, appended(FIRST, text))
    assert error.message == "`left.txt` is there at the end, and not in the checkpoint"


def test_a_file_of_another_mode_is_told():
    tree = {**SAMPLE, "data/words.txt": File(b"ada\nbob\n", 0o100755)}
    typed(1, tree)
    text = "\n```console\n$ chmod +x greet.py\n```\n"
    assert "has mode 100644, typed 100755" in failure(1, appended(FIRST, text)).message


def test_a_command_over_its_limit_is_told():
    text = "\n```console limit=1\n$ sleep 60\n```\n"
    assert (
        "`sleep 60` took longer than 1 s" in failure(1, appended(FIRST, text)).message
    )


def test_a_server_that_ends_is_told_with_what_it_printed():
    tree = edited(SECOND, "$ python3 server.py 5001", "$ echo no; false; : 5001")
    error = failure(2, tree)
    assert error.message.endswith("the server ended")
    assert "-listening on 5001\n+no\n" in error.diff
    assert error.diff.endswith("It printed:\nno")


def test_a_server_on_the_port_of_another_comes_after_ctrl_c():
    block = "```console server\n$ python3 server.py 5002\nlistening on 5002\n```\n"
    path = "chapters/02-server/2-more.md"
    error = failure(2, edited(path, block, f"{block}\n{block}"))
    assert 'has port 5002: say before "Press Ctrl+C"' in error.message
    again = "Press Ctrl+C. Then, in the first terminal:"
    typed(2, edited(path, block, f"{block}\n{again}\n\n{block}"))


def test_a_server_that_no_longer_comes_up_after_typing_is_told():
    change = '     "ada",\n+    "cleo",\n ]'
    bad = '     "ada",\n+    "cleo",\n+    1 / 0,\n ]'
    tree = edited(SECOND, change, bad)
    tree = edited("names.py", '    "cleo",\n', '    "cleo",\n    1 / 0,\n', tree)
    error = failure(2, tree)
    assert "`python3 server.py 5001`, started again before this block" in error.message
    assert "+ZeroDivisionError: division by zero" in error.diff


def test_a_server_is_started_again_only_before_what_may_ask_it(monkeypatch):
    started = []
    start = Server.start

    def remember(server, *arguments, **options):
        started.append(server.command)
        return start(server, *arguments, **options)

    monkeypatch.setattr(Server, "start", remember)
    typed(2, SAMPLE)
    usual = list(started)
    started.clear()
    change = '     "ada",\n+    "cleo",\n ]\n```\n'
    fetched = "\n```console\n$ git checkout chapter-2 -- ask.py\n```\n"
    typed(2, edited(SECOND, change, change + fetched))
    assert started == usual


def test_a_server_may_be_broken_for_a_try():
    tree = edited(SECOND, '+    "dora",', "+    1 / 0,")
    tried = "$ python3 ask.py 5001\nhello dora\nhello cleo"
    broken = "$ python3 ask.py 5001 2> x.log || echo down\ndown"
    typed(2, edited(SECOND, tried, broken, tree))


def test_a_try_finds_the_port_of_its_server_taken_by_another_program(monkeypatch):
    held = []
    restart = _Typist._restart

    def restart_too_late(typist, block):
        if typist.tried:
            port = int(typist.ports.real("5001"))
            held.append(socket.create_server(("127.0.0.1", port)))
        restart(typist, block)

    monkeypatch.setattr(_Typist, "_restart", restart_too_late)
    tried = "$ python3 ask.py 5001\nhello dora\nhello cleo"
    error = failure(2, edited(SECOND, tried, "$ echo down\ndown"))
    held[0].close()
    assert error.message.endswith("another program has taken port 5001")


def test_what_a_part_leaves_running_is_ended_before_the_next():
    path = "chapters/02-server/2-more.md"
    text = "```console\n$ python3 ask.py 5001\nhello ada\n...\n```\n"
    old = "```console fails\n$ python3 ask.py 5001 > answer.log 2>&1\n```\n"
    assert (
        "gave exit code 1, expected success"
        in failure(2, edited(path, old, text)).message
    )


def test_the_environment_is_that_of_the_chapter_before():
    asked = []

    def remember(tree, folder):
        asked.append((sorted(tree), folder.name))
        plain_environment(tree, folder)

    type_chapter(Source.read(SAMPLE), 2, environment=remember)
    names = sorted(Source.read(SAMPLE).weave(1))
    assert asked == [(names, ".venv")]


def test_chapter_1_has_the_chosen_python_and_no_environment(tmp_path):
    python = tmp_path / "chosen"
    python.write_text(f'#!/bin/sh\necho chosen >&2\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    text = "\n```console\n$ python3 -c 'print(1)'\nchosen\n1\n```\n"
    error = failure(1, appended(FIRST, text))
    assert "chosen" in error.diff
    with pytest.raises(TextError) as caught:
        typed(1, appended(FIRST, text), python=python)
    assert "-c 'from greet import greet" in caught.value.message
    assert "+chosen\n hello ada\n" in caught.value.diff


def test_a_server_that_chooses_its_own_port_is_found_there():
    typed(2, edited(SECOND, "$ python3 server.py 5001", "$ python3 server.py 0"))


def test_ports_that_a_server_chose_itself_are_learnt():
    ports = Ports()
    first = ports.real("5001")
    assert (
        ports.to_real("curl :5001 15000 0.5000 50001")
        == f"curl :{first} 15000 0.5000 50001"
    )
    ports.learn(
        ["on http://127.0.0.1:5001/ ..."], "on http://127.0.0.1:8123/ (x)", set()
    )
    assert ports.to_real("curl :5001/") == "curl :8123/"
    assert ports.to_nominal("at :8123, 81230") == "at :5001, 81230"


def test_a_port_that_the_command_named_is_not_learnt():
    ports = Ports()
    ports.learn(["on 5001"], "on 8123", {"5001"})
    assert ports.real("5001") != "8123"
