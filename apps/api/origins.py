"""Let pages of other sites use the API: those of API_ORIGINS (CORS).

They need a token, for which somebody gave them a password: cookies never count, because
Access-Control-Allow-Credentials is not sent.
"""

from flask import Flask, Response, current_app, request
from flask_cors import CORS

SENT = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"]
READ = (
    "Deprecation, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "Sunset"
)
MAX_AGE_SECONDS = 600  # that a browser remembers what it may send


def answer_preflight() -> Response | None:
    """Answer a browser that asks first whether it may; no view runs, nobody logs in."""
    asks = "Access-Control-Request-Method" in request.headers
    if request.method != "OPTIONS" or not asks or request.endpoint is None:
        return None
    if not request.path.startswith("/api/"):
        return None
    return current_app.make_default_options_response()


def vary(response: Response) -> Response:
    """Have caches keep an answer for each origin: Flask-CORS forgets that for one."""
    if request.path.startswith("/api/"):
        response.vary.add("Origin")
    return response


def init_app(app: Flask) -> None:
    """Open the API to the pages of API_ORIGINS, if there are any."""
    origins = app.config["API_ORIGINS"]
    if not origins:
        return
    app.before_request(answer_preflight)
    app.after_request(vary)
    CORS(
        app,
        resources=[r"/api/.*"],
        origins=list(origins),
        allow_headers=SENT,
        expose_headers=READ,
        max_age=MAX_AGE_SECONDS,
        supports_credentials=False,
        always_send=False,  # only where a page asks
    )
