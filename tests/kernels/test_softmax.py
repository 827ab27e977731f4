"""Softmax kernels equal plain float64 numpy and central differences, and rows that are not finite are torch's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr.kernels.layers import softmax

DTYPES = ["float32", "float64"]
INF, NAN = np.inf, np.nan


def log_reference(x):
    x = x.astype(np.float64)
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def close(found, wanted, dtype):
    assert found.dtype == dtype
    assert found.shape == wanted.shape
    tolerance = {"float32": 3e-6, "float64": 1e-13}[dtype]
    assert np.allclose(found, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)


def check(x, labels):
    """The three forwards of one matrix."""
    dtype = x.dtype.name
    with np.errstate(all="ignore"):
        logs = log_reference(x)
        close(softmax.softmax_forward(x), np.exp(logs), dtype)
        close(softmax.log_softmax_forward(x), logs, dtype)
        losses, y = softmax.cross_entropy_forward(x, labels)
        close(losses, -logs[np.arange(len(x)), labels], dtype)
        close(y, np.exp(logs), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data())
def test_forward_equals_numpy(dtype, data):
    """Of any width (whole vectors and their rests), any scale, and numbers that are none."""
    rows, width = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 70))
    scale, seed = data.draw(st.sampled_from([1.0, 30.0, 1e4])), data.draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    x = (generator.normal(size=(rows, width)) * scale).astype(dtype)
    for odd in data.draw(st.lists(st.sampled_from([INF, -INF, NAN, -NAN, 0.0, -0.0]), max_size=3)):
        if rows:
            x[generator.integers(rows), generator.integers(width)] = odd
    check(x, generator.integers(0, width, rows))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ([1.0, NAN, 2.0], [NAN, NAN, NAN]),
        ([-INF, -INF], [NAN, NAN]),
        ([INF, 0.0], [NAN, NAN]),
        ([-INF, 3.0], [0.0, 1.0]),
        ([3.4e38, -3.4e38], [1.0, 0.0]),
        ([-3.4e38], [1.0]),
        ([-5.0, -5.0], [0.5, 0.5]),
    ],
)
def test_rows_at_the_ends(row, wanted, dtype):
    """What torch gives; the row after it is not touched by it."""
    x = np.array([row, [0.0] * len(row)], dtype)
    found = softmax.softmax_forward(x)
    assert np.array_equal(found[0], np.array(wanted, dtype), equal_nan=True)
    assert np.allclose(found[1], 1 / len(row))
    assert np.allclose(np.exp(softmax.log_softmax_forward(x)), found, equal_nan=True)
    assert np.isnan(softmax.cross_entropy_forward(x, np.array([0, 0]))[0][0]) == np.isnan(wanted[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0)])
def test_nothing_gives_nothing(shape, dtype):
    x = np.empty(shape, dtype)
    for forward, backward in (
        (softmax.softmax_forward, softmax.softmax_backward),
        (softmax.log_softmax_forward, softmax.log_softmax_backward),
    ):
        y = forward(x)
        assert y.shape == backward(x, y).shape == shape
    if not shape[0]:
        losses, y = softmax.cross_entropy_forward(x, np.empty(0, np.int64))
        assert losses.shape == (0,)
        assert softmax.cross_entropy_backward(losses, y, np.empty(0, np.int64)).shape == shape


def differences(total, x, step=1e-6):
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        value = x[place]
        x[place] = value + step
        above = total(x)
        x[place] = value - step
        below = total(x)
        x[place] = value
        gradient[place] = (above - below) / (2 * step)
    return gradient


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 3, 19])
def test_backward_equals_central_differences(width, dtype):
    generator = np.random.default_rng(width)
    x, g = generator.normal(size=(2, 4, width)) * 2
    labels, pull = generator.integers(0, width, 4), generator.normal(size=4)
    narrow, narrow_g, narrow_pull = x.astype(dtype), g.astype(dtype), pull.astype(dtype)
    pairs = [
        (
            softmax.softmax_backward(narrow_g, softmax.softmax_forward(narrow)),
            lambda x: float((np.exp(log_reference(x)) * g).sum()),
        ),
        (
            softmax.log_softmax_backward(narrow_g, softmax.log_softmax_forward(narrow)),
            lambda x: float((log_reference(x) * g).sum()),
        ),
        (
            softmax.cross_entropy_backward(narrow_pull, softmax.cross_entropy_forward(narrow, labels)[1], labels),
            lambda x: float((-log_reference(x)[np.arange(4), labels] * pull).sum()),
        ),
    ]
    tolerance = {"float32": 2e-5, "float64": 1e-7}[dtype]
    for found, total in pairs:
        assert found.dtype == dtype
        assert np.allclose(found, differences(total, x), rtol=tolerance, atol=tolerance)
