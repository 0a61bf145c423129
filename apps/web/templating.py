"""What the app adds to its templates."""

from flask import Flask, request


def minutes(words: int) -> str:
    """Write how long it takes to read so many words, at 200 words a minute."""
    return f"{max(1, round(words / 200))} min"


def current(url: str) -> bool:
    """Tell whether a link leads to the page that it stands on."""
    return url == request.path


def init_app(app: Flask) -> None:
    """Register the filters, tests and variables."""
    app.add_template_filter(minutes)
    app.add_template_test(current)

    @app.context_processor
    def room() -> dict[str, object]:
        return {"room": app.config["ROOM_NAME"]}
