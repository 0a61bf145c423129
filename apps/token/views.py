"""Tokens over HTTP: obtained, renewed, revoked."""

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from apps.token import domain, signing
from apps.token.authentication import bearer
from apps.token.challenges import basic, unauthorized
from apps.web.access import public
from apps.web.validation import checked_body

blueprint = Blueprint("token", __name__, url_prefix="/user/token")
PRIVATE = {"Cache-Control": "no-store"}  # no cache on the way may store a token


@blueprint.post("")
@public
@basic.login_required
def issue() -> ResponseReturnValue:
    """Return a pair of tokens for a name and a password."""
    return domain.issue(basic.current_user()).fields(), PRIVATE


@blueprint.delete("")
@public
@bearer.login_required
def revoke() -> ResponseReturnValue:
    """Revoke the token in the header, with its family or that of one in the body."""
    body = checked_body("revoke") if request.get_data() else {}
    domain.revoke(g.access, **body)
    return "", 204


@blueprint.post("/refresh")
@public
def refresh() -> ResponseReturnValue:
    """Exchange a refresh token for a new pair."""
    try:
        return domain.refresh(**checked_body("refresh")).fields(), PRIVATE
    except signing.TokenRefused as fault:
        raise unauthorized(fault) from None
