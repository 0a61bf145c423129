"""Files over HTTP: a token, the upload itself, and what is done to a file later."""

from typing import cast

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from apps.file import domain, serving, signing
from apps.permission.decorators import permission_required
from apps.token.challenges import REALM, Challenge
from apps.user.models import User
from apps.web.access import public
from apps.web.large_bodies import takes_up_to
from apps.web.problem import ProblemError
from apps.web.validation import checked_body

MAX_ID = 2**31 - 1  # the highest that PostgreSQL's integer holds
SCHEME = "upload"

blueprint = Blueprint("file", __name__, url_prefix="/file", cli_group="file")


def me() -> User:
    """Return the user who sent the request."""
    return cast(User, current_user._get_current_object())


@blueprint.post("/token")
@permission_required(domain.UPLOAD)
def announce() -> ResponseReturnValue:
    """Return a token with which to upload one file."""
    token = domain.announce(me(), **checked_body("token"))
    seconds = signing.LIFETIME.seconds
    fields = {"token": token, "upload": url_for(".upload"), "expires_in": seconds}
    return fields, 201, {"Cache-Control": "no-store"}


@blueprint.put("/upload")
@public  # the upload token says whose file it is
@takes_up_to("FILES_MAX_BYTES")
def upload() -> ResponseReturnValue:
    """Store the body as the file for which the token in the header was given."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ProblemError(415, "Send the file as it is, without Content-Encoding.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != SCHEME:
            raise signing.UploadRefused("an upload token is needed")
        body, length = request.stream, request.content_length
        file = domain.receive(token.strip(), body, length)
    except signing.UploadRefused as fault:
        challenge = Challenge(SCHEME, {"realm": REALM})
        raise Unauthorized(f"Ask for a token: {fault}.", None, challenge) from None
    return file.fields(), 201, {"Location": url_for(".read", file_id=file.id)}


@blueprint.get(f"/<int(max={MAX_ID}):file_id>")
def read(file_id: int) -> Response:
    """Send a file of the reader's own, or a shared one."""
    return serving.send(domain.find(file_id, me()))


@blueprint.put(f"/<int(max={MAX_ID}):file_id>/share")
def share(file_id: int) -> ResponseReturnValue:
    """Let everybody who has an account read the file."""
    return domain.share(file_id, me(), True).fields()


@blueprint.delete(f"/<int(max={MAX_ID}):file_id>/share")
def hide(file_id: int) -> ResponseReturnValue:
    """Let nobody else read the file any more."""
    return domain.share(file_id, me(), False).fields()


@blueprint.delete(f"/<int(max={MAX_ID}):file_id>")
def remove(file_id: int) -> ResponseReturnValue:
    """Delete a file."""
    domain.remove(file_id, me())
    return "", 204
