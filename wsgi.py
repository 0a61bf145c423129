"""The app, as a production server imports it: `gunicorn wsgi:app`."""

import sys

from apps import create_app
from apps.settings.configuration import ConfigurationError
from apps.store import upgrading
from apps.token.keys import require_keys  # chapter 4

try:
    app = create_app()
    upgrading.refuse_pending(app)
    require_keys(app)  # chapter 4
except ConfigurationError as error:
    error.show()
    sys.exit(4)  # gunicorn's "app failed to load": it doesn't try again
