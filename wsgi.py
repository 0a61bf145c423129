"""The app, as a production server imports it: `gunicorn wsgi:app`."""

from apps import create_app, upgrading

app = create_app()
upgrading.refuse_pending(app)
