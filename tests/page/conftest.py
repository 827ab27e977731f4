"""The page in the system's Chromium."""

import contextlib
import shutil

import pytest
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, "the page is tested in Chromium: apt-get install chromium"
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=found)
        yield running
        running.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Open a page, watched: it may ask for nothing and complain of nothing."""
    with contextlib.ExitStack() as stack:

        def opened(data, fragment="", *, size=(1280, 800), dark=False, still=False):
            file = tmp_path / "page.html"
            file.write_bytes(data)
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce" if still else "no-preference",
                locale="fr-FR",
            )
            stack.callback(context.close)
            page = context.new_page()
            page.asked, page.complaints = [], []
            page.on("request", lambda request: page.asked.append(request.url))
            page.on("console", lambda message: page.complaints.append(message.text))
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.goto(f"{file.as_uri()}#{fragment}")
            page.wait_for_selector("html[data-ready]")
            return page

        yield opened


@pytest.fixture(autouse=True)
def french():
    from tinygrad_fr.locale import set_language

    set_language("fr")
    yield
    set_language(None)
