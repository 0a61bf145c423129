"""Stores of an app's own, started where no URL names one."""

from flask_embedded.errors import EmbeddedError, StoreNotStarted
from flask_embedded.extension import Embedded

__all__ = ["Embedded", "EmbeddedError", "StoreNotStarted"]
