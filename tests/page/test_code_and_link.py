"""The code beside the graph, the link to the numbers, weights by a seed, other classes and texts, gates' biases."""

import base64
import json
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page.pages import page_of, pull, settled
from tinygrad_fr.locale import set_language

pytestmark = pytest.mark.long  # each opens pages of its own in a browser


@pytest.fixture(autouse=True)
def english(french):
    set_language("en")


def loss(page):
    return page.locator(".live b").text_content()


def lit(page):
    return page.locator("#source .lit code").text_content().strip()


# Code


def test_the_line_of_a_step_is_lit(visit):
    page = visit(page_of("neuron"), "l=en")
    page.keyboard.press("c")
    lines = []
    for _step in range(5):
        page.keyboard.press("ArrowRight")
        lines.append(lit(page))
    assert lines == [
        "weighted1 = self.w1 * x1", "weighted2 = self.w2 * x2", "total = weighted1 + weighted2", "z = total + self.b",
        "a = self.activation(z)",
    ]  # fmt: skip
    assert page.complaints == []


def test_a_click_on_either_side_shows_the_other(visit):
    page = visit(page_of("neuron"), "l=en&k=1")
    page.locator("#source button", has_text="z = total + self.b").click()
    assert page.locator(".card.chosen .word").text_content() == "z"
    page.locator('.card:has(.symbol:text-is("tanh"))').click()
    assert lit(page) == "a = self.activation(z)"
    assert "k=1" in page.url


def test_a_line_opens_the_part_that_it_ran_in(visit):
    page = visit(page_of("lstm", hidden="3", steps="4"), "l=en&k=1")
    before = page.locator(".card").count()
    rows = page.locator("#source button")
    for i in range(rows.count()):
        rows.nth(i).click()
    assert page.locator(".card.chosen").count() == 1
    assert page.locator(".card").count() >= before


# Link


def test_a_link_leads_back_to_the_numbers(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"), "l=en")
    page.locator("#train button").first.click()
    page.locator(".swap select").first.select_option(label="ReLU")
    page.locator("#plane select").first.select_option("circles")
    settled(page)
    page.get_by_text("Link", exact=True).click()
    seen = (loss(page), page.locator("#plane .told").text_content())
    assert "recorded run" in page.locator(".live").text_content()
    other = visit(page_of("mlp", data="xor", hidden="4"), page.url.partition("#")[2])
    settled(other)
    assert (loss(other), other.locator("#plane .told").text_content()) == seen
    other.keyboard.press("u")
    settled(other)
    assert "Pull any number" in other.locator(".live").text_content()


def told(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


GOOD = {"size": 74, "numbers": [], "keys": [], "choices": [[0]]}
HOSTILE = {
    "no text": "%00%ff",
    "no JSON": "AAAA",
    "a list": told([1, 2]),
    "nothing": told(None),
    "another page": told(GOOD | {"size": 75}),
    "a place outside": told(GOOD | {"numbers": [[10**9, 1]]}),
    "a negative place": told(GOOD | {"numbers": [[-1, 1]]}),
    "a text for a number": told(GOOD | {"numbers": [[0, "<img src=x>"]]}),
    "no activation": told(GOOD | {"keys": [[0, 1]]}),
    "a key": told(GOOD | {"keys": [["__proto__", 0]]}),
    "no choices": told({key: value for key, value in GOOD.items() if key != "choices"}),
    "a class outside": told(GOOD | {"choices": [[2]]}),
    "points": told(GOOD | {"points": ["constructor", []]}),
    "points of no class": told(GOOD | {"points": ["own", [[0, 0, 7]]]}),
    "a noise that is not offered": told(GOOD | {"tested": [0.3, True]}),
    "held out, as a number": told(GOOD | {"tested": [0.1, 1]}),
    "endless points": told(GOOD | {"points": ["own", [[0, 0, 0]] * 3000]}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_edited_address_is_one_sentence(visit, what):
    page = visit(page_of("mlp", data="xor", hidden="4"), f"l=en&v={quote(HOSTILE[what])}")
    settled(page)
    assert "do not fit this page" in page.locator("#life").text_content()
    assert "Pull any number" in page.locator(".live").text_content()  # nothing was changed
    assert page.complaints == []


@pytest.mark.parametrize("fragment", ["s=abc&n=zzz&o=../..&c=%00&z=nearest&k=7", "s=-5&n=p999", "&&&=&=", "l=xx&s=1e9"])
def test_any_fragment_opens_the_page(visit, fragment):
    page = visit(page_of("neuron"), fragment)
    assert page.locator(".card").count() > 5
    assert page.complaints == []


def test_a_good_address_fits(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"), f"l=en&v={told(GOOD | {'choices': [[1]]})}")
    settled(page)
    assert page.locator('.card:has(.symbol:text-is("t")) .value').text_content().endswith("[1]")


# Weights, classes, texts, gates


def test_a_seed_always_shuffles_alike(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"), "l=en")
    seed, button = page.locator("#train input[type=number]"), page.locator("#train button", has_text="Shuffle")
    losses = []
    for value in ("7", "8", "7"):
        seed.fill(value)
        button.click()
        settled(page)
        losses.append(page.locator("#plane .told").text_content())
    assert losses[0] == losses[2] != losses[1]


def test_another_right_answer(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"), "l=en")
    before = loss(page)
    page.get_by_label("right answer").select_option("1")
    settled(page)
    assert loss(page) != before
    page.keyboard.press("u")
    settled(page)
    assert loss(page) == before


@pytest.mark.long
def test_a_text_is_typed(visit):
    page = visit(page_of("gpt", width="8"), "l=en")
    before = loss(page)
    field = page.get_by_label("text that is read")
    first = field.input_value()
    field.fill("le chat")
    field.press("Enter")
    settled(page)
    assert loss(page) != before
    assert field.input_value() == "le chat" + first[7:]
    for text, said in (("le chat ?", "“?” is none of the 24"), ("le chat le chat le chat", "23 tokens were typed")):
        field.fill(text)
        field.press("Enter")
        assert said in page.locator("#life").text_content()


def test_the_forget_bias_moves_the_gate(visit):
    page = visit(page_of("lstm", hidden="3", steps="4"), "l=en")
    before = loss(page)
    pull(page, "bias of f all, moved together", 4)
    assert loss(page) != before
    page.keyboard.press("u")
    settled(page)
    assert loss(page) == before


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["laptop", "phone"])
def test_no_accessibility_fault(visit, dark, size):
    page = visit(page_of("mlp", data="xor", hidden="4"), "l=en&k=1&s=3", dark=dark, still=True, size=size)
    page.keyboard.press("p")
    settled(page)
    found = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:160]) for fault in found.response["violations"]] == []


def test_a_digit_is_drawn_with_the_mouse(visit):
    page = visit(page_of("mlp"), "l=en")
    row = page.locator(".pulled.input").first
    before = row.locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
    row.get_by_text("Wipe").click()
    settled(page)
    wiped, believed = loss(page), page.locator(".believed").text_content()
    box = row.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 160, steps=5)
    page.mouse.up()
    settled(page)
    assert loss(page) != wiped
    assert page.locator(".believed").text_content() != believed
    assert "the model answers" in believed
    for _each in range(2):  # the stroke is one change
        page.keyboard.press("u")
    settled(page)
    assert row.locator("canvas").evaluate("(canvas) => canvas.toDataURL()") == before
