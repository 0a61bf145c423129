"""Every page of the app, for every role: valid, without barriers, without faults."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

LOOKS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


def show(browser: Chrome, address: str, width: int, scheme: str) -> None:
    """Open a page as wide, and as light or dark, as a reader's screen is."""
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(address)


def barriers(browser: Chrome, axe: str) -> list[str]:
    """Run axe on the page that is shown; describe each violation."""
    browser.execute_script(axe)
    found: list[dict[str, Any]] = browser.execute_async_script(
        """
        const done = arguments[arguments.length - 1];
        axe.run(document, {resultTypes: ["violations"]}).then(
          (results) => done(results.violations),
          (error) => done([{id: String(error), nodes: []}]));
        """
    )
    return [
        f"{one['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"] or [{"html": ""}]
    ]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_no_barrier_and_the_console_stays_empty(
    browser: Chrome,
    room: Any,
    pages: dict[str, str],
    axe: str,
    width: int,
    scheme: str,
) -> None:
    faults = []
    for path in pages:
        browser.get_log("browser")
        show(browser, room.url + path, width, scheme)
        faults += [f"{path}: {one}" for one in barriers(browser, axe)]
        faults += [
            f"{path}: console: {one['message'][:300]}"
            for one in browser.get_log("browser")
            if "Failed to load resource" not in one["message"]
            or path not in one["message"]
        ]
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{path}: is {wide} pixels wide on a screen of {width}")
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:40])


def test_every_page_is_valid_html(
    pages: dict[str, str], validator: list[str], tmp_path: Path
) -> None:
    files = {}
    for number, (path, html) in enumerate(pages.items()):
        file = tmp_path / f"{number}.html"
        file.write_text(html, encoding="utf-8")
        files[file.as_uri().replace("file:///", "file:/")] = path
    command = [*validator, "--format", "json", *map(str, tmp_path.glob("*.html"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    faults = [
        f"{files.get(one['url'], one['url'])}:{one.get('lastLine')}: {one['message']}"
        for one in json.loads(done.stderr)["messages"]
    ]
    assert pages
    assert not faults, f"{len(faults)} faults\n" + "\n".join(sorted(set(faults))[:40])
