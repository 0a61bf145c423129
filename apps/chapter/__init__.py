"""The chapters: read from a folder of Markdown files, listed and shown."""

from apps.chapter.views import blueprint

__all__ = ["blueprint"]
