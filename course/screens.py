"""Pictures of pages: what Chromium shows of a running checkpoint, as small PNGs."""

import base64
import json
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from course.text.png import quantize

PASSWORD = "a long and unusual phrase"  # noqa: S105
QUIET = [
    "--headless",
    "--no-sandbox",  # root has none, and the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--disable-lcd-text",  # grey edges: fewer colours, the same on every screen
]


def register(url: str, name: str) -> None:
    """Make an account on the server at url."""
    email = f"{name}@example.org"
    send(url, "register", name=name, email=email, password=PASSWORD)


def send(url: str, what: str, **fields: str) -> str:
    """Post JSON to one of the account's addresses; return the cookie that it set."""
    request = urllib.request.Request(  # noqa: S310
        f"{url}/user/{what}",
        json.dumps(fields).encode(),
        {"Content-Type": "application/json", "Origin": url},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        cookie: str = answer.headers.get("Set-Cookie", "")
    return cookie.partition(";")[0]


def photograph(url: str, row: dict[str, Any], path: Path, scheme: str) -> None:
    """Save what the row's page looks like, light or dark, at its width and height."""
    with browser(row["width"], row["height"], scheme) as chrome:
        if user := row.get("user"):
            chrome.get(f"{url}/health")
            name, _, value = send(url, "login", name=user, password=PASSWORD).partition(
                "="
            )
            chrome.add_cookie({"name": name, "value": value, "path": "/"})
        chrome.get(url + row["page"])
        if script := row.get("script"):
            chrome.execute_script(script)
        shot = chrome.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(quantize(base64.b64decode(shot["data"])))


@contextmanager
def browser(width: int, height: int, scheme: str) -> Iterator[Chrome]:
    """Run Chromium with a profile of its own and a screen of that size, in pixels."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for option in [*QUIET, f"--user-data-dir={profile}"]:
            options.add_argument(option)
        chrome = Chrome(options, ChromeService(shutil.which("chromedriver")))
        try:
            screen = {"width": width, "height": height, "deviceScaleFactor": 1}
            chrome.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride", {**screen, "mobile": False}
            )
            wishes = {"color-scheme": scheme, "reduced-motion": "reduce"}
            features = [{"name": f"prefers-{k}", "value": v} for k, v in wishes.items()]
            chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            yield chrome
        finally:
            chrome.quit()
