"""The chapters: read from a folder of Markdown files, listed and shown."""

from apps.chapter import pages  # chapter 5
from apps.chapter.views import blueprint

# region chapter 5: pages
pages.add_to(blueprint)
# endregion pages

__all__ = ["blueprint"]
