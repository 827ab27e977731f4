"""Sums, products and extremes along a dimension, of the kernels and of the operations that use them."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.kernels.arrays import reductions

SHAPES = [(2, 3, 1), (5, 17, 1), (1, 33, 700), (3, 40, 5), (7, 5000, 1), (1, 1 << 20, 1), (2, 130, 17), (4, 1, 3)]
EPS = {"float32": 2.0**-24, "float64": 2.0**-53}


def drawn(shape, dtype):
    return np.random.default_rng(shape).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_lose_next_to_nothing(shape, dtype):
    x = drawn(shape, dtype)
    found = reductions.summed(x)
    wide = x.astype(np.longdouble)
    assert found.dtype == x.dtype
    lost = np.abs(found - wide.sum(1)) / np.maximum(np.abs(wide).sum(1), 1e-300)
    assert lost.max() <= 3 * EPS[dtype] * (1 if dtype == "float32" else 8)


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("shape", SHAPES[:5] + SHAPES[6:])
def test_products_are_numpys(shape, dtype):
    x = (1 + drawn(shape, dtype) / 100).astype(dtype)
    assert np.allclose(reductions.multiplied(x), x.astype(np.longdouble).prod(1).astype(dtype), rtol=2e4 * EPS[dtype])


def test_a_product_of_infinite_parts_is_that_of_the_numbers_in_order():
    x = np.tile(np.array([1e300] * 4 + [1e-300] * 4), 32).reshape(1, 256, 1)
    x[0, 128:] = 0.5
    with np.errstate(all="ignore"):
        assert reductions.multiplied(x)[0, 0] == np.prod(x)
        x[0, 3] = np.nan
        assert np.isnan(reductions.multiplied(x)[0, 0])


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("special", [None, np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -1e-45])
def test_extremes_are_numpys(shape, dtype, special):
    x = drawn(shape, dtype)
    if special is not None:
        x[-1, shape[1] // 2, 0] = special
    for each in (x, np.abs(x), -np.abs(x)):
        np.testing.assert_array_equal(reductions.largest(each), each.max(1))
        np.testing.assert_array_equal(reductions.smallest(each), each.min(1))


@pytest.mark.parametrize("dim", [None, 0, 1, 2, (0, 1), (1, 2), (0, 2), -1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_operations_on_large_arrays_are_those_on_small_ones(dim, keepdim):
    x = drawn((40, 30, 25), "float32")
    wide = x.astype(np.float64)
    given = {"axis": dim, "keepdims": keepdim}
    leaf = tg.tensor(x)
    options = {"keepdim": keepdim} if dim is None else {"dim": dim, "keepdim": keepdim}
    assert np.allclose(tg.sum(leaf, **options).numpy(), wide.sum(**given), atol=1e-3)
    assert np.allclose(tg.mean(leaf, **options).numpy(), wide.mean(**given), atol=1e-6)
    assert np.array_equal(leaf.amax(**({"dim": (0, 1, 2)} | options)).numpy(), x.max(**given))
    assert np.array_equal(leaf.amin(**({"dim": (0, 1, 2)} | options)).numpy(), x.min(**given))
    turned = leaf.permute(2, 0, 1)
    assert np.allclose(turned.sum(0).numpy(), wide.sum(2), atol=1e-4)
