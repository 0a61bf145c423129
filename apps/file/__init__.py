"""Files of readers: their rows in the database, their bytes on the disk."""

from apps.file import commands, pages
from apps.file.views import blueprint

__all__ = ["blueprint", "commands", "pages"]
