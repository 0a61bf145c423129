"""Forms whose text isn't lost: refused, changed elsewhere, or while MongoDB is away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from apps.domain_error import DomainError
from apps.note.checking import BadNote
from apps.note.domain import NoteChanged, NoteNotFound, TooManyNotes
from apps.store import mongo
from apps.store.outages import RETRY_SECONDS
from apps.web.forms import Form

logger = logging.getLogger(__name__)

LATER = "Your note can't be kept at the moment. Leave this page open, and try again."
GONE = "There is no such note any more. What you wrote is still here: copy it."
RETRY = {"Retry-After": str(RETRY_SECONDS)}
SEEN = ("body", "tags", "shared")  # the fields that a reader can correct


class LastingForm(Form):
    """A form that can be shown again with any status."""

    code = 0  # where it isn't that of a form with a fault

    def validate(self, extra_validators: Any = None) -> bool:
        """Leave the lengths to the rules: a note may be longer than other fields."""
        return bool(FlaskForm.validate(self, extra_validators))

    @property
    def status(self) -> int:
        """The status to show this form with."""
        return self.code or super().status

    def refuse_all(self, code: int, reason: str) -> None:
        """Show a reason above the form, with a status of its own."""
        self.code = code
        self.refuse(DomainError(reason))


@contextmanager
def refused_in(form: LastingForm) -> Iterator[None]:
    """Go on after the block where a note can't be kept; the form says why."""
    try:
        yield
    except BadNote as error:
        for name, reason in error.faults:
            if name in SEEN:
                form.refuse(DomainError(reason, name))
            else:
                form.refuse(DomainError(f"The {name} {reason}."))
    except TooManyNotes as error:
        form.refuse(error)
    except NoteChanged as error:
        form.refuse_all(409, str(error))
    except NoteNotFound:
        form.refuse_all(404, GONE)
    except mongo.STORE.errors as error:
        if not mongo.STORE.is_outage(error):
            raise
        logger.error("MongoDB can't be used: %s", mongo.STORE.reason(error))
        form.refuse_all(503, LATER)


def show(template: str, form: LastingForm, **more: object) -> ResponseReturnValue:
    """Answer with a page that shows the form, and what is wrong with it."""
    page = render_template(template, form=form, **more)
    return page, form.status, RETRY if form.status == 503 else {}
