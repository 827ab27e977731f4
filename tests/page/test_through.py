"""The pages of flow and gates: the unit that is pointed at, singular values, the step that the loss reads."""

import re
from functools import lru_cache

import numpy as np
import pytest

from tests.page.pages import settled
from tinygrad_fr.draw import flow_diagram, heat_diagram
from tinygrad_fr.explain import flow, gates, observed
from tinygrad_fr.locale import set_language
from tinygrad_fr.page import flow_page, gates_page
from tinygrad_fr.plugins import Catalogue

pytestmark = pytest.mark.long  # each opens pages of its own in a browser


@pytest.fixture(autouse=True)
def english(french):
    set_language("en")


@lru_cache
def run(name):
    model = Catalogue().load(name)
    return observed(model, model.settings.replaced({"hidden": "3", "steps": "5"}))


@lru_cache
def page_of(kind, name):
    made = run(name)
    if kind == "flow":
        found = [flow(made)]
        return flow_page(found, lambda: flow_diagram(found), [(made, None, None)])
    read = gates(made)
    return gates_page(read, lambda: heat_diagram([read], [""]), (made, None, None))


def figures(text):
    return [float(each.replace("−", "-")) for each in re.findall(r"−?\d+\.?\d*(?:e[−-]?\d+)?", text)]


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_singular_values_of_a_step_are_the_readings(visit, name):
    page = visit(page_of("flow", name), "l=en")
    for step in (5, 3):
        page.locator("tbody tr").nth(step - 1).click()
        settled(page)
        said = page.locator(".alive > .told").text_content()
        _step, high, low = figures(said.partition(":")[2])
        found = flow(run(name)).jacobians
        np.testing.assert_allclose(
            [high, low], [found.largest[step - 2], found.smallest[step - 2]], rtol=5e-3, atol=6e-4
        )


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_the_loss_reads_an_earlier_step(visit, name):
    """After step 2 nothing comes back; the loss is the head's on h₂."""
    page = visit(page_of("flow", name), "l=en")
    before = page.locator(".live b").text_content()
    field = page.locator("label", has_text="L reads step").locator("input")
    field.evaluate("(range) => { range.value = 2; range.dispatchEvent(new Event('input')); }")
    page.locator(
        'tbody tr:last-child td:nth-child(2):text-is("0")'
    ).wait_for()  # the table is written when the pull rests
    gradients = page.locator("tbody tr td:nth-child(2)").all_text_contents()
    assert gradients[2:] == ["0"] * 3
    assert float(gradients[1].replace("−", "-")) > 0
    assert page.locator(".live b").text_content() != before
    page.keyboard.press("r")
    settled(page)
    assert page.locator(".live b").text_content() == before


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_equations_bear_the_numbers_of_the_unit(visit, name):
    page = visit(page_of("gates", name), "l=en")
    found = gates(run(name))
    page.locator("tbody tr").nth(2).click()
    page.locator(".unit input").fill("2")
    settled(page)
    lines = page.locator(".opened p").all_inner_texts()
    assert len(lines) == len(found.symbols)
    for line, symbol in zip(lines, found.symbols, strict=True):
        assert line.startswith(f"{symbol}₃ = ")
        assert figures(line)[-1] == pytest.approx(found.values[symbol][2][1], abs=6e-4)
    assert {"lstm": "C₃ = f₃ · C₂ + i₃ · C̃₃", "gru": "h₂"}[name] in "\n".join(lines)


def test_a_map_is_pointed_at(visit):
    page = visit(page_of("gates", "lstm"), "l=en")
    box = page.locator(".maps canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.9)
    settled(page)
    assert page.locator(".unit input").input_value() == "3"
    assert page.locator("tr.here th").text_content() == "2"
    assert page.locator(".opened p").first.inner_text().startswith("f₂")
    assert page.complaints == []


def test_a_link_to_a_reading(visit):
    page = visit(page_of("flow", "lstm"), "l=en")
    page.locator('.pulled input[type=range][aria-label^="weight_hh"]').first.evaluate(
        "(range) => { range.value = 3; range.dispatchEvent(new Event('input')); }"
    )
    settled(page)
    page.get_by_text("Link", exact=True).click()
    said = page.locator(".verdicts").text_content()
    other = visit(page_of("flow", "lstm"), page.url.partition("#")[2])
    settled(other)
    assert other.locator(".verdicts").text_content() == said


@pytest.mark.parametrize("kind", ["flow", "gates"])
def test_the_curve_is_whole_on_a_phone(kind, visit):
    page = visit(page_of(kind, "lstm"), "l=en")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    box = page.locator("svg.through").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
