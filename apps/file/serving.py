"""Send the bytes of a file, whole or in part: the app itself, or nginx for it.

No browser is to run anything in them. Pictures are shown, all else is downloaded; the
headers of every answer that is no page (`apps/web/policies.py`) forbid scripts, put
what is opened by itself into a sandbox, and have no browser guess another type.
"""

import logging

from flask import Response, current_app, request
from werkzeug.utils import send_file

from apps.file import disk
from apps.file.domain import NoSuchFile
from apps.file.kinds import KINDS
from apps.file.models import StoredFile

logger = logging.getLogger(__name__)


def send(file: StoredFile) -> Response:
    """Answer with a file, or with the part of it that was asked for (RFC 9110, 14)."""
    prefix = current_app.config["FILES_ACCEL_PREFIX"]
    environ = dict(request.environ)
    if prefix or "," in environ.get("HTTP_RANGE", ""):
        environ.pop("HTTP_RANGE", None)  # nginx reads it; of several, we send the whole
    try:
        response: Response = send_file(  # type: ignore[assignment]
            disk.path_of(file.sha256),
            environ,
            mimetype=file.type,
            as_attachment=not KINDS[file.type].shown,
            download_name=file.name,
            conditional=True,
            etag=file.sha256,
            last_modified=file.created_at,
            use_x_sendfile=bool(prefix),
            response_class=current_app.response_class,
        )
    except FileNotFoundError:
        logger.error("the bytes of file %s are gone: %s", file.id, file.sha256)
        raise NoSuchFile("The bytes of this file are lost.") from None
    # Kept by the reader's own browser, which asks each time whether it may show it.
    response.cache_control.private = response.cache_control.no_cache = True
    if "X-Sendfile" in response.headers:
        del response.headers["X-Sendfile"]
        path = f"{prefix}/{file.sha256[:2]}/{file.sha256}"
        response.headers["X-Accel-Redirect"] = path
    return response
