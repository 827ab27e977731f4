"""The functions of kernels are exact to a few units in the last place, over every float there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_fr.testing.tables.vectormath import (
    DTYPES,
    computed,
    every_magnitude,
    exact,
    exact_enough,
    functions,
    loop,
    worst,
)

LOOPS = ("exp", "expm1", "log", "log1p", "sigmoid", "tanh", "sin", "cos")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LOOPS)
def test_exact_to_four_units_in_the_last_place(name, dtype):
    if not exact_enough(dtype):
        pytest.skip("no float longer than float64 on this machine")
    x = every_magnitude(dtype)
    x = x[x > functions()[name].low]
    found, wanted = computed(name, x), exact(name, x)
    with np.errstate(over="ignore"):
        rounded = wanted.astype(dtype)
    finite = np.isfinite(rounded)
    assert np.array_equal(found[~finite], rounded[~finite])
    error = np.abs(found[finite] - wanted[finite]) / np.spacing(np.abs(rounded[finite]))
    assert float(error.max()) <= 4
    assert np.array_equal(np.signbit(found), np.signbit(rounded))


ENDS = {
    "exp": [(np.inf, np.inf), (-np.inf, 0.0), (1e4, np.inf), (-1e4, 0.0), (0.0, 1.0), (-0.0, 1.0)],
    "expm1": [(np.inf, np.inf), (-np.inf, -1.0), (1e4, np.inf), (-1e4, -1.0), (0.0, 0.0), (-0.0, -0.0)],
    "log": [(np.inf, np.inf), (0.0, -np.inf), (-0.0, -np.inf), (1.0, 0.0), (-1.0, np.nan), (-np.inf, np.nan)],
    "log1p": [(np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0), (-1.0, -np.inf), (-2.0, np.nan), (-np.inf, np.nan)],
    "sigmoid": [(np.inf, 1.0), (-np.inf, 0.0), (1e4, 1.0), (-1e4, 0.0), (0.0, 0.5), (-0.0, 0.5)],
    "sin": [(np.inf, np.nan), (-np.inf, np.nan), (0.0, 0.0), (-0.0, -0.0), (5e-324, 5e-324), (-5e-324, -5e-324)],
    "cos": [(np.inf, np.nan), (-np.inf, np.nan), (0.0, 1.0), (-0.0, 1.0), (5e-324, 1.0), (-5e-324, 1.0)],
    "tanh": [(np.inf, 1.0), (-np.inf, -1.0), (1e4, 1.0), (-1e4, -1.0), (0.0, 0.0), (-0.0, -0.0)],
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LOOPS)
def test_ends(name, dtype):
    x, wanted = np.array([*ENDS[name], (np.nan, np.nan)], dtype).T.copy()
    found = computed(name, x)
    assert np.array_equal(found, wanted, equal_nan=True)
    assert np.array_equal(np.signbit(found[:-1]), np.signbit(wanted[:-1])) or np.isnan(wanted[:-1]).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", functions())
def test_llvm_computes_several_at_a_time(name, dtype):
    x = np.ones(4, dtype)
    computed(name, x)
    kernel = loop(name)
    (code,) = (kernel.inspect_llvm(types) for types in kernel.signatures if types[0].dtype.name == dtype)
    assert re.search(r"fmul contract <\d+ x (float|double)>", code)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_digits_are_kept_next_to_multiples_of_a_right_angle(name):
    """Where nearly all of them cancel; the last is the nearest of all to one, 4.7·10⁻¹⁹ of it (W. Kahan, 1983)."""
    if not exact_enough("float64"):
        pytest.skip("no float longer than float64 on this machine")
    x = np.array([*(np.arange(1, 50_001) * (np.pi / 2)), 6381956970095103 * 2.0**797])
    found, wanted = computed(name, x), exact(name, x)
    assert (np.abs(found - wanted) <= 4 * np.spacing(np.abs(wanted.astype(np.float64)))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_keeps_its_digits_down_to_the_smallest_number(dtype):
    """Not 0 as soon as eˣ of the opposite overflows."""
    x = np.array([{"float32": -100.0, "float64": -740.0}[dtype]], dtype)
    assert computed("sigmoid", x) == np.exp(x)


def claims():
    text = (Path(__file__).parents[2] / "docs" / "vectormath.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and cells[0].startswith("`"):
            yield cells[0].strip("`"), "float32", float(cells[1])
            yield cells[0].strip("`"), "float64", float(cells[3])


def test_the_table_lists_every_function():
    assert {name for name, _dtype, _error in claims()} == set(functions())


@pytest.mark.parametrize(("name", "dtype", "claimed"), list(claims()))
def test_errors_are_no_larger_than_the_table_says(name, dtype, claimed):
    if not exact_enough(dtype):
        pytest.skip("no float longer than float64 on this machine")
    error, place = worst(name, dtype)
    assert error <= claimed, place


CALLED_FIRST_BY_A_FAST_KERNEL = """
import numpy as np
from tinygrad_fr.kernels.vectormath import exp
from numba import njit

@njit(fastmath=True)
def fast(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])

@njit
def exact(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])

x = np.linspace(-104, 88, 100_000).astype(np.float32)
a, b = np.empty_like(x), np.empty_like(x)
fast(x, a)
exact(x, b)
wanted = np.exp(x.astype(np.float64))
print(float((np.abs(b - wanted) / np.spacing(wanted.astype(np.float32))).max()))
"""


@pytest.mark.long
def test_a_kernel_that_adds_in_any_order_does_not_spoil_the_functions_for_others(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", CALLED_FIRST_BY_A_FAST_KERNEL],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(found.stdout) <= 4


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["erf", "erfc", "ndtr"])
def test_the_error_function_and_its_kin(name, dtype):
    """Against the C library's, exact to an ulp; scipy's erfc is 470 away in its tail."""
    near = np.linspace(-14, 14, 200_001).astype(dtype)
    x = np.concatenate([every_magnitude(dtype, 40_000), np.linspace(-30, 30, 40_001).astype(dtype), near])
    found = computed(name, x)
    wanted = exact(name, x)
    normal = np.abs(wanted) > np.finfo(dtype).tiny
    error = np.abs(found[normal] - wanted[normal]) / np.spacing(np.abs(wanted[normal]).astype(dtype))
    assert float(error.max()) <= (4 if name == "erf" else 6 if dtype == "float32" else 8)
    assert np.abs(found[~normal]).max(initial=0) <= 2 * np.finfo(dtype).tiny
    ends = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0], dtype)
    at_ends = computed(name, ends)
    np.testing.assert_array_equal(at_ends, exact(name, ends).astype(dtype))
    if name == "erf":
        assert np.signbit(at_ends[4])
