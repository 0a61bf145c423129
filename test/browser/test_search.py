"""The search by keyboard, under the policy that the pages are served with."""

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait


def chord(browser: Chrome) -> None:
    keys = ActionChains(browser).key_down(Keys.CONTROL).send_keys("k")
    keys.key_up(Keys.CONTROL).perform()


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
    press(chromium, chord, asks)
    ActionChains(chromium).send_keys(Keys.ARROW_DOWN).perform()
    wait.until(lambda browser: not asks(browser))
    address = chromium.switch_to.active_element.get_attribute("href")
    assert "/chapter/" in address
    assert "#" in address
    ActionChains(chromium).send_keys(Keys.ARROW_UP).perform()
    wait.until(asks)
    ActionChains(chromium).send_keys(Keys.ARROW_DOWN + Keys.ENTER).perform()
    wait.until(lambda browser: browser.current_url == address)
    anchor = address.partition("#")[2]
    wait.until(lambda browser: browser.find_elements(By.ID, anchor))
    assert chromium.get_log("browser") == []  # nothing against the policy
