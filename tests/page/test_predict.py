"""Predict: what the page says of an answer, and the score that it keeps."""

from functools import lru_cache

import pytest

from tests.page.pages import card, settled
from tinygrad_fr.explain import observed
from tinygrad_fr.lessons.formula import FormulaModel
from tinygrad_fr.locale import set_language
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Catalogue

pytestmark = pytest.mark.long  # each opens pages of its own in a browser


@pytest.fixture(autouse=True)
def english(french):
    set_language("en")


@lru_cache
def page_of(formula, **at):
    model = FormulaModel(formula)
    return run_page(observed(model, model.settings.replaced({name: str(value) for name, value in at.items()})))


def asked(page, name):
    """Ask until this card's number is asked for."""
    for _each in range(40):
        page.keyboard.press("p")
        page.locator("h1").click()
        settled(page)
        if "asked" in (card(page, name).first.get_attribute("class") or ""):
            return
    raise AssertionError(f"{name} is never asked for")


def answered(page, text):
    page.locator("#answer").fill(text)
    page.locator("#answer").press("Enter")
    settled(page)
    return page.locator(".judged").text_content()


# L = w·x + w² at w = 3, x = −2: through the product −2 comes back, through the square 6.
BRANCHES = {
    "4": "Right.",
    "-4": "sign",
    "-2": "forgotten",
    "6": "forgotten",
    "8": "2 times too large",
    "40": "10 times too large",
    "57": "too large. The sign is right",
    "w": "not a number",
}


@pytest.mark.parametrize("answer", BRANCHES)
def test_an_answer_about_a_gradient_is_judged_by_the_record(visit, answer):
    page = visit(page_of("w*x + w**2", w=3, x=-2), "l=en")
    asked(page, "w")
    assert card(page, "w").locator(".gradient").text_content().endswith("?")
    assert BRANCHES[answer] in answered(page, answer)


# L = (tanh z)² · 5 at z = 0.5
LOCAL = {"4.621": "arrives at tanh", "0.786": "local derivative of tanh", "3,634": "Right."}


@pytest.mark.parametrize("answer", LOCAL)
def test_what_arrives_and_the_local_derivative_are_told_apart(visit, answer):
    page = visit(page_of("5*tanh(z)**2", z=0.5), "l=en")
    asked(page, "z")
    assert LOCAL[answer] in answered(page, answer)


VALUES = {"6": "Right.", "5": "what + would give", "-6": "sign", "2": "the other, 3", "12": "2 times too large"}


@pytest.mark.parametrize("answer", VALUES)
def test_an_answer_about_a_value(visit, answer):
    page = visit(page_of("tanh(a*b)", a=2, b=3), "l=en")
    page.locator("#predict select").select_option("value")
    assert VALUES[answer] in answered(page, answer)
    assert card(page, "×").locator(".value").text_content().endswith("6" if answer == "6" else "?")


def test_the_score_counts_first_tries(visit):
    page = visit(page_of("w*x + w**2", w=3, x=-2), "l=en")
    asked(page, "w")
    answered(page, "5")
    answered(page, "4")
    assert page.locator("#predict .told").text_content() == "0 right at the first try, of 1"
    asked(page, "w")
    answered(page, "4")
    assert page.locator("#predict .told").text_content() == "1 right at the first try, of 2"
    asked(page, "w")
    page.get_by_text("Show it").click()
    settled(page)
    assert "4 = 1 × (−2)" in page.locator(".judged").text_content()


def test_nothing_shows_the_number_that_is_asked_for(visit):
    model = Catalogue().load("neuron")
    page = visit(run_page(observed(model)), "l=en")
    page.keyboard.press("End")
    asked(page, "w₁")
    assert "4.452" not in page.locator("#app").inner_text()
    assert "4.452" not in page.locator("#paper").inner_html()
    page.get_by_text("Show it").click()
    settled(page)
    assert "4.452" in card(page, "w₁").text_content()


def test_a_question_after_a_drag_asks_for_the_number_now(visit):
    page = visit(page_of("w*x + w**2", w=3, x=-2), "l=en")
    page.get_by_label("x", exact=True).evaluate(
        "(range) => { range.value = 1; range.dispatchEvent(new Event('input')); }"
    )
    asked(page, "w")
    assert answered(page, "7") == "Right."
