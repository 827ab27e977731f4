"""Integrals by trapezoids of numbers at points of any shape: PyTorch's values and gradients, or both refuse."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

SHAPES = [(1,), (2,), (3,), (1, 3), (2, 1), (2, 3), (2, 2, 3), (1, 2, 1)]


def outcome(m, name, shapes, dim):
    """The integral and the gradients of both, or that it is refused."""
    draw = np.random.default_rng(0)
    y, x = (None if s is None else m.tensor(draw.normal(size=s), requires_grad=True) for s in shapes)
    try:
        found = getattr(m, name)(y, dim=dim) if x is None else getattr(m, name)(y, x, dim=dim)
        (found * found).sum().backward()
    except (RuntimeError, IndexError):
        return "refused"
    return [v.detach().numpy() for v in (found, y.grad, None if x is None else x.grad) if v is not None]


@pytest.mark.parametrize("name", ["cumulative_trapezoid", "trapezoid", "trapz"])
def test_points_of_any_shape(name):
    for first, second in itertools.product(SHAPES, [None, *SHAPES]):
        for dim in range(-len(first), len(first)):
            ours, theirs = (outcome(m, name, (first, second), dim) for m in (tg, torch))
            case = f"{name} {first} {second} {dim}"
            assert isinstance(ours, str) == isinstance(theirs, str), case
            if not isinstance(ours, str):
                assert [a.shape for a in ours] == [a.shape for a in theirs], case
                assert all(np.allclose(a, b) for a, b in zip(ours, theirs, strict=True)), case
