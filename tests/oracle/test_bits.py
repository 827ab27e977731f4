"""``view(dtype)``: the same memory read as another dtype, as PyTorch reads it."""

import pytest
import torch

import tinygrad_fr as tg

KINDS = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64"]
PARTS = {
    "whole": lambda x: x,
    "turned": lambda x: x.t(),
    "half": lambda x: x[:, :4],
    "from an odd place": lambda x: x[:, 1:5],
    "odd sides": lambda x: x[:, :3],
    "every other": lambda x: x[:, ::2],
    "one number": lambda x: x[0, 0],
    "nothing": lambda x: x[4:],
    "a column": lambda x: x[:, 0],
    "a row": lambda x: x[1],
}


def read(library, held, part, asked):
    """The part's bits in another dtype, its strides, and what stays of the whole when they are written to; None where refused."""
    whole = (library.arange(24).reshape(4, 6) % 2).to(getattr(library, held))
    try:
        y = PARTS[part](whole).view(getattr(library, asked))
    except RuntimeError:
        return None
    before = y.contiguous().view(library.uint8).tolist() if y.ndim else None
    y.zero_()
    after = whole.tolist()
    whole.fill_(1)
    return (
        y.shape,
        y.stride(),
        str(y.dtype),
        before,
        after,
        y.contiguous().view(library.uint8).tolist() if y.ndim else y.tolist(),
    )


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("held", ["float32", "float64", "int16", "bool"])
def test_bits(held, part):
    for asked in KINDS:
        assert read(tg, held, part, asked) == read(torch, held, part, asked), asked


def test_no_gradient_goes_through():
    for asked in KINDS[:6]:
        found = []
        for library in (tg, torch):
            x = library.ones(2, requires_grad=True)
            found.append([y.view(getattr(library, asked)).requires_grad for y in (x * 2, x.detach())])
        assert found[0] == found[1] == [False, False]
