"""Notes in a real browser: a passage is selected, marked, found again, and opened."""

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from apps.note import domain
from apps.note.models import Quote
from apps.user import domain as accounts

AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (results) => done(results.violations.map((one) =>
    `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join("; ")}`)),
  (error) => done([String(error)]));
"""
# Selects the first place of some words in the text, as a mouse would.
SELECT = """
const walker = document.createTreeWalker(
  document.querySelector("article"), NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const at = walker.currentNode.data.indexOf(arguments[0]);
  if (at < 0) continue;
  const end = at + arguments[0].length;
  walker.currentNode.parentElement.scrollIntoView({block: "center"});
  getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, end);
  return true;
}
return false;
"""
# Selects a paragraph and what follows, as long as a passage may be.
SELECT_TWO = """
for (const from of document.querySelectorAll("article > p")) {
  const to = from.nextElementSibling;
  const length = from.textContent.length + (to?.textContent.length ?? 500);
  if (!to?.matches("p") || length > 480) continue;
  from.scrollIntoView({block: "center"});
  getSelection().setBaseAndExtent(from.firstChild, 0, to, to.childNodes.length);
  return true;
}
return false;
"""
MARKED = """
return [...document.querySelectorAll("mark.noted")].map((one) => one.textContent);
"""
VIOLATIONS = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
"""
PATH = "/chapter/virtualenv/2-rebuild"
MARK = (By.CSS_SELECTOR, "mark.noted")
TAKE = (By.CSS_SELECTOR, "button.take-note")


@pytest.fixture(scope="module")
def role() -> str:
    """Only readers have notes."""
    return "reader"


@pytest.fixture
def reader(browser: Chrome, room: Any) -> Chrome:
    """The browser, on a part without notes, as on a laptop by daylight."""
    with room.app.app_context():
        user = accounts.find("reader")
        assert user
        for note in domain.mine(user, limit=100).notes:
            domain.remove(note.id, user)
    look(browser, 1280, "light")
    browser.get("about:blank")
    browser.get(room.url + PATH)
    browser.execute_script(VIOLATIONS)
    return browser


def look(browser: Chrome, width: int, scheme: str, touch: bool = False) -> None:
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": touch}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.execute_cdp_cmd(
        "Emulation.setTouchEmulationEnabled",
        {"enabled": touch, **({"maxTouchPoints": 1} if touch else {})},
    )
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def until(browser: Chrome, heeded: Callable[[Chrome], Any]) -> Any:
    return WebDriverWait(browser, 10).until(heeded)


def words_of(browser: Chrome) -> str:
    """Return a few words from the middle of a long paragraph."""
    found: str = browser.execute_script(
        """
        const all = [...document.querySelectorAll("article > p")];
        const node = all.flatMap((p) => [...p.childNodes]).find(
          (node) => node.nodeType === 3 && node.data.split(/[ ]+/).length > 12);
        return node.data.split("\\n")[0].trim().split(/[ ]+/).slice(1, 5).join(" ");
        """
    )
    assert len(found) > 8
    return found


def take(browser: Chrome, words: str) -> WebElement:
    """Select words; return the button that appears."""
    assert browser.execute_script(SELECT, words)
    button: WebElement = until(browser, lambda _: browser.find_element(*TAKE))
    return button


def keep(browser: Chrome, body: str) -> None:
    """Write a note into the dialog, and wait for the page that follows."""
    page = browser.find_element(By.TAG_NAME, "html")
    browser.switch_to.active_element.send_keys(body)
    browser.find_element(By.CSS_SELECTOR, "dialog form.card button").click()
    until(browser, staleness_of(page))
    until(browser, lambda _: browser.find_elements(*MARK))


def faults(browser: Chrome, axe: str) -> list[str]:
    browser.execute_script(axe)
    found: list[str] = browser.execute_async_script(AXE)
    return found


def test_a_passage_is_noted_and_marked_at_the_next_visit(
    reader: Chrome, axe: str
) -> None:
    words = words_of(reader)
    take(reader, words).click()
    assert reader.switch_to.active_element.get_attribute("name") == "body"
    assert reader.find_element(By.CSS_SELECTOR, "dialog .quoted").text == words
    assert faults(reader, axe) == []
    keep(reader, "What *is* this?")
    assert reader.execute_script(MARKED) == [words]
    assert reader.switch_to.active_element == reader.find_element(*MARK)
    reader.refresh()
    until(reader, lambda _: reader.find_elements(*MARK))
    assert reader.execute_script(MARKED) == [words]
    for scheme in ("light", "dark"):
        look(reader, 1280, scheme)
        assert faults(reader, axe) == [], scheme
    mark = reader.find_element(*MARK)
    mark.click()
    dialog = reader.find_element(By.CSS_SELECTOR, "dialog[open]")
    assert "What is this?" in dialog.text
    assert faults(reader, axe) == []
    ActionChains(reader).send_keys(Keys.ESCAPE).perform()
    until(reader, lambda _: not reader.find_elements(By.CSS_SELECTOR, "dialog[open]"))
    assert reader.switch_to.active_element == mark


def test_a_note_is_written_and_opened_by_keyboard(reader: Chrome) -> None:
    words = words_of(reader)
    button = take(reader, words)
    ActionChains(reader).send_keys(Keys.TAB).perform()
    assert reader.switch_to.active_element == button
    ActionChains(reader).send_keys(Keys.ENTER).perform()
    until(reader, lambda _: reader.find_elements(By.CSS_SELECTOR, "dialog[open]"))
    assert reader.find_element(By.CSS_SELECTOR, "dialog .quoted").text == words
    keep(reader, "By keyboard")
    assert reader.execute_script(MARKED) == [words]
    for key in (Keys.ENTER, Keys.SPACE):
        reader.execute_script("arguments[0].focus()", reader.find_element(*MARK))
        ActionChains(reader).send_keys(key).perform()
        opened = until(
            reader, lambda _: reader.find_element(By.CSS_SELECTOR, "dialog[open]")
        )
        assert "By keyboard" in opened.text
        ActionChains(reader).send_keys(Keys.ESCAPE).perform()


def test_a_form_that_is_closed_keeps_what_was_typed(reader: Chrome) -> None:
    take(reader, words_of(reader)).click()
    reader.switch_to.active_element.send_keys("Half a thought")
    ActionChains(reader).send_keys(Keys.ESCAPE).perform()
    field = until(
        reader, lambda _: reader.find_element(By.CSS_SELECTOR, ".new-note textarea")
    )
    assert field.get_property("value") == "Half a thought"
    exact = reader.find_element(By.CSS_SELECTOR, ".new-note [name=exact]")
    assert exact.get_property("value") == ""


def test_a_passage_over_several_paragraphs_is_one_note(reader: Chrome) -> None:
    assert reader.execute_script(SELECT_TWO)
    words = reader.execute_script("return getSelection().toString()")
    until(reader, lambda _: reader.find_element(*TAKE)).click()
    keep(reader, "Both")
    marked = "".join(reader.execute_script(MARKED))
    assert "".join(marked.split()) == "".join(words.split())
    stops = reader.find_elements(By.CSS_SELECTOR, "mark.noted[tabindex]")
    assert len(stops) == 1


def store(room: Any, quote: Quote, body: str = "Stored") -> None:
    """Store a note as if it was written at an earlier visit."""
    with room.app.app_context():
        user = accounts.find("reader")
        part = PATH.removeprefix("/chapter/")
        domain.write(user, part=part, body=body, quote=quote)


def test_of_several_places_the_one_with_the_same_surroundings_is_marked(
    reader: Chrome, room: Any
) -> None:
    text = reader.execute_script(
        "return document.querySelector('article').textContent.replace(/\\s/g, ' ')"
    )
    word = "environment"
    assert text.count(word) > 3
    third = -1
    for _ in range(3):
        third = text.index(word, third + 1)
    end = third + len(word)
    # The first part of what stood before it was another then.
    prefix = "something else" + text[third - 12 : third]
    store(room, Quote(word, prefix, text[end : end + 32]))
    reader.refresh()
    mark = until(reader, lambda _: reader.find_element(*MARK))
    before = reader.execute_script(
        """
        const range = document.createRange();
        range.setStart(document.querySelector("article"), 0);
        range.setEndBefore(arguments[0]);
        return range.cloneContents().textContent.replace(/\\s/g, " ");
        """,
        mark,
    )
    assert before.endswith(text[third - 12 : third])
    assert before.count(word) == 2


def test_a_passage_that_is_gone_is_said_to_be_gone(
    reader: Chrome, room: Any, axe: str
) -> None:
    store(room, Quote("words that nobody has written", "before", "after"))
    store(room, Quote("<img src=x onerror=alert(1)>"), "<img src=x onerror=alert(1)>")
    reader.refresh()
    gone = "This passage isn't in the text any more."
    until(
        reader,
        lambda _: (
            gone
            in reader.find_element(By.ID, "notes_here")
            .find_element(By.XPATH, "..")
            .text
        ),
    )
    assert reader.execute_script(MARKED) == []
    assert not reader.find_elements(By.CSS_SELECTOR, "article img[src=x], .note img")
    assert faults(reader, axe) == []


def test_passages_that_overlap_open_together(reader: Chrome, room: Any) -> None:
    words = words_of(reader)
    store(room, Quote(words), "The whole")
    store(room, Quote(words[3:-3]), "A piece")
    reader.refresh()
    until(reader, lambda _: len(reader.find_elements(*MARK)) > 1)
    inner = reader.find_element(By.CSS_SELECTOR, "mark.noted mark.noted")
    inner.click()
    opened = reader.find_element(By.CSS_SELECTOR, "dialog[open]").text
    assert "The whole" in opened
    assert "A piece" in opened


def test_on_a_phone_the_button_is_beneath_and_the_page_fits(
    reader: Chrome, axe: str
) -> None:
    look(reader, 390, "dark", touch=True)
    try:
        words = words_of(reader)
        button = take(reader, words)
        selected, place = reader.execute_script(
            """
            return [getSelection().getRangeAt(0), arguments[0]].map(
              (one) => one.getBoundingClientRect().toJSON())
            """,
            button,
        )
        assert place["top"] >= selected["bottom"]
        assert place["height"] >= 40
        assert place["right"] <= 390
        assert faults(reader, axe) == []
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        touch = {"touchPoints": [{"x": x, "y": y}], "type": "touchStart"}
        reader.execute_cdp_cmd("Input.dispatchTouchEvent", touch)
        end = {"touchPoints": [], "type": "touchEnd"}
        reader.execute_cdp_cmd("Input.dispatchTouchEvent", end)
        until(reader, lambda _: reader.find_elements(By.CSS_SELECTOR, "dialog[open]"))
        assert faults(reader, axe) == []
        keep(reader, "On the train")
        assert reader.execute_script(MARKED) == [words]
        wide = reader.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 390
    finally:
        look(reader, 1280, "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_notes_have_no_barrier(
    reader: Chrome, room: Any, axe: str, width: int, scheme: str
) -> None:
    store(room, Quote("words that nobody has written"), "`code` and [a link](/)")
    look(reader, width, scheme)
    reader.get(f"{room.url}/note/")
    note = reader.find_element(By.CSS_SELECTOR, "a[href$='/edit']").get_attribute(
        "href"
    )
    assert note
    for url in (f"{room.url}/note/", note, note.replace("/edit", "/delete")):
        reader.get(url)
        assert faults(reader, axe) == [], url
        wide = reader.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, url
    with room.app.app_context():
        user = accounts.find("reader")
        (stored,) = domain.mine(user).notes
        domain.rewrite(
            stored.id, user, body="Other", tags=["one"], shared=True, version=1
        )
    reader.get(note)
    version = reader.find_element(By.CSS_SELECTOR, "[name=version]")
    reader.execute_script("arguments[0].value = 1", version)
    page = reader.find_element(By.TAG_NAME, "html")
    reader.find_element(By.CSS_SELECTOR, "main form button").click()
    until(reader, staleness_of(page))
    assert "What is kept now" in reader.page_source
    assert faults(reader, axe) == []


def test_the_policy_refuses_nothing(reader: Chrome) -> None:
    take(reader, words_of(reader)).click()
    assert reader.execute_script("return refused") == []


def test_without_scripts_a_note_is_written_below_the_text(
    reader: Chrome, room: Any
) -> None:
    off = {"value": True}
    reader.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)
    try:
        reader.get(room.url + PATH)
        form = reader.find_element(By.CSS_SELECTOR, ".new-note form")
        form.find_element(By.NAME, "body").send_keys("By hand")
        form.find_element(By.TAG_NAME, "button").click()
        until(reader, lambda _: "#note_" in reader.current_url)
        assert "By hand" in reader.find_element(By.CSS_SELECTOR, ".note").text
    finally:
        off["value"] = False
        reader.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)
