"""What the app adds to its templates."""

from datetime import datetime  # chapter 6

from flask import Flask, request


def minutes(words: int) -> str:
    """Write how long it takes to read so many words, at 200 words a minute."""
    return f"{max(1, round(words / 200))} min"


def current(url: str) -> bool:
    """Tell whether a link leads to the page that it stands on."""
    return url == request.root_path + request.path


# region chapter 6: moments
def day(moment: str) -> str:
    """Write a moment as people read it: 21 Nov 2026, 16:35."""
    return f"{datetime.fromisoformat(moment):%d %b %Y, %H:%M}".lstrip("0")


# endregion moments
def init_app(app: Flask) -> None:
    """Register the filters, tests and variables."""
    app.add_template_filter(minutes)
    app.add_template_filter(day)  # chapter 6
    app.add_template_test(current)

    @app.context_processor
    def room() -> dict[str, object]:
        return {"room": app.config["ROOM_NAME"]}
