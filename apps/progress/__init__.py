"""Progress: what somebody has read, where to go on, and what is read most."""

from apps.progress.pages import blueprint

__all__ = ["blueprint"]
