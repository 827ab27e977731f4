"""An operation that is recorded as its equations gives what it gives as one operation: tensors, places included."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F

CALLS = {
    "max": lambda x: x.max(1),
    "topk": lambda x: x.topk(2),
    "sort": lambda x: x.sort(),
    "sort, without gradient": lambda x: x.detach().sort(),
    "median": lambda x: x.median(1),
    "kthvalue": lambda x: x.kthvalue(2),
    "mode": lambda x: x.mode(1),
    "cummax": lambda x: x.cummax(1),
    "max_pool1d": lambda x: F.max_pool1d(x[None], 2, return_indices=True),
    "adaptive_max_pool1d": lambda x: F.adaptive_max_pool1d(x[None], 2, return_indices=True),
    "svd": lambda x: tg.linalg.svd(x),
    "std_mean": lambda x: tg.std_mean(x),
    "logsumexp": lambda x: tg.logsumexp(x, 1),
    "one_hot": lambda x: F.one_hot(x.argmax(1)),
}


@pytest.mark.parametrize("name", CALLS)
def test_opened_and_closed_give_the_same(name):
    x = tg.tensor([[1.0, 3.0, 2.0, 0.5], [4.0, -1.0, 4.5, 2.5]], requires_grad=True)
    closed = CALLS[name](x)
    with tg.opened("equation"):
        opened = CALLS[name](x)
    assert type(opened) is type(closed)
    for a, b in zip(*((each if isinstance(each, tuple) else (each,)) for each in (opened, closed)), strict=True):
        assert type(a) is type(b) is tg.Tensor
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert tg.allclose(a, b)
