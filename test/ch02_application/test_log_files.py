"""The log files, written by several processes, over midnight, for a month."""

import errno
import io
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from apps.log.handlers import Console, DailyFiles

PROCESSES, LINES = 8, 400
LIMIT = 120  # seconds after which the processes count as hanging

WRITERS = """
import logging, multiprocessing, sys
from datetime import UTC, datetime

sys.path.insert(0, ".")
from apps.log import handlers

folder, processes, lines = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
midnight = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
system = multiprocessing.get_context("fork")
all_are_there = system.Barrier(processes)

def write(number):
    handler = handlers.DailyFiles(folder, days=30)
    handler.setFormatter(logging.Formatter("%(message)s"))
    all_are_there.wait()
    for count in range(lines):
        text = f"{number}:{count}:" + "x" * (number * 997 % 4000) + ":end"
        record = logging.makeLogRecord({"msg": text, "levelno": logging.INFO})
        record.created = midnight + (count - lines // 2) / 1000
        handler.handle(record)

writers = [system.Process(target=write, args=[n]) for n in range(processes)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
sys.exit(any(writer.exitcode for writer in writers))
"""


def record(
    day: str, text: str = "line", level: int = logging.INFO
) -> logging.LogRecord:
    """Make a record of noon of a day."""
    made = logging.makeLogRecord({"msg": text, "levelno": level})
    made.created = datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()
    return made


@pytest.mark.real_parts
def test_eight_processes_over_midnight_tear_and_lose_no_line(
    root: Path, tmp_path: Path
) -> None:
    told = [str(tmp_path), str(PROCESSES), str(LINES)]
    command = [sys.executable, "-c", WRITERS, *told]
    subprocess.run(command, cwd=root, check=True, timeout=LIMIT)
    names = ["info-2026-02-28.log", "info-2026-03-01.log"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    days = [(tmp_path / name).read_text("utf-8").splitlines() for name in names]
    for day, half in zip(days, (range(200), range(200, 400)), strict=True):
        written = sorted(
            f"{number}:{count}:" + "x" * (number * 997 % 4000) + ":end"
            for number in range(PROCESSES)
            for count in half
        )
        assert sorted(day) == written


def test_a_late_line_goes_to_its_own_day(tmp_path: Path) -> None:
    handler = DailyFiles(tmp_path, days=30)
    for day in ("2026-03-01", "2026-03-02", "2026-03-01"):
        handler.handle(record(day, f"of {day}"))
    handler.close()
    assert (tmp_path / "info-2026-03-01.log").read_text().count("of 2026-03-01") == 2
    assert (tmp_path / "info-2026-03-02.log").read_text() == "of 2026-03-02\n"


def test_files_are_kept_for_thirty_days(tmp_path: Path) -> None:
    old, kept = tmp_path / "error-2026-01-30.log", tmp_path / "info-2026-01-31.log"
    foreign = tmp_path / "notes-of-2025-01-01.log"
    for path in (old, kept, foreign):
        path.write_text("x")
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01"))
    handler.close()
    assert not old.exists()
    assert kept.exists()
    assert foreign.exists()


def test_an_old_file_that_cannot_be_deleted_costs_no_line(tmp_path: Path) -> None:
    (tmp_path / "info-2020-01-01.log").mkdir()
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01"))
    handler.close()
    assert (tmp_path / "info-2026-03-01.log").read_text() == "line\n"


def test_a_file_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01", "first"))
    (tmp_path / "info-2026-03-01.log").unlink()
    handler.handle(record("2026-03-01", "second"))
    handler.close()
    assert (tmp_path / "info-2026-03-01.log").read_text() == "second\n"


def test_a_level_between_counts_as_the_lower(tmp_path: Path) -> None:
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01", level=25))
    handler.handle(record("2026-03-01", level=5))
    handler.close()
    names = ["debug-2026-03-01.log", "info-2026-03-01.log"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_text_that_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01", "half \ud800 caf\u00e9"))
    handler.close()
    written = (tmp_path / "info-2026-03-01.log").read_bytes()
    assert written == b"half \\ud800 caf\xc3\xa9\n"


def test_strangers_cannot_read_the_logs(tmp_path: Path) -> None:
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01"))
    handler.close()
    assert (tmp_path / "info-2026-03-01.log").stat().st_mode & 0o007 == 0


def test_no_file_stays_open(tmp_path: Path) -> None:
    folder = Path("/dev/fd")
    before = len(os.listdir(folder))
    handler = DailyFiles(tmp_path, days=30)
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        handler.handle(record(day))
    assert len(os.listdir(folder)) == before


def test_a_fault_in_writing_stops_nobody_and_quotes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    handler = DailyFiles(tmp_path / "file", days=30)
    handler.name = "files"
    handler.handle(record("2026-03-01", "password=hunter2"))
    handler.close()
    assert (tmp_path / "file").read_text() == ""
    said = capsys.readouterr().err
    assert said.startswith("A log record is lost (files): FileExistsError")
    assert said.count("\n") == 1
    assert "hunter2" not in said


def test_a_full_disk_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, line: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("apps.log.handlers.os.write", full)
    handler = DailyFiles(tmp_path, days=30)
    handler.handle(record("2026-03-01"))
    handler.close()
    monkeypatch.undo()
    assert "No space left on device" in capsys.readouterr().err


def test_the_console_quotes_no_record_that_it_cannot_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    closed = io.StringIO()
    closed.close()
    Console(closed).handle(record("2026-03-01", "password=hunter2"))
    said = capsys.readouterr().err
    assert said.startswith("A log record is lost")
    assert "hunter2" not in said
