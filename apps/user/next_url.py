"""Where to go after logging in: to the page that the reader wanted."""

import re

from flask import request, url_for

# A path; browsers read "//host" and "/\host" as another site, and skip controls.
OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,1000}")


def next_url() -> str:
    """Return where `next` leads, if that is inside this site; the contents if not."""
    wanted = request.values.get("next", "")
    if OWN_PATH.fullmatch(wanted):
        return request.root_path + wanted
    return url_for("chapter.contents")
