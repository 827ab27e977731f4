"""Where BLAS is found without all of scipy's linear algebra, which is there as ever for who asks for it."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from tinygrad_fr import nn, randn
y, _state = nn.LSTM(8, 8)(randn(4, 2, 8))
y.sum().backward()
from tinygrad_fr.kernels.runtime.scipy_blas import products
assert {first} or not any(name.startswith("scipy.linalg") for name in sys.modules), "all of it was imported"
import scipy.linalg.cython_blas
from numba.extending import get_cython_function_address as place
from scipy.linalg import cython_blas
assert scipy.linalg.cython_blas is cython_blas is sys.modules["scipy.linalg.cython_blas"]
assert products() == {{"f": place(cython_blas.__name__, "sgemm"), "d": place(cython_blas.__name__, "dgemm")}}
assert scipy.linalg.blas.dgemm(2.0, [[3.0]], [[4.0]]) == [[24.0]]
"""


def _run(before, first):
    done = subprocess.run(
        [sys.executable, "-c", before + PROGRAM.format(first=first)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_a_kernel_imports_the_blas_of_scipy_alone():
    _run("", first=False)


@pytest.mark.long
def test_after_all_of_it():
    _run("import scipy.linalg\n", first=True)


@pytest.mark.long
def test_where_it_is_no_file():
    """An importer of another kind gives the module in its own way, with its package."""
    _run(
        "import sys\nfrom tinygrad_fr.kernels.runtime import scipy_blas\nscipy_blas._load = lambda: False\n", first=True
    )
