"""Elements that go elsewhere: kernels and the operations that use them give what numpy gives."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.kernels.arrays import moves


def drawn(*shape, dtype=np.float32):
    return np.random.default_rng(shape).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (17, 33), (40, 7), (8, 130), (0, 3), (3, 0)])
def test_matrices_are_turned_and_run_through(shape, dtype):
    x = drawn(*shape, dtype=dtype)
    np.testing.assert_array_equal(moves.turned(x), x.T)
    np.testing.assert_array_equal(moves.running_sums(x), np.cumsum(x, 1, np.float64).astype(dtype))


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_a_large_gather_is_that_of_numpy(dim):
    x = drawn(20, 30, 40)
    index = np.random.default_rng(1).integers(0, x.shape[dim], x.shape)
    leaf = tg.tensor(x, requires_grad=True)
    found = leaf.gather(dim, tg.tensor(index))
    np.testing.assert_array_equal(found.detach().numpy(), np.take_along_axis(x, index, dim))
    found.sum().backward()
    count = np.zeros_like(x)
    np.add.at(count, tuple(index if i == dim % 3 else each for i, each in enumerate(np.indices(x.shape))), 1)
    np.testing.assert_array_equal(leaf.grad.numpy(), count)


@pytest.mark.parametrize("wrong", [30, -31, 2**40, -(2**62)])
def test_an_index_outside_is_refused_as_in_a_small_array(wrong):
    for rows in (4, 1000):
        index = np.zeros((rows, 30), np.int64)
        index[-1, -1] = wrong
        with pytest.raises(IndexError, match=r"out of bounds|at least 0"):
            tg.tensor(drawn(rows, 30)).gather(1, tg.tensor(index))


def test_large_matrices_are_laid_out_and_cut_as_small_ones():
    x = drawn(150, 200)
    leaf = tg.tensor(x)
    laid = leaf.t().contiguous()
    np.testing.assert_array_equal(laid.numpy(), x.T)
    assert laid.is_contiguous()
    assert leaf.t().clone().stride() == leaf.t().stride()
    for diagonal in (-200, -3, 0, 5, 300):
        np.testing.assert_array_equal(leaf.tril(diagonal).numpy(), np.tril(x, diagonal))
        np.testing.assert_array_equal(leaf.triu(diagonal).numpy(), np.triu(x, diagonal))
    x[3, 100], x[4] = np.nan, np.inf
    np.testing.assert_array_equal(tg.tensor(x).tril().numpy(), np.tril(x))


@pytest.mark.parametrize("dim", [0, 1, (0, 1)])
def test_what_is_reduced_by_parts_is_that_of_float64(dim):
    x = drawn(150, 200)
    x[7] = -np.inf
    x[:, 11] = np.inf
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        wanted = np.log(np.exp(wide).sum(dim))
    assert np.allclose(tg.tensor(x).logsumexp(dim).numpy(), wanted, rtol=1e-6)
    y = drawn(150, 200) + 100
    assert np.allclose(tg.tensor(y).std(dim).numpy(), y.astype(np.float64).std(dim, ddof=1), rtol=1e-5)
