"""Recurrent layers are found by their equations, however they are written."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import Graph, nn, opened, tensor
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import flow, gates, observed
from tinygrad_fr.explain.lenses.recurrence import recurrences
from tinygrad_fr.modes import recording
from tinygrad_fr.plugins import Batch

T, N, D, H = 4, 2, 3, 5


class Written:
    """A model of one function."""

    name, title, settings = "written", "written", None

    def __init__(self, loss):
        self.written = loss

    def loss(self, module, batch):
        return self.written(module, batch.inputs)

    tokens = staticmethod(lambda settings, batch: ())


def seen(module, loss, x):
    return observed(Written(loss), module=module, batch=Batch(x, None))


def sequence():
    return tensor(np.random.default_rng(1).normal(size=(T, N, D)).astype(np.float32))


def joint(cell, x, h, c):
    """All gates in one product, cut afterwards, as most lessons write it."""
    z = x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
    i, f, g, o = z.chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def bent_before_cut(cell, x, h, c):
    """One sigmoid over three gates."""
    z = tg.nn.functional.linear(
        tg.cat([x, h], 1), tg.cat([cell.weight_ih, cell.weight_hh], 1), cell.bias_ih + cell.bias_hh
    )
    s, g = z.sigmoid(), z[:, 2 * H : 3 * H].tanh()
    c = g * s[:, :H] + c * s[:, H : 2 * H]
    return c.tanh() * s[:, 3 * H :], c


def columns(cell, x, h, c):
    """W x with vectors as columns."""
    z = cell.weight_ih @ x.T + cell.bias_ih.reshape(-1, 1) + cell.weight_hh @ h.T + cell.bias_hh.reshape(-1, 1)
    i, f, g, o = (z[k * H : (k + 1) * H] for k in range(4))
    c = f.sigmoid() * c.T + i.sigmoid() * g.tanh()
    return (o.sigmoid() * c.tanh()).T, c.T


@pytest.mark.parametrize("step", [joint, bent_before_cut, columns, lambda cell, x, h, c: cell(x, (h, c))])
def test_an_lstm_written_by_hand_has_the_gates_of_the_module(step):
    cell, x = nn.LSTMCell(D, H), sequence()

    def by_hand(cell, x):
        h, c = tg.zeros(N, H), tg.zeros(N, H)
        for t in range(T):
            h, c = step(cell, x[t], h, c)
        return (h * h).sum()

    found, layer = gates(seen(cell, by_hand, x)), nn.LSTM(D, H)
    layer.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
    expected = gates(seen(layer, lambda layer, x: (layer(x)[0][-1] ** 2).sum(), x))
    assert (found.kind, len(found.steps), found.which) == ("lstm", T, "")
    for symbol in expected.symbols:
        assert np.allclose(found.values[symbol], expected.values[symbol], atol=1e-6), symbol
        assert np.allclose(found.gradients[symbol], expected.gradients[symbol], atol=1e-5), symbol


def usual(z, h, n):
    return z * h + (1 - z) * n


def difference(z, h, n):
    return n + z * (h - n)


def negated(z, h, n):
    return (1 + (-z)) * n + h * z


@pytest.mark.parametrize("mix", [usual, difference, negated, lambda z, h, n: tg.lerp(n, h, z)])
def test_a_gru_written_by_hand_has_the_gates_of_the_module(mix):
    cell, x = nn.GRUCell(D, H), sequence()

    def by_hand(cell, x):
        h = tg.zeros(N, H)
        for t in range(T):
            r_x, z_x, n_x = (x[t] @ cell.weight_ih.T + cell.bias_ih).chunk(3, 1)
            r_h, z_h, n_h = (h @ cell.weight_hh.T + cell.bias_hh).chunk(3, 1)
            r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
            h = mix(z, h, (n_x + r * n_h).tanh())
        return (h * h).sum()

    found, layer = gates(seen(cell, by_hand, x)), nn.GRU(D, H)
    layer.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
    expected = gates(seen(layer, lambda layer, x: (layer(x)[0][-1] ** 2).sum(), x))
    assert (found.kind, found.convention, len(found.steps)) == ("gru", "torch", T)
    for symbol in ("r", "h̃", "h", "z"):
        assert np.allclose(found.values[symbol], expected.values[symbol], atol=1e-6), symbol
    assert np.allclose(found.gradients["h"], expected.gradients["h"], atol=1e-5)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("both", [False, True])
def test_every_layer_and_direction_is_found_and_can_be_chosen(kind, layers, both):
    module, x = getattr(nn, kind)(D, H, num_layers=layers, bidirectional=both), sequence()
    run = seen(module, lambda module, x: (module(x)[0] ** 2).sum(), x)
    ways = ("forward", "reverse")[: 1 + both]
    assert [(each.layer, each.direction) for each in recurrences(run.graph)] == [
        (layer, way) for layer in range(1, layers + 1) for way in ways
    ]
    suffixes = {(layer, way): f"_l{layer - 1}{'_reverse' * (way == 'reverse')}" for layer in range(1, layers + 1) for way in ways}  # fmt: skip
    for (layer, way), suffix in suffixes.items():
        found = flow(run, layer=layer, direction=way, steps=False)
        assert (f"layer {layer} of {layers}" in found.which) is (layers > 1 or both)
        one = next(each for each in recurrences(run.graph) if (each.layer, each.direction) == (layer, way))
        assert all(v.kind != "op" or v.value.shape == (N, H) for at in one.steps for s, v in at.items() if s in "Ch")
        assert suffix[1:] in one.path or (layers == 1 and not both)
    with pytest.raises(UsageError, match="no such layer and direction; it has"):
        flow(run, layer=layers + 1)


def test_what_the_loss_does_not_read_has_zeros_and_no_ratio():
    module, x = nn.LSTM(D, H, bidirectional=True), sequence()
    run = seen(module, lambda module, x: (module(x)[0][-1] ** 2).sum(), x)  # the last place: reverse's first step
    forward, reverse = (flow(run, direction=way) for way in ("forward", "reverse"))
    assert forward.start == T - 1
    assert reverse.start == 0
    assert reverse.h[1:] == (0.0,) * (T - 1)
    assert reverse.verdict == "absent"
    assert "reads the first place alone" in reverse.sentence()
    half = flow(seen(nn.LSTM(D, H), lambda module, x: (module(x)[0][1] ** 2).sum(), x))
    assert half.start == 1
    assert half.h[2:] == (0.0, 0.0)
    assert half.ratio == half.h[0] / half.h[1]
    for each in (forward, reverse, half):
        assert "nan" not in str(each).lower()
        assert each.to_json()["ratio"] is None or each.to_json()["ratio"] > 0


def elman(x, w_x, w_h, h):
    return (x @ w_x + h @ w_h).tanh()


@pytest.mark.parametrize("backwards", [False, True])
def test_an_elman_network_without_names_is_a_chain_of_one_weight(backwards):
    x = sequence()
    w_x, w_h, w_o = (tensor(np.random.default_rng(i).normal(size=size), requires_grad=True, dtype=tg.float32) for i, size in enumerate([(D, H), (H, H), (H, 2)]))  # fmt: skip
    h, states = tg.zeros(N, H), []
    with recording(), opened("op"):
        for t in reversed(range(T)) if backwards else range(T):
            h = elman(x[t], w_x, w_h, h)
            states.append(h)
        loss = sum((state @ w_o).sum() for state in states)
    (found,) = recurrences(Graph.of(loss))
    assert [at["h"].id for at in found.steps] == [state.id for state in states]
    assert found.direction == ("reverse" if backwards else "forward")


def test_networks_that_are_not_recurrent_have_none():
    w = [tensor(np.random.default_rng(i).normal(size=(H, H)), requires_grad=True) for i in range(6)]
    x = tensor(np.random.default_rng(9).normal(size=(N, H)))
    with recording():
        deep = x
        for each in w:
            deep = (deep @ each).tanh()
        highway = x
        for a, b in zip(w[::2], w[1::2], strict=True):
            gate = (highway @ a).sigmoid()
            highway = gate * (highway @ b).tanh() + (1 - gate) * highway
        attended = x
        for _layer in range(3):  # weights that are shared without a state
            attended = attended + ((attended @ w[0]) @ (attended @ w[1]).T).softmax(-1) @ attended
    assert recurrences(Graph.of(deep.sum())) == ()
    assert recurrences(Graph.of(highway.sum())) == ()
    assert recurrences(Graph.of(attended.sum())) == ()
