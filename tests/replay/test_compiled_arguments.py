"""Which arguments a compiled step tells apart: kinds, identity, gradients, indices and masks."""

import copy

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.nn import functional as F

ONES = tensor(np.ones((2, 2), np.float32))


def test_which_arguments_are_one_tensor():
    step = lambda a, b: a * 10 + b  # noqa: E731
    replayed = tg.compile(step)
    x, y = tensor([1.0]), tensor([2.0])
    for pair in [(x, x), (x, y), (y, y), (y, x)]:
        assert replayed(*pair).tolist() == step(*pair).tolist()
    captured = tg.compile(lambda b: x * 10 + b)
    assert [captured(each).item() for each in (y, x, y, x)] == [12, 11, 12, 11]


def test_gradients_where_arguments_are_one_tensor():
    def step(a, b):
        (a * a * b).sum().backward()

    replayed = tg.compile(step)
    x, y = (tensor([k], requires_grad=True) for k in (2.0, 3.0))
    for pair in [(x, x), (x, y), (y, x)] * 2:
        for leaf in (x, y):
            leaf.grad = None
        step(*pair)
        expected = [None if leaf.grad is None else leaf.grad.item() for leaf in (x, y)]
        for leaf in (x, y):
            leaf.grad = None
        replayed(*pair)
        assert [None if leaf.grad is None else leaf.grad.item() for leaf in (x, y)] == expected


def test_numbers_of_other_types_and_signs():
    step = lambda x, k: x * k  # noqa: E731
    replayed = tg.compile(step)
    x = tensor([3, -4])
    for k in (1, True, 1.0, 0.0, -0.0, 2.5, 1):
        found, expected = replayed(x, k), step(x, k)
        assert (found.tolist(), found.dtype) == (expected.tolist(), expected.dtype)
        assert np.signbit(found.detach().numpy()).tolist() == np.signbit(expected.detach().numpy()).tolist()


def test_results_carry_their_gradient():
    w = tensor([2.0], requires_grad=True)
    replayed = tg.compile(lambda x: w * x)
    for _each in range(3):
        w.grad = None
        (replayed(tensor([4.0])).sum() + (w * w).sum()).backward()
        assert w.grad.tolist() == [8.0]


def test_a_compiled_module_trains():
    tg.manual_seed(0)
    model = nn.Linear(2, 1)
    twin = model.copy()
    replayed = tg.compile(model)
    for each in (model, twin):
        moves, run = optim.SGD(each.parameters(), 0.1), replayed if each is model else each
        for _step in range(3):
            moves.zero_grad()
            (run(ONES) ** 2).sum().backward()
            moves.step()
    assert model.weight.tolist() == twin.weight.tolist()
    assert list(replayed.state_dict()) == ["weight", "bias"]
    assert len(list(replayed.parameters())) == 2
    assert replayed.eval() is not None
    assert model.training is False


def test_a_compiled_module_is_a_module():
    """In another module, under a name or in a list, it has its parameters, its mode and its names."""
    tg.manual_seed(0)
    layer = tg.compile(nn.Linear(2, 2))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.rest = layer, nn.Sequential(nn.Tanh(), tg.compile(nn.Linear(2, 1)))

        def forward(self, x):
            return self.rest(self.layer(x))

    model = Model()
    assert [name for name, _p in model.named_parameters()] == [
        "layer.weight",
        "layer.bias",
        "rest.1.weight",
        "rest.1.bias",
    ]
    model.eval()
    assert (layer.training, layer.step.training, isinstance(layer, nn.Linear)) == (False, False, True)
    layer.weight = nn.Parameter(tensor([[1.0, 2.0], [3.0, 4.0]]))
    twin = copy.deepcopy(model)
    moves = optim.SGD(model.parameters(), 0.1)
    for _step in range(3):
        moves.zero_grad()
        model(ONES).sum().backward()
        moves.step()
    assert layer.replays == 2
    assert layer.step.weight is layer.weight
    assert layer.weight.tolist() != [[1.0, 2.0], [3.0, 4.0]]
    assert twin.layer.weight.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert repr(twin.layer) == "<compiled Linear: 0 recorded, 0 replayed, 0 eager>"
    assert not hasattr(layer, "replayed")


def test_the_spent_record_of_a_replayed_step_is_refused():
    w = tensor([2.0], requires_grad=True)

    @tg.compile
    def step(x):
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        return loss

    for _each in range(2):
        loss = step(tensor([3.0]))
    assert loss.requires_grad
    with pytest.raises(tg.errors.GradientError, match="went backward itself"):
        (loss + w.sum()).backward()


# Indices and masks are inputs like any other

TABLE23 = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
ROWS = [tensor(x) for x in ([0, 1], [1, 0], [1, 1])]
COLUMNS = [tensor(x) for x in ([[0], [1]], [[2], [0]], [[1], [1]])]
MASKS = [k < TABLE23 for k in (2, 3, 5)]


def _written(x, index):
    y = x * 1
    y[index] = 5.0
    return y


INDEXED = {
    "rows": (lambda i: TABLE23[i], ROWS),
    "columns": (lambda i: TABLE23[:, i], ROWS),
    "one": (lambda i: TABLE23[i] * 2, [tensor(0), tensor(1), tensor(-1)]),
    "gather": (lambda i: tg.gather(TABLE23, 1, i), COLUMNS),
    "take": (lambda i: tg.take(TABLE23, i), ROWS),
    "take_along_dim": (lambda i: tg.take_along_dim(TABLE23, i, 1), COLUMNS),
    "index_select": (lambda i: TABLE23.index_select(1, i), ROWS),
    "scatter": (lambda i: tg.scatter(TABLE23, 1, i, 1.0), COLUMNS),
    "scatter_add": (lambda i: tg.scatter_add(TABLE23, 1, i, tensor([[1.0], [2.0]])), COLUMNS),
    "index_add": (lambda i: tg.index_add(TABLE23, 0, i, TABLE23), ROWS),
    "index_copy": (lambda i: tg.index_copy(TABLE23, 0, i, TABLE23), ROWS[:2]),
    "index_fill": (lambda i: tg.index_fill(TABLE23, 0, i, 7.0), ROWS),
    "index_put": (lambda i: tg.index_put(TABLE23, (i,), tensor([9.0, 9.0, 9.0])), ROWS),
    "index_put added": (lambda i: tg.index_put(TABLE23, (i,), tensor([9.0, 9.0, 9.0]), True), ROWS),
    "written": (lambda i: _written(TABLE23, i), ROWS),
    "written by a mask": (lambda m: _written(TABLE23, m), MASKS),
    "masked_fill": (lambda m: TABLE23.masked_fill(m, 0.0), MASKS),
    "one_hot": (lambda i: F.one_hot(i, 3), ROWS),
    "embedding": (lambda i: F.embedding(i, TABLE23, padding_idx=0), ROWS),
    "nll_loss": (lambda y: F.nll_loss(TABLE23, y), ROWS),
    "argsort": (lambda x: x.argsort(), [TABLE23, TABLE23 * -1, TABLE23 * 0]),
    "topk": (lambda x: tuple(x.topk(2)), [TABLE23, TABLE23 * -1]),
}
SIZED = {
    "masked_select": (lambda m: tg.masked_select(TABLE23, m), MASKS),
    "by a mask": (lambda x: x[x > 2], [TABLE23, TABLE23 * 2]),
    "one_hot": (lambda i: F.one_hot(i), ROWS),
    "nonzero": (lambda m: m.nonzero(), MASKS),
    "bincount": (lambda i: tg.bincount(i), ROWS),
    "unique": (lambda i: tg.unique(i), ROWS),
    "repeat_interleave": (lambda i: tg.repeat_interleave(tensor([5, 6]), i), ROWS),
}


def _raw(found):
    return [y.tolist() for y in (found if isinstance(found, tuple) else (found,))]


@pytest.mark.parametrize("name", INDEXED)
def test_indices_are_inputs(name):
    step, given = INDEXED[name]
    replayed = tg.compile(step)
    assert [_raw(replayed(x)) for x in given] == [_raw(step(x)) for x in given]
    assert (replayed.recordings, replayed.replays) == (1, len(given) - 1)


@pytest.mark.parametrize("name", SIZED)
def test_sizes_that_depend_on_data_run_eagerly(name):
    step, given = SIZED[name]
    replayed = tg.compile(step)
    with pytest.warns(CompileWarning, match="it reads a value into Python"):
        found = [_raw(replayed(x)) for x in given]
    assert found == [_raw(step(x)) for x in given]


def test_labels_that_are_ignored_now_and_then():
    step = lambda y: F.cross_entropy(TABLE23, y)  # noqa: E731
    replayed = tg.compile(step)
    for y in ([0, 1], [-100, 1], [1, 0], [-100, 2]):
        assert replayed(tensor(y)).item() == pytest.approx(step(tensor(y)).item(), rel=1e-6)
    assert (replayed.recordings, replayed.replays) == (2, 2)
