"""Serve our first pages, and check first that the packages are the pinned ones."""

import sys
from importlib import metadata
from pathlib import Path

from flask import Flask
from markupsafe import escape

from apps.server import environment

app = Flask(__name__)
HOME = """<h1>It works.</h1>
<p><a href="/hello/you">Say hello</a></p>
<p><a href="/versions">Show what I run on</a></p>
"""


@app.get("/")
def home() -> str:
    """Show the first page."""
    return HOME


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
    port = 5000
    if len(sys.argv) > 1:
        port = int(sys.argv[1])
    app.run(port=port)
