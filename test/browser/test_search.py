"""The search by keyboard, under the policy that the pages are served with."""

from typing import Any

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait


def chord(browser: Chrome) -> None:
    keys = ActionChains(browser).key_down(Keys.CONTROL).send_keys("k")
    keys.key_up(Keys.CONTROL).perform()


def test_a_search_needs_the_keyboard_only(room: Any, chromium: Chrome) -> None:
    wait = WebDriverWait(chromium, 30)
    chromium.delete_all_cookies()
    chromium.get_log("browser")
    chromium.get(f"{room.url}/chapter/application")
    chord(chromium)
    wait.until(lambda browser: browser.current_url == f"{room.url}/search")
    field = chromium.switch_to.active_element
    assert field.get_attribute("name") == "q"
    field.send_keys("blueprint" + Keys.ENTER)
    wait.until(lambda browser: browser.current_url.endswith("?q=blueprint"))
    wait.until(lambda browser: browser.find_elements(By.CSS_SELECTOR, ".search kbd"))
    assert chromium.find_element(By.TAG_NAME, "mark").text.lower() == "blueprint"
    chord(chromium)
    assert chromium.switch_to.active_element.get_attribute("name") == "q"
    ActionChains(chromium).send_keys(Keys.ARROW_DOWN).perform()
    hit = chromium.switch_to.active_element
    address = hit.get_attribute("href")
    assert "/chapter/" in address
    assert "#" in address
    ActionChains(chromium).send_keys(Keys.ARROW_UP).perform()
    assert chromium.switch_to.active_element.get_attribute("name") == "q"
    ActionChains(chromium).send_keys(Keys.ARROW_DOWN + Keys.ENTER).perform()
    wait.until(lambda browser: browser.current_url == address)
    anchor = address.partition("#")[2]
    assert chromium.find_elements(By.ID, anchor)
    assert chromium.get_log("browser") == []  # nothing against the policy
