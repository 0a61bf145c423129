"""What a rule says no to: a field, and the reason in words for its writer.

A rule knows no request. `apps/errors.py` says which status its refusals answer with.
"""


class Refusal(Exception):
    """A field whose value a rule refuses; the value itself is never repeated."""

    field = ""

    def __init__(self, reason: str, field: str | None = None) -> None:
        """Refuse a field: the class's own, unless another one is named."""
        super().__init__(reason)
        self.reason = reason
        self.field = self.field if field is None else field

    @property
    def extra(self) -> dict[str, object]:
        """What the error's JSON says besides: `errors`, as for a bad body."""
        return {"errors": [{"field": self.field, "reason": self.reason}]}
