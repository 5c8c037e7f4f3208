"""Debian's Chromium through its driver, as somebody uses it."""

import pathlib

from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from service import until

FOLDER = pathlib.Path(__file__).parent
AXE = (FOLDER / ".axe/node_modules/axe-core/axe.min.js").read_text()
# What the checker looks at: the rules of WCAG 2.2 A and AA, and good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Browser:
    """One window. `scripts`: whether pages may run any."""

    def __init__(self, scripts):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en"):
            options.add_argument(argument)
        if not scripts:
            block = {"profile.managed_default_content_settings.javascript": 2}
            options.add_experimental_option("prefs", block)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.size(1200, 900)

    def end(self):
        self.driver.quit()

    def size(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def scheme(self, scheme):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def go(self, url):
        self.driver.get(url)

    @property
    def path(self):
        return self.driver.current_url.split("/", 3)[3]

    def text(self, selector="main"):
        """What stands there; nothing while one page takes the place of another."""
        try:
            return self.driver.find_element(By.CSS_SELECTOR, selector).text
        except (NoSuchElementException, StaleElementReferenceException):
            return ""

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def fill(self, name, value):
        field = self.driver.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)

    def choose(self, name, text):
        Select(self.driver.find_element(By.NAME, name)).select_by_visible_text(text)

    def tick(self, name, value):
        self.driver.find_element(By.CSS_SELECTOR, f"[name={name}][value='{value}']").click()

    def press(self, text, within="body"):
        """Presses the button that begins with a text, what only a reader hears included."""

        def says(button):
            return " ".join(button.get_property("textContent").split())

        buttons = [it for it in self.all(f"{within} button") if it.is_displayed()]
        meant = [it for it in buttons if says(it).startswith(text)]
        if not meant:
            raise AssertionError(f"no {text!r} among {[says(it) for it in buttons]}")
        self.leave(meant[0])

    def follow(self, text):
        self.leave(self.driver.find_element(By.PARTIAL_LINK_TEXT, text))

    def leave(self, by):
        """Clicks on what leads to another page, and waits for it."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        by.click()

        def gone():
            try:
                return not page.is_enabled()
            except StaleElementReferenceException:
                return True
            except WebDriverException as error:
                # The same, where the page went in the middle of the question.
                if "does not belong to the document" not in str(error):
                    raise
                return True

        until(gone, f"another page than /{self.path}")

    def sees(self, text, selector="main"):
        """Waits for a text, without loading anything."""
        until(lambda: text in self.text(selector), f"{text!r} on /{self.path}")

    def sees_when_loaded(self, text):
        """Loads the page until it has a text, as somebody does without scripts."""

        def look():
            self.driver.refresh()
            return text in self.text()

        until(look, f"{text!r} on /{self.path}")

    def faults(self):
        """What keeps people out, as axe-core finds it."""
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: arguments[0]}).then(done, (e) => done({error: String(e)}));",
            TAGS,
        )
        if "error" in found:
            raise RuntimeError(found["error"])
        assert len(found["passes"]) > 5, "the checker looked at nothing"
        return [
            f"{it['id']}: {node['html']} {node['failureSummary']}"
            for it in found["violations"]
            for node in it["nodes"]
        ]

    def complaints(self):
        """What the browser says of the page: refused by its policy, not found."""
        log = self.driver.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def loaded(self):
        """All that the page has loaded."""
        return self.driver.execute_script(
            "return performance.getEntriesByType('resource').map((it) => it.name)"
        )

    def keys(self, keys):
        webdriver.ActionChains(self.driver).send_keys(keys).perform()

    def focused(self):
        return self.driver.switch_to.active_element

    def picture(self, path):
        self.driver.execute_script("scrollTo(0, 0)")
        path.parent.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(path))
