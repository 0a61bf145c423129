"""Run the app from the command line."""

import sys
from pathlib import Path

try:
    import click

    from apps import create_app
    from apps.note import commands as note_commands  # chapter 7
    from apps.server import development, environment, reloading
    from apps.settings import configuration
    from apps.store.upgrading import prepare  # chapter 3
except ModuleNotFoundError as error:
    if str(error.name).startswith(("apps", "config")):
        raise
    sys.exit(
        f"error: {error.name} is missing in {sys.prefix}. Activate the environment, "
        "then run: python -m pip install -r requirements.txt"
    )


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Check the environment, then serve the app; or run one of the commands."""
    if context.invoked_subcommand is None:
        if not reloading.is_worker():
            environment.check(Path(__file__).parent)
        context.invoke(debug_server)


@main.command("environment")
def show_environment() -> None:
    """Show the packages that are pinned and installed."""
    environment.check(Path(__file__).parent, table=True)


@main.command("debug_server")
@click.option("--config", "-c", help="development, testing or production.")
@click.option("--host", "-h", help="Address to listen on [127.0.0.1].")
@click.option("--port", "-p", type=click.IntRange(1, 65535), help="Port [5000].")
def debug_server(config: str | None, host: str | None, port: int | None) -> None:
    """Serve the app on this machine; restart it when its source changes."""
    name = configuration.configuration_name(config, "development")
    flags = {"APP_CONFIG": name, "SERVER_HOST": host, "SERVER_PORT": port}
    app = create_app(flags)
    prepare(app, name)  # chapter 3
    # region chapter 7: indexes
    if not reloading.is_worker():
        note_commands.prepare(app, name)
    # endregion indexes
    development.serve(app)


if __name__ == "__main__":
    main()
