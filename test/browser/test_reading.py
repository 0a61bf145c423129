"""Reading in a real browser: the theme, copying, paper; and all without scripts."""

from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

CHAPTER = "/chapter/application"
PAPER = "return getComputedStyle(document.body.parentElement).backgroundColor"
SHOWN = "return document.querySelector(arguments[0])?.checkVisibility() ?? false"


@pytest.fixture(scope="module")
def role() -> str:
    """Everybody reads alike."""
    return "anybody"


@pytest.fixture
def reader(browser: Chrome, room: Any) -> Chrome:
    """The browser, on a chapter, as on a laptop by daylight."""
    emulate(browser, 1280, "light")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    browser.get(room.url + CHAPTER)
    browser.execute_script("localStorage.clear()")
    browser.refresh()
    return browser


def emulate(browser: Chrome, width: int, scheme: str, media: str = "screen") -> None:
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    look = {"media": media, "features": features}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", look)


def test_the_theme_follows_the_system_until_the_reader_chooses(reader: Chrome) -> None:
    light = reader.execute_script(PAPER)
    emulate(reader, 1280, "dark")
    dark = reader.execute_script(PAPER)
    assert dark != light
    reader.find_element(By.CSS_SELECTOR, "button.theme").click()
    assert reader.execute_script(PAPER) == light
    reader.refresh()
    assert reader.execute_script(PAPER) == light
    reader.find_element(By.CSS_SELECTOR, "button.theme").click()
    assert reader.execute_script(PAPER) == dark
    assert reader.execute_script("return localStorage.length") == 0


@pytest.mark.parametrize(
    ("block", "copied"),
    [
        ("figure.console", "ls chapters\n"),
        ("figure.source", "# The web framework (Flask-RESTful breaks on 3.2)"),
        ("figure.diff", '"""Run the app from the command line."""\ntry'),
    ],
)
def test_copying_takes_what_one_types(reader: Chrome, block: str, copied: str) -> None:
    rights = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    reader.execute_cdp_cmd("Browser.grantPermissions", rights)
    figure = reader.find_element(By.CSS_SELECTOR, block)
    button = figure.find_element(By.CSS_SELECTOR, "button.copy")
    reader.execute_script("arguments[0].click()", button)
    WebDriverWait(reader, 10).until(lambda _: button.text == "Copied")
    read = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
    text = str(reader.execute_async_script(read))
    assert text.startswith(copied)
    assert "$" not in text


def test_the_headings_stand_beside_a_wide_page_and_fold_on_a_narrow_one(
    reader: Chrome,
) -> None:
    assert reader.execute_script(SHOWN, ".headings a")
    emulate(reader, 390, "light")
    assert not reader.execute_script(SHOWN, ".headings a")
    reader.find_element(By.CSS_SELECTOR, ".sidebar summary").click()
    assert reader.execute_script(SHOWN, ".headings a")
    reader.find_element(By.CSS_SELECTOR, ".headings a[href='#look-back']").click()
    assert not reader.execute_script(SHOWN, ".headings a")
    assert reader.current_url.endswith("#look-back")


def test_on_paper_there_is_the_text_alone(reader: Chrome) -> None:
    emulate(reader, 760, "dark", "print")
    for gone in (".bar", ".sidebar", ".turn", ".copy"):
        assert not reader.execute_script(SHOWN, gone), gone
    assert reader.execute_script(SHOWN, "article p")
    assert reader.execute_script(PAPER) in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_everything_is_read_without_scripts(reader: Chrome, room: Any) -> None:
    off = {"value": True}
    reader.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)
    try:
        reader.get(room.url + CHAPTER)
        assert not reader.find_elements(By.CSS_SELECTOR, ".copy, .theme")
        assert reader.find_element(By.CSS_SELECTOR, ".diagram img").is_displayed()
        assert reader.find_element(By.CSS_SELECTOR, ".turn a[rel=next]").is_displayed()
        reader.find_element(By.CSS_SELECTOR, ".turn a[rel=next]").click()
        assert "Configuration" in reader.title
    finally:
        off["value"] = False
        reader.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)
