"""Pictures of gradients and gates say what the readings say."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinygrad_fr.draw import cell_diagram, cliff_diagram, flow_diagram, heat_diagram, history_diagram, render, theme
from tinygrad_fr.explain import History, cliff, flow, gates, observed
from tinygrad_fr.locale import number
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train

MODELS = Catalogue()


def run(name, text=None, **changes):
    model = MODELS.load(name)
    settings = model.settings.replaced({key: str(value) for key, value in changes.items()})
    return observed(model, settings, batch=model.read(settings, text) if text is not None else None)


def texts(diagram):
    return [mark.text for mark in diagram.marks if mark.text]


def bars(diagram):
    return [mark for mark in diagram.marks if mark.fill is not None]


def drawn(diagram):
    assert diagram.pinned
    ET.fromstring(render(diagram, "svg"))
    return diagram


def test_flow_says_each_verdict_and_its_reason():
    flows = [flow(run(name, steps=6), clip_norm=0.1) for name in ("rnn", "lstm")]
    words = " ".join(texts(drawn(flow_diagram(flows))))
    for each in flows:
        assert f"{each.label}: {each.word()}" in words
        assert each.numbers() in words
        assert each.reason() in words
        assert each.clipping.sentence() in words


def test_strips_are_on_one_scale():
    """The largest gradient of all models is the darkest cell, and equal gradients have one colour."""
    flows = [flow(run("rnn", steps=5)), flow(run("rnn", steps=5)), flow(run("lstm", steps=5, forget_bias=-5))]
    cells = [mark for mark in bars(flow_diagram(flows)) if "‖∂L/∂h‖" in mark.tooltip]
    assert len(cells) == 15
    rows = [[mark.fill for mark in cells[i : i + 5]] for i in (0, 5, 10)]
    assert rows[0] == rows[1] != rows[2]
    values = [value for each in flows for value in each.h]
    assert cells[int(np.argmax(values))].fill == theme.magnitude(2.0, 1.0, 2.0)
    assert cells[int(np.argmin(values))].fill == theme.magnitude(1.0, 1.0, 2.0)


def test_the_bound_is_drawn_where_it_proves_something():
    certain, open_ = (flow(run("rnn", init="orthogonal", gain=gain, reading="order")) for gain in (0.5, 2))
    assert len(flow_diagram([certain]).links) == len(flow_diagram([open_]).links) + 1 + _grid(certain) - _grid(open_)
    assert "(γ‖W‖)ᵏ" in flow_diagram([certain]).guide
    assert "(γ‖W‖)ᵏ" not in flow_diagram([open_]).guide


def _grid(one):
    """Lines of the grids alone: links without the curves of one model (its gradients, its two singular values)."""
    picture = flow_diagram([one])
    thin = [link for link in picture.links if link.colour == theme.HAIRLINE]
    unit = [link for link in picture.links if link.colour == theme.INK]
    return len(thin) + len(unit)


def test_an_arrow_goes_from_before_to_after():
    picture = flow_diagram([flow(run("rnn", steps=4), clip_norm=0.1)])
    (arrow,) = [link for link in picture.links if link.colour == theme.BACKWARD]
    start, end = ({card.id: card.at for card in picture.cards}[name] for name in (arrow.source, arrow.target))
    assert arrow.arrow
    assert end[0] < start[0]
    assert not [link for link in flow_diagram([flow(run("rnn", steps=4), clip_norm=1e9)]).links if link.arrow]


@pytest.mark.long
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_nan_and_infinity_are_drawn(name):
    changes = {"gain": 100, "reading": "order", "steps": 300, "hidden": 4} | (
        {"activation": "relu"} if name == "rnn" else {}
    )
    seen = run(name, **changes)
    drawn(flow_diagram([flow(seen, clip_norm=1.0)]))
    if name != "rnn":
        drawn(heat_diagram([gates(seen)]))
        drawn(cell_diagram(gates(seen), (299, 300)))


@pytest.mark.long
def test_layers_and_long_sequences_are_drawn():
    drawn(flow_diagram([flow(run("deep", residual="no")), flow(run("deep"))]))
    long = flow_diagram([flow(run("rnn", steps=1000, hidden=2))])
    assert len([mark for mark in bars(long) if "‖∂L/∂h‖" in mark.tooltip]) == 256


@pytest.mark.long
def test_history_is_drawn():
    histories = []
    for name in ("rnn", "lstm"):
        model = MODELS.load(name)
        settings = model.settings.replaced({"hidden": "3"})
        history = History(name, name.upper())
        train(model, settings, epochs=1, watch=history.watch(model, settings))
        histories.append(history)
    picture = drawn(history_diagram(histories))
    assert all(f"{each.headline()}." in picture.guide for each in histories)
    area = sum(mark.extent[0] * mark.extent[1] for mark in bars(picture))
    assert area == pytest.approx(2 * 620 * 120)  # two whole maps


def test_the_cliff_is_drawn_small():
    found = cliff()
    picture = drawn(cliff_diagram(found))
    assert found.sentence()[1:] in picture.guide
    assert len(bars(picture)) < 2 * 75 * 75 / 3
    (jump,) = [link for link in picture.links if link.arrow]
    end = {card.id: card.at for card in picture.cards}[jump.target]
    assert end[1] == pytest.approx(300)  # it leaves the map through its upper side


def test_cells_say_what_they_read_and_what_they_keep():
    found = gates(run("lstm", "abXcY", reading="order"))
    picture = drawn(cell_diagram(found, (2, 3, 4)))
    said = texts(picture)
    assert [text for text in said if text in set("abXcY")] == ["b", "X", "c"]
    for i in (1, 2, 3):
        assert f"×{number(float(found.kept[i].mean()), 2)}" in said
        assert any(f"∏ f = {number(found.road[i])}" in text and number(found.carried[i]) in text for text in said)
    rows = {card.id: [row.label for row in card.rows] for card in picture.cards}
    assert rows["f 3"] == ["mean", "‖∂L/∂f‖"]
    assert rows["C 3"] == ["‖∂L/∂C‖"]


def test_cells_show_numbers_that_were_read():
    one = cell_diagram(gates(run("lstm", " ".join(["4"] * 64), reading="pixels")), (1, 2))
    assert texts(one).count("= 0.25") == 2
    eight = cell_diagram(gates(run("gru", steps=2)))
    assert sum(mark.extent == (13, 13) for mark in bars(eight)) == 16


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_before_and_after_share_their_scales(name):
    """The same run twice has the same colours twice; a stronger one beside it pales the first."""
    weak, strong = (gates(run(name, steps=6, hidden=4, gain=gain)) for gain in (1, 9))
    alone, twins, mixed = (
        bars(heat_diagram(runs, ["t"] * len(runs))) for runs in ([weak], [weak, weak], [weak, strong])
    )
    half = len(twins) // 2
    assert [mark.fill for mark in twins[:half]] == [mark.fill for mark in twins[half:]]
    assert len(alone) == half
    assert [mark.fill for mark in mixed[: len(alone)]] != [mark.fill for mark in alone]


def test_the_map_carries_tokens_road_and_shares():
    found = gates(run("lstm", "abcdXbYab", reading="order", hidden=4))
    picture = drawn(heat_diagram([found]))
    said = texts(picture)
    assert [text for text in said if text in set("abcdXY")] == list("abcdXbYab")
    assert {"∏ f", "‖∂C_T/∂C_t‖"} <= set(said)
    assert sum("open > 0.9" in text for text in said) == 3
    road = [mark for mark in bars(picture) if mark.fill == theme.INK]
    assert [mark.extent[1] for mark in road] == pytest.approx([1 + 22 * share for share in found.kept.mean(axis=1)])


def test_a_map_of_numbers_shows_them():
    one, two = (heat_diagram([gates(run("gru", steps=6, hidden=2, reading=r))]) for r in ("pixels", "adding"))
    assert len(bars(two)) - len(bars(one)) == 6
