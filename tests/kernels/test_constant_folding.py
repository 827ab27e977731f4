"""Powers whose exponent is a number are products and roots: the same numbers as the powers, to rounding."""

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import compile, tensor
from tinygrad_fr.expression.vocabulary import power_of_array
from tinygrad_fr.kernels import elementwise
from tinygrad_fr.kernels.runtime import constant_folding
from tinygrad_fr.ops import registry

PARTIAL = registry["pow"].partials["a"].text
EXPONENTS = st.sampled_from([*constant_folding.EXPONENTS, -2.0, 0.0, 1.0, 2.5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(b=st.sampled_from(constant_folding.EXPONENTS), seed=st.integers(0, 99))
def test_the_kernel_of_a_power_is_the_power(dtype, b, seed):
    chance = np.random.default_rng(seed)
    g, a = chance.normal(size=(2, 50)).astype(dtype)
    a = np.abs(a) if b % 1 else a
    kernel = elementwise.kernel(("g", "a", "b"), PARTIAL)
    wanted = g * dtype(b) * a ** dtype(b - 1) if b else np.zeros_like(a)
    np.testing.assert_allclose(kernel(g, a, b), wanted, rtol=6 * np.finfo(dtype).eps)


def test_other_powers_are_numpys():
    """The C library's, which a kernel would call, take five times as long."""
    x = np.ones(50, np.float32)
    assert elementwise.kernel(("g", "a", "b"), PARTIAL)(x, x, 2.5) is None


BASES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-30, -1e-30, 1e30, -1e30, -3.3, 2.5]


@pytest.mark.parametrize("b", [-4, -3, -2.5, -2, -1, 0, 1, 1.5, 2, 2.5, 3, 4, 5, 7.0, 33, -33])
def test_powers_of_negative_numbers_are_those_of_the_c_library(b):
    """By the magnitude and the sign, or by products; down to the signs of zeros, and NaN where there is no real power."""
    x = np.array(BASES)
    with np.errstate(all="ignore"):
        found, wanted = power_of_array(x, b), np.array([np.power(np.float64(each), np.float64(b)) for each in x])
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    real = ~np.isnan(wanted)
    assert np.array_equal(np.signbit(found[real]), np.signbit(wanted[real]))


def test_powers_of_a_half_are_roots():
    """As PyTorch's, also of −0 and −∞, of which C makes ∞ and 0."""
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(power_of_array(np.array([-0.0, -np.inf, 4.0]), -0.5), [-np.inf, np.nan, 0.5])
        np.testing.assert_array_equal(power_of_array(np.array([-0.0, -np.inf, 4.0]), 0.5), [-0.0, np.nan, 2.0])


@pytest.mark.long
@given(b=EXPONENTS, seed=st.integers(0, 99))
def test_a_compiled_power_is_the_power(b, seed):
    start = np.abs(np.random.default_rng(seed).normal(size=(3, 4))) + 0.1

    def run(around):
        x = tensor(start, requires_grad=True)

        def step():
            x.grad = None
            y = (x**b).sum()
            y.backward()
            return y.detach()

        step = around(step)
        return [float(step()) for _ in range(3)], x.grad.detach().numpy()

    for one, other in zip(run(lambda step: step), run(compile), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


@given(
    text=st.sampled_from(["where(b > 2, a ** b, a * b)", "(a + 1) ** b - b", "a ** (b - 1) ** 2", "a ** -b", "b ** a"]),
    b=st.sampled_from([-3.0, -1.0, 0.5, 1.0, 2.0, 3.0]),
    a=st.floats(0.1, 10),
)
def test_what_numbers_decide_is_worked_out(text, b, a):
    words = {"where": lambda condition, x, y: x if condition else y, "sqrt": np.sqrt, "a": a}
    tree = ast.parse(text, mode="eval").body
    before = ast.unparse(tree)
    found = ast.unparse(constant_folding.folded(tree, {"b": b}))
    assert "b" not in {node.id for node in ast.walk(ast.parse(found)) if isinstance(node, ast.Name)}
    assert ast.unparse(tree) == before
    with np.errstate(all="ignore"):
        try:
            wanted = eval(text, {**words, "b": b})
        except (OverflowError, ZeroDivisionError):
            return
        if isinstance(wanted, complex):
            return
        np.testing.assert_allclose(eval(found, words), wanted, rtol=1e-12)
