"""A table's gradient that is kept by rows is the array that it stands for, whoever reads it and whatever is done with it."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr import Graph, compile, nn, observe, optim, tensor
from tinygrad_fr.fast import rows
from tinygrad_fr.gradients import grad
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.utils import clip_grad_norm_, clip_grad_value_
from tinygrad_fr.ops.indexing import lookup
from tinygrad_fr.record.accelerator import LazyGradient

ROWS, WIDTH = 60, 3


@pytest.fixture
def dense(monkeypatch):
    """A way to compute with arrays alone."""

    def run(function):
        with monkeypatch.context() as patch:
            patch.setattr(rows, "FEW", ROWS * 1000)
            return function()

    return run


def table(seed=0):
    return tensor(np.random.default_rng(seed).normal(size=(ROWS, WIDTH)).astype(np.float32), requires_grad=True)


INDICES = st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=9)
OPTIMIZERS = st.sampled_from(
    [
        lambda p: optim.SGD(p, 0.1),
        lambda p: optim.SGD(p, 0.1, weight_decay=0.01),
        lambda p: optim.SGD(p, 0.1, maximize=True),
        lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
        lambda p: optim.SGD(p, 0.1, momentum=0.9, dampening=0.5, weight_decay=0.1),
        lambda p: optim.Adam(p, 0.1),
        lambda p: optim.AdamW(p, 0.1),
        lambda p: optim.Adagrad(p, 0.1),
        lambda p: optim.RMSprop(p, 0.1, momentum=0.5, centered=True),
    ]
)
BETWEEN = st.sampled_from(
    [
        lambda _w: None,
        lambda w: clip_grad_norm_([w], 0.5),
        lambda w: clip_grad_value_([w], 0.1),
        lambda w: w.grad.sum(),
        lambda w: setattr(w, "grad", w.grad * 2),
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.lists(INDICES, min_size=1, max_size=3), min_size=1, max_size=3),
    make=OPTIMIZERS,
    between=BETWEEN,
    whole=st.booleans(),
    zeroed=st.booleans(),
)
def test_training_gives_the_same_bits(steps, make, between, whole, zeroed):
    def trained():
        w = table()
        optimizer = make([w])
        seen = []
        for uses in steps:
            if zeroed:
                optimizer.zero_grad()
            for use in uses:  # several backward passes add up; one has several uses
                loss = F.embedding(tensor(use), w).exp().sum() + (F.embedding(tensor(use[::-1]), w) ** 2).sum()
                (loss + (w * w).sum() if whole else loss).backward()
            between(w)
            optimizer.step()
            seen.append(w.detach().numpy().copy())
        return [*seen, w.grad.detach().numpy()]

    found = trained()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "FEW", ROWS * 1000)
        wanted = trained()
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def kept(index=(3, 3, 1)):
    w = table()
    (F.embedding(tensor(list(index)), w) ** 2).sum().backward()
    return w


@pytest.mark.fast("a gradient kept as rows")
def test_it_is_kept_by_rows_until_it_is_read():
    w = kept()
    assert isinstance(w._grad, LazyGradient)
    np.testing.assert_array_equal(w._grad.places, [1, 3])
    expected = np.zeros((ROWS, WIDTH), np.float32)
    expected[1], expected[3] = 2 * w.detach().numpy()[1], 4 * w.detach().numpy()[3]
    np.testing.assert_array_equal(w.grad.detach().numpy(), expected)
    assert w.grad is w.grad
    assert w.grad.to_dense() is w.grad


@pytest.mark.fast("a gradient kept as rows")
def test_descent_moves_rows_without_the_array():
    w = kept()
    before = w.detach().numpy().copy()
    optim.SGD([w], 0.5).step()
    assert isinstance(w._grad, LazyGradient)
    changed = np.flatnonzero((w.detach().numpy() != before).any(axis=1))
    np.testing.assert_array_equal(changed, [1, 3])
    np.testing.assert_array_equal(w.detach().numpy()[[0, 2]], before[[0, 2]])


@pytest.mark.fast("a gradient kept as rows")
def test_a_table_that_nobody_else_holds_is_written_in_place():
    w = kept()
    held = id(w.value)
    optimizer = optim.SGD([w], 0.5)
    for _ in range(3):
        optimizer.step()
        assert id(w.value) == held


@pytest.mark.parametrize(
    ("hold", "read"),
    [
        (lambda w: w.value, np.array),
        (lambda w: Graph.of((w * 2).sum()), lambda graph: graph.nodes[0].value.copy()),
    ],
)
def test_a_reading_of_a_table_sees_no_change(hold, read):
    w = kept()
    held = hold(w)
    before, rows_before = read(held), np.array(w.value)
    optim.SGD([w], 0.5).step()
    np.testing.assert_array_equal(read(held), before)
    assert (w.value != rows_before).any()


@pytest.mark.parametrize(
    "hold",
    [
        lambda w: w.detach().numpy(),
        lambda w: w.detach().numpy()[:, :],
        lambda w: memoryview(w.detach().numpy()),
        lambda w: np.from_dlpack(w.detach()),
    ],
)
def test_an_array_of_a_table_sees_the_change(hold):
    w = kept()
    held = hold(w)
    before = np.array(held)
    optim.SGD([w], 0.5).step()
    assert (np.array(held) != before).any()
    np.testing.assert_array_equal(held, w.value)


@pytest.mark.parametrize(
    "view", [lambda w: w.detach(), lambda w: w.detach().reshape(-1), lambda w: w.T, lambda w: w[1:, ::2]]
)
def test_a_view_of_a_table_sees_the_change(view):
    w = kept()
    held = view(w)
    held.tolist()
    optim.SGD([w], 0.5).step()
    assert held.tolist() == view(w).tolist()


def test_a_state_is_a_view_until_it_is_copied():
    layer = nn.Embedding(ROWS, WIDTH)
    state = layer.state_dict()
    before = {key: value.clone() for key, value in state.items()}
    first = layer.weight.tolist()
    layer(tensor([3])).sum().backward()
    optim.SGD(layer.parameters(), 0.5).step()
    assert state["weight"].tolist() == layer.weight.tolist() != first == before["weight"].tolist()


def test_readers_see_arrays():
    w, received = table(), []
    w.register_hook(lambda g: received.append(g.detach().numpy().copy()))
    with observe() as seen:
        y = F.embedding(tensor([5, 5]), w)
        y.sum().backward()
    expected = np.zeros((ROWS, WIDTH))
    expected[5] = 2
    for found in (received[0], seen.gradients[w.id], seen.contributions[y.id, 1], w.grad.detach().numpy()):
        np.testing.assert_array_equal(found, expected)
    assert type(seen.contributions[y.id, 1]) is np.ndarray
    (again,) = grad(F.embedding(tensor([5, 5]), w).sum(), w)
    np.testing.assert_array_equal(again.detach().numpy(), expected)


def test_a_hook_may_replace_it():
    w = table()
    w.register_hook(lambda g: g * 2)
    F.embedding(tensor([5]), w).sum().backward()
    assert w.grad.detach().numpy()[5].tolist() == [2.0] * WIDTH


def test_a_table_that_was_computed_gets_an_array():
    w = table()
    F.embedding(tensor([5, 5]), w * 3).sum().backward()
    assert w.grad.detach().numpy()[5].tolist() == [6.0] * WIDTH


def test_a_table_inside_an_operation_gets_an_array():
    """linear_at without its kernels goes through its equations, whose table is a leaf of their own."""
    w = table()
    lookup.linear_at(tensor([1.0, 2.0, 3.0]), w * 3, tensor([5, 5])).sum().backward()
    assert w.grad.detach().numpy()[5].tolist() == [6.0, 12.0, 18.0]


def test_the_backward_pass_can_be_recorded():
    w = table()
    (first,) = grad((F.embedding(tensor([5, 5]), w) ** 3).sum(), w, create_graph=True)
    (second,) = grad(first.sum(), w)
    np.testing.assert_allclose(second.detach().numpy()[5], 12 * w.detach().numpy()[5], rtol=1e-6)
    w.grad = None
    (F.embedding(tensor([5]), w)).sum().backward()
    (F.embedding(tensor([5]), w) ** 2).sum().backward(create_graph=True)
    assert w.grad.requires_grad


@pytest.mark.fast("a gradient kept as rows")
def test_a_copy_of_a_parameter_keeps_it():
    w = kept()
    twin = copy.deepcopy(w)
    np.testing.assert_array_equal(twin._grad.materialize(), w.grad.detach().numpy())


def test_a_replayed_step_does_the_same():
    def trained(around):
        nn_table = nn.Embedding(ROWS, WIDTH, sparse=True)
        nn_table.load_state_dict({"weight": table(4)})
        optimizer = optim.SGD(nn_table.parameters(), 0.1)

        def step(index, chosen):
            optimizer.zero_grad()
            x = nn_table(index)
            loss = (lookup.linear_at(x, nn_table.weight, chosen) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run = around(step)
        chance = np.random.default_rng(1)
        losses = [
            float(run(tensor(chance.integers(0, ROWS, 3)), tensor(chance.integers(0, ROWS, (3, 2))))) for _ in range(5)
        ]
        return losses, nn_table.weight.detach().numpy().copy(), nn_table.weight.grad.detach().numpy()

    for one, other in zip(trained(lambda step: step), trained(compile), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_replayed_step_adds_to_what_an_eager_one_left():
    def grown(around):
        w = kept()

        def step(index):
            F.embedding(index, w).sum().backward()
            return w.sum()

        run = around(step)
        for _ in range(3):
            run(tensor([3, 7]))
        return w.grad.detach().numpy()

    np.testing.assert_allclose(grown(compile), grown(lambda step: step), rtol=1e-6)
