"""Random programs of up to 40 operations: values and gradients of both orders are torch's."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.testing.inputs.draws import seeded
from tinygrad_fr.testing.inputs.programs import LISTS, program
from tinygrad_fr.testing.proving.subject import weights


def on(namespace):
    def step(step, values):
        operation = getattr(namespace, step.name, None) or getattr(torch.nn.functional, step.name)
        return operation(values, **step.attrs) if step.name in LISTS else operation(*values, **step.attrs)

    return step


def both_orders(drawn, namespace, leaf, grad, cast):
    leaves = [leaf(x) for x in drawn.inputs]
    values = drawn.run(leaves, on(namespace))
    ends = [values[i] for i in drawn.ends]
    chosen = [cast(w) for w in weights([tuple(y.shape) for y in ends])]
    first = grad(ends, leaves, chosen, create_graph=True, allow_unused=True)
    again = [
        (g, cast(w))
        for g, w in zip(first, weights([x.shape for x in drawn.inputs]), strict=True)
        if g is not None and g.requires_grad
    ]
    second = [None] * len(leaves)
    if again:
        nodes, upstream = zip(*again, strict=True)
        second = grad(list(nodes), leaves, list(upstream), allow_unused=True)
    return [
        np.zeros(x.shape) if g is None else np.asarray(g.detach() + 0)  # torch's zeros may not be stored
        for gs in (first, second)
        for g, x in zip(gs, drawn.inputs, strict=True)
    ]


def compare(seed):
    drawn = program(seeded(seed))
    ours = both_orders(drawn, tg, lambda x: tg.tensor(x, requires_grad=True), tg.autograd.grad, tg.tensor)
    theirs = both_orders(drawn, torch, lambda x: torch.tensor(x, requires_grad=True), torch.autograd.grad, torch.tensor)
    for a, b in zip(ours, theirs, strict=True):
        assert np.allclose(a, b, rtol=1e-7, atol=1e-7 * (1 + np.max(np.abs(b), initial=0.0))), f"seed {seed}\n{drawn}"


def test_three_hundred_programs():
    for seed in range(300):
        compare(seed)


@pytest.mark.skipif("not config.getoption('--nightly')", reason="ten thousand programs: pytest --nightly")
def test_ten_thousand_programs():
    for seed in range(10_000):
        compare(seed)
