"""What somebody has read, as a resource."""

from datetime import UTC, datetime
from pathlib import Path

from apps.api import Resource
from apps.api.bodies import takes
from apps.api.deprecation import deprecated
from apps.api.recording import log_record
from apps.api.returns import returns
from apps.api.serializer import Serializer, utc
from apps.chapter.views import catalogue
from apps.progress import domain
from apps.progress.models import Progress
from apps.progress.pages import part_key, part_rows
from apps.user.resources import me

SCHEMAS = Path(__file__).parent / "schemas"
PROGRESS = Serializer(
    SCHEMAS / "progress.json",
    read=lambda progress: {
        part: utc(datetime.fromisoformat(at)) for part, at in progress.read.items()
    },
)


SINCE = datetime(2026, 12, 1, tzinfo=UTC)
SUNSET = datetime(2027, 12, 1, tzinfo=UTC)


class ReaderProgress(Resource):
    """What you have read."""

    @log_record()
    @deprecated(SINCE, SUNSET, successor="v2.ReaderProgress")
    @returns(PROGRESS)
    def get(self) -> Progress:
        """Return what you have read, and where to go on."""
        return domain.overview(me(), list(part_rows()))


class PartProgress(Resource):
    """Whether you have read a part."""

    @takes(SCHEMAS / "part_read.json")
    @returns(PROGRESS)
    def put(self, slug: str, name: str = "", *, read: bool) -> Progress:
        """Say that you have read a part, or that you have not; get your progress."""
        catalogue().find(slug, name)  # raises ChapterNotFound
        change = domain.mark if read else domain.unmark
        change(me(), part_key(slug, name))
        return domain.overview(me(), list(part_rows()))


class FirstPartProgress(PartProgress):
    """Whether you have read the first part of a chapter, which has no name."""


ROUTES = {
    "/progress": ReaderProgress,
    "/progress/<slug>": FirstPartProgress,
    "/progress/<slug>/<name>": PartProgress,
}
