"""The store of tokens. Call it inside `atomic()` to write."""

from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from apps.store.database import db
from apps.token.models import RefreshToken, RevokedToken, TokenFamily
from apps.user.models import User


def add(*rows: TokenFamily | RefreshToken) -> None:
    """Write new rows, in this order."""
    for row in rows:
        db.session.add(row)
        db.session.flush()


def find_user(family_id: str, jti: str) -> User | None:
    """Find an access token's user in one query; None if the token was revoked."""
    query = select(User).join(TokenFamily, TokenFamily.user_id == User.id)
    query = query.where(TokenFamily.id == family_id, TokenFamily.revoked_at.is_(None))
    return db.session.scalar(query.where(~exists().where(RevokedToken.jti == jti)))


def lock_family(token_hash: str) -> TokenFamily | None:
    """Find a refresh token's family, and let nobody else change it until we commit."""
    query = (
        select(TokenFamily).join(RefreshToken).where(RefreshToken.hash == token_hash)
    )
    query = query.with_for_update(of=TokenFamily)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_refresh_token(token_hash: str) -> RefreshToken | None:
    """Read a refresh token as it is now that its family is locked."""
    return db.session.get(RefreshToken, token_hash, populate_existing=True)


def revoke_families(user_id: int, now: datetime) -> None:
    """Revoke all of a user's tokens."""
    query = update(TokenFamily).where(TokenFamily.user_id == user_id)
    query = query.where(TokenFamily.revoked_at.is_(None))
    db.session.execute(query.values(revoked_at=now))


def revoke_family(family_id: str, user_id: int, now: datetime) -> None:
    """Revoke a family, if it is the user's and was not revoked before."""
    query = update(TokenFamily).where(TokenFamily.user_id == user_id)
    query = query.where(TokenFamily.id == family_id, TokenFamily.revoked_at.is_(None))
    db.session.execute(query.values(revoked_at=now))


def revoke_access_token(jti: str, expires_at: datetime) -> None:
    """Revoke one access token; to revoke it twice is no error."""
    try:
        with db.session.begin_nested():
            db.session.add(RevokedToken(jti=jti, expires_at=expires_at))
    except IntegrityError:
        pass


def sweep(now: datetime) -> None:
    """Delete what has expired, and the families that have no tokens left."""
    db.session.execute(delete(RevokedToken).where(RevokedToken.expires_at < now))
    db.session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))
    empty = ~exists().where(RefreshToken.family_id == TokenFamily.id)
    db.session.execute(delete(TokenFamily).where(empty))
