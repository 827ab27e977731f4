"""The shortcuts of the normalisations equal their equations, value and gradients, whichever way they take."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr import tensor
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.ops import normalization
from tinygrad_fr.ops.fused import norms as fused_norms

DTYPES = st.sampled_from([np.float32, np.float64])


@st.composite
def problems(draw):
    """An operation, its arrays and attributes; sizes on both sides of every bound between two ways."""
    name = draw(st.sampled_from(["layer_norm_of", "rms_norm_of", "group_norm_of", "batch_norm_of"]))
    chance, dtype = np.random.default_rng(draw(st.integers(0, 99))), draw(DTYPES)
    n, side = draw(st.integers(2, 5)), draw(st.integers(1, 40))
    if name in ("layer_norm_of", "rms_norm_of"):
        own = draw(st.sampled_from([(side,), (side, 7), (1300,)]))
        shape, weights, attrs = (n, draw(st.integers(1, 6)), *own), own, {"normalized_shape": own}
    else:
        c, sides = draw(st.sampled_from([2, 4, 6])), draw(st.sampled_from([(), (side,), (side, 9), (3, 700)]))
        shape, weights = (n, c, *sides), (c,)
        attrs = {"num_groups": draw(st.sampled_from([1, 2]))} if name == "group_norm_of" else {}
    far = 1e4 if dtype is np.float64 else 10.0  # numbers far from 0 lose the digits of what is taken out of them
    x = chance.normal(draw(st.sampled_from([0.0, far])), 2.0, shape).astype(dtype)
    affine = draw(st.booleans())
    several = [chance.normal(size=weights).astype(dtype) if affine else None for _ in range(1 + (name[0] != "r"))]
    return getattr(normalization, name), [x, *several], {**attrs, "eps": 1e-3}, chance.normal(size=shape).astype(dtype)


def gradients(function, arrays, attrs, pull):
    leaves = [None if a is None else tensor(a, requires_grad=True) for a in arrays]
    y = function(*leaves, **attrs)
    y.backward(tensor(pull))
    return [y.detach().numpy(), *(leaf.grad.detach().numpy() for leaf in leaves if leaf is not None)]


@pytest.mark.parametrize("parts", [1, 3])
@settings(max_examples=200, deadline=None)
@given(problem=problems())
def test_shortcuts_equal_the_equations(parts, problem):
    operation, arrays, attrs, pull = problem
    exact = [None if a is None else a.astype(np.float64) for a in arrays]
    wanted = gradients(operation.equations, exact, attrs, pull.astype(np.float64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cores, "ENOUGH", 10**9 if parts == 1 else 100)
        patch.setattr(cores, "count", lambda: parts)
        found = gradients(operation.call, arrays, attrs, pull)
    dtype = arrays[0].dtype
    # A gradient can be a small rest of large parts: it is held against what was sent, too.
    close, sent = 1e-4 if dtype == np.float32 else 1e-9, np.linalg.norm(pull.astype(np.float64))
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == dtype
        assert one.shape == other.shape
        assert np.linalg.norm(one - other) <= close * (np.linalg.norm(other) + sent)


@pytest.mark.parametrize("name", ["rows", "runs"])
@pytest.mark.fast("which kernels are chosen")
def test_large_inputs_take_the_kernels(monkeypatch, name):
    """What is compared above is not the same way twice."""
    from tinygrad_fr.kernels.layers import normalization as kernels

    def refused(*_arguments):
        raise InterruptedError

    monkeypatch.setattr(kernels, f"{name}_forward", refused)
    x = np.ones((4, 8, 64), np.float32)
    call = normalization.layer_norm if name == "rows" else normalization.group_norm
    assert x.size >= fused_norms.ROWS_KERNEL_SIZE
    with pytest.raises(InterruptedError):
        call(tensor(x), 64 if name == "rows" else 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("far", [0.0, 10.0])
@pytest.mark.parametrize("shape", [(300, 40), (40, 6, 5, 5), (5, 300), (33, 4, 40)])
def test_a_large_batch_equals_its_equations_and_is_followed(shape, far, dtype):
    chance = np.random.default_rng(0)
    x = chance.normal(far, 2.0, shape).astype(dtype)
    several, pull = (
        [chance.normal(size=shape[1]).astype(dtype) for _ in range(2)],
        chance.normal(size=shape).astype(dtype),
    )
    operation, attrs = normalization.batch_norm_of, {"eps": 1e-3}
    exact = [a.astype(np.float64) for a in (x, *several)]
    wanted = gradients(operation.equations, exact, attrs, pull.astype(np.float64))
    close = 1e-4 if dtype == np.float32 else 1e-9
    for one, other in zip(gradients(operation.call, [x, *several], attrs, pull), wanted, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=close, atol=close * max(1, abs(other).max()))
    axes = tuple(d for d in range(len(shape)) if d != 1)
    for needs in (True, False):  # kept for the backward pass, or found anew
        mean, variance = tensor(np.zeros(shape[1], dtype)), tensor(np.ones(shape[1], dtype))
        normalization.batch_norm(tensor(x, requires_grad=needs), mean, variance, training=True, momentum=0.5)
        np.testing.assert_allclose(mean.numpy(), 0.5 * exact[0].mean(axes), rtol=close, atol=close)
        np.testing.assert_allclose(variance.numpy(), 0.5 + 0.5 * exact[0].var(axes, ddof=1), rtol=close)
