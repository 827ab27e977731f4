"""A formula that is typed in the page: the same numbers as the engine's own formula, and one sentence for what is none."""

from functools import lru_cache
from urllib.parse import quote

import numpy as np
import pytest

from tests.page.pages import settled
from tinygrad_fr import Scalar
from tinygrad_fr.explain import observed
from tinygrad_fr.lessons.formula import Formula, FormulaModel
from tinygrad_fr.locale import set_language
from tinygrad_fr.page import run_page

pytestmark = pytest.mark.long  # each opens pages of its own in a browser


@pytest.fixture(autouse=True)
def english(french):
    set_language("en")


@lru_cache
def page_of():
    model = FormulaModel("L = w*x")
    return run_page(observed(model, model.settings.replaced({"w": "0.5", "x": "2"})))


def typed(page, text):
    page.locator("#formula-text").fill(text)
    page.locator("#formula-text").press("Enter")
    settled(page)


def number(text):
    return float(text.split()[-1].replace("−", "-"))


def numbers(page):
    rows = page.locator(".pulled")
    names = rows.locator(".name").all_text_contents()
    values = [float(box.input_value()) for box in rows.locator("input[type=number]").all()]
    slopes = [number(text) for text in rows.locator(".gradient").all_text_contents()]
    return dict(zip(names, values, strict=True)), dict(zip(names, slopes, strict=True))


FORMULAS = [
    "w*x + b", "-w**2*3", "2**-w", "w - x - b", "w/x/b", "-w**2 + (-w)**2", "tanh(w*x + b)**2",
    "z = w₁·x₁ + w₂·x₂ + b; a = σ(z); L = (a − 1)²", "max(w, x)*exp(-b)", "ln(w*w + 1) - sin(π*x)", "h = relu(w*x); h*h + h",
    "3*w + 1e-3*x - .5*b", "w**3 - w³", "u = 2; u*w", "atan2(w, x) + sqrt(b*b + 1)", "softplus(w) + gelu(x)",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_values_and_gradients_are_the_engines(visit, text):
    page = visit(page_of(), "l=en")
    typed(page, text)
    assert page.locator("#formula .wrong").text_content() == ""
    values, slopes = numbers(page)
    formula = Formula(text)
    leaves = {
        name: Scalar(values[formula.as_typed(name)]) for name in formula.letters if formula.as_typed(name) in values
    }
    leaves |= {name: 2.0 for name in formula.letters if name not in leaves}
    loss = formula.record(leaves)
    loss.backward()
    assert number(page.locator(".live b").text_content().rstrip(".")) == pytest.approx(loss.item(), rel=2e-3, abs=6e-4)
    for name, leaf in leaves.items():
        if isinstance(leaf, Scalar):
            assert slopes[formula.as_typed(name)] == pytest.approx(leaf.grad or 0.0, rel=2e-3, abs=6e-4)
    assert page.complaints == []


WRONG = {
    "": "^”: expected a number",
    "tanh(w*x^+": "tanh(w*x^^+”: a power is written x**2",
    "w*": "w*^”: expected a number",
    "w x": "w ^x”: expected the end",
    "sinn(w)": "^sinn(w)”: unknown function",
    "f(w+1)": "^f(w+1)”: unknown function “f”; a product is written f*",
    "max(w)": "^max(w)”: the function “max” reads 2 values, got 1",
    "w*(x+1": "w*(x+1^”: expected )",
    "w$x": "w^$x”: expected numbers",
    "alert('x')": "alert(^'x')”",
    "w.x": "w^.x”",
    "__import__(w)": "unknown function",
    "constructor(w)": "unknown function “constructor”",
    "k = w; w = 2*x; w": "“w” is used before it is computed",
    "w*x; b*b": "^w*x; b*b”: expected “letter = formula”",
    "3": "expected an operation on letters",
    "1e999*w": "^1e999*w”: too large",
    "<img src=x onerror=alert(1)>": "^<img",
    "(" * 400 + "w" + ")" * 400: "more than 150",
    "w+" * 1500 + "w": "at most 2000",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_formula_is_one_sentence_with_its_place(visit, text):
    page = visit(page_of(), "l=en")
    typed(page, text)
    assert WRONG[text] in page.locator("#formula .wrong").text_content()
    assert page.title() == "L = w*x"  # the page shows what it showed
    assert page.locator("img").count() == 0
    assert page.complaints == []


def test_the_steps_of_a_typed_formula(visit):
    page = visit(page_of(), "l=en")
    typed(page, "w*w + w")
    page.locator("h1").click()
    for _step in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator("#step h2").text_content() == "Backward, 1 of 2"
    page.keyboard.press("End")
    totals = page.locator(".card .gradient").all_text_contents()
    assert f"∂L/∂· {2 * 0.5 + 1:g}" in totals


def test_a_formula_by_its_address(visit):
    page = visit(page_of(), f"l=en&f={quote('a = tanh(k); a*a')}")
    assert page.title() == "a = tanh(k); a*a"
    page.get_by_label("k", exact=True).evaluate(
        "(range) => { range.value = 2; range.dispatchEvent(new Event('input')); }"
    )
    settled(page)
    assert number(page.locator(".live b").text_content()) == pytest.approx(np.tanh(2) ** 2, abs=1e-3)
    page.get_by_text("Link", exact=True).click()
    other = visit(page_of(), page.url.partition("#")[2])
    settled(other)
    assert other.locator(".live b").text_content() == page.locator(".live b").text_content()
    strange = visit(page_of(), f"l=en&f={quote('a = tanh(')}")
    assert "expected a number" in strange.locator("#formula .wrong").text_content()
    assert strange.title() == "L = w*x"
