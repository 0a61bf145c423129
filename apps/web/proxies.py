"""The app's public address, and the proxies between it and the browser."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from apps.settings.configuration import ConfigurationError
from apps.web.same_origin import origin_of


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
            app.config["TRUSTED_HOSTS"] = [here[1]]
