"""The page that computes: what a student pulls, types and trains in it, in a real browser."""

import math
from functools import lru_cache

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page.pages import card, page_of, pull, run, settled
from tinygrad_fr.draw import flow_diagram, heat_diagram
from tinygrad_fr.explain import flow, gates
from tinygrad_fr.page import flow_page, gates_page


@lru_cache
def reading(kind):
    made = run("lstm", hidden="3", steps="5")
    if kind == "flow":
        other = run("rnn", hidden="3", steps="5")
        flows = [flow(made), flow(other)]
        return flow_page(flows, lambda: flow_diagram(flows), [(made, None, None), (other, None, None)])
    found = gates(made)
    return gates_page(found, lambda: heat_diagram([found], [""]), (made, None, None))


def loss(page):
    return page.locator(".live b:visible").text_content()


def number(text):
    return float(text.split()[-1].replace(",", ".").replace("−", "-"))


def test_a_slider_moves_every_value_and_gradient(visit):
    w1, w2 = (vertex.value for vertex in run("neuron").graph.nodes if vertex.name in ("w₁", "w₂"))
    answer = math.tanh(2 * w1 + 0.5 * w2)  # without the bias
    page = visit(page_of("neuron"))
    assert loss(page) == "L = 2,296"
    pull(page, "b", 0)
    assert number(loss(page)) == pytest.approx((answer - 1) ** 2, abs=1e-3)
    assert card(page, "b").locator(".value").text_content() == "valeur 0"
    assert number(card(page, "tanh").locator(".value").text_content()) == pytest.approx(answer, abs=1e-3)
    assert page.locator("#step .equations").count() == 0  # what told the recorded run is not shown beside other numbers
    assert page.complaints == []


def test_a_card_is_pulled_by_mouse_and_by_the_arrow_keys(visit):
    page = visit(page_of("neuron"))
    box = card(page, "w₁").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 20, steps=4)
    page.mouse.up()
    settled(page)
    dragged = number(card(page, "w₁").locator(".value").text_content())
    assert dragged > 0.3
    card(page, "w₁").focus()
    page.keyboard.press("ArrowUp")
    settled(page)
    assert number(card(page, "w₁").locator(".value").text_content()) > dragged
    for _each in range(2):
        page.keyboard.press("u")
    settled(page)
    assert loss(page) == "L = 2,296"


def test_undo_and_reset(visit):
    page = visit(page_of("neuron"))
    pull(page, "b", 1)
    first = loss(page)
    pull(page, "b", 2)
    page.keyboard.press("u")
    settled(page)
    assert loss(page) == first
    page.keyboard.press("r")
    settled(page)
    assert loss(page) == "L = 2,296"
    page.keyboard.press("End")
    assert page.locator("#step .equations").count() == 1


def test_a_typed_number(visit):
    page = visit(page_of("neuron"))
    box = page.locator('.pulled:has-text("w₂") input[type=number]')
    box.fill("3.5")
    box.press("Enter")
    settled(page)
    assert card(page, "w₂").locator(".value").text_content() == "valeur 3,500"


def test_another_activation(visit):
    page = visit(page_of("neuron"))
    page.locator(".swap select").select_option(label="ReLU")
    settled(page)
    assert card(page, "tanh").locator(".value").text_content() == "valeur 0"
    assert card(page, "w₁").locator(".gradient").text_content() == "∂L/∂· 0"  # a dead unit
    assert loss(page) == "L = 1"


def test_training_lowers_the_loss_and_draws_it(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"))
    before = number(loss(page))
    for _step in range(10):
        page.locator("#train button").first.click()
    settled(page)
    assert number(loss(page)) < before
    assert len(page.locator(".curve polyline:not(.tested)").get_attribute("points").split()) == 11
    page.locator("#train button").nth(1).click()
    page.locator('#train .told:has-text("1")').wait_for()
    while int("".join(filter(str.isdigit, page.locator("#train .told").text_content()))) < 14:
        page.wait_for_timeout(50)
    page.locator("#train button").nth(1).click()


def test_the_gain_of_a_matrix(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"))
    name = page.locator(".pulled input[type=range]").first.get_attribute("aria-label")
    pull(page, name, 2)
    doubled = loss(page)
    pull(page, name, 1)
    page.keyboard.press("r")
    settled(page)
    assert loss(page) != doubled


def test_what_is_not_finite_is_said_and_undone(visit):
    page = visit(page_of("neuron"))
    page.locator(".swap select").select_option(index=3)
    box = page.locator('.pulled:has-text("w₁") input[type=number]')
    box.fill("1e300")
    box.press("Enter")
    settled(page)
    assert page.locator(".live.lost").count() == 1
    page.locator("h1").click()
    page.keyboard.press("u")
    settled(page)
    assert page.locator(".live.lost").count() == 0


@pytest.mark.long
def test_a_large_run_stands_still_and_says_what_would_bring_it_to_life(visit):
    page = visit(page_of("gpt", width="128"))
    assert "--set" in page.locator(".still").text_content()
    assert page.locator("#life").count() == 0


@pytest.mark.parametrize("kind", ["flow", "gates"])
def test_the_pages_through_time_compute(visit, kind):
    page = visit(reading(kind))
    before = page.locator(".verdicts").text_content()
    curve = page.locator(".through polyline").first.get_attribute("points")
    page.locator('.pulled:visible input[type=range][aria-label^="weight_hh"]').first.evaluate(
        "(range) => { range.value = 3; range.dispatchEvent(new Event('input')); }"
    )
    settled(page)
    assert page.locator(".verdicts").text_content() != before
    assert page.locator(".through polyline").first.get_attribute("points") != curve
    assert page.locator(".recorded").is_hidden()
    page.keyboard.press("r")
    settled(page)
    assert page.locator(".verdicts").text_content() == before
    assert page.complaints == []


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
@pytest.mark.parametrize(
    "kind", ["neuron", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("mlp", "flow", "gates"))]
)
def test_no_accessibility_fault(visit, kind, dark):
    if kind in ("flow", "gates"):
        page = visit(reading(kind), dark=dark, still=True)
    else:
        page = visit(page_of(kind), dark=dark, still=True)
        page.locator("#train button").first.click()
        settled(page)
    found = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found.response["violations"]] == []
