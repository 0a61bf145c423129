"""What somebody has read, as version 2 of the API gives it: a list of parts."""

from datetime import datetime

from apps.api import Resource
from apps.api.returns import returns
from apps.api.serializer import Serializer, utc
from apps.chapter.rows import PartRow
from apps.progress import domain, resources
from apps.progress.models import Progress
from apps.progress.pages import part_rows
from apps.user.resources import me


def part_fields(key: str, row: PartRow) -> dict[str, str]:
    """Describe the part with a key such as auth/2-transactions."""
    slug, _, name = key.partition("/")
    return {"chapter": slug, "part": name, "title": row["title"], "url": row["url"]}


def items(progress: Progress) -> list[dict[str, str]]:
    """Describe the parts that were read, in the order of the book."""
    rows = part_rows()
    return [
        {**part_fields(key, rows[key]), "read_at": utc(datetime.fromisoformat(at))}
        for key, at in progress.read.items()
    ]


def next_part(progress: Progress) -> dict[str, str] | None:
    """Describe the part to go on with."""
    key = progress.next
    return part_fields(key, part_rows()[key]) if key else None


PROGRESS = Serializer(
    resources.SCHEMAS / "progress_v2.json", items=items, next_part=next_part
)


class ReaderProgress(Resource):
    """What you have read."""

    @returns(PROGRESS)
    def get(self) -> Progress:
        """Return what you have read, part by part, and where to go on."""
        return domain.overview(me(), list(part_rows()))


ROUTES = {**resources.ROUTES, "/progress": ReaderProgress}
