"""The chapters: read from a folder of Markdown files, listed and shown."""

from apps.chapter import pages
from apps.chapter.views import blueprint

pages.add_to(blueprint)

__all__ = ["blueprint"]
