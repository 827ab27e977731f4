"""Attention in blocks equals its equations: any sizes, masks and kinds of blocks."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr import no_grad, tensor
from tinygrad_fr.kernels.layers import attention as kernels
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import attention as written
from tinygrad_fr.ops.fused import attention as fused


@st.composite
def problems(draw):
    chance = np.random.default_rng(draw(st.integers(0, 999)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    lead = draw(st.sampled_from([(), (1,), (3,), (2, 3), (2, 3), (2, 1, 3)]))
    length, source = draw(st.integers(1, 19)), draw(st.integers(1, 19))
    width, out = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    arrays = [
        chance.normal(size=(*lead, *sides)).astype(dtype) for sides in ((length, width), (source, width), (source, out))
    ]
    if len(lead) == 2 and draw(st.booleans()):  # heads cut out of one array, as a model's are
        arrays = [np.ascontiguousarray(x.swapaxes(1, 2)).swapaxes(1, 2) for x in arrays]
    shape = draw(st.sampled_from([(source,), (length, source), (1, 1)]))
    shape = draw(st.sampled_from([shape, (*lead, length, source), (*(1 for _side in lead), 1, source)]))
    kind = draw(st.sampled_from(["none", "causal", "boolean", "float", "float with −∞"]))
    mask = None
    if kind == "boolean":
        mask = chance.random(shape) < draw(st.sampled_from([0.1, 0.7]))  # some rows look at nothing
    elif kind.startswith("float"):
        mask = chance.normal(size=shape).astype(dtype)
        if kind == "float with −∞" and source > 1:
            mask[..., 1:] = np.where(chance.random(mask[..., 1:].shape) < 0.5, -np.inf, mask[..., 1:])
    scale = draw(st.sampled_from([None, 0.7]))
    return arrays, mask, kind == "causal", scale, chance.normal(size=(*lead, length, out)).astype(dtype)


def gradients(function, arrays, mask, causal, scale, pull):
    leaves = [tensor(x, requires_grad=True) for x in arrays]
    own = None if mask is None else tensor(mask, requires_grad=mask.dtype.kind == "f")
    y = function(*leaves, own, None, causal, scale)
    y.backward(tensor(pull))
    if own is not None and own.requires_grad:
        leaves.append(own)
    return [y.detach().numpy(), *(leaf.grad.detach().numpy() for leaf in leaves)]


@pytest.mark.parametrize("parts", [1, 3])
@settings(max_examples=200, deadline=None)
@given(problem=problems(), block=st.sampled_from([1, 7, 40, 10**6]), kept=st.booleans())
def test_blocks_equal_the_equations(parts, problem, block, kept):
    wanted = gradients(written.attention.equations, *problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "SMALL", 0)
        patch.setattr(kernels, "BLOCK", block)
        patch.setattr(kernels, "KEPT", 10**9 if kept else 0)
        patch.setattr(cores, "ENOUGH", 10**9 if parts == 1 else 1)
        patch.setattr(cores, "count", lambda: parts)
        found = gradients(written.attention, *problem)
    close = 2e-5 if problem[-1].dtype == np.float32 else 1e-12
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=close, atol=close)


def test_nobody_who_looks_at_nothing_sends_anything(monkeypatch):
    monkeypatch.setattr(fused, "SMALL", 0)
    monkeypatch.setattr(kernels, "KEPT", 0)
    arrays = [np.ones((2, 3, 2)), np.ones((2, 4, 2)), np.ones((2, 4, 2))]
    y, *sent = gradients(written.attention, arrays, np.zeros((3, 4), bool), False, None, np.ones((2, 3, 2)))
    assert not y.any()
    assert not any(each.any() for each in sent)


def test_infinities_and_nan_are_those_of_the_equations(monkeypatch):
    monkeypatch.setattr(fused, "SMALL", 0)
    chance = np.random.default_rng(0)
    query, key, value = (chance.normal(size=(2, 3, 4)) for _ in range(3))
    query[0, 1, 2], key[1, 0, 0], value[0, 2, 1] = np.nan, np.inf, np.inf
    mask = np.full((3, 3), -np.inf)
    mask[0] = 0.0
    for own in (None, mask):
        found = written.attention(query, key, value, own)
        np.testing.assert_allclose(found, written.attention.equations(query, key, value, own))


def test_higher_derivatives_go_through_the_equations(monkeypatch):
    monkeypatch.setattr(fused, "SMALL", 0)
    x = tensor(np.random.default_rng(0).normal(size=(3, 2)), requires_grad=True)
    from tinygrad_fr.gradients import grad

    (first,) = grad(F.scaled_dot_product_attention(x, x, x, is_causal=True).sum(), x, create_graph=True)
    (second,) = grad((first * first).sum(), x)
    assert np.isfinite(second.detach().numpy()).all()
    assert second.detach().numpy().any()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.fast("the kernel's memory, which the equations do not keep to")
def test_memory_does_not_grow_with_the_square_of_the_length(causal):
    """Not even half of the weights are ever held, forward or back."""
    length, width = 2048, 16
    x = [tensor(np.ones((2, length, width), np.float32), requires_grad=True) for _ in range(3)]
    every_weight = 2 * length * length * 4

    def peak(function):
        tracemalloc.start()
        function()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    def step():
        F.scaled_dot_product_attention(*x, is_causal=causal).sum().backward()

    step()  # compiles
    assert 2 * length * length > kernels.KEPT
    assert peak(step) < every_weight / 4
    with no_grad():
        assert peak(lambda: F.scaled_dot_product_attention(*x, is_causal=causal)) < every_weight / 8
