"""The development server: a free port, restart on change, no debugger for strangers."""

import socket
from typing import TYPE_CHECKING

import click
from flask import Flask
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import ThreadedWSGIServer

from apps.server.lifeline import open_standard_streams  # chapter 5
from apps.server.listening import is_loopback, listen
from apps.server.reloading import call_at_end, inherited_socket, is_worker, supervise
from apps.server.request_log import RequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def serve(app: Flask) -> None:
    """Serve app at SERVER_HOST and SERVER_PORT until Ctrl+C; restart it on changes."""
    open_standard_streams()  # chapter 5
    host, restarts = app.config["SERVER_HOST"], app.debug
    app.debug = restarts and is_loopback(host)
    if is_worker():
        answer(app, inherited_socket())
        return
    listener = listen(host, app.config["SERVER_PORT"])
    if restarts and not app.debug:
        warning = f"{host} is not this machine alone, so the debugger is off"
        click.echo(f"Warning: {warning}", err=True)
    if restarts:
        supervise(listener, polls=app.config.get("WATCH") == "poll")
    else:
        answer(app, listener)


def answer(app: Flask, listener: socket.socket) -> None:
    """Answer the requests that come to a socket; with the debugger where app.debug."""
    host, port = app.config["SERVER_HOST"], listener.getsockname()[1]
    # Browsers keep cookies by host, whatever the port: two apps need two names.
    app.config["SESSION_COOKIE_NAME"] += f"_{port}"
    served: WSGIApplication = app
    if app.debug:
        served = debugger = DebuggedApplication(app, evalex=True)
        debugger.trusted_hosts.append(host)
        print(f"Debugger is active; its PIN is {debugger.pin}", flush=True)
    server = ThreadedWSGIServer(
        host, port, served, RequestHandler, fd=listener.fileno()
    )
    if is_worker():
        server.daemon_threads = False  # what it is answering is waited for
        call_at_end(server.shutdown)
    server.serve_forever(poll_interval=0.1)
