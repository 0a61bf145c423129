"""Every page of the app, for every role: valid, without barriers, without faults."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

LOOKS = [(390, "light"), (390, "dark"), (1280, "dark"), (1280, "light")]
AXE = """
const done = arguments[arguments.length - 1];
const only = arguments[0] ? {runOnly: arguments[0]} : {};
axe.run(document, {resultTypes: ["violations"], ...only}).then(
  (results) => done(results.violations),
  (error) => done([{id: String(error), nodes: []}]));
"""
FORMS = """
return [...document.forms].flatMap((form, at) =>
  form.method === "post" && form.querySelector("[type=text], [type=password]")
    ? [at] : []);
"""
SUBMIT = """
const form = document.forms[arguments[0]];
for (const field of form.querySelectorAll("[type=text], [type=email], [type=password]"))
  field.value = "";
form.noValidate = true;
form.requestSubmit(form.querySelector("button, [type=submit]"));
"""
STATUS = "return performance.getEntriesByType('navigation')[0].responseStatus"


def look(browser: Chrome, width: int, scheme: str) -> None:
    """Make the screen as wide, and as light or dark, as a reader's is."""
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def faults_of(browser: Chrome, width: int, scheme: str) -> list[str]:
    """Look at the page that is open: barriers for anybody, and whether it fits.

    What is dark differs in its colours only.
    """
    look(browser, width, scheme)
    rules = ["color-contrast", "link-in-text-block"] if scheme == "dark" else None
    found: list[dict[str, Any]] = browser.execute_async_script(AXE, rules)
    faults = [
        f"{one['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"] or [{"html": ""}]
    ]
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    if wide > width:
        faults.append(f"is {wide} pixels wide")
    return [f"at {width} pixels, {scheme}: {fault}" for fault in faults]


def console_of(browser: Chrome, address: str) -> list[str]:
    """List what the console says: faults of scripts, and what the policy refused.

    That the page itself has an error's status is none.
    """
    said = [
        one["message"]
        for one in browser.get_log("browser")
        if one["level"] in ("WARNING", "SEVERE")
    ]
    return [
        f"console: {one[:300]}"
        for one in said
        if not (one.startswith(address) and "the server responded with a status" in one)
    ]


def test_pages_have_no_barrier_fit_the_screen_and_keep_the_console_empty(
    browser: Chrome, room: Any, pages: dict[str, str], axe: str
) -> None:
    faults = []
    look(browser, *LOOKS[-1])
    browser.get_log("browser")  # what other tests have left there
    for path in pages:
        browser.get(room.url + path)
        found = console_of(browser, room.url + path)
        browser.execute_script(axe)
        for width, scheme in LOOKS:
            found += faults_of(browser, width, scheme)
        faults += [f"{path} {fault}" for fault in found]
    assert pages
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:40])


def test_the_bar_is_one_line_on_a_phone(
    browser: Chrome, room: Any, pages: dict[str, str]
) -> None:
    look(browser, *LOOKS[0])
    browser.get(f"{room.url}/search")
    bar = browser.find_element(By.CSS_SELECTOR, "header.bar")
    assert bar.size["height"] < 60


def test_a_refused_form_has_no_barrier(
    browser: Chrome, room: Any, pages: dict[str, str], axe: str
) -> None:
    faults, refused = [], 0
    for path, html in pages.items():
        if not re.search(r"method=.?post", html, re.IGNORECASE):
            continue
        browser.get(room.url + path)
        for number in browser.execute_script(FORMS):
            browser.get(room.url + path)
            before = browser.find_element(By.TAG_NAME, "html")
            browser.execute_script(SUBMIT, number)
            WebDriverWait(browser, 10).until(staleness_of(before))
            status = browser.execute_script(STATUS)
            if not 400 <= status < 500:
                faults.append(f"{path}: nothing filled in, and it answers {status}")
            browser.execute_script(axe)
            faults += [f"{path} {one}" for one in faults_of(browser, *LOOKS[0])]
            refused += 1
    assert refused
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:40])


def test_the_first_key_leads_past_the_menus(
    browser: Chrome, room: Any, pages: dict[str, str]
) -> None:
    for path in pages:
        browser.get(room.url + path)
        if browser.find_elements(By.CSS_SELECTOR, "[autofocus]"):
            continue  # there the reader came to type
        ActionChains(browser).send_keys(Keys.TAB).perform()
        goal = browser.switch_to.active_element.get_dom_attribute("href") or ""
        assert goal.startswith("#"), f"{path}: Tab leads to {goal!r}"
        assert browser.find_elements(By.ID, goal[1:]), f"{path} has no {goal}"


def test_every_page_is_valid_html(
    room: Any, validator: list[str], tmp_path: Path
) -> None:
    files: dict[str, str] = {}
    for role in room.cookies:
        for path, html in room.pages(role).items():
            file = tmp_path / f"{len(files)}.html"
            file.write_text(html, encoding="utf-8")
            files[file.name] = f"{role}: {path}"
    command = [*validator, "--format", "json", *map(str, tmp_path.glob("*.html"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    faults = [
        f"{files[one['url'].rpartition('/')[2]]}:{one['lastLine']}: {one['message']}"
        for one in json.loads(done.stderr)["messages"]
    ]
    assert files
    assert not faults, f"{len(faults)} faults\n" + "\n".join(sorted(faults)[:40])
