"""What a composite sends back is the gradient of its equations, whichever of its inputs require one, in each dtype."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_fr as tg
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import Composite
from tinygrad_fr.record.node import Node
from tinygrad_fr.testing.inputs.draws import seeded

COMPOSITES = [op for _name, op in sorted(registry.items()) if isinstance(op, Composite) and op.sampler is not None]


def sent(op, seed, dtype, asked, *distances):
    """The values, and the gradient of each input that requires one, for upstream gradients that are all different."""
    sample = op.sample(seeded(seed))
    tg.manual_seed(seed)
    given_ = [
        tg.tensor(x.astype(dtype), requires_grad=bool(asked >> i & 1))
        if isinstance(x, np.ndarray) and x.dtype.kind == "f"
        else tg.tensor(x)
        if isinstance(x, np.ndarray)
        else x
        for i, x in enumerate(sample.inputs)
    ]
    with tg.opened(*distances):
        result = op.call(given_, **sample.attrs) if op.signature.variadic else op.call(*given_, **sample.attrs)
    results = [y for y in (result if isinstance(result, tuple) else (result,)) if isinstance(y, Node)]
    smooth = [y for y in results if y.requires_grad]
    upstream = [tg.tensor(np.linspace(0.5, 1.5, y.value.size).reshape(y.shape).astype(y.value.dtype)) for y in smooth]
    if smooth:
        tg.autograd.backward(smooth, upstream)
    leaves = [x for x in given_ if isinstance(x, Node) and x.requires_grad]
    return [np.array(y.value) for y in results], [None if x.grad is None else x.grad.numpy() for x in leaves]


@pytest.mark.parametrize("op", COMPOSITES, ids=lambda op: op.name)
@given(
    seed=st.integers(0, 999),
    dtype=st.sampled_from([np.float32, np.float64]),
    asked=st.one_of(st.just(-1), st.integers(1, 15)),
)
@settings(max_examples=6)
def test_the_vjp_is_the_gradient_of_the_equations(op, seed, dtype, asked):
    values, gradients = sent(op, seed, dtype, asked)
    wanted_values, wanted = sent(op, seed, dtype, asked, "op", "equation")
    near = {"rtol": 2e-3, "atol": 2e-4} if dtype is np.float32 else {"rtol": 1e-8, "atol": 1e-10}
    for one, other in zip(values, wanted_values, strict=True):
        np.testing.assert_allclose(one, other, **near)
    for one, other in zip(gradients, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype == dtype
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, **near)


def test_the_operations_with_shortcuts_are_among_them():
    assert {op.name for op in registry.values() if isinstance(op, Composite) and op.shortcuts} <= {
        op.name for op in COMPOSITES
    }
