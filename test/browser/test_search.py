"""The search by keyboard, under the policy that the pages are served with."""

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from apps.search.plain import Section, sections


def chord(browser: Chrome) -> None:
    keys = ActionChains(browser).key_down(Keys.CONTROL).send_keys("k")
    keys.key_up(Keys.CONTROL).perform()


def arrow_down(browser: Chrome) -> None:
    ActionChains(browser).send_keys(Keys.ARROW_DOWN).perform()


def hit(browser: Chrome) -> str | None:
    """Return where the focused link leads; None where no link has the focus."""
    return browser.switch_to.active_element.get_dom_attribute("href") and str(
        browser.switch_to.active_element.get_attribute("href")
    )


def press(
    browser: Chrome,
    keys: Callable[[Chrome], None],
    heeded: Callable[[Chrome], bool],
) -> None:
    """Press keys until they are heeded: a browser that still loads may drop them."""
    for last in (False, False, True):
        keys(browser)
        try:
            WebDriverWait(browser, 10).until(heeded)
            return
        except TimeoutException:
            if last:
                raise


def asks(browser: Chrome) -> bool:
    """Tell whether what is typed now goes into the field of the search."""
    return browser.switch_to.active_element.get_attribute("name") == "q"


# Words, and the chapter that explains each: there the text has it in italics.
EXPLAINED = {
    "blueprint": "/chapter/application",
    "factory": "/chapter/application",
    "migration": "/chapter/auth",
    "hash": "/chapter/auth",
    "session": "/chapter/auth",
    "refresh token": "/chapter/jwt",
    "context processor": "/chapter/jinja",
    "macro": "/chapter/jinja",
    "autoescape": "/chapter/jinja",
    "permission": "/chapter/permissions",
}


def test_ten_words_find_where_they_are_explained_first(room: Any) -> None:
    client, faults = room.client("anybody"), []
    for word, chapter in EXPLAINED.items():
        answer = client.get("/search", query_string={"q": word})
        first = answer.json["hits"][0] if answer.json["hits"] else {"url": ""}
        where, _, name = first["url"].partition("#")
        text = client.get(where).json["text"] if where else ""
        explained = next(
            (one for one in sections("", text) if one.anchor == name), Section("", "")
        )
        if not (where.startswith(chapter) and word in explained.terms.lower()):
            faults.append(f"{word} finds {first['url']!r} first")
    assert not faults, "\n".join(faults)


def test_a_search_needs_the_keyboard_only(room: Any, chromium: Chrome) -> None:
    wait = WebDriverWait(chromium, 30)
    chromium.delete_all_cookies()
    chromium.get_log("browser")
    chromium.get(f"{room.url}/chapter/application")
    press(chromium, chord, lambda browser: browser.current_url == f"{room.url}/search")
    wait.until(asks)
    chromium.switch_to.active_element.send_keys("blueprint" + Keys.ENTER)
    wait.until(lambda browser: browser.current_url.endswith("?q=blueprint"))
    wait.until(lambda browser: browser.find_elements(By.CSS_SELECTOR, ".search kbd"))
    assert chromium.find_element(By.TAG_NAME, "mark").text.lower() == "blueprint"
    press(chromium, arrow_down, lambda browser: hit(browser) is not None)
    address = hit(chromium)
    assert address == chromium.find_element(By.CSS_SELECTOR, "main h2 a").get_attribute(
        "href"
    )
    assert "#" in address
    ActionChains(chromium).send_keys(Keys.ARROW_DOWN).perform()
    wait.until(lambda browser: hit(browser) not in (None, address))
    ActionChains(chromium).send_keys(Keys.ARROW_UP + Keys.ARROW_UP).perform()
    wait.until(asks)
    press(chromium, chord, asks)
    ActionChains(chromium).send_keys(Keys.ARROW_DOWN + Keys.ENTER).perform()
    wait.until(lambda browser: browser.current_url == address)
    anchor = address.partition("#")[2]
    wait.until(lambda browser: browser.find_elements(By.ID, anchor))
    assert chromium.get_log("browser") == []  # nothing against the policy
