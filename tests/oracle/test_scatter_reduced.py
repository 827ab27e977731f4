"""scatter_reduce and index_reduce against PyTorch: numbers that tie and zeros, with x's own and without, values and gradients of two orders."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

CALLS = {
    "scatter_reduce": ((3, 5), lambda x, i, *rest, **options: x.scatter_reduce(1, i, *rest, **options)),
    "scatter_reduce_": ((4, 3), lambda x, i, *rest, **options: (x * 1).scatter_reduce_(0, i, *rest, **options)),
    "index_reduce": ((3, 3), lambda x, i, *rest, **options: x.index_reduce(1, i[0], *rest, **options)),
    "index_reduce_": ((2, 4), lambda x, i, *rest, **options: (x * 1).index_reduce_(0, i[:, 0], *rest, **options)),
}
REDUCED = [
    (name, reduce, own)
    for name, reduce, own in itertools.product(CALLS, ("sum", "prod", "mean", "amax", "amin"), (True, False))
    if not (name.startswith("index") and reduce == "sum")
]


def numbers(package, call, x, index, source, reduce, own, order):
    """The value and the gradients of both operands, of the order that is asked for."""
    x, source = package.tensor(x), package.tensor(source)
    floats = x.is_floating_point()
    if floats:
        x.requires_grad_()
        source.requires_grad_()
    y = call(x, package.tensor(index), source, reduce, include_self=own)
    if not floats:
        return [y.numpy()]
    weights = package.arange(1.0, y.numel() + 1, dtype=y.dtype).reshape(y.shape)
    grads = package.autograd.grad((y * weights).sum(), [x, source], create_graph=order == 2)
    found = [y, *grads]
    lengths = [(g**2).sum() for g in grads if g.requires_grad]
    if lengths:
        found += package.autograd.grad(sum(lengths), [x, source], allow_unused=True)
    return [None if each is None else each.detach().numpy() for each in found]


@pytest.mark.filterwarnings("ignore:index_reduce")
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize(("name", "reduce", "own"), REDUCED)
def test_is_pytorchs(name, reduce, own, dtype):
    shape, call = CALLS[name]
    draw = np.random.default_rng([len(name), len(reduce), own])
    compared = 0
    for order, _turn in itertools.product((1, 2), range(6)):
        x, source = (draw.integers(-2, 3, sides).astype(dtype) for sides in ((3, 4), shape))
        index = draw.integers(0, 3, shape)
        try:
            theirs = numbers(torch, call, x, index, source, reduce, own, order)
        except RuntimeError:
            twice = order == 2 and reduce == "prod"  # the second derivative with two zeros, which is computed here
            if not twice:
                raise
            continue
        compared += 1
        for one, other in zip(theirs, numbers(tg, call, x, index, source, reduce, own, order), strict=True):
            none = np.zeros(1)
            np.testing.assert_allclose(none if other is None else other, none if one is None else one, 1e-5, 1e-6)
    assert compared >= 6


REFUSED = {
    "another reduction": lambda tp, x, i, s: x.index_reduce(0, i, s, "sum"),
    "another length": lambda tp, x, i, s: x.index_reduce(0, i, tp.ones(3), "amax"),
    "a negative index": lambda tp, x, i, s: x.index_reduce(0, tp.tensor([0, -1]), s, "amax"),
    "another dtype": lambda tp, x, i, s: x.index_reduce(0, i, s.double(), "amax"),
}


@pytest.mark.filterwarnings("ignore:index_reduce")
@pytest.mark.parametrize("package", [torch, tg])
@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_in_both(name, package):
    with pytest.raises((RuntimeError, IndexError)):
        REFUSED[name](package, package.zeros(3), package.tensor([0, 2]), package.ones(2))


def test_index_reduce_of_a_single_number_and_its_result_elsewhere():
    answers = []
    for package in (torch, tg):
        out = package.zeros(3)
        package.index_reduce(package.ones(3), 0, package.tensor([0, 0]), package.tensor([2.0, 5.0]), "mean", out=out)
        whole = package.tensor(2.0).index_reduce(0, package.tensor([0]), package.tensor(5.0), "prod")
        answers.append((out.tolist(), whole.item()))
    assert answers[0] == answers[1]
