"""Sizes, strides and views: what a shape is made of, and how views lie in memory, as in PyTorch."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

SIDES = [
    lambda t: [2, 3],
    lambda t: (),
    lambda t: t.tensor([2, 3]),
    lambda t: [t.tensor(2), 3],
    lambda t: [t.tensor([4])],
]
SIDES += [lambda t: [True], lambda t: [t.tensor(True)], lambda t: [np.int64(2), -1], lambda t: range(3)]
WRONG = [lambda t: [2.0], lambda t: ["a"], lambda t: [None], lambda t: [t.tensor(2.0)], lambda t: t.zeros(2)]
WRONG += [lambda t: [t.tensor([2, 3])], lambda t: 3, lambda t: t.tensor(3), lambda t: [np.float64(2)]]


def test_sizes():
    for make in SIDES:
        ours, theirs = tg.Size(make(tg)), torch.Size(make(torch))
        assert ours == tuple(theirs)
        assert all(type(n) is int for n in ours)
        assert repr(ours) == repr(torch.Size([int(n) for n in theirs]))
    for make in WRONG:
        for size, library in ((tg.Size, tg), (torch.Size, torch)):
            with pytest.raises(TypeError):
                size(make(library))


PARTS = [slice(None), slice(1, 1), slice(2, None), slice(0, 1), slice(None, None, 2), 0]
TURNS = {
    "as it is": lambda x: x,
    "turned": lambda x: x.t(),
    "one more": lambda x: x.unsqueeze(1),
    "one more at the end": lambda x: x.unsqueeze(-1),
    "diagonal": lambda x: x.diagonal(),
    "narrow": lambda x: x.narrow(0, 1, 1),
    "flat": lambda x: x.reshape(-1),
    "one column": lambda x: x[:, 1:2],
    "one column turned": lambda x: x[:, 1:2].t(),
    "squeezed": lambda x: x[:1].squeeze(0),
}


@pytest.mark.parametrize("turn", TURNS)
def test_strides(turn):
    for first, second in itertools.product(PARTS, repeat=2):
        found = []
        for library in (tg, torch):
            x = TURNS[turn](library.arange(12.0).reshape(4, 3))
            index = (first, second) if x.ndim > 1 else first
            found.append([(y.shape, y.stride(), y.storage_offset() if y.numel() else 0) for y in (x, x[index])])
        assert found[0] == found[1], (first, second)


EQUATIONS = {
    "ij->ji": (2, 3), "ij": (2, 3), "ii->i": (3, 3), "iij->ji": (2, 2, 3), "...ij->...ji": (2, 3, 4), "ji": (2, 3),
    "iijj->ij": (2, 2, 3, 3), "...->...": (2, 3), "->": (), "ij->i": (2, 3), "ii": (3, 3), "i->": (3,),
}  # fmt: skip


@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum_of_one_operand(equation):
    """Where nothing is summed the result is a view: it lies in the operand's memory, and sees what is written there."""
    found = []
    for library in (tg, torch):
        shape = EQUATIONS[equation]
        x = library.arange(float(np.prod(shape, dtype=int))).reshape(shape).clone().requires_grad_()
        y = library.einsum(equation, x)
        (gradient,) = library.autograd.grad((y * y).sum(), x)
        whole = x.detach()
        part = library.einsum(equation, whole)
        shares = part.data_ptr() == whole.data_ptr()
        whole.mul_(2)
        found.append((y.tolist(), y.stride(), gradient.tolist(), part.tolist(), part._is_view(), shares))
    assert found[0] == found[1]


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_grouped_convolutions_of_nothing(dims):
    for groups, batch, bias in itertools.product((1, 2, 4), (0, 1), (True, False)):
        found = []
        for library in (tg, torch):
            library.manual_seed(0)
            layer = getattr(library.nn, f"Conv{dims}d")(4, 8, 3, groups=groups, bias=bias)
            x = library.zeros(batch, 4, *(5,) * dims, requires_grad=True)
            layer(x).sum().backward()
            found.append([x.grad.shape, *(p.grad.tolist() for p in layer.parameters())])
        assert found[0] == found[1]
