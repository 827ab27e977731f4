"""What a function's backward or a hook may give: PyTorch's answer for every pair of shapes and dtypes."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

SHAPES = [(), (1,), (3,), (1, 3), (3, 1), (3, 3), (2, 3), (2, 1, 3), (0,), (2, 0)]
DTYPES = ["float16", "float32", "float64", "int64", "bool"]


def giving(library, shape, dtype):
    class Gives(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return library.tensor(np.ones(shape, dtype))

    return Gives.apply


def outcome(library, compute):
    """The gradient, or the kind of error."""
    try:
        x = compute(library)
    except RuntimeError:
        return "refused"
    gradient = x.grad.detach().numpy()
    return gradient.dtype.name, gradient.shape, gradient.tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_and_dtypes_that_backward_gives(shape):
    for given, dtype in itertools.product(SHAPES, DTYPES):

        def compute(library, given=given, dtype=dtype):
            x = library.tensor(np.ones(shape, "float32"), requires_grad=True)
            giving(library, given, dtype)(x).sum().backward()
            return x

        assert outcome(tg, compute) == outcome(torch, compute), (given, dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("inner", [False, True])
def test_shapes_and_dtypes_that_a_hook_gives(shape, inner):
    for given, dtype in itertools.product(SHAPES, DTYPES):

        def compute(library, given=given, dtype=dtype):
            x = library.tensor(np.ones(shape, "float32"), requires_grad=True)
            y = x * 2
            (y if inner else x).register_hook(lambda g: library.tensor(np.ones(given, dtype)))
            y.sum().backward()
            return x

        assert outcome(tg, compute) == outcome(torch, compute), (given, dtype)
