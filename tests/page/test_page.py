"""The page of a run: everything that a student does in it, in a real browser, by mouse and by keyboard alone."""

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

import tinygrad_fr as tg
from tests.page.pages import page_of, run
from tinygrad_fr import nn
from tinygrad_fr.draw import flow_diagram, heat_diagram
from tinygrad_fr.explain import flow, gates, observed
from tinygrad_fr.explain.levels.view import Distance
from tinygrad_fr.page import flow_page, gates_page, run_page
from tinygrad_fr.page.shell import SCRIPTS
from tinygrad_fr.plugins import Batch, Model, Text


@lru_cache
def lstm():
    return run_page(run("lstm", hidden="3", steps="4"))


def cards(page):
    return page.locator(".card").count()


def heading(page):
    return page.locator("#step h2").text_content()


def quiet(page):
    """Nothing was asked for but the file itself, and nothing complained."""
    assert [url.partition("#")[0] for url in page.asked] == [page.url.partition("#")[0]]
    assert page.complaints == []


def test_scripts_that_share_one_scope_declare_each_name_once():
    static = Path(run_page.__code__.co_filename).parent / "static"
    texts = [(static / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    names = Counter(re.findall(r"^(?:const|let|class|function|async function) (\w+)", "\n".join(texts), re.MULTILINE))
    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []


def test_it_opens_quietly_and_says_what_it_is(visit):
    page = visit(page_of("neuron"))
    assert page.title() == "Neurone artificiel"
    assert cards(page) == 12
    quiet(page)


@pytest.mark.parametrize("size", [(844, 390), (390, 844), (320, 480)])
def test_a_window_of_another_size_shows_the_first_card_again(visit, size):
    page = visit(page_of("neuron"), size=(390, 844))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_function(f"innerWidth === {size[0]}")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    frame, card = page.locator("#frame").bounding_box(), page.locator(".card").first.bounding_box()
    assert frame["x"] <= card["x"] + card["width"] / 2 <= frame["x"] + frame["width"]
    assert frame["y"] <= card["y"] + card["height"] / 2 <= frame["y"] + frame["height"]
    quiet(page)


def test_a_part_that_closes_at_the_end_of_the_walk_leaves_it_at_its_end(visit):
    page = visit(page_of("mlp"))
    page.keyboard.press("End")
    before = page.locator("#slider").get_attribute("max")
    page.locator(".fold").first.dispatch_event("click")
    slider = page.locator("#slider")
    assert int(slider.get_attribute("max")) < int(before)
    assert slider.input_value() == slider.get_attribute("max")
    quiet(page)


def test_the_policy_lets_nothing_in_or_out(visit):
    page = visit(page_of("neuron"))
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"


def test_the_slider_goes_through_every_step_forward_and_backward(visit):
    page = visit(page_of("neuron"))
    seen = []
    for _step in range(15):
        page.keyboard.press("ArrowRight")
        seen.append(heading(page))
    assert seen[0] == "Passe avant, 1 sur 7"
    assert seen[-1] == "Rétropropagation, 8 sur 8"
    assert len(set(seen)) == 15
    assert page.locator("#slider").get_attribute("aria-valuetext") == seen[-1]
    assert page.locator(".card.active").count() == 1
    page.keyboard.press("Home")
    assert page.locator(".card .absent").count() > 5  # not computed yet
    page.locator("#slider").fill("9")
    assert heading(page) == "Rétropropagation, 2 sur 8"
    quiet(page)


def test_cards_stay_where_they_are_while_steps_go_by(visit):
    page = visit(page_of("neuron"))
    places = "[...document.querySelectorAll('.card .ground')].map(r => [r.x, r.y, r.width].map(v => v.baseVal.value))"
    before = page.evaluate(places)
    page.keyboard.press("End")
    assert page.evaluate(places) == before


def test_equations_bear_the_numbers_of_the_terminal(visit):
    page = visit(page_of("neuron"))
    page.keyboard.press("End")
    text = page.locator("#step").inner_text().replace("\n", "")
    assert "−4,452" in text  # ∂L/∂w₁
    assert page.locator("#step math").count() >= 3
    page.keyboard.press("l")
    assert "−4.452" in page.locator("#step").inner_text().replace("\n", "")


def test_parts_open_and_close(visit):
    page = visit(lstm())
    few = cards(page)
    page.locator('[data-key^="p"] .opener').first.click()
    assert cards(page) > few
    page.locator('.fold:has-text("t = 1")').click()
    assert cards(page) == few
    quiet(page)


@pytest.mark.long
def test_every_distance(visit):
    page = visit(lstm())
    counts = []
    for name in ("model", "module", "op", "equation"):
        page.locator("#distance").select_option(name)
        counts.append(cards(page))
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[2] < counts[3]
    page.locator("#distance").select_option("auto")
    assert cards(page) <= 25


def test_single_numbers_of_a_small_run(visit):
    page = visit(run_page(run("mlp", data="xor", hidden="2")))
    page.locator("#distance").select_option("scalar")
    assert page.locator('.card:has-text("weight[0,1]")').count() >= 1


def test_search_finds_and_opens(visit):
    page = visit(lstm())
    assert page.locator('.card:has-text("porte d’oubli")').count() == 0
    page.keyboard.press("/")
    page.keyboard.type("oubli")
    assert page.locator("#status").text_content() == "4 trouvés"
    page.locator("#results button").first.click()
    assert page.locator('.card:has-text("porte d’oubli")').count() == 1
    assert "porte d’oubli" in page.locator("#card").inner_text()
    page.locator("#search").fill("zzz")
    assert page.locator("#status").text_content() == "rien trouvé"
    quiet(page)


@pytest.mark.long
def test_an_address_leads_back_to_what_is_seen(visit):
    page = visit(lstm())
    page.keyboard.press("0")
    page.locator('[data-key^="p"] .opener').nth(1).click()
    for _step in range(9):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("0")
    page.locator(".card").nth(4).click()
    page.keyboard.press("l")
    seen = (cards(page), heading(page), page.locator("#card").inner_text())
    fragment = page.url.partition("#")[2]
    assert {part.split("=")[0] for part in fragment.split("&")} == {"l", "o", "s", "n"}
    other = visit(lstm(), fragment)
    assert (cards(other), heading(other), other.locator("#card").inner_text()) == seen


@pytest.mark.long
def test_a_page_starts_where_it_is_told_to(visit):
    page = visit(run_page(run("lstm", hidden="3", steps="4"), Distance("op", close=("lstm/cell/t=2",))))
    assert page.locator("#distance").input_value() == "op"
    assert page.locator('.card:has-text("t = 2")').count() == 1
    assert page.locator('.card:has-text("t = 3")').count() == 0


def test_by_keyboard_alone(visit):
    page = visit(lstm())
    focused = "document.activeElement?.dataset?.key ?? ''"
    for _tab in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(focused).startswith("p"):
            break
    assert page.evaluate(focused).startswith("p")
    few = cards(page)
    page.keyboard.press("Enter")
    assert cards(page) > few
    page.keyboard.press("Enter")  # the focus is on the panel that has opened
    assert cards(page) == few
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.keyboard.press("ArrowRight")
    assert heading(page).startswith("Passe avant, 1")


def test_both_languages(visit):
    page = visit(page_of("neuron"))
    page.locator("#language").click()
    assert page.title() == "Artificial neuron"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.keyboard.press("ArrowRight")
    assert heading(page).startswith("Forward, 1 of")
    page.locator("#language").click()
    assert heading(page).startswith("Passe avant, 1 sur")


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["run", "step", "card", "flow", "gates", "phone"])
def test_no_accessibility_fault(visit, kind, dark):
    if kind in ("flow", "gates"):
        page = visit(reading(kind), dark=dark, still=True)
    else:
        page = visit(lstm(), dark=dark, still=True, size=(390, 844) if kind == "phone" else (1280, 800))
        if kind == "step":
            page.keyboard.press("End")
        if kind == "card":
            page.locator(".card").nth(3).click()
    found = Axe().run(page)
    faults = [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found.response["violations"]]
    assert faults == []


@lru_cache
def reading(kind):
    made = run("lstm", hidden="3", steps="5")
    if kind == "flow":
        flows = [flow(made), flow(run("rnn", hidden="3", steps="5"))]
        return flow_page(flows, lambda: flow_diagram(flows))
    found = gates(made)
    return gates_page(found, lambda: heat_diagram([found], [""]))


@pytest.mark.parametrize("kind", ["flow", "gates"])
def test_a_reading_is_read_step_by_step(visit, kind):
    page = visit(reading(kind))
    assert page.locator("tbody tr").count() == 5
    page.keyboard.press("Home")
    assert page.locator("tr.here th").text_content() == "1"
    page.keyboard.press("ArrowRight")
    assert page.locator("tr.here th").text_content() == "2"
    assert page.url.endswith("#s=2")
    light = page.locator("#frame svg").inner_html()
    page.keyboard.press("d")
    assert page.locator("#frame svg").inner_html() != light
    quiet(page)


HOSTILE = "</script><img src=x onerror=alert(1)>"


class Hostile(Model):
    """Names that try to be more than names."""

    name = "hostile"
    title = Text(fr=HOSTILE, en=HOSTILE)
    section = HOSTILE
    explanation = Text(fr=HOSTILE, en=HOSTILE)

    def build(self, settings):
        module = nn.Linear(2, 1)
        module.weight.name = HOSTILE
        return module

    def example(self, settings):
        return Batch(tg.tensor([[1.0, 2.0]], name=HOSTILE), None)

    def loss(self, module, batch):
        module.rename(HOSTILE)
        y = module(batch.inputs)
        y.name = HOSTILE
        return y.sum()

    def recipe(self, settings):
        raise NotImplementedError

    def score(self, module, batch):
        raise NotImplementedError


def test_hostile_names_stay_text(visit):
    page = visit(run_page(observed(Hostile())))
    assert page.title() == HOSTILE
    page.keyboard.press("End")
    for i in range(cards(page)):
        page.locator(".card").nth(i).click()
    assert page.locator("img").count() == 0
    assert HOSTILE in page.locator("#paper").text_content()
    quiet(page)


@pytest.mark.long
def test_two_thousand_operations_stay_light(visit):
    page = visit(run_page(run("lstm", steps="100", hidden="3")))
    assert cards(page) <= 25
    assert page.evaluate("document.querySelectorAll('*').length") < 1500
    page.locator("#distance").select_option("op")
    assert cards(page) <= 400
    for _step in range(30):
        page.keyboard.press("ArrowRight")
    page.locator("#distance").select_option("auto")
    page.keyboard.press("/")
    page.keyboard.type("t=57")
    page.locator("#results button").first.click()
    assert page.evaluate("document.querySelectorAll('*').length") < 12000
    quiet(page)


def test_steps_lay_nothing_out_again(visit):
    page = visit(lstm())
    page.evaluate("window.first = document.querySelector('.paper')")
    for _step in range(20):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("window.first.isConnected")
    page.locator("#distance").select_option("module")
    assert not page.evaluate("window.first.isConnected")


def test_a_card_that_is_reached_by_tab_is_brought_into_the_window(visit):
    page = visit(lstm())
    last = page.locator(".card").last
    last.focus()
    box, frame = last.bounding_box(), page.locator("#frame").bounding_box()
    assert frame["x"] <= box["x"] < frame["x"] + frame["width"]


def test_the_file_is_small_and_whole():
    data = lstm().decode()
    assert len(data) < 1_000_000
    assert re.findall(r'(?:src|href)="(?!data:)[^"#]', data.split("<noscript>")[0]) == []
    assert "<svg" in data.split("<noscript>")[1]  # a picture where scripts do not run


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)], ids=["phone", "laptop"])
@pytest.mark.parametrize(
    "name", ["neuron", *(pytest.param(name, marks=pytest.mark.long) for name in ("lstm", "gpt", "lenet"))]
)
def test_a_page_opens_on_the_first_card(visit, name, size):
    """Never on white paper: a picture that the window cannot hold is shown from where the run begins."""
    page = visit(page_of(name), size=size)
    frame = page.locator("#frame").bounding_box()
    card = page.locator(".card").first.bounding_box()
    assert frame["x"] <= card["x"] + 1
    assert card["x"] + card["width"] <= frame["x"] + frame["width"] + 1
    assert frame["y"] <= card["y"] + 1
    assert card["y"] + card["height"] <= frame["y"] + frame["height"] + 1


def test_keys_and_search_have_the_habits_of_the_web(visit):
    page = visit(page_of("neuron"))
    page.locator("#theme").focus()
    page.keyboard.press("?")
    lines = page.locator("dialog li").all_text_contents()
    assert len(lines) >= 5
    assert not [line for line in lines if "·" in line]  # one key per line
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.id") == "theme"
    page.keyboard.press("/")
    page.keyboard.type("tanh")
    page.keyboard.press("Enter")
    assert "tanh" in page.locator(".card.chosen").first.text_content()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") != "INPUT"
    page.keyboard.press("ArrowRight")  # a key of the page again, not of the field
    assert heading(page).startswith("Passe avant, 1 sur")
