"""Search: which sections have the words, the best first, with the words marked."""

from apps.search.views import blueprint

__all__ = ["blueprint"]
