"""Choose between the forms in which an answer can be given."""

from flask import Response, jsonify, request


def negotiate(*offered: str) -> str:
    """Return the media type that the client prefers of those offered.

    The first one is for `*/*`, for no Accept header, and for whoever accepts none.
    """
    return request.accept_mimetypes.best_match(offered, default=offered[0])


def respond(text: str, /, **fields: object) -> Response:
    """Answer with the text, or with the fields where the client asks for JSON."""
    form = negotiate("text/plain", "application/json")
    if form == "application/json":
        response = jsonify(fields)
    else:
        response = Response(text, mimetype=form)
    response.vary.add("Accept")
    return response
