"""The development server: a free port, restart on change, no debugger for strangers."""

import errno
import ipaddress
import logging
import re
import socket
import time
from pathlib import Path
from typing import Any

import click
from flask import Flask
from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
)
from werkzeug._reloader import WatchdogReloaderLoop, reloader_loops
from werkzeug.serving import WSGIRequestHandler, is_running_from_reloader, run_simple

ROOT = Path(__file__).parent.parent.parent
BEGAN = time.time()
FIRST_PORT, LAST_PORT = 5000, 5099
APPS = ROOT / "apps"
CHANGES: list[type[FileSystemEvent]] = [
    FileModifiedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
]


def serve(app: Flask) -> None:
    """Serve app at SERVER_HOST and SERVER_PORT until Ctrl+C; restart it on changes."""
    host, asked = app.config["SERVER_HOST"], app.config["SERVER_PORT"]
    restart, first = app.debug, not is_running_from_reloader()
    logging.getLogger("werkzeug").addFilter(is_no_banner)
    reloader_loops["watchdog"] = SourceWatcher
    port = choose_port(host, asked) if first else 0  # a restarted one has its socket
    if app.debug and not is_loopback(host):
        app.debug = False
        if first:
            warning = f"{host} is not this machine alone, so the debugger is off"
            click.echo(f"Warning: {warning}", err=True)
    while True:
        try:
            run_simple(
                host,
                port,
                app,
                use_reloader=restart,
                use_debugger=app.debug,
                reloader_type="watchdog",
                extra_files=["**/*.py"],  # watchdog 7 takes "*.py" for one folder only
                request_handler=RequestHandler,
                threaded=True,
            )
            return
        except SystemExit as end:
            if not first or end.code in (0, None):
                raise
        if is_free(host, port):
            wait_for_change()
        else:  # somebody took the port in the meantime
            port = choose_port(host, asked)


def choose_port(host: str, asked: int | None) -> int:
    """Return the port asked for, or the first free one, and print the address.

    Raises click.ClickException where there is none, or where host is not ours.
    """
    ports = range(FIRST_PORT, LAST_PORT + 1) if asked is None else [asked]
    free = next((port for port in ports if is_free(host, port)), None)
    if free is None:
        raise click.ClickException(f"port {ports[-1]} is taken: choose another")
    if free != ports[0]:
        print(f"Port {ports[0]} is taken: using {free}")
    shown = f"[{host}]" if ":" in host else host
    print(f"Listening on http://{shown}:{free}/ (Ctrl+C ends it)", flush=True)
    return free


def is_free(host: str, port: int) -> bool:
    """Tell whether nobody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except (OSError, OverflowError, UnicodeError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                return False
            raise click.ClickException(
                f"cannot listen on {host}:{port}: {error}"
            ) from error
    return True


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_no_banner(record: logging.LogRecord) -> bool:
    """Leave out Werkzeug's start banner: run.py has said where it listens."""
    return not re.search("development server|CTRL\\+C", str(record.msg))


def wait_for_change() -> None:
    """Say that the app does not start; return when one of its files was saved."""
    before = source_times()
    print("The app does not start: waiting for a change", flush=True)
    while source_times() == before:
        time.sleep(0.3)


def source_times() -> dict[Path, float]:
    """Return when each source file was last saved."""
    paths = [*ROOT.glob("*.py"), *APPS.rglob("*.py")]
    return {path: path.stat().st_mtime for path in paths if path.exists()}


class SourceWatcher(WatchdogReloaderLoop):
    """Werkzeug's reloader, watching our own source alone.

    Left to itself it watches every folder that Python imports from, `.venv` and the
    standard library too, and each time that a file there is only read.
    """

    def run_step(self) -> None:
        """Begin to watch, once."""
        if self.watches:
            return
        for folder, below in ((ROOT, False), (APPS, True)):
            self.watches[str(folder)] = self.observer.schedule(
                self.event_handler, str(folder), recursive=below, event_filter=CHANGES
            )
        now = time.time()
        for path, saved in source_times().items():
            if BEGAN < saved <= now:  # while Python read it, before anybody watched
                self.trigger_reload(str(path))

    def trigger_reload(self, filename: str | bytes) -> None:
        """Restart once, a moment later: an editor may be writing still."""
        if not self.should_reload.is_set():
            time.sleep(0.1)
            super().trigger_reload(filename)


class RequestHandler(WSGIRequestHandler):
    """Werkzeug's, without the query string in its log lines: tokens travel there."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log a request by its method and path."""
        self.log("info", '"%s" %s %s', self.requestline, code, size)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log a line about a request, such as a fault in it, without its query."""
        line = re.sub(r"\?[^\s'\"]*", "", message % args)
        super().log(type, "%s", line.translate(self._control_char_table))
