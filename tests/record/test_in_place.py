"""What happens to a gradient when a value changes between forward and backward."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import GradientError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry
from tinygrad_fr.record.node import Bundle, Node
from tinygrad_fr.source.reads import values_read
from tinygrad_fr.testing.inputs.draws import seeded


def leaf(*values):
    return tg.tensor(list(values), requires_grad=True)


# Only what a derivative reads matters.

UNREAD = {
    "times a number": lambda y: y * 0.5,
    "times a constant": lambda y: y * tg.tensor([0.5, 0.5]),
    "a sum": lambda y: (y + 2) * 0.5,
    "over a number": lambda y: y / 2,
    "a product with a constant": lambda y: y @ tg.tensor([[0.5, 0.0], [0.0, 0.5]]),
    "linear": lambda y: F.linear(y, tg.tensor([[0.5, 0.0], [0.0, 0.5]])),
    "put together": lambda y: tg.cat([y, y]) * 0.25,
    "chosen": lambda y: y[[0, 1]] * 0.5,
    "a mean of two": lambda y: y.mean(),
    "where": lambda y: tg.where(tg.tensor([True, True]), y, 2 * y) * 0.5,
}


@pytest.mark.parametrize("form", UNREAD, ids=str)
@pytest.mark.parametrize("change", ["recorded", "unrecorded"])
def test_a_changed_value_that_no_derivative_reads_is_no_hindrance(form, change):
    x = leaf(1.0, 2.0)
    y = x * 1
    z = UNREAD[form](y)
    if change == "recorded":
        y.add_(1)
    else:
        with tg.no_grad():
            y.add_(1)
    z.sum().backward()
    assert x.grad.tolist() == [0.5, 0.5]


READ = {
    "times itself": lambda y: y * y,
    "times a parameter": lambda y: y * leaf(1.0, 2.0),
    "its power": lambda y: y**2,
    "its sine": lambda y: y.sin(),
    "a product with a parameter": lambda y: y @ tg.ones(2, 2, requires_grad=True),
    "linear": lambda y: F.linear(y, tg.ones(2, 2, requires_grad=True)),
    "under a fraction": lambda y: 1 / y,
}


@pytest.mark.parametrize("form", READ, ids=str)
@pytest.mark.parametrize("change", ["recorded", "unrecorded"])
def test_a_changed_value_that_a_derivative_reads_is_refused(form, change):
    y = leaf(1.0, 2.0) * 1
    z = READ[form](y)
    if change == "recorded":
        y.add_(1)
    else:
        with tg.no_grad():
            y.add_(1)
    with pytest.raises(GradientError, match="changed after"):
        z.sum().backward()


def test_only_the_gradients_asked_for_count():
    x, w = leaf(1.0, 2.0), tg.tensor([3.0, 4.0])
    y = x * 1
    z = F.linear(y, w.reshape(1, 2))  # the derivative for the weight reads y, but the weight asks for none
    y.mul_(10)
    z.sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]


@pytest.mark.fast("what a fused VJP reads, where the equations read less")
def test_a_second_order_reads_more():
    x = leaf(1.0, 2.0)
    y = x * 1
    z = F.mse_loss(y, tg.tensor([0.0, 0.0]))
    with tg.no_grad():
        y.add_(1)
    assert tg.autograd.grad(z, x)[0].tolist() == [1.0, 2.0]  # the errors were kept
    with pytest.raises(GradientError, match="changed after"):
        tg.autograd.grad(z, x, create_graph=True)


# The reading of texts is held to what the derivatives do.


def recorded(op, seed):
    """A node of an operation on float64 leaves, and a gradient that reaches it."""
    sample = op.sample(seeded(seed))

    def node_of(x):
        return tg.tensor(x, requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x

    given = [[node_of(x) for x in each] if isinstance(each, list) else node_of(each) for each in sample.inputs]
    result = op(*given, **sample.attrs)
    made = result[0] if isinstance(result, tuple) else result
    if not isinstance(made, Node) or not made.needs:
        return None
    node = made.inputs[0] if isinstance(made.inputs[0], Bundle) else made
    values = node.value if isinstance(node, Bundle) else (node.value,)
    rng = np.random.default_rng(seed)
    upstream = tuple(rng.uniform(0.5, 1.5, np.shape(v)) if np.asarray(v).dtype.kind == "f" else None for v in values)
    if isinstance(node.value, float):
        return node, 1.0
    return node, upstream if isinstance(node, Bundle) else upstream[0]


DERIVED = sorted(name for name, op in registry.items() if op.differentiable and name != "select")


@pytest.mark.parametrize("name", DERIVED)
def test_what_counts_as_unread_changes_no_gradient(name):
    op = registry[name]
    for seed in range(3):
        try:
            found = recorded(op, seed)
        except ValueError:  # an operation of a test's own that says no sample
            return
        if found is None or found[0].op is not op:
            continue
        node, gradient = found
        before = [None if sent is None else np.array(sent) for sent in op.vjp(node, gradient)]
        unread = [
            x for i, x in enumerate(node.inputs) if isinstance(x, Node) and x.needs and not op.reads_value(node, i)
        ]
        unread = [x for x in unread if not any(x is y and op.reads_value(node, i) for i, y in enumerate(node.inputs))]
        for x in unread:
            x.value = x.value * 0 + 0.37 if isinstance(x.value, np.ndarray) else 0.37
        if not op.reads_value(node, -1) and isinstance(node.value, np.ndarray) and node.rare is None:
            node.value = node.value * 0 + 0.59
        for a, b in zip(before, op.vjp(node, gradient), strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.array_equal(a, np.asarray(b), equal_nan=True)


def test_text_that_cannot_be_followed_counts_as_read():
    assert values_read(np.sum) is None
    assert values_read(eval("lambda g, y, x: g")) is None


def test_a_result_that_a_derivative_reads_may_not_change():
    for function in (tg.exp, tg.tanh, tg.sigmoid, tg.sqrt):
        y = function(leaf(1.0, 2.0))
        y.add_(1)
        with pytest.raises(GradientError, match="changed after"):
            y.sum().backward()


def test_an_operation_keeps_what_it_took_the_place_of():
    x = leaf(1.0, 2.0)
    y = x * 2
    y.pow_(2)
    y.mul_(leaf(3.0, 3.0))
    y.add_(1)
    y.sum().backward()
    assert x.grad.tolist() == [24.0, 48.0]  # 3 (2x)²


def test_a_kept_gradient_is_that_of_the_newest_value():
    y = leaf(1.0, 2.0) * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    assert y.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("order", [1, 2])
def test_an_order_is_kept_by_its_indices(order):
    x = leaf(3.0, 1.0, 2.0)
    values, _indices = x.sort()
    loss = (values * tg.tensor([1.0, 10.0, 100.0])).sum()
    with tg.no_grad():
        x.mul_(-1)
    (found,) = tg.autograd.grad(loss, x, create_graph=order == 2)
    assert found.tolist() == [100.0, 1.0, 10.0]
