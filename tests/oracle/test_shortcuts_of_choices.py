"""Scattered elements, gated halves and batches normalised by given statistics: values and gradients of two orders are PyTorch's, whatever the form."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

DTYPES = ("float32", "float64")


def leaves(api, arrays):
    return [None if a is None else api.tensor(a, requires_grad=True) for a in arrays]


def figures(api, call, arrays):
    """The value, the gradients, and those of a sum of their squares."""
    given = leaves(api, arrays)
    y = call(api, *given)
    held = [x for x in given if x is not None]
    (y * y * api.arange(1, 1 + y.numel(), dtype=y.dtype).reshape(y.shape)).sum().backward(retain_graph=True)
    first = [np.array(x.grad.numpy()) for x in held]
    again = api.autograd.grad((y**3).sum(), held, create_graph=True)
    total = sum((each**2).sum() for each in again)
    second = api.autograd.grad(total, held, allow_unused=True) if total.requires_grad else ()
    return [y.detach().numpy(), *first, *(np.zeros(()) if each is None else each.numpy() for each in second)]


def alike(call, arrays):
    ours, theirs = figures(tg, call, arrays), figures(torch, call, arrays)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype or not one.shape
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
def test_scattered(name, dtype):
    chance = np.random.default_rng(0)
    for shape, chosen, given in (
        ((), (), ()), ((), (1,), (1,)), ((5,), (3,), (4,)), ((3, 4), (3, 4), (3, 4)), ((3, 4), (2, 3), (3, 4)), ((3, 4), (0, 4), (3, 4)),
        ((2, 3, 4), (2, 1, 4), (2, 3, 4)), ((2, 3, 4), (1, 3, 2), (2, 3, 3)),
    ):  # fmt: skip
        arrays = [chance.normal(size=sides).astype(dtype) for sides in (shape, given)]
        for dim in range(-max(len(shape), 1), max(len(shape), 1)):
            count, side = (chosen or (1,))[dim], (shape or (1,))[dim]
            if count > side and name == "scatter":
                continue
            index = np.zeros(chosen, np.int64)
            for place in itertools.product(*map(range, np.delete(chosen, dim) if chosen else ())):
                line = list(place)
                line.insert(dim % max(len(chosen), 1), slice(None))
                drawn = chance.permutation(side)[:count] if name == "scatter" else chance.integers(0, side, count)
                index[tuple(line) if chosen else ()] = drawn if chosen else drawn[0]

            def call(api, x, src, dim=dim, index=index):
                if api is torch:  # which gives no gradient of a larger source
                    src = src[tuple(slice(0, side) for side in index.shape)]
                return getattr(api, name)(x, dim, api.tensor(index), src)

            alike(call, arrays)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gated_halves(dtype):
    for shape in ((4,), (3, 6), (2, 4, 6), (0, 4)):
        x = np.random.default_rng(1).normal(size=shape).astype(dtype)
        for dim in (d for d in range(-len(shape), len(shape)) if shape[d] % 2 == 0):
            alike(lambda api, x, dim=dim: api.nn.functional.glu(x, dim), [x])
        if len(shape) > 1:
            alike(lambda api, x: api.nn.functional.glu(x.transpose(-1, -2), -2), [x])


@pytest.mark.parametrize("dtype", DTYPES)
def test_batches_of_given_statistics(dtype):
    chance = np.random.default_rng(2)
    for shape in ((2, 3), (2, 3, 4), (2, 3, 2, 3), (0, 3), (1, 3, 1, 1, 2)):
        for affine in (True, False):  # PyTorch's own second derivative fails where one of the two is missing
            x, mean, w, b = (chance.normal(size=sides).astype(dtype) for sides in (shape, (3,), (3,), (3,)))
            var = chance.uniform(0.5, 2.0, 3).astype(dtype)
            held = [x, w, b] if affine else [x, None, None]

            def call(api, x, w, b, mean=mean, var=var):
                return api.nn.functional.batch_norm(x, api.tensor(mean), api.tensor(var), w, b, eps=0.1)

            alike(call, held)
