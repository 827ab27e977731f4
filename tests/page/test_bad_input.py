"""A file that is cut or was edited by hand, an address that is, and names of JavaScript's own: one sentence, never a blank page."""

import base64
import gzip
import json
import re
from functools import lru_cache

import pytest
from axe_playwright_python.sync_playwright import Axe

from tinygrad_fr.explain import observed
from tinygrad_fr.lessons.formula import FormulaModel
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Catalogue

pytestmark = pytest.mark.long  # each opens pages of its own in a browser

HELD = re.compile(rb'(<script id="data"[^>]*>)([^<]*)')


@lru_cache
def neuron():
    return run_page(observed(Catalogue().load("neuron")))


@lru_cache
def formula(text="L = (tanh(w*x + b) - 1)**2", at="w=0.5,x=2,b=1"):
    model = FormulaModel(text)
    return run_page(observed(model, model.settings.replaced({"at": at})))


def edited(change):
    found = json.loads(gzip.decompress(base64.b64decode(HELD.search(neuron())[2])))
    change(found)
    return HELD.sub(lambda m: m[1] + base64.b64encode(gzip.compress(json.dumps(found).encode())), neuron())


EDITS = {
    "an operand that comes later": lambda page: page["living"]["program"]["operands"].__setitem__(0, [10**9] * 9),
    "an operation that is none": lambda page: page["living"]["program"].update(codes=["zzz"] * 9),
    "too many numbers": lambda page: page["living"]["program"].update(size=10**12),
    "no data": lambda page: page.pop("data"),
    "no words": lambda page: page["words"]["fr"].pop("pull"),
    "another kind": lambda page: page.update(kind="zzz"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_file_that_was_edited_says_so(visit, name):
    page = visit(edited(EDITS[name]))
    assert "modifié à la main" in page.locator("[role=alert]").text_content()


@pytest.mark.parametrize(
    "held", [b"@@@", b"H4sI", base64.b64encode(gzip.compress(b"null"))], ids=["signs", "cut", "null"]
)
def test_a_file_that_is_damaged_says_so(visit, held):
    page = visit(HELD.sub(lambda m: m[1] + held, neuron()))
    assert "abîmé" in page.locator("[role=alert]").text_content()


@pytest.mark.parametrize("fragment", ["l=__proto__", "l=constructor", "s=NaN&n=%22%5D&z=__proto__", "v=%%%", "v=W1tb"])
def test_an_address_that_was_edited_shows_the_recorded_run(visit, fragment):
    page = visit(neuron(), fragment)
    assert page.locator(".live b").text_content() == "L = 2,296"
    assert page.complaints == []


@pytest.mark.parametrize(
    ("text", "result"),
    [("__proto__ = x; L = __proto__*2", "4"), ("toString = x*x; L = toString + 1", "5"), ("L = constructor*x", "1"),
     ("L = x/0", "∞"), ("L = max(x, 0)", "2"), ("L = sqrt(0 - x)", "NaN")],
)  # fmt: skip
def test_a_letter_may_have_any_name_and_an_operation_read_nothing_but_0(visit, text, result):
    page = visit(formula())
    page.locator("#formula-text").fill(text)
    page.locator("#formula button").click()
    page.locator(f'h1:text-is("{text}")').wait_for()
    assert page.locator(".live b").text_content() == f"L = {result}"
    assert page.complaints == []


def test_a_recorded_operation_may_read_nothing_but_0(visit):
    page = visit(formula("L = max(x, 0)", "x=2"))
    number = page.locator(".pulled input[type=number]").first
    number.fill("3")
    number.press("Enter")
    page.locator('.live b:text-is("L = 3")').wait_for()
    assert page.locator(".pulled .gradient").first.text_content() == "∂L/∂· 1"


ACTS = {
    "a formula": (formula, lambda _page: None),
    "a formula that is none": (formula, lambda page: (page.locator("#formula-text").fill("L = tanh(w*"), page.locator("#formula button").click())),
    "a question": (neuron, lambda page: page.locator("#predict button").first.click()),
    "a wrong answer": (neuron, lambda page: (page.locator("#predict button").first.click(), page.locator("#predict input").fill("9"), page.locator("#predict form button").first.click())),
    "code": (neuron, lambda page: page.locator("#code").click()),
    "keys": (neuron, lambda page: page.keyboard.press("?")),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ACTS)
def test_no_accessibility_fault(visit, name, dark):
    made, act = ACTS[name]
    page = visit(made(), dark=dark, still=True)
    act(page)
    found = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found.response["violations"]] == []
