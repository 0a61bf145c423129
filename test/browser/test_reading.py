"""Reading in a real browser: the theme, copying, paper; and all without scripts."""

import base64
import re
import zlib
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
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
    ("block", "typed"),
    [
        ("figure.console", r"(?m)^[$>] (.*)$"),
        ("figure.source", r"(?m)^(.*)$"),
        ("figure.diff", r"(?m)^[+ ](.*)$"),
    ],
)
def test_copying_takes_what_one_types(reader: Chrome, block: str, typed: str) -> None:
    rights = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    reader.execute_cdp_cmd("Browser.grantPermissions", rights)
    figure = reader.find_element(By.CSS_SELECTOR, block)
    button = figure.find_element(By.CSS_SELECTOR, "button.copy")
    reader.execute_script("arguments[0].click()", button)
    WebDriverWait(reader, 10).until(lambda _: button.text == "Copied")
    read = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
    text = str(reader.execute_async_script(read))
    shown = figure.find_element(By.TAG_NAME, "pre").get_property("textContent")
    assert text.splitlines() == re.findall(typed, str(shown).rstrip())


def pixel(browser: Chrome, image: WebElement) -> tuple[int, ...]:
    """Return the colour of an image's pixel near its lower edge, in the middle."""
    browser.execute_script("arguments[0].scrollIntoView({block: 'end'})", image)
    wait = WebDriverWait(browser, 10)
    wait.until(lambda _: browser.execute_script("return arguments[0].complete", image))
    place = browser.execute_script(
        "const box = arguments[0].getBoundingClientRect();"
        "return {x: box.x + box.width / 2, y: box.bottom - 8}",
        image,
    )
    clip = {**place, "width": 1, "height": 1, "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
    png = base64.b64decode(shot["data"])
    start = png.index(b"IDAT")
    length = int.from_bytes(png[start - 4 : start], "big")
    data = png[start + 4 : start + 4 + length]
    return tuple(zlib.decompressobj().decompress(data)[1:4])


def test_pictures_follow_the_theme_that_the_reader_chose(
    reader: Chrome, room: Any
) -> None:
    reader.get(f"{room.url}/chapter/jwt")
    image = reader.find_element(By.CSS_SELECTOR, ".picture img[src*=svg]")
    assert min(pixel(reader, image)) > 200
    reader.find_element(By.CSS_SELECTOR, "button.theme").click()
    WebDriverWait(reader, 60).until(lambda _: max(pixel(reader, image)) < 80)
    reader.find_element(By.CSS_SELECTOR, "button.theme").click()
    WebDriverWait(reader, 60).until(lambda _: min(pixel(reader, image)) > 200)


def test_a_screenshot_has_a_dark_sister(reader: Chrome, room: Any) -> None:
    reader.get(f"{room.url}/chapter/jinja")
    shown = "return [...document.querySelectorAll('.picture img[src*=png]')].filter("
    shown += "(image) => image.checkVisibility()).map((image) => image.className)"
    assert set(reader.execute_script(shown)) == {"light"}
    emulate(reader, 1280, "dark")
    assert set(reader.execute_script(shown)) == {"dark"}


BROKEN = """
const broken = [];
for (const code of document.querySelectorAll("td code")) {
  for (const node of code.childNodes) {
    const range = document.createRange();
    range.selectNodeContents(node);
    if (!/[\\s-]/.test(node.textContent) && range.getClientRects().length > 1)
      broken.push(code.textContent);
  }
}
return broken;
"""
SMALL = """
return [...document.querySelectorAll(".picture img")]
  .filter((image) => image.checkVisibility())
  .filter((image) => {
    const whole = Number(image.getAttribute("width"));
    return image.getBoundingClientRect().width < 0.6 * whole;
  })
  .map((image) => image.src);
"""


def test_a_phone_shows_paths_unbroken_and_pictures_large_enough(
    reader: Chrome, room: Any
) -> None:
    client = room.client("anybody")
    chapters = client.get("/chapter/", headers={"Accept": "application/json"}).json
    texts = [one["url"] for each in chapters["chapters"] for one in each["parts"]]
    emulate(reader, 390, "light")
    for url in texts:
        reader.get(room.url + url)
        assert reader.execute_script(BROKEN) == [], url
        assert reader.execute_script(SMALL) == [], url


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
        assert reader.find_element(By.CSS_SELECTOR, ".picture img").is_displayed()
        assert reader.find_element(By.CSS_SELECTOR, ".turn a[rel=next]").is_displayed()
        reader.find_element(By.CSS_SELECTOR, ".turn a[rel=next]").click()
        assert "Commands" in reader.title
    finally:
        off["value"] = False
        reader.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)
