"""A run that decides by its values in Python: the page follows a pull up to the line that would decide otherwise."""

import tinygrad_fr as tg
from tests.page.pages import settled
from tinygrad_fr import nn
from tinygrad_fr.explain import observed
from tinygrad_fr.locale import set_language
from tinygrad_fr.page import run_page
from tinygrad_fr.plugins import Batch, Model, Text


class Deciding(Model):
    """Three times as steep below 0."""

    name = "deciding"
    title = Text(fr="décide", en="decides")
    section = "x"
    explanation = title

    def build(self, settings):
        module = nn.Linear(1, 1, bias=False)
        module.weight.data = tg.tensor([[2.0]])
        return module

    def example(self, settings):
        return Batch(tg.tensor([[1.0]], name="x"), None)

    def loss(self, module, batch):
        y = module(batch.inputs).sum()
        if y > 0:  # the line that decides
            return y * 2
        return y * 6

    def recipe(self, settings):
        raise NotImplementedError

    def score(self, module, batch):
        raise NotImplementedError


def pull(page, value):
    page.get_by_label("x", exact=True).evaluate(
        "(range, value) => { range.value = value; range.dispatchEvent(new Event('input')); }", value
    )
    settled(page)


def test_a_pull_stops_before_the_line_that_would_decide_otherwise(visit):
    set_language("en")
    page = visit(run_page(observed(Deciding())), "l=en")
    live = page.locator(".live")
    pull(page, 0.25)
    assert live.text_content().startswith("L = 1,")
    pull(page, -0.5)
    assert live.text_content().startswith("L = 1. At test_decisions.py:")
    assert "would decide otherwise" in live.text_content()
    pull(page, 0.75)
    assert live.text_content().startswith("L = 3,")
    page.locator("h1").click()
    page.keyboard.press("r")
    settled(page)
    assert live.text_content().startswith("L = 4. Pull any number")
    assert page.complaints == []


def test_training_stops_there_too(visit):
    set_language("en")
    page = visit(run_page(observed(Deciding())), "l=en")
    page.locator("#train select").first.select_option("0.3")
    for _step in range(6):
        page.locator("#train button").first.click()
    settled(page)
    assert "would decide otherwise" in page.locator(".live").text_content()
    assert not page.locator(".live").text_content().startswith("L = −")
