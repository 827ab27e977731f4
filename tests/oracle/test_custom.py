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


VIEWS = {
    "rows": lambda x: x[1:3],
    "a column": lambda x: x[:, 1],
    "every other": lambda x: x[::2, ::3],
    "transposed": lambda x: x.T,
    "flat": lambda x: x.view(-1),
    "diagonal": lambda x: x.diagonal(),
    "narrowed twice": lambda x: x.narrow(1, 1, 2).narrow(0, 1, 2),
    "squeezed": lambda x: x[None].squeeze(0)[2:],
    "permuted part": lambda x: x[:2].t()[1:],
    "all of it": lambda x: x,
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("asked", ["whole", "part", "both", "neither"])
def test_an_argument_that_is_changed_in_place_through_a_view(name, asked):
    found = []
    for package in (torch, tg):

        class Added(package.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                ctx.mark_dirty(x)
                ctx.save_for_backward(y)
                return x.add_(y * y)

            @staticmethod
            def backward(ctx, gradient):
                (y,) = ctx.saved_tensors
                return gradient, 2 * y * gradient

        values = package.arange(16.0, dtype=package.float64).reshape(4, 4)
        a = values.clone().requires_grad_(asked in ("whole", "both"))
        x = a * 1
        seen, view = x[1:, :3], VIEWS[name](x)
        b = (
            (values.sin().reshape(-1)[: view.numel()].reshape(view.shape))
            .clone()
            .requires_grad_(asked in ("part", "both"))
        )
        out = Added.apply(view, b)
        Added.apply(VIEWS[name](x), b)
        state = [
            out is view,
            *(each.requires_grad for each in (x, seen, view)),
            x.tolist(),
            seen.tolist(),
            view.tolist(),
        ]
        asked_for = [each for each in (a, b) if each.requires_grad]
        if asked_for:
            loss = (x**2).sum() + (seen * 3).sum() + view.sin().sum()
            state += [gradient.tolist() for gradient in package.autograd.grad(loss, asked_for)]
        found.append(state)
    theirs, ours = found
    assert ours[:4] == theirs[:4]
    for mine, other in zip(ours[4:], theirs[4:], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12)


@pytest.mark.parametrize("package", [torch, tg])
def test_a_view_of_a_leaf_is_not_changed_by_a_function(package):
    class Zeroed(package.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.zero_()

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 0

    with pytest.raises(RuntimeError):
        Zeroed.apply(package.ones(3, requires_grad=True)[1:])
