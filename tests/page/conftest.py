"""The page in the system's Chromium, best the one without windows: it takes two thirds of the time of the one with them."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.budget import METERS

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, "the page is tested in Chromium: apt-get install chromium-headless-shell"
    with sync_playwright() as play:
        # on one thread: two workers keep both cores busy, and compilers that run ahead take time from the other one
        running = play.chromium.launch(executable_path=found, args=["--js-flags=--single-threaded", "--disable-gpu"])
        session = running.new_browser_cdp_session()

        def spent():
            return sum(each["cpuTime"] for each in session.send("SystemInfo.getProcessInfo")["processInfo"])

        METERS.append(spent)
        yield running
        METERS.remove(spent)
        running.close()


@pytest.fixture(scope="session")
def idle():
    """Tabs that no test uses now: to open one takes longer than to read a page into it."""
    return []


@pytest.fixture
def opened(browser, idle):
    """Hand out empty tabs, and take them back after the test."""
    taken = []

    def tab():
        page = idle.pop() if idle else _watched(browser)
        page.asked, page.complaints = [], []
        taken.append(page)
        return page

    yield tab
    for page in taken:
        page.goto("about:blank")  # what the test left there ends with it
    idle += taken


def _watched(browser):
    """A tab in a window of its own, which keeps what it asks for and what it complains of."""
    page = browser.new_context(locale="fr-FR").new_page()
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


@pytest.fixture
def tab(opened):
    """An empty tab."""
    return opened()


@pytest.fixture
def visit(opened, tmp_path):
    """Open a page, watched: it may ask for nothing and complain of nothing."""

    def read(data, fragment="", *, size=(1280, 800), dark=False, still=False):
        file = tmp_path / "page.html"
        file.write_bytes(data)
        page = opened()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(
            color_scheme="dark" if dark else "light", reduced_motion="reduce" if still else "no-preference"
        )
        page.goto(f"{file.as_uri()}#{fragment}")
        page.wait_for_selector("html[data-ready]")
        return page

    return read


@pytest.fixture(autouse=True)
def french():
    from tinygrad_fr.locale import set_language

    set_language("fr")
    yield
    set_language(None)
