"""Send 100 MB where 3 bytes were announced, and print how many were written."""

import io

from apps import create_app
from apps.file import disk, domain

with create_app().app_context(), disk.draft() as draft:
    try:
        domain._copy(io.BytesIO(b"x" * 10**8), draft, 3)
    except domain.TooLong:
        print(draft.tell())
