"""Test the knock-out: without a part, some test fails, or a survivor is named."""

from pathlib import Path

from course.run import processes
from course.run.fork_server import ForkServer
from course.verify.execution import verify
from course.verify.results import Results
from course.verify.tasks import ProgressReporter

MANIFEST = "chapters/02-two/chapter.toml"
EXCUSE = '[[survives]]\nunit = "{}"\nreason = "It is only words."\n'


def test_every_unit_of_a_sound_course_is_missed(workshop) -> None:
    found = workshop.knock_out(2)
    assert {name: verdict.holds for name, verdict in found.items()} == {
        "excuses": True,
        "run.py#serve": True,
        "run.py#shout": True,
        "run.py:7": True,
        "serve.py": True,
    }


def test_a_survivor_is_named_by_file_and_line(workshop) -> None:
    workshop.change("run.py", "good day", "good evening")
    path = "test/ch02_two/test_shout.py"
    workshop.change(path, '    assert greet(1) == "good day"\n', "    assert greet\n")
    verdict = workshop.knock_out(2, "run.py:7")["run.py:7"]
    assert not verdict.holds
    assert verdict.detail.startswith("run.py:7: no test fails without it")


def test_a_test_of_an_earlier_chapter_may_miss_it(workshop) -> None:
    path = "test/ch02_two/test_shout.py"
    workshop.change(path, '    assert greet(1) == "good day"\n', "    assert greet\n")
    workshop.change(
        "test/ch01_one/test_greet.py",
        "def test_prints",
        "# region chapter 2: day\ndef test_day() -> None:\n"
        '    """It has another."""\n    assert greet(1)\n\n\n'
        "# endregion day\ndef test_prints",
    )
    verdict = workshop.knock_out(2, "run.py:7")["run.py:7"]
    assert verdict.holds
    assert verdict.summary == "test/ch01_one/test_greet.py::test_day"


def test_what_fails_only_in_a_fork_misses_nothing(workshop) -> None:
    path = "test/ch02_two/test_shout.py"
    workshop.change(path, "from run import", "import sys\n\nfrom run import")
    workshop.change(
        path,
        '    assert greet(1) == "good day"\n',
        '    assert greet and "forks" not in sys.orig_argv[1]\n',
    )
    verdict = workshop.knock_out(2, "run.py:7")["run.py:7"]
    assert not verdict.holds
    assert verdict.summary == "no test misses it"


def test_a_server_that_was_killed_fails_one_unit(workshop, monkeypatch) -> None:
    servers: list[ForkServer] = []

    def start(python: Path, modules: list[str]) -> ForkServer:
        servers.append(ForkServer(python, modules))
        if len(servers) == 1:
            processes.kill(servers[0].pid)
        return servers[-1]

    monkeypatch.setattr("course.verify.checkpoints.ForkServer", start)
    found = workshop.knock_out(2, "run.py#shout", "run.py:7", "serve.py")
    failed = [verdict for verdict in found.values() if not verdict.holds]
    assert [verdict.detail for verdict in failed] == [
        "the process that forks for runs of pytest has ended"
    ]
    assert len(servers) == 2


def test_a_survivor_may_be_excused(workshop) -> None:
    workshop.write("apps/words.py", '"""Only words."""\n')
    workshop.change(MANIFEST, '["serve.py"]', '["serve.py", "apps/"]')
    assert not workshop.knock_out(2, "apps/words.py")["apps/words.py"].holds
    excuse = EXCUSE.format("apps/words.py")
    workshop.change(MANIFEST, "[start]", f"{excuse}[start]")
    found = workshop.knock_out(2, "apps/words.py", "excuses")
    assert found["apps/words.py"].holds
    assert found["excuses"].holds


def test_a_stale_excuse_fails(workshop) -> None:
    excuses = EXCUSE.format("serve.py") + EXCUSE.format("gone.py")
    workshop.change(MANIFEST, "[start]", f"{excuses}[start]")
    found = workshop.knock_out(2, "serve.py", "excuses")
    assert not found["serve.py"].holds
    assert "remove its excuse" in found["serve.py"].detail
    assert not found["excuses"].holds
    assert "gone.py" in found["excuses"].detail


def test_nothing_is_knocked_out_of_a_chapter_whose_tests_fail(
    workshop, tmp_path
) -> None:
    workshop.change("run.py", "good day", "good evening")
    results = Results(tmp_path / "results")
    found = verify(
        workshop.checkpoints(), [2], ["knockout"], results, ProgressReporter()
    )
    assert [one.task.title for one in found] == ["test 2"]
    assert not found[0].verdict.holds


def test_a_name_that_is_left_undefined_needs_no_test(workshop) -> None:
    workshop.change("run.py", "import sys\n", "import json  # chapter 2\nimport sys\n")
    workshop.change(
        "run.py",
        "# endregion shout\n",
        '\n\ndef quote(text: str) -> str:\n    """Nobody calls this."""\n'
        "    return json.dumps(text)\n\n\n# endregion shout\n",
    )
    verdict = workshop.knock_out(2, "run.py:3")["run.py:3"]
    assert verdict.holds
    assert verdict.summary == "run.py:25:12: F821 Undefined name `json`"
