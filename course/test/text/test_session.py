"""The session: what carries on, what is limited, and that nothing is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from course.run import process_tree, processes
from course.run.ports import first_free
from course.text.matching import difference, matches, merge, printed_lines
from course.text.servers import Ports, Server
from course.text.session import CommandFailed, Session, variables


@pytest.fixture
def session(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    env = variables(tmp_path / "home", None)
    with Session(folder, env, tmp_path / "outputs") as one:
        yield one


def test_folder_variables_and_functions_carry_on(session):
    session.run("mkdir a; cd a; export X=1; y=2; f() { echo $X$y; }")
    assert session.run("f; pwd | sed 's|.*/||'").output == "12\na\n"


def test_output_and_exit_code_are_the_commands_own(session):
    ran = session.run("echo out; echo err >&2; (exit 3)")
    assert (ran.output, ran.code) == ("out\nerr\n", 3)
    assert session.run("echo $?").output == "3\n"


def test_standard_input_is_empty(session):
    assert session.run("cat; read x").code == 1


def test_a_syntax_error_fails_and_the_session_goes_on(session):
    assert session.run("if").code != 0
    assert session.run("echo on").output == "on\n"


def test_an_activated_environment_stays_active(session):
    session.run("python3 -m venv --without-pip e && . e/bin/activate")
    assert session.run("command -v python").output.endswith("work/e/bin/python\n")
    session.run("deactivate")
    assert session.run("echo ${VIRTUAL_ENV:-none}").output == "none\n"


def test_a_heredoc_is_one_command(session):
    assert session.run("cat <<E\n$((1 + 1))\nE").output == "2\n"


def test_a_command_over_its_limit_is_ended_with_what_it_printed(session):
    with pytest.raises(CommandFailed, match=r"longer than 0.3 s(.|\n)*begun"):
        session.run("echo begun; sleep 60 & sleep 60", limit=0.3)
    assert process_tree.family(session.bash.pid) == set()


def test_a_command_that_ends_the_shell_is_said(session):
    with pytest.raises(CommandFailed, match="ended the shell"):
        session.run("exit 0")


def test_the_authors_own_environment_stays_outside(session, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgres://mine")
    monkeypatch.setenv("PYTHONPATH", "/mine")
    monkeypatch.setenv("PATH", f"{sys.prefix}/bin:/usr/bin:/bin")
    seen = variables(tmp_path / "home", Path("/first"))
    assert not {"DATABASE_URL", "PYTHONPATH"} & seen.keys()
    assert seen["PATH"].startswith("/first:")
    assert seen["HOME"] == str(tmp_path / "home")
    assert "PIP_CACHE_DIR" in seen


ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"


@pytest.fixture
def hello() -> Iterator[str]:
    """A server on this machine that says hello; its address."""

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("proxy", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("spelling", "no_proxy"),
    [("no_proxy", ""), ("no_proxy", "*"), ("NO_PROXY", "intranet.example")],
)
def test_this_machine_is_asked_without_a_proxy(
    monkeypatch, tmp_path, hello, proxy, no_proxy, spelling
):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    monkeypatch.setenv(spelling, no_proxy)
    python = [sys.executable, "-c", ASK, hello]
    for env in (variables(tmp_path / "home", None), processes.clean_environment()):
        assert env[proxy] == "http://127.0.0.1:9"  # packages may come through it
        assert env["no_proxy"] == env["NO_PROXY"]
        assert no_proxy in env["no_proxy"].split(",") or not no_proxy
        for command in (["curl", "-sS", hello], python):
            done = processes.run(command, tmp_path, seconds=60, env=env)
            assert done.output.strip() == "hello"


def test_git_knows_the_reader_and_not_the_author(session):
    session.run("git init -q . && git commit -q --allow-empty -m one")
    assert session.run("git log --format=%an").output == "You\n"


def test_nothing_is_left_at_the_end(tmp_path):
    env = variables(tmp_path / "home", None)
    with Session(tmp_path, env, tmp_path / "outputs") as one:
        pid, _ = one.serve("sleep 60")
        assert pid in process_tree.family(one.bash.pid)
    assert process_tree.family(one.bash.pid) == set()
    assert not alive(pid)


def alive(pid: int) -> bool:
    return pid in process_tree.descendants(pid)


def test_processes_are_known_where_there_is_no_proc_either():
    listed = "  1  0  1 Ss\n 12  1 12 S+\n 13 12 12 Z\n"
    assert process_tree.parse_ps(listed) == {1: (0, 1), 12: (1, 12)}


def test_each_column_of_ps_is_asked_for_apart_as_macos_wants_it():
    columns = [word for word in process_tree.PS if word.endswith("=")]
    assert columns == ["pid=", "ppid=", "pgid=", "stat="]
    assert not any("," in word for word in process_tree.PS)


def test_a_server_whose_number_is_anothers_by_now_ends_nobody_else(session):
    with subprocess.Popen(["sleep", "30"]) as other:
        try:
            Server("serve", [], pid=other.pid).stop(session)
            assert other.poll() is None
        finally:
            other.kill()


LATE = """
import os, signal, socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def end(*_):
    worker = [sys.executable, "-c", "import signal; signal.pause()"]
    subprocess.Popen(worker, pass_fds=[listener.fileno()])
    os._exit(0)
signal.signal(signal.SIGTERM, end)
print("listening", flush=True)
while True:
    signal.pause()
"""


def test_a_server_that_ends_while_it_begins_a_worker_leaves_none(session, tmp_path):
    (tmp_path / "work/late.py").write_text(LATE)
    ports = Ports()
    server = Server("python3 late.py 5001", ["listening"])
    server.start(session, ports, "/home/you")
    session.run("(sleep 60 &)")
    (other,) = process_tree.strays(session.bash.pid)
    server.stop(session)
    left = process_tree.family(session.bash.pid)
    assert left == {session.bash.pid, other}
    assert first_free([int(ports.real("5001"))])


def wait_until(condition):
    end = time.monotonic() + 120
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_nothing_is_left_when_the_checker_is_killed(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = f"""
        from pathlib import Path
        from course.run.processes import removed_if_killed
        from course.text.session import Session, variables
        scratch = Path({str(scratch)!r})
        env = variables(scratch / "home", None)
        session = Session(scratch, env, scratch / "out")
        with removed_if_killed(scratch), session:
            group = "import os, time; os.setpgid(0, 0); time.sleep(60)"
            own = f"python3 -c '{{group}}'"
            server, _ = session.serve(f"{{own}} & sleep 60")
            print(session.bash.pid, server, flush=True)
            session.run("sleep 60")
    """
    source = Path(process_tree.__file__).parents[2]
    checker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    bash, server = map(int, checker.stdout.readline().split())
    assert wait_until(lambda: len(process_tree.family(bash)) >= 5)
    everything = process_tree.family(bash)
    assert {bash, server} <= everything
    checker.send_signal(signal.SIGKILL)
    checker.wait()
    checker.stdout.close()
    assert wait_until(lambda: not any(map(alive, everything)))
    assert wait_until(lambda: not scratch.exists())


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("a\nb", "a \nb\n\n"),
        ("a ... c", "a bb c"),
        ("...", ""),
        ("...\nb", "b"),
        ("a\n...\nb\n...\nc", "a\nx\nb\ny\nb\nc"),
        ("a\n...", "a\nb\nc"),
        ("x (y)*", "x (y)*"),
        ("a", "\x1b[1ma\x1b[0m"),
        ("done", "10%\r50%\rdone"),
    ],
)
def test_output_matches(shown, came):
    assert matches(shown.split("\n"), printed_lines(came))


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("", "x"),
        ("a ... c", "a b d"),
        ("a ... c", "a\nc"),
        ("a\n...\nb\nc", "a\nb\nx\nc"),
        ("...\na\n...\nb", "b\na"),
        ("a\n...\na", "a"),
        ("x.y", "xzy"),
    ],
)
def test_output_does_not_match(shown, came):
    assert not matches(shown.split("\n"), printed_lines(came))


def test_a_difference_shows_what_the_dots_stand_for_as_the_same():
    shown = ["one", "...", "two ... x", "three"]
    came = ["one", "1", "2", "two 9 x", "four"]
    assert difference(shown, came) == (
        "--- the text\n+++ what was printed\n one\n ...\n two ... x\n-three\n+four\n"
    )


def test_merged_output_keeps_the_authors_dots_and_freezes_nothing():
    shown = ["start ...", "...", "gone", "took ... s in all", "end"]
    came = ["start 7", "1", "2", "spent 0.3 s in all", "new 12:00:01", "end"]
    assert merge(shown, came) == [
        "start ...",
        "...",
        "spent ... s in all",
        "new ...",
        "end",
    ]


def test_a_replaced_line_keeps_its_dots():
    assert merge(["a ... b"], ["c 17 b"]) == ["c ... b"]
    assert merge(["pid ..., port 1"], ["pid 77, port 2"]) == ["pid ..., port 2"]
