"""Take the README's picture of the page: python docs/pictures/page.py"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tinygrad_fr.explain import observed
from tinygrad_fr.locale import set_language
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Catalogue

set_language("en")
with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
    file = Path(folder, "page.html")
    file.write_bytes(run_page(observed(Catalogue().load("neuron"))))
    browser = play.chromium.launch(executable_path=shutil.which("chromium"))
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{file.as_uri()}#s=13")
    page.wait_for_selector("html[data-ready]")
    page.screenshot(path=Path(__file__).with_name("page.png"))
    browser.close()
