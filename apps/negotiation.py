"""Choose between the forms in which an answer can be given."""

from flask import request


def negotiate(*offered: str) -> str:
    """Return the media type that the client prefers of those offered.

    The first one is for `*/*`, for no Accept header, and for whoever accepts none.
    """
    return request.accept_mimetypes.best_match(offered, default=offered[0])
