"""The app's public address, and the proxies between it and the browser."""

from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect
from werkzeug.sansio.utils import host_is_trusted

from apps.settings.configuration import ConfigurationError
from apps.web.same_origin import origin_of


def redirect_within() -> Response | None:
    """Write a redirect of Flask's own, as from `/chapter`, without scheme and host.

    Flask takes both from the request, where a proxy may have written other ones than
    the browser asked for; and a name such as `my_app` Flask leaves out altogether.
    """
    found = request.routing_exception
    if not isinstance(found, RequestRedirect):
        return None
    _, _, path, query, _ = urlsplit(found.new_url)
    here = urlunsplit(("", "", "/" + path.lstrip("/"), query, ""))
    return redirect(here, found.code)  # type: ignore[return-value]


def init_app(app: Flask) -> None:
    """Trust the headers of PROXIES proxies; answer only to the host of PUBLIC_URL.

    TRUSTED_HOSTS names other hosts instead. Raises ConfigurationError.
    """
    public, proxies = app.config["PUBLIC_URL"], app.config["PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    if public:
        here = origin_of(public)
        parts = public.rstrip("/").split("/")  # https:, nothing, host
        if here is None or len(parts) != 3 or set("@?#") & set(public):
            raise ConfigurationError(
                "PUBLIC_URL is not an address such as https://example.org"
            )
        if app.config["TRUSTED_HOSTS"] is None:
            if not host_is_trusted(here[1], [here[1]]):
                raise ConfigurationError(
                    f"PUBLIC_URL: Flask answers to no host such as {here[1]!r}; a name "
                    "has letters, digits, dots and hyphens (xn--... for others)"
                )
            app.config["TRUSTED_HOSTS"] = [here[1]]
    app.before_request(redirect_within)
