"""What is scattered and gathered by indices of any shape: PyTorch's values and gradients, or both refuse."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

SHAPES = [(), (1,), (2,), (3,), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (0, 2), (1, 2, 2), (2, 2, 1)]
CALLS = {
    "scatter": lambda m, x, i, s, d: m.scatter(x, d, i, s),
    "scatter a number": lambda m, x, i, s, d: m.scatter(x, d, i, 2.0),
    "scatter_add": lambda m, x, i, s, d: m.scatter_add(x, d, i, s),
    "scatter_reduce": lambda m, x, i, s, d: m.scatter_reduce(x, d, i, s, "sum"),
    "scatter_reduce amax": lambda m, x, i, s, d: m.scatter_reduce(x, d, i, s, "amax", include_self=False),
    "gather": lambda m, x, i, s, d: m.gather(x, d, i),
    "index_add": lambda m, x, i, s, d: m.index_add(x, d, i, s),
    "index_copy": lambda m, x, i, s, d: m.index_copy(x, d, i, s),
    "index_select": lambda m, x, i, s, d: m.index_select(x, d, i),
    "index_fill": lambda m, x, i, s, d: m.index_fill(x, d, i, 2.0),
    "take_along_dim": lambda m, x, i, s, d: m.take_along_dim(x, i, d),
    "put": lambda m, x, i, s, d: x.put(i, s, accumulate=True),
    "take": lambda m, x, i, s, d: m.take(x, i),
}
FEWER = {"gather", "index_select", "index_fill", "take_along_dim", "take", "scatter a number"}  # that read no source


def outcome(m, call, shapes, d):
    """The value and the gradients, or that the call, or the way back, is refused."""
    x, s = (
        m.tensor(np.arange(float(np.prod(shape))).reshape(shape) / 7 + 1, requires_grad=True) for shape in shapes[::2]
    )
    try:
        found = call(m, x, m.zeros(shapes[1], dtype=m.int64), s, d)
    except (RuntimeError, IndexError, ValueError):
        return "refused"
    try:
        (found * found).sum().backward()
    except RuntimeError:  # PyTorch's, of a source that is larger than the index
        return [np.asarray(found.detach().numpy())]
    return [np.asarray(v.detach().numpy()) for v in (found, x.grad, s.grad) if v is not None]


@pytest.mark.parametrize("name", CALLS)
def test_shapes_of_indices_and_sources(name):
    computed = 0
    for shapes in itertools.product(SHAPES, SHAPES, [(1,)] if name in FEWER else SHAPES):
        for d in (0, -1):
            ours, theirs = (outcome(m, CALLS[name], shapes, d) for m in (tg, torch))
            case = f"{name} {shapes} {d}"
            if isinstance(theirs, str):
                assert ours == theirs, case
                continue
            if isinstance(ours, str) and not np.prod(shapes[0]) and np.prod(shapes[1]):
                continue  # an index into nothing, at which PyTorch does not look
            assert not isinstance(ours, str), case
            if len(theirs) == 1:
                ours = ours[:1]
            assert [a.shape for a in ours] == [b.shape for b in theirs], case
            assert all(np.allclose(a, b) for a, b in zip(ours, theirs, strict=True)), case
            computed += 1
    assert computed > 20
