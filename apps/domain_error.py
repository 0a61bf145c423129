"""The base class of the errors with which a rule refuses what somebody asked for.

A rule knows no request. `apps/errors.py` says which HTTP status each error has.
"""


class DomainError(Exception):
    """A rule refuses the value of a field; the message never repeats the value."""

    field = ""

    def __init__(self, reason: str, field: str | None = None) -> None:
        """Say why, in words for the user; field replaces the class's own field."""
        self.reason = reason
        self.field = self.field if field is None else field
        super().__init__(f"{self.field} {reason}".strip())
        # These go into the error's JSON, as do the faults of a body.
        self.extra = {"errors": [{"field": self.field, "reason": reason}]}
