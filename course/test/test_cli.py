"""Tests of the command line: one clear line and the right exit code."""

import importlib
import os
import subprocess

import click
import pytest
from conftest import COURSE

from course.commands import COMMANDS

LEARNERS = list(COMMANDS)[: list(COMMANDS).index("verify")]


def course(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool as a program of its own."""
    return subprocess.run(
        [*COURSE, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["starrt"],
        ["start"],
        ["start", "two"],
        ["start", "1", "2"],
        ["status", "--wat"],
        ["new", "x"],
        ["run", "--port", "0"],
    ],
)
def test_bad_use_is_one_line_and_exit_code_2(arguments: list[str]) -> None:
    done = course(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("course: ")
    assert done.stderr.count("\n") == 1
    assert "--help" in done.stderr


def test_help_lists_every_command_and_imports_none() -> None:
    done = course("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
    assert course().stdout == done.stdout


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learners_command_has_help_with_an_example(name: str) -> None:
    command: click.Command = importlib.import_module(f"course.commands.{name}").command
    assert "Example:" in (command.help or ""), name


def test_a_reader_who_leaves_early_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COURSE, "--help"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert done.returncode == 1
    assert done.stderr == b""
