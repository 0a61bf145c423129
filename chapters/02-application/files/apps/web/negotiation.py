"""Choose between the forms in which an answer can be given."""

from flask import Response, jsonify, request


def negotiate(*offered: str) -> str:
    """Return the media type that the client prefers of those offered.

    The first one is for `*/*`, for no Accept header, and for whoever accepts none. Our
    texts are UTF-8, so who asks for one "in UTF-8" is offered it, too: Werkzeug would
    take that for another type.
    """
    forms = [*offered, *(f"{form};charset=utf-8" for form in offered)]
    best = request.accept_mimetypes.best_match(forms, default=offered[0])
    return best.partition(";")[0]


def respond(text: str, page: str = "", /, **fields: object) -> Response:
    """Answer with the text, the page or the fields, as the client prefers.

    Where there is no page, a browser gets the text.
    """
    forms = ["text/plain", "application/json"]
    if page:
        forms.append("text/html")
    form = negotiate(*forms)
    if form == "application/json":
        response = jsonify(fields)
    else:
        response = Response(page if form == "text/html" else text, mimetype=form)
    response.vary.add("Accept")
    return response
