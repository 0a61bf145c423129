"""The app, as a production server imports it: `gunicorn wsgi:app`."""

from apps import create_app
from apps.store import upgrading
from apps.token.keys import require_keys  # chapter 4

app = create_app()
upgrading.refuse_pending(app)
require_keys(app)  # chapter 4
