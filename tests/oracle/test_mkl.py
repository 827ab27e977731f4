"""The products of MKL, which the environment of the oracle has where it exists."""

import platform
import sys

import numpy as np
import pytest

from tinygrad_fr.kernels.arrays import products
from tinygrad_fr.kernels.runtime import blas, mkl, scipy_blas

pytestmark = pytest.mark.skipif(
    sys.platform == "darwin" or platform.machine() not in ("x86_64", "AMD64"), reason="MKL exists for x86-64 processors"
)


def test_it_is_here_and_used_for_large_products_alone():
    assert mkl.library() is not None
    for char in "fd":
        assert blas.routine(char, mkl.ENOUGH) == mkl.products()[char]
        assert blas.routine(char, mkl.ENOUGH - 1) == scipy_blas.products()[char]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lead", [(), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("turned", [(False, False), (False, True), (True, False), (True, True)], ids=str)
def test_its_products_are_exact_where_sums_are(dtype, lead, turned):
    """Whole numbers, so that sums are exact in any order."""
    chance = np.random.default_rng(0)

    def matrices(rows, columns, is_turned):
        found = chance.integers(-8, 9, (*lead, columns, rows) if is_turned else (*lead, rows, columns)).astype(dtype)
        return found.mT if is_turned else found

    a, b = matrices(90, 120, turned[0]), matrices(120, 110, turned[1])
    assert products.matmul(a, b).tolist() == (a.astype(int) @ b.astype(int)).tolist()


def test_last_digits_do_not_depend_on_where_an_array_lies():
    chance = np.random.default_rng(0)
    a, b = chance.standard_normal((90, 130)), chance.standard_normal((130, 100))
    expected = products.matmul(a, b)
    for shift in range(1, 9):
        room = np.empty(a.size + 8)
        moved = room[shift : shift + a.size].reshape(a.shape)
        moved[...] = a
        assert np.array_equal(products.matmul(moved, b), expected)
