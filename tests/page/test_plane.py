"""Data of two dimensions in the page: the boundary, the points, and training on all of them."""

import json

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.page.pages import page_of, run, settled
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.living import alive, script
from tinygrad_fr.living.choices import choices
from tinygrad_fr.living.plane import plane
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue

pytestmark = pytest.mark.long  # each opens pages of its own in a browser


def sides(page):
    return page.locator("#plane .told").text_content()


@pytest.mark.parametrize(
    ("name", "classes"), [("mlp", (0.0, 1.0)), ("perceptron", (-1.0, 1.0)), ("neuron", (0.0, 1.0)), ("overfit", (0.0, 1.0))]
)  # fmt: skip
def test_runs_on_one_point_of_the_plane_are_found(name, classes):
    made = run(name, data="xor") if name == "mlp" else run(name)
    found = alive(made)
    assert plane(made, found, choices(made, found)).classes == classes


def test_other_runs_have_none():
    made = run("mlp")
    found = alive(made)
    assert plane(made, found, choices(made, found)) is None


@pytest.mark.parametrize("name", ["mlp", "gpt", "word2vec", "fasttext"])
def test_other_whole_numbers_give_the_engines_numbers(tab, name):
    """The page chooses another class or other tokens: every value is the engine's on that batch."""
    made = run(name, width="8") if name == "gpt" else run(name)
    found = alive(made)
    told = choices(made, found)
    draw = np.random.default_rng(3)
    tab.evaluate(f"(() => {{{script(found.program.codes.values())}; window.Living = Living}})()")
    data = found.program.to_json() | {"choices": [choice.to_json() for choice in told]}
    tab.evaluate("([data, loss]) => { window.it = new Living(data, loss) }", [json.loads(json.dumps(data)), found.loss])
    batch = made.batch
    for k, choice in enumerate(told):
        values = draw.integers(0, choice.count, choice.sides)
        batch = batch._replace(**{choice.field: tg.tensor(values)})
        tab.evaluate(f"(values) => it.choices[{k}].choose(values)", values.ravel().tolist())
    other = alive(made, batch=batch)
    expected, gradients = other.program.swept(other.loss)
    tab.evaluate("it.sweep()")
    np.testing.assert_allclose(np.array(tab.evaluate("[...it.values]")), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.array(tab.evaluate("[...it.gradients]")), gradients, rtol=1e-9, atol=1e-12)


def test_training_on_every_point_is_the_engines(visit):
    """Ten steps of gradient descent on the four rows of the exclusive or."""
    page = visit(page_of("mlp", data="xor", hidden="4"))
    page.locator("#train select").first.select_option("1")
    for _step in range(10):
        page.locator("#train button").first.click()
    settled(page)
    model = Catalogue().load("mlp")
    module = observed(model, model.settings.replaced({"data": "xor", "hidden": "4"})).module
    inputs, target = (tg.tensor(array) for array in model.recipe(model.settings.replaced({"data": "xor"})).train.arrays)
    optimizer = tg.optim.SGD(module.parameters(), lr=1.0)
    for _step in range(10):
        optimizer.zero_grad()
        F.cross_entropy(module(inputs), target).backward()
        optimizer.step()
    loss = F.cross_entropy(module(inputs), target).item()
    assert f"{loss:.3f}".replace(".", ",") in sides(page)
    assert page.complaints == []


def test_points_that_are_held_out_teach_nothing_and_weights_decay(visit):
    """Five steps with weight decay on the points that the page says it learns from: torch's SGD says the same."""
    page = visit(page_of("mlp", data="spiral", hidden="4"))
    page.locator("#plane input[type=checkbox]").check()
    page.locator("#train select").first.select_option("1")
    page.locator("#train select").nth(2).select_option("0.1")
    settled(page)
    learned = np.array(page.evaluate("document.querySelector('#plane').learning()"))
    for _step in range(5):
        page.locator("#train button").first.click()
    settled(page)
    model = Catalogue().load("mlp")
    settings = model.settings.replaced({"data": "spiral", "hidden": "4"})
    module = observed(model, settings).module
    inputs, target = (np.asarray(array)[:120] for array in model.recipe(settings).train.arrays)  # as many as it shows
    assert 0.3 * len(inputs) < len(learned) < 0.7 * len(inputs)
    optimizer = tg.optim.SGD(module.parameters(), lr=1.0, weight_decay=0.1)
    held = np.setdiff1d(np.arange(len(inputs)), learned)

    def loss(rows):
        return F.cross_entropy(module(tg.tensor(inputs[rows])), tg.tensor(target[rows]))

    for _step in range(5):
        optimizer.zero_grad()
        loss(learned).backward()
        optimizer.step()
    said = sides(page)
    assert [f"{loss(rows).item():.3f}".replace(".", ",") in said for rows in (learned, held)] == [True, True]
    assert len(page.locator(".curve polyline.tested").get_attribute("points").split()) == 6


def test_noise_moves_every_point_and_goes_again(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"))
    picture = "document.querySelector('#plane canvas').toDataURL()"
    before = page.evaluate(picture)
    noise = page.locator("#plane select").nth(2)
    noise.select_option("0.1")
    settled(page)
    assert page.evaluate(picture) != before
    noise.select_option("0")
    settled(page)
    assert page.evaluate(picture) == before


def test_the_boundary_follows_a_drag(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"))
    picture = "document.querySelector('#plane canvas').toDataURL()"
    before = page.evaluate(picture)
    page.locator(".pulled input[type=range]").first.evaluate(
        "(range) => { range.value = 3; range.dispatchEvent(new Event('input')); }"
    )
    settled(page)
    assert page.evaluate(picture) != before
    page.keyboard.press("r")
    settled(page)
    assert page.evaluate(picture) == before


def test_the_belief_is_the_models(visit):
    """What the picture is painted from is p₁ − p₀ of the engine at the middle of each cell."""
    made = run("mlp", data="spiral")
    page = visit(page_of("mlp", data="spiral"))
    grid = page.evaluate("[...document.querySelector('#plane').grid(16)]")
    low, high = page.evaluate("document.querySelector('#plane').window")
    line, column = np.divmod(np.arange(256), 16)
    points = np.stack([low + (high - low) * (column + 0.5) / 16, high - (high - low) * (line + 0.5) / 16], 1)
    p = F.softmax(made.module(tg.tensor(points.astype(np.float32))), 1).detach().numpy()
    np.testing.assert_allclose(grid, p[:, 1] - p[:, 0], atol=1e-4)


def test_points_are_added_removed_and_chosen(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"))
    assert "4" in sides(page)
    click = page.locator("#plane select").nth(1)
    click.select_option("1")
    box = page.locator("#plane canvas").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 40)
    page.mouse.click(box["x"] + 60, box["y"] + 40)
    settled(page)
    assert " 6 " in sides(page)
    click.select_option("remove")
    page.mouse.click(box["x"] + 50, box["y"] + 40)
    settled(page)
    assert " 5 " in sides(page)
    page.locator("#plane select").first.select_option("spiral")
    settled(page)
    assert " 120 " in sides(page)


def test_a_point_is_read_by_mouse_and_keys(visit):
    page = visit(page_of("mlp", data="xor", hidden="4"))
    value = page.locator('.card:has(.symbol:text-is("x")) .value')
    box = page.locator("#plane canvas").bounding_box()
    page.mouse.click(box["x"] + 100, box["y"] + 30)
    settled(page)
    first = value.text_content()
    page.locator("#plane canvas").focus()
    page.keyboard.press("ArrowLeft")
    settled(page)
    assert value.text_content() != first
    page.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] / 6)  # (0, 1), whose class is 1
    settled(page)
    assert value.text_content().endswith("[0 1]")
    assert page.locator('.card:has(.symbol:text-is("t")) .value').text_content().endswith("[1]")


def test_a_feature_that_is_switched_off_is_the_engines_run_without_it(visit):
    """Every belief is the model's with a 0 in that feature's place; undo brings the feature back."""
    changes = {"data": "circles", "hidden": "4", "features": "true"}
    page = visit(page_of("mlp", **changes))
    assert page.locator("#plane [role=group] label").all_text_contents() == [
        " x₁", " x₂", " x₁²", " x₂²", " x₁x₂", " sin πx₁", " sin πx₂"
    ]  # fmt: skip
    square = page.locator("#plane [role=group] input").nth(3)
    square.uncheck()
    settled(page)
    grid = page.evaluate("[...document.querySelector('#plane').grid(8)]")
    low, high = page.evaluate("document.querySelector('#plane').window")
    line, column = np.divmod(np.arange(64), 8)
    points = np.stack([low + (high - low) * (column + 0.5) / 8, high - (high - low) * (line + 0.5) / 8], 1)
    module = run("mlp", **changes).module
    with tg.no_grad():
        used = tg.tensor([1.0, 1, 1, 0, 1, 1, 1])
        product = points[:, :1] * points[:, 1:]
        read = np.concatenate([points, points**2, product, np.sin(np.pi * points)], 1).astype(np.float32)
        p = F.softmax(module.output(module.activation(module.hidden(tg.tensor(read) * used))), 1).numpy()
    np.testing.assert_allclose(grid, p[:, 1] - p[:, 0], atol=1e-4)
    page.keyboard.press("u")
    settled(page)
    assert square.is_checked()


def test_features_of_what_is_no_point_are_refused():
    model = Catalogue().load("mlp")
    with pytest.raises(UsageError, match="64"):
        model.build(model.settings.replaced({"features": "true"}))


def test_a_link_keeps_noise_points_held_out_and_features(visit):
    made = page_of("mlp", data="spiral", hidden="4", features="true")
    page = visit(made, "l=en")
    page.locator("#plane select").nth(2).select_option("0.1")
    page.locator("#plane .buttons:not([role]) input[type=checkbox]").check()
    page.locator("#plane [role=group] input").nth(5).uncheck()
    settled(page)
    said, learning = sides(page), page.evaluate("document.querySelector('#plane').learning()")
    page.get_by_text("Link", exact=True).click()
    other = visit(made, page.url.partition("#")[2])
    settled(other)
    assert (sides(other), other.evaluate("document.querySelector('#plane').learning()")) == (said, learning)
    assert other.locator("#plane select").nth(2).input_value() == "0.1"
    assert not other.locator("#plane [role=group] input").nth(5).is_checked()
