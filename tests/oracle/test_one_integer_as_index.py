"""A tensor of one integer, or an array of numpy's, is an integer in an index: what it cuts out is a view, as in PyTorch."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

ONE = {
    "int64": lambda m: m.tensor(1),
    "int32": lambda m: m.tensor(1, dtype=m.int32),
    "int8": lambda m: m.tensor(1, dtype=m.int8),
    "int16": lambda m: m.tensor(-1, dtype=m.int16),
    "argmax": lambda m: m.tensor([0.0, 5.0]).argmax(),
    "row of a permutation": lambda m: m.tensor([1, 0])[0],
    "numpy's int64": lambda m: np.int64(1),
    "numpy's array": lambda m: np.array(1),
    "True": lambda m: m.tensor(True),
}
AROUND = {
    "i": lambda i: i,
    "(i,)": lambda i: (i,),
    "(i, :)": lambda i: (i, slice(None)),
    "(:, i)": lambda i: (slice(None), i),
    "(0:2, i, ...)": lambda i: (slice(0, 2), i, ...),
    "(..., i)": lambda i: (..., i),
    "(i, i)": lambda i: (i, i),
    "(i, None, 1)": lambda i: (i, None, 1),
    "(0, i, 1:)": lambda i: (0, i, slice(1, None)),
    "(i, [0, 1])": lambda i: (i, [0, 1]),
}
WRITES = {
    "+=": lambda x, y: y.add_(1),
    "fill": lambda x, y: y.fill_(7),
    "[...] =": lambda x, y: y.__setitem__(..., 2),
    "the base": lambda x, y: x.mul_(3),
    "both": lambda x, y: (y.mul_(2), x.add_(1), y.sub_(4)),
}


def outcome(m, one, around, write, grad):
    x = m.arange(24.0).reshape(2, 3, 4).requires_grad_(grad)
    base = x * 1
    try:
        y = base[AROUND[around](ONE[one](m))]
    except (IndexError, TypeError, ValueError, RuntimeError):
        return "refused"
    name = type(y.grad_fn).__name__ if grad else ""
    WRITES[write](base, y)
    if grad:
        ((base**2).sum() + (y**3).sum()).backward()
    return name, base.tolist(), y.tolist(), x.grad.tolist() if grad else None


@pytest.mark.parametrize("one", ONE)
@pytest.mark.parametrize("around", AROUND)
def test_it_cuts_out_a_view(one, around):
    for write, grad in itertools.product(WRITES, (False, True)):
        assert outcome(tg, one, around, write, grad) == outcome(torch, one, around, write, grad), (write, grad)


@pytest.mark.parametrize("around", AROUND)
def test_a_replayed_step_cuts_by_the_newest_integer(around):
    def step(m):
        def run(x, i):
            base = x * 1
            part = base[AROUND[around](i)]
            part += 1
            part *= 2
            loss = (base**2).sum()
            return m.autograd.grad(loss, x)[0], loss

        return run

    compiled, plain = tg.compile(step(tg)), step(torch)
    for k in (0, 1, 1, 0):
        ours = compiled(tg.arange(24.0).reshape(2, 3, 4).requires_grad_(), tg.tensor(k))
        theirs = plain(torch.arange(24.0).reshape(2, 3, 4).requires_grad_(), torch.tensor(k))
        assert [x.tolist() for x in ours] == [x.tolist() for x in theirs]
