"""Choose between the forms in which an answer can be given."""

from collections.abc import Mapping

from flask import Response, jsonify, render_template, request


def negotiate(*offered: str) -> str:
    """Return the media type that the client prefers of those offered.

    The first one is for `*/*`, for no Accept header, and for whoever accepts none. Our
    texts are UTF-8, so who asks for one "in UTF-8" is offered it, too: Werkzeug would
    take that for another type.
    """
    # region chapter 8: api
    if request.path.startswith("/api/"):  # there all clients are programs
        return offered[0]
    # endregion api
    forms = [*offered, *(f"{form};charset=utf-8" for form in offered)]
    best = request.accept_mimetypes.best_match(forms, default=offered[0])
    return best.partition(";")[0]


def respond(
    template: str, only_page: Mapping[str, object] | None = None, /, **fields: object
) -> Response:
    """Answer with the fields: a page for a browser, JSON for a program and for `*/*`.

    The template gets the fields and, besides, what is in `only_page`.
    """
    form = negotiate("application/json", "text/html")
    if form == "text/html":
        page = render_template(template, **fields, **(only_page or {}))
        response = Response(page, mimetype=form)
    else:
        response = jsonify(fields)
    response.vary.add("Accept")
    return response
