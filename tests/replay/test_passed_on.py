"""An operation may give the very array that it was given, forward or backward; a compiled step tells the two apart all the same."""

from __future__ import annotations

import pytest

from tinygrad_fr import arange, cat, compile, nn, ones, tensor
from tinygrad_fr.nn import functional as F

STEPS = {
    "clone": lambda x: x.clone(),
    "two clones": lambda x: x.clone().clone(),
    "two results": lambda x: (x[0].clone(), x.clone()),
    "row": lambda x: x[0].clone(),
    "rows": lambda x: [part.clone() for part in x.unbind()],
    "diagonal": lambda x: x.diagonal().clone(),
    "chosen": lambda x: x[:, [0, 1]].clone(),
    "laid out": lambda x: x.t().contiguous(),
    "expanded": lambda x: x[None].expand(2, 3, 3).clone(),
    "repeated once": lambda x: x.repeat(1, 1),
    "computed": lambda x: (x * 2).clone(),
    "joined": lambda x: cat([x]),
    "nothing dropped": lambda x: nn.Dropout(0.0)(x),
    "folded": lambda x: F.fold(x.reshape(1, 9, 1), (3, 3), 3),
    "shuffled": lambda x: F.pixel_shuffle(x.reshape(9, 1, 1), 3),
    "a constant of its own": lambda x: x + ones(3).clone() * tensor([1.0, 2.0, 3.0]).contiguous(),
}


def trained(step):
    found = []
    for i in range(3):
        x = (arange(9.0).reshape(3, 3) + i).requires_grad_()
        results = step(x)
        results = results if isinstance(results, tuple | list) else [results]
        sum((y * (arange(float(y.numel())).reshape(y.shape) + k)).sum() for k, y in enumerate(results)).backward()
        found.append(([y.tolist() for y in results], x.grad.tolist()))
    return found


@pytest.mark.parametrize("name", STEPS)
def test_the_gradient_of_a_result_arrives_as_in_the_eager_step(name):
    compiled = compile(STEPS[name])
    assert trained(compiled) == trained(STEPS[name])
    assert compiled.replays == 2
