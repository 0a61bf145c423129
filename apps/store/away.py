"""What is the same for all stores beside the database: they may be away for a while."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Response
from werkzeug.exceptions import ServiceUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """A store: how it's called, and what its client raises while it is away."""

    name: str
    errors: type[Exception]  # all that the client raises
    is_outage: Callable[[Any], bool]  # else the store was asked for nonsense
    reason: Callable[[Any], str] = str  # its words for the log

    @contextmanager
    def best_effort(self, what: str) -> Iterator[None]:
        """Go on after the block while the store is away; the log says what was lost."""
        try:
            yield
        except self.errors as error:
            if not self.is_outage(error):
                raise
            reason = self.reason(error)
            logger.warning("no %s, %s is away: %s", what, self.name, reason)

    def later(
        self, show: Callable[[Exception], Response], seconds: int
    ) -> Callable[[Exception], Response]:
        """Return what answers an outage: 503, try again after so many seconds."""

        def answer(error: Exception) -> Response:
            if not self.is_outage(error):
                raise error
            logger.error("%s can't be used: %s", self.name, self.reason(error))
            return show(
                ServiceUnavailable(
                    "This can't be kept at the moment. Try again in a while.",
                    retry_after=seconds,
                )
            )

        return answer
