"""Serve our first pages, and check first that the packages are the pinned ones."""

import sys
from importlib import metadata
from pathlib import Path

from flask import Flask
from markupsafe import escape

from apps.server import environment

app = Flask(__name__)


@app.get("/")
def home() -> str:
    """Show the first page."""
    return "<h1>It works.</h1>"


@app.get("/hello/<name>")
def hello(name: str) -> str:
    """Greet somebody by the name in the address."""
    return f"<h1>Hello, {escape(name)}.</h1>"


@app.get("/versions")
def versions() -> dict[str, str]:
    """Name the packages that are installed, each with its version."""
    return {one.name: one.version for one in metadata.distributions()}


if __name__ == "__main__":
    environment.check(Path(__file__).parent)
    app.run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
