"""What ``vmap`` cuts and stacks, and what it refuses, as PyTorch does."""

import pytest
import torch

import tinygrad_fr as tg

CALLS = {
    "a number as result": lambda t, x: t.func.vmap(lambda x: 3.0)(x),
    "nothing as result": lambda t, x: t.func.vmap(lambda x: None)(x),
    "a tensor and a number": lambda t, x: t.func.vmap(lambda x: (x, 2))(x),
    "whole results that differ": lambda t, x: t.func.vmap(lambda x: x, out_dims=None)(x),
    "whole results alike": lambda t, x: t.func.vmap(lambda x: t.ones(2), out_dims=None)(x),
    "one whole, one stacked": lambda t, x: t.func.vmap(lambda x: (x, t.ones(2)), out_dims=(0, None))(x),
    "no such dimension": lambda t, x: t.func.vmap(lambda x: x, in_dims=3)(x),
    "no such dimension from the end": lambda t, x: t.func.vmap(lambda x: x, in_dims=-3)(x),
    "no dimension": lambda t, x: t.func.vmap(lambda x: x)(t.tensor(1.0)),
    "a number to cut": lambda t, x: t.func.vmap(lambda x, y: x * y)(x, 2),
    "a number to cut, as told": lambda t, x: t.func.vmap(lambda x, y: x * y, in_dims=(0, 0))(x, 2),
    "a number as it is": lambda t, x: t.func.vmap(lambda x, y: x * y, in_dims=(0, None))(x, 2),
    "the last dimension": lambda t, x: t.func.vmap(lambda x: x.sum(), in_dims=-1)(x),
    "too many dimensions": lambda t, x: t.func.vmap(lambda x: x, in_dims=(0, 0))(x),
    "a word for a dimension": lambda t, x: t.func.vmap(lambda x: x, in_dims="a")(x),
    "stacked at the end": lambda t, x: t.func.vmap(lambda x: x, out_dims=1)(x),
    "a dictionary": lambda t, x: t.func.vmap(lambda d: d["a"] * d["b"], ({"a": 0, "b": None},))({"a": x, "b": x[0]}),
    "a list": lambda t, x: t.func.vmap(lambda each: each[0] + each[1])([x, x]),
    "nothing to cut": lambda t, x: t.func.vmap(lambda x: x, in_dims=None)(x),
    "by name": lambda t, x: t.func.vmap(lambda x, y: x + y)(x, y=x[0]),
    "results in trees": lambda t, x: t.func.vmap(lambda x: ((x,), {"a": x}), out_dims=((0,), {"a": 1}))(x),
    "two sizes": lambda t, x: t.func.vmap(lambda x, y: x)(x, x.t()),
}


def plain(found):
    if isinstance(found, dict):
        return {key: plain(part) for key, part in found.items()}
    return found.tolist() if hasattr(found, "tolist") else [plain(part) for part in found]


@pytest.mark.parametrize("name", CALLS)
def test_slices(name):
    found = []
    for library in (tg, torch):
        try:
            found.append(plain(CALLS[name](library, library.arange(6.0).reshape(2, 3))))
        except ValueError:
            found.append("refused")
    assert found[0] == found[1]
