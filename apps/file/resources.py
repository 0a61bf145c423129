"""Files as resources: what is known of them. Their bytes keep to /file."""

from pathlib import Path
from typing import Any

from flask import url_for

from apps.api import Resource
from apps.api.bodies import takes
from apps.api.paging import returns_page
from apps.api.query import query
from apps.api.returns import returns
from apps.api.serializer import Serializer
from apps.file import domain, signing
from apps.file.models import StoredFile
from apps.file.views import MAX_ID
from apps.permission.decorators import permission_required
from apps.user.resources import me

SCHEMAS = Path(__file__).parent / "schemas"
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
CURSOR = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
FILE = Serializer(
    SCHEMAS / "file.json",
    url=lambda file: url_for(".FileItem", file_id=file.id),
    content=lambda file: url_for("file.read", file_id=file.id),
)
UPLOAD = Serializer(
    SCHEMAS / "upload.json",
    token=lambda token: token,
    upload=lambda _: url_for("file.upload"),
    expires_in=lambda _: signing.LIFETIME.seconds,
)


class FileList(Resource):
    """Your own files."""

    @query(limit=LIMIT, after=CURSOR)
    @returns_page(FILE)
    def get(
        self, limit: int = 20, after: int | None = None
    ) -> tuple[list[StoredFile], int | None]:
        """List your own files, the newest first."""
        page = domain.mine(me(), limit, after)
        return page.files, page.next_before

    @permission_required(domain.UPLOAD)
    @takes(SCHEMAS / "token.json")
    @returns(UPLOAD, 201)
    def post(self, **body: Any) -> tuple[str, dict[str, str]]:
        """Announce a file, and get a token with which to upload it."""
        return domain.announce(me(), **body), {"Cache-Control": "no-store"}


class FileItem(Resource):
    """A file: your own, or one that is shared."""

    @returns(FILE)
    def get(self, file_id: int) -> StoredFile:
        """Return what is known of a file."""
        return domain.find(file_id, me())

    def delete(self, file_id: int) -> tuple[str, int]:
        """Delete a file of your own."""
        domain.remove(file_id, me())
        return "", 204


class FileShare(Resource):
    """Whether everybody who has an account may read the file."""

    @returns(FILE)
    def put(self, file_id: int) -> StoredFile:
        """Share a file of your own."""
        return domain.share(file_id, me(), True)

    @returns(FILE)
    def delete(self, file_id: int) -> StoredFile:
        """Share it no longer."""
        return domain.share(file_id, me(), False)


ITEM = f"/files/<int(max={MAX_ID}):file_id>"
ROUTES = {"/files": FileList, ITEM: FileItem, f"{ITEM}/share": FileShare}
