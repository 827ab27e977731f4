"""Draw every picture that the repository keeps: python docs/pictures/draw.py

In English they stand beside this file; in French, in fr/, only those that README.fr.md and the guides of the site show, so
that a clone stays small: the site draws the others itself.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tinygrad_fr import tensor
from tinygrad_fr.cli.main import group
from tinygrad_fr.cli.picture import RenderOptions
from tinygrad_fr.draw import DPI
from tinygrad_fr.explain import observed
from tinygrad_fr.locale import set_language
from tinygrad_fr.ops.definition import elementwise
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing import GradientMismatchError, check_gradient, picture

HERE = Path(__file__).parent


def gallery(lang: str, folder: Path) -> None:
    """What ``tinygrad-fr gallery`` keeps."""
    set_language(lang)
    group().main(["gallery", "--kept", "-o", str(folder)], standalone_mode=False)


def french() -> None:
    """Those that the French README shows."""
    with tempfile.TemporaryDirectory() as folder:
        gallery("fr", Path(folder))
        text = (HERE.parents[1] / "README.fr.md").read_text(encoding="utf-8")
        (HERE / "fr").mkdir(exist_ok=True)
        for name in re.findall(r"docs/pictures/fr/([\w.-]+)", text):
            shutil.copy(Path(folder, name), HERE / "fr" / name)


def counter_example(lang: str, folder: Path) -> None:
    """A failed proof: an operation whose derivative takes 1 for the derivative of tanh."""
    set_language(lang)
    bad = elementwise("bad", "x * tanh(x)", {"x": "g * (tanh(x) + x)"})
    inputs = tensor([0.5, -1.0]).double(), tensor([1.0, 2.0]).double()
    try:
        check_gradient(lambda a, b: (a.sin() * bad(a * b)).sum(), *inputs)
    except GradientMismatchError as error:
        found = picture(error.counterexample)
        drawn = RenderOptions("light", "slide", DPI).draw("svg", lambda: found)
        (folder / "counter-example.svg").write_bytes(drawn)


def first_code(lang: str, guide: str) -> str:
    """The code that a guide of the site begins with."""
    text = (HERE.parent / "site" / lang / "howto" / guide).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]


def own_model(lang: str, folder: Path) -> None:
    """What the guide "Draw my model" draws, by the code that stands there."""
    set_language(lang)
    with tempfile.TemporaryDirectory() as work, contextlib.chdir(work):
        code = compile(first_code(lang, "draw.md"), {"fr": "modele.py", "en": "model.py"}[lang], "exec")
        exec(code, {"__name__": "guide"})
        (drawn,) = Path(work).glob("*.svg")
        shutil.copy(drawn, folder / "own-model.svg")


def own_plugin(lang: str, folder: Path) -> None:
    """What the guide "Write a plugin" draws of the plugin that stands there."""
    set_language(lang)
    with tempfile.TemporaryDirectory() as work:
        plugin = Path(work, "moons.py")
        plugin.write_text(first_code(lang, "plugin.md"), encoding="utf-8")
        asked = ["render", "moons", "--plugin", str(plugin), "--pass", "both", "-o", str(folder / "own-plugin.svg")]
        group().main(asked, standalone_mode=False)


def page() -> None:
    """A run in the browser, in the middle of its backward pass."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder, "page.html")
        file.write_bytes(run_page(observed(Catalogue().load("neuron"))))
        browser = play.chromium.launch(executable_path=shutil.which("chromium"))
        shown = browser.new_page(viewport={"width": 1280, "height": 720})
        shown.goto(f"{file.as_uri()}#s=13")
        shown.wait_for_selector("html[data-ready]")
        shown.screenshot(path=HERE / "page.png")
        browser.close()


if __name__ == "__main__":
    french()
    gallery("en", HERE)
    counter_example("fr", HERE / "fr")
    counter_example("en", HERE)
    own_model("fr", HERE / "fr")
    own_model("en", HERE)
    own_plugin("fr", HERE / "fr")
    own_plugin("en", HERE)
    page()
