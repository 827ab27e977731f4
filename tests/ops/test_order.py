"""The few largest of many are found one by one, and are those that sorting all of them gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from tinygrad_fr import tensor, topk
from tinygrad_fr.ops.reductions import sorting

SHAPES = array_shapes(min_dims=1, max_dims=3, max_side=9)
NUMBERS = [0.0, -0.0, 1.0, 2.0, -3.0, np.inf, -np.inf, np.nan]


@given(shape=SHAPES, dtype=st.sampled_from(["f4", "f8", "i8", "u1"]), chance=st.data())
def test_the_first_few_are_those_of_the_whole_order(shape, dtype, chance):
    """Ties, infinities and NaN included, in every dimension, both ways."""
    generator = np.random.default_rng(chance.draw(st.integers(0, 99)))
    x = generator.choice(NUMBERS if dtype[0] == "f" else [0, 1, 2, 255], shape).astype(dtype)
    dim, largest = chance.draw(st.integers(0, x.ndim - 1)), chance.draw(st.booleans())
    k = chance.draw(st.integers(0, x.shape[dim]))
    found = sorting._few(x, k, dim, largest)
    order = sorting._order(x, dim, largest)[(slice(None),) * dim + (slice(k),)]
    assert found is None or np.array_equal(found, order)
    values, indices = topk(tensor(x, requires_grad=dtype[0] == "f"), k, dim, largest)
    assert np.array_equal(indices.numpy(), order)
    assert np.array_equal(values.detach().numpy(), np.take_along_axis(x, order, dim), equal_nan=True)


@given(row=st.lists(st.sampled_from(NUMBERS), max_size=9), turned=st.booleans())
def test_from_the_largest_on_equal_numbers_keep_their_order_and_nan_comes_first(row, turned):
    x = np.array([row, row[::-1]], np.float32)
    x = np.asfortranarray(x) if turned else x
    for line, found in zip(x.tolist(), sorting._order(x, 1, descending=True), strict=True):
        assert found.tolist() == sorted(
            range(len(line)), key=lambda i: (line[i] == line[i], -line[i] if line[i] == line[i] else 0)
        )


@pytest.mark.parametrize("largest", [True, False])
def test_nothing_is_sorted_where_few_are_asked_of_many(largest, monkeypatch):
    x = np.random.default_rng(0).normal(size=(5, 1000)).astype(np.float32)
    wanted = np.sort(x, -1)[:, ::-1][:, :3] if largest else np.sort(x, -1)[:, :3]
    monkeypatch.setattr(sorting, "_order", None)
    assert np.array_equal(topk(tensor(x), 3, -1, largest)[0].numpy(), wanted)
