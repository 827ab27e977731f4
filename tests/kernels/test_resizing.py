"""The kernels of nearest elements: what numpy's indexing gives, and its transpose."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.kernels.images import resizing
from tinygrad_fr.nn import functional as F


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "columns"), [([0, 0, 1, 2], [0, 1, 1]), ([2, 0], [3, 3, 0, 1]), ([1], [0])])
def test_chosen_and_added(rows, columns, dtype):
    draws = np.random.default_rng(0)
    x, rows, columns = draws.normal(size=(5, 3, 4)).astype(dtype), np.array(rows), np.array(columns)
    y = resizing.chosen(x, rows, columns)
    np.testing.assert_array_equal(y, x[:, rows[:, None], columns])
    g, expected = draws.normal(size=y.shape).astype(dtype), np.zeros_like(x)
    np.add.at(expected, (slice(None), rows[:, None], columns), g)
    np.testing.assert_allclose(resizing.added(g, rows, columns, 3, 4), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("rows", "columns"), [([0, 3], [0]), ([0], [-1]), ([0], [4])])
def test_indices_outside_are_refused(rows, columns):
    with pytest.raises(TinygradError):
        resizing.chosen(np.zeros((1, 3, 4)), np.array(rows), np.array(columns))
    with pytest.raises(TinygradError):
        resizing.added(np.zeros((1, len(rows), len(columns))), np.array(rows), np.array(columns), 3, 4)


@pytest.mark.parametrize(("mode", "side", "options", "expected"), [
    ("nearest", 8, {"scale_factor": 0.6}, [0, 1, 3, 5]),
    ("nearest-exact", 2, {"size": 5}, [0, 0, 1, 1, 1]),
    ("nearest-exact", 2, {"size": 55}, [0] * 27 + [1] * 28),
    ("nearest-exact", 8, {"scale_factor": 0.6}, [0, 2, 4, 5]),
])  # fmt: skip
def test_nearest_elements_are_those_of_single_precision(mode, side, options, expected):
    x = tg.arange(float(side)).reshape(1, 1, side)
    assert F.interpolate(x, mode=mode, **options).flatten().tolist() == expected
