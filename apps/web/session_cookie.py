"""The name of the session's cookie, of which browsers make sure of some things.

One that begins with `__Host-` is for one host and all its paths, and nothing but HTTPS
on that host can set it: no page of another host in our domain, nobody on the way to a
reader (RFC 6265bis, section 4.1.3). Where the cookie has a domain or a path of its own,
`__Secure-` keeps at least plain HTTP from setting it.

In development the name tells the apps on one machine apart: browsers keep cookies by
host, and know no ports. The server's port is added in `apps/server/development.py`.
"""

import hashlib

from flask import Flask

from apps.settings.configuration import ConfigurationError

HOST, SECURE = "__Host-", "__Secure-"


def init_app(app: Flask) -> None:
    """Name the cookie as its settings allow. Raises ConfigurationError."""
    settings, interface = app.config, app.session_interface
    name, secure = settings["SESSION_COOKIE_NAME"], settings["SESSION_COOKIE_SECURE"]
    path, domain = interface.get_cookie_path(app), interface.get_cookie_domain(app)
    narrow = path != "/" or bool(domain)
    if not path.startswith("/"):
        raise ConfigurationError(f"SESSION_COOKIE_PATH is {path!r}: begin it with /")
    begins = name.lower()  # as browsers compare it
    if begins.startswith(HOST.lower()) and (narrow or not secure):
        raise ConfigurationError(
            f"SESSION_COOKIE_NAME is {name!r}: browsers refuse {HOST} unless "
            "SESSION_COOKIE_SECURE is on, with no SESSION_COOKIE_PATH and _DOMAIN"
        )
    if begins.startswith(SECURE.lower()) and not secure:
        raise ConfigurationError(
            f"SESSION_COOKIE_NAME is {name!r}: browsers refuse {SECURE} unless "
            "SESSION_COOKIE_SECURE is on"
        )
    if secure and not begins.startswith((HOST.lower(), SECURE.lower())):
        name = (SECURE if narrow else HOST) + name
    if settings["APP_CONFIG"] == "development":
        name += f"_{hashlib.sha256(app.instance_path.encode()).hexdigest()[:8]}"
    settings["SESSION_COOKIE_NAME"] = name
