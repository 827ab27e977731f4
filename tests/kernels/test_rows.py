"""Rows that integers choose: kernels give what numpy gives, in whatever number of parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr import tensor
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.indexing import lookup, rows, subscripts

DTYPES = st.sampled_from([np.float32, np.float64])


@pytest.fixture(params=[1, 3], autouse=True)
def parts(request, monkeypatch):
    monkeypatch.setattr(cores, "ENOUGH", 10**9 if request.param == 1 else 1)
    monkeypatch.setattr(cores, "count", lambda: request.param)
    monkeypatch.setattr(rows, "KERNEL_SIZE", 1)
    monkeypatch.setattr(subscripts, "KERNEL_SIZE", 1)
    monkeypatch.setattr(lookup, "KERNEL_SIZE", 1)
    return


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 99),
    dtype=DTYPES,
    shape=st.sampled_from([(7,), (7, 1), (7, 4), (3, 5, 2), (4, 3, 2, 2)]),
    chosen=st.sampled_from([(1,), (5,), (40,), (3, 4)]),
    depth=st.integers(1, 2),
)
def test_adding_to_rows_gives_numpys_bits(seed, dtype, shape, chosen, depth):
    chance = np.random.default_rng(seed)
    depth = min(depth, len(shape))
    index = tuple(chance.integers(-side, side, chosen) for side in shape[:depth])
    index = index[0] if depth == 1 and seed % 2 else index
    x = chance.normal(size=(*chosen, *shape[depth:])).astype(dtype)
    wanted = np.zeros(shape, dtype)
    np.add.at(wanted, index, x)
    np.testing.assert_array_equal(subscripts.place(x, index, shape), wanted)


@pytest.mark.parametrize(
    "index", [(slice(None), np.array([0, 0, 1])), (None, np.array([0, 0, 1])), (np.array([True, False, True]), 0)]
)
def test_other_indices_take_numpys_way(index):
    x = np.ones((3, 2))[index]
    wanted = np.zeros((3, 2))
    np.add.at(wanted, index, x)
    np.testing.assert_array_equal(subscripts.place(x, index, (3, 2)), wanted)


def test_what_is_out_of_bounds_is_refused():
    with pytest.raises(TinygradError):
        subscripts.place(tensor(np.ones((2, 3))), np.array([0, 5]), (5, 3))


@st.composite
def problems(draw):
    chance, dtype = np.random.default_rng(draw(st.integers(0, 99))), draw(DTYPES)
    batch = draw(st.sampled_from([(), (1,), (5,), (2, 3)]))
    width, count, chosen = draw(st.integers(1, 40)), draw(st.integers(1, 90)), draw(st.integers(1, 7))
    x, weight = chance.normal(size=(*batch, width)).astype(dtype), chance.normal(size=(count, width)).astype(dtype)
    index = chance.integers(0, count, (*batch, chosen)).astype(draw(st.sampled_from([np.int64, np.int32])))
    return x, weight, index, chance.normal(size=index.shape).astype(dtype)


def gradients(function, x, weight, index, pull):
    x, weight = tensor(x, requires_grad=True), tensor(weight, requires_grad=True)
    y = function(x, weight, tensor(index))
    y.backward(tensor(pull))
    return y.detach().numpy(), x.grad.detach().numpy(), weight.grad.detach().numpy()


@settings(max_examples=150, deadline=None)
@given(problem=problems())
def test_chosen_outputs_equal_their_equations(problem):
    found = gradients(lookup.linear_at, *problem)
    wanted = gradients(lookup.linear_at.equations, *problem)
    close = 1e-5 if problem[0].dtype == np.float32 else 1e-12
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=close, atol=20 * close)


def test_chosen_outputs_are_the_layers_own():
    chance = np.random.default_rng(0)
    x, weight = chance.normal(size=(4, 3)), chance.normal(size=(6, 3))
    index = chance.integers(0, 6, (4, 2))
    every = F.linear(tensor(x), tensor(weight)).detach().numpy()
    found = lookup.linear_at(tensor(x), tensor(weight), tensor(index)).detach().numpy()
    np.testing.assert_allclose(found, np.take_along_axis(every, index, 1))


@pytest.mark.parametrize(
    ("x", "weight", "index"),
    [
        (np.ones((2, 3)), np.ones((4, 5)), [[0], [0]]),
        (np.ones((2, 3)), np.ones((4, 3)), [[0], [4]]),
        (np.ones((2, 3)), np.ones((4, 3)), [[0], [-1]]),
        (np.ones((2, 3)), np.ones((4, 3)), [[0.5], [0.5]]),
        (np.ones((2, 3)), np.ones((4, 3)), [[0]]),
        (np.ones((2, 3)), np.ones(3), [[0], [0]]),
    ],
)
def test_what_does_not_fit_is_refused(x, weight, index):
    with pytest.raises(TinygradError):
        lookup.linear_at(tensor(x), tensor(weight), tensor(index))
