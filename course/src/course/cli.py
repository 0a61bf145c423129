"""The `course` command; sub-commands are modules of `course.commands`."""

import importlib
import io
import os
import sys

import click

from course.commands import COMMANDS
from course.errors import CourseError
from course.terminal import display_tool


class LazyGroup(click.Group):
    """A group that imports a sub-command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which a learner meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import `course.commands.NAME` and take its `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"course.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands from the table above, so that `--help` imports none."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Follow the Lectern course, or write it."""


def main() -> None:
    """Run the command line; an error is one clear line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path may hold what UTF-8 has not
            stream.reconfigure(errors="backslashreplace")
    try:
        code = command(prog_name=display_tool(), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"course: {_one_line(error)}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("course: interrupted", err=True)
        sys.exit(130)
    except CourseError as error:
        click.echo(f"course: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # whoever read us, `head` or a pager, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except PermissionError as error:
        click.echo(f"course: no permission to read or write {error.filename}", err=True)
        sys.exit(1)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"course: {error.strerror or error}{where}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _one_line(error: click.ClickException) -> str:
    """Say what was wrong in how the command was called, and where help is."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message}: see `{context.command_path} --help`" if context else message
