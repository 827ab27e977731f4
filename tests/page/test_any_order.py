"""Pages under things done in any order: keys, the mouse, windows of all sizes, controls given anything. None may fail."""

import random

import pytest

from tests.page.pages import page_of

KEYS = [
    " ",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
    "Enter",
    "Escape",
    "Backspace",
    "+",
    "-",
    "0",
    "1",
    "2",
    "/",
    "l",
    "g",
    "t",
    "f",
]
KEYS += ["Tab", "Shift+Tab"]
SIZES = [(390, 844), (844, 390), (1280, 800), (200, 200), (1, 1)]
TYPED = ["", "3", "w=", "1e400", "-0", "L = w**2"]
# Something in the page, by its place, is clicked or given a value; links would leave the page.
TOUCH = """([where, what, typed]) => {
    const all = [...document.querySelectorAll('button, [role=button], input, select, .opener, .card')];
    const one = all[Math.floor(where * all.length)];
    if (one.tagName === 'SELECT') one.selectedIndex = Math.floor(what * one.options.length);
    else if (one.type === 'range' || one.type === 'number') one.value = String(+one.min + (one.max - one.min) * what);
    else if (one.type === 'text' || one.type === 'search') one.value = typed;
    else return one.dispatchEvent(new MouseEvent(what < 0.8 ? 'click' : 'dblclick', { bubbles: true }));
    for (const each of ['input', 'change']) one.dispatchEvent(new Event(each, { bubbles: true }));
}"""


def _do(page, chance):
    """Something, by chance; what it was, for whoever reads a failure."""
    kind = chance.choice(["size", "key", "key", "key", "wheel", "drag", "touch", "touch", "touch"])
    if kind == "size":
        width, height = chance.choice(SIZES)
        page.set_viewport_size({"width": width, "height": height})
        return kind, width, height
    if kind == "key":
        key = chance.choice(KEYS)
        page.keyboard.press(key)
        return kind, key
    size = page.viewport_size
    places = [(chance.random() * size["width"], chance.random() * size["height"]) for _end in range(2)]
    if kind == "touch":
        which = [chance.random(), chance.random(), chance.choice(TYPED)]
        page.evaluate(TOUCH, which)
        return kind, which
    page.mouse.move(*places[0])
    if kind == "wheel":
        page.mouse.wheel(0, chance.choice([-300, 300]))
    else:
        page.mouse.down()
        page.mouse.move(*places[1])
        page.mouse.up()
    return kind, places


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["mlp", "rnn"])
def test_a_page_bears_whatever_is_done_to_it(visit, name, seed):
    page, chance = visit(page_of(name)), random.Random(f"{name} {seed}")
    done = []
    for _step in range(80):
        done.append(_do(page, chance))
        assert page.complaints == [], done
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("Escape")
    page.wait_for_timeout(50)
    assert page.complaints == [], done
    assert "NaN" not in page.locator(".paper").get_attribute("transform")
