"""What somebody has read, as a resource."""

from datetime import UTC, datetime
from pathlib import Path

from apps.api import Resource
from apps.api.deprecation import deprecated
from apps.api.recording import log_record
from apps.api.returns import returns
from apps.api.serializer import Serializer, utc
from apps.progress import domain
from apps.progress.models import Progress
from apps.progress.pages import part_rows
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


ROUTES = {"/progress": ReaderProgress}
