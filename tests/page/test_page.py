"""The page as a firm's administrator meets it, with scripts and without."""

import base64
import json
import os
import pathlib
import unittest

from selenium.webdriver.common.keys import Keys

from browser import Browser
from service import World

IN_README = ("overview-light", "failed-dark", "mapping-light", "run-phone", "draft-light")
PICTURES = pathlib.Path(__file__).parents[2] / "host/server/screenshots"

# A document in lines, as a template and filled.
PETITION = (
    "PLAINTIFF'S ORIGINAL PETITION", "", "In the {court}.", "",
    "Plaintiff complains of Defendant, and would show:",
    "1. Discovery is to be conducted under Level 2.", "",
    "{prayer}",
)


def inline(text):
    """A text as the content of a draft."""
    return {"source": {"inline": base64.b64encode(text.encode()).decode()}}


class Page:
    """What holds with scripts and without. Each is a world of its own."""

    scripts = True

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.end)
        cls.browser = Browser(cls.scripts)
        cls.addClassCleanup(cls.browser.end)

    def go(self, path):
        self.browser.go(self.world.page + path)

    def sign_in(self, key):
        self.go("/sign-in")
        self.browser.fill("key", key)
        self.browser.press("Sign in")

    def comes(self, text):
        """Waits for a text: the page's script shows it, or somebody loads anew."""
        if self.scripts:
            self.browser.sees(text)
        else:
            self.browser.sees_when_loaded(text)

    def fine(self, name):
        """That nothing keeps anybody out, in light and dark and on a phone."""
        if not self.scripts:
            return
        for scheme, width in [("light", 1200), ("dark", 1200), ("light", 375)]:
            self.browser.scheme(scheme)
            self.browser.size(width, 900)
            self.assertEqual(self.browser.faults(), [], f"{name} in {scheme} at {width}")
            loaded = self.browser.loaded()
            self.assertTrue(all(url.startswith(self.world.page) for url in loaded), loaded)
            wide = self.browser.driver.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            self.assertLessEqual(wide, 0, f"{name} is wider than {width}")
            picture = f"{name}-{'phone' if width < 500 else scheme}"
            if os.environ.get("SCREENSHOTS") and picture in IN_README:
                self.browser.picture(PICTURES / f"{picture}.png")
        self.browser.scheme("light")
        self.browser.size(1200, 900)

    def test_a_firm_signs_in_connects_syncs_mends_and_signs_out(self):
        browser, world = self.browser, self.world

        self.go("/history?status=failed")
        self.assertEqual(browser.path, "sign-in?next=/history?status=failed")
        self.fine("sign-in")
        browser.fill("key", "clio_" + "0" * 64)
        browser.press("Sign in")
        browser.sees("That is no key")
        browser.fill("key", world.admin)
        browser.press("Sign in")
        self.assertEqual(browser.path, "history?status=failed")
        [session] = browser.driver.get_cookies()
        self.assertTrue(session["httpOnly"])
        self.assertEqual(session["sameSite"], "Lax")

        self.connect()
        self.keyboard()
        self.check()
        self.fail_and_try_again()
        self.map()
        self.hear()
        self.review()
        self.keys()
        self.disconnect()
        self.finished()

    def connect(self):
        browser, world = self.browser, self.world
        self.go("/")
        browser.follow("Connect a Clio account")
        self.fine("connect")
        browser.press("Go to Clio")
        self.assertTrue(browser.driver.current_url.startswith(world.clio))
        self.browser.press("Allow Access")
        browser.sees("Connected.")
        self.assertEqual(browser.path, "connections/harbor?said=connected")
        browser.sees("Its id in Clio")
        # The service would find the new account within twenty seconds.
        status, _ = world.api("POST", "/v1/connections/harbor/webhooks")
        self.assertEqual(status, 202)

    def keyboard(self):
        """The first stop leads past the navigation, and the next into the content."""
        browser = self.browser
        self.go("/history")
        browser.keys(Keys.TAB)
        self.assertEqual(browser.focused().text, "To the content")
        browser.keys(Keys.ENTER)
        browser.keys(Keys.TAB)
        self.assertEqual(browser.focused().get_attribute("id"), "connection")
        browser.keys("h")
        self.assertEqual(browser.focused().get_attribute("value"), "harbor")

    def check(self):
        browser = self.browser
        self.go("/connections/harbor")
        browser.press("Check now")
        browser.sees("who am I")
        browser.sees("permission contacts")
        self.assertNotIn("does not work", browser.text())
        self.fine("connection")

    def fail_and_try_again(self):
        browser, world = self.browser, self.world
        world.control("POST", "/faults", {
            "method": "POST", "path": "/matters", "times": "once",
            "effect": {"answer": {"status": 422}},
        })
        case = {
            "source_id": "page:1",
            "client": {"first_name": "Ana", "last_name": "Diaz", "email": "ana@example.com"},
            "matter": {"title": "Diaz v. Harbor", "case_type": "Personal Injury"},
        }
        status, made = world.api("POST", "/v1/connections/harbor/cases", case)
        self.assertEqual((status, made["code"]), (422, "rejected_by_clio"), made)
        self.go("/failed")
        self.comes("page:1")
        self.fine("failed")
        browser.follow("sync")
        browser.sees("Why it failed")
        self.fine("run-failed")
        browser.press("Try again")
        self.comes("Result")
        self.assertNotIn("Why it failed", browser.text())
        self.fine("run")
        self.go("/cases")
        browser.sees("page:1")
        self.fine("cases")
        self.go("/")
        browser.sees("sync")
        self.fine("overview")

    def map(self):
        """A mapping is edited: what is wrong is told, and nothing saved before it is right."""
        browser, world = self.browser, self.world
        file = world.home / "mappings/harbor.json"
        self.go("/mappings")
        self.fine("mappings")
        browser.follow("Mapping of harbor")
        browser.fill("case_types.0.term", "car crash")
        browser.press("Check and save")
        browser.sees("Nothing was saved.")
        browser.sees("has no practice area")
        self.fine("mapping-wrong")
        self.assertFalse(file.exists())
        browser.choose("case_types.0.area", "Personal Injury")
        browser.press("Show the choices")
        browser.choose("case_types.0.stage", "Retained")
        browser.fill("document_kinds.0.term", "letter")
        browser.choose("document_kinds.0.category", "Correspondence")
        browser.fill("document_kinds.0.folder", "Letters / Out")
        browser.press("Check and save")
        browser.sees("Saved.")
        self.fine("mapping")
        mapping = json.loads(file.read_text())
        self.assertEqual(mapping["case_types"], {
            "car crash": {"practice_area": "Personal Injury", "stage": "Retained"}
        })
        self.assertEqual(mapping["document_kinds"], {
            "letter": {"category": "Correspondence", "folder": ["Letters", "Out"]}
        })
        # Somebody else edits the file while the form is open.
        file.write_text(json.dumps({"version": 1}))
        browser.fill("case_types.1.term", "will")
        browser.choose("case_types.1.area", "Family")
        browser.press("Check and save")
        browser.sees("changed by somebody else")
        self.assertEqual(json.loads(file.read_text()), {"version": 1})

    def hear(self):
        """A contact is changed in Clio, and somebody acknowledges that."""
        browser, world = self.browser, self.world
        self.go("/webhooks")
        browser.sees_when_loaded("enabled")
        browser.sees("ends 20")
        self.fine("webhooks")
        found = world.in_clio("GET", "/contacts.json?fields=id,etag")["data"]
        change = {"data": {"last_name": "Díaz"}}
        world.in_clio("PATCH", f"/contacts/{found[0]['id']}.json", change)
        self.go("/inbox")
        browser.sees_when_loaded("contact updated")
        self.fine("inbox")
        # That it was made was told as well.
        while "Nothing waits for you." not in browser.text():
            browser.press("Acknowledge")
            browser.sees("Acknowledged.")
        browser.sees("by Harbor Legal")

    def review(self):
        """Drafts are read beside their template; one is approved and one rejected."""
        browser, world = self.browser, self.world
        found = world.in_clio("GET", "/matters.json?fields=id")["data"]
        template = "\n".join(PETITION).format(court="{{ matter.custom[\"Court\"] }}", prayer="{{ more.prayer }}")
        prayer = "Costs, interest & relief <at law>."
        for name, court, prayer in (("Petition.txt", "District Court, Travis County", prayer), ("Wrong.txt", "Nowhere", "{{ more.prayer }}")):
            text = "\n".join(PETITION).format(court=court, prayer=prayer)
            status, made = world.api("POST", "/v1/connections/harbor/drafts", {
                "matter": found[0]["id"], "name": name, "made_by": "fill-document",
                "content": inline(text), "template": inline(template),
            })
            self.assertEqual(status, 201, made)
        self.go("/review")
        browser.sees("Wrong.txt")
        self.fine("review")
        browser.follow("Petition.txt")
        browser.sees("2 lines differ from its template.")
        browser.sees("a new document in matter")
        self.assertEqual(browser.text("ins"), "District Court, Travis County.")
        self.fine("draft")
        browser.tick("decision", "approve")
        browser.fill("person", "Dana Ortiz")
        browser.press("Decide")
        browser.sees("Approved: exactly these bytes")
        browser.sees("Dana Ortiz (with the key Harbor Legal)")
        self.fine("approved")
        self.go("/review")
        self.assertNotIn("Petition.txt", browser.text())
        browser.follow("Wrong.txt")
        browser.sees("One place has no value:")
        self.assertIn("{{ more.prayer }}", browser.text("mark"))
        browser.sees("approve exactly these bytes for the place above, though one place has no value")
        self.fine("unfilled")
        browser.tick("decision", "reject")
        browser.fill("person", "Dana Ortiz")
        browser.fill("reason", "The court is wrong.")
        browser.press("Decide")
        browser.sees("Rejected: it will not be uploaded.")
        browser.sees("The court is wrong.")
        self.go("/review")
        browser.sees("Nothing waits for a review.")
        browser.choose("status", "all")
        browser.press("Show")
        browser.sees("Petition.txt")

    def keys(self):
        browser, world = self.browser, self.world
        self.go("/keys")
        self.fine("keys")
        self.assertNotIn("Quay Law", browser.text())
        browser.fill("name", "The intake form")
        browser.tick("right", "read")
        browser.tick("connection", "harbor")
        browser.press("Make the key")
        made = browser.text("#made")
        self.assertRegex(made, "^clio_[0-9a-f]{64}$")
        status, _ = world.api("GET", "/v1/runs", key=made)
        self.assertEqual(status, 200)
        self.go("/keys")
        self.assertNotIn(made, browser.driver.page_source)
        browser.press("End The intake form", ".rows")
        browser.sees("The key has ended")
        status, _ = world.api("GET", "/v1/runs", key=made)
        self.assertEqual(status, 401)

    def disconnect(self):
        browser, world = self.browser, self.world
        self.go("/connections/harbor")
        browser.tick("meant", "yes")
        browser.press("Disconnect harbor")
        browser.sees("the consent was taken back")
        browser.sees("disconnected")
        # A case of then is refused.
        status, told = world.api("POST", "/v1/connections/harbor/cases", {})
        self.assertGreaterEqual(status, 400, told)

    def finished(self):
        browser, world = self.browser, self.world
        # The wrong key's, which is refused; and what Clio's own pages lack is not ours.
        refused = f"{world.page}/sign-in - Failed to load resource: the server responded with a status of 403"
        ours = [it for it in browser.complaints() if it.startswith(world.page)]
        self.assertEqual([it for it in ours if not it.startswith(refused)], [])
        browser.press("Sign out")
        self.go("/")
        self.assertEqual(browser.path, "sign-in")
        # What the form to sign in binds itself to is none of a session.
        left = {it["name"] for it in browser.driver.get_cookies()}
        self.assertLessEqual(left, {"clio_sign_in"})


class WithScripts(Page, unittest.TestCase):
    scripts = True


class WithoutScripts(Page, unittest.TestCase):
    scripts = False


if __name__ == "__main__":
    unittest.main()
