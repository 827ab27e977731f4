"""Sums of float32 keep their digits, along whatever dimension, wherever they are taken: in operations, gradients and compiled steps."""

from itertools import combinations

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F
from tinygrad_fr.sums import added

SHAPES = [(1000, 3), (3, 1000, 2), (2, 70, 5, 70, 2), (129, 5), (1, 4160, 1, 2), (64, 64), (600, 2, 2), (513,)]
LAYOUTS = {
    "contiguous": lambda x: x,
    "columns first": np.asfortranarray,
    "backwards": lambda x: x[..., ::-1],
    "turned": lambda x: x.T,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_choice_of_dimensions(shape, layout):
    x = LAYOUTS[layout](np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(np.float32))
    exact = x.astype(np.float64)
    for count in range(x.ndim + 1):
        for axis in combinations(range(-x.ndim, 0), count):
            for keepdims in (False, True):
                found = added(x, axis, keepdims)
                assert found.dtype == np.float32
                np.testing.assert_allclose(found, exact.sum(axis, keepdims=keepdims), rtol=2e-6)
    np.testing.assert_allclose(added(x), exact.sum(), rtol=2e-6)


ROWS = 40_000  # of tenths: added one after the other they are wrong in the fourth digit


def _leaf(*shape):
    return tg.zeros(*shape, requires_grad=True)


def _of_bias(function, x, width):
    bias = _leaf(width)
    function(x, bias).backward(x)
    return bias.grad


def _compiled(x):
    step = tg.compile(lambda x: (x * 1.0).sum(0))
    return [step(x) for _call in range(3)][-1]


def _compiled_bias(x):
    bias = _leaf(x.shape[1])

    @tg.compile
    def step(x):
        bias.grad = None
        loss = ((x + bias) * x).sum()
        loss.backward()
        return loss

    for _call in range(3):
        step(x)
    return bias.grad


def _layer_norm(x):
    bias = _leaf(x.shape[1])
    F.layer_norm(x, (x.shape[1],), tg.ones(x.shape[1]), bias).backward(x)
    return bias.grad


def _recurrent(x):
    cell = tg.nn.RNN(1, x.shape[1])
    with tg.no_grad():
        for weight in cell.parameters():
            weight.zero_()
    cell(tg.zeros(len(x), 1, 1))[0].backward(x[:, None])
    return cell.bias_ih_l0.grad


# How a column of tenths may be added up.
WAYS = {
    "sum": lambda x: x.sum(0),
    "mean": lambda x: x.mean(0) * len(x),
    "nansum": lambda x: x.nansum(0),
    "norm": lambda x: x.norm(1, 0),
    "cumsum": lambda x: x.cumsum(0)[-1],
    "cumsum of a row": lambda x: x.T.contiguous().cumsum(1)[:, -1],
    "broadcast": lambda x: _of_bias(lambda x, b: x + b, x, x.shape[1]),
    "linear": lambda x: _of_bias(lambda x, b: F.linear(x, tg.eye(x.shape[1]), b), x, x.shape[1]),
    "linear of three dimensions": lambda x: _of_bias(
        lambda x, b: F.linear(x.reshape(100, -1, x.shape[1]), tg.eye(x.shape[1]), b).reshape(x.shape), x, x.shape[1]
    ),
    "convolution": lambda x: _of_bias(
        lambda x, b: F.conv1d(x.T[None], tg.eye(x.shape[1])[..., None], b)[0].T, x, x.shape[1]
    ),
    "convolution of a batch": lambda x: _of_bias(
        lambda x, b: F.conv1d(x[..., None], tg.eye(x.shape[1])[..., None], b)[..., 0], x, x.shape[1]
    ),
    "layer norm": _layer_norm,
    "recurrent": _recurrent,
    "compiled": _compiled,
    "compiled gradient": _compiled_bias,
}


# Step by step, each time step adds its gradient to the sum of those before it, as PyTorch's cells do.
WHOLE = pytest.mark.fast("the gradient of a whole sequence, which is added up at once")


@pytest.mark.parametrize("width", [2, 24])
@pytest.mark.parametrize("way", [pytest.param(way, marks=[WHOLE] if way == "recurrent" else []) for way in WAYS])
def test_every_way_to_add_a_column_up(way, width):
    tenths = np.full((ROWS, width), 0.1, np.float32)
    found = WAYS[way](tg.tensor(tenths)).detach().numpy()
    np.testing.assert_allclose(found, tenths.astype(np.float64).sum(0), rtol=1e-5)


def test_running_products():
    factors = np.linspace(0.999, 1.001, ROWS, dtype=np.float32)
    for x in (factors, np.stack([factors] * 9), np.stack([factors] * 9, 1)):
        dim = int(np.argmax(x.shape))
        np.testing.assert_allclose(tg.tensor(x).cumprod(dim).numpy(), x.astype(np.float64).cumprod(dim), rtol=1e-6)


def test_numbers_in_the_order_of_another_machine():
    """A tensor has its own in this machine's order, whatever they were made of."""
    numbers = np.array([[2.0, 0.5], [0.25, 1.0]])
    for kind in (">f4", ">f8", ">i8", ">i4"):
        given = numbers.astype(kind)
        x = tg.tensor(given)
        assert x.numpy().dtype.isnative
        assert np.array_equal(x.numpy(), given)
        assert tg.zeros(2, dtype=kind).numpy().dtype.isnative
