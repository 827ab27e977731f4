"""Parts of a joined array that are computed in its place: the numbers of an eager step, and no room for the parts besides."""

import numpy as np
import pytest

from tinygrad_fr import cat, compile, stack, tensor
from tinygrad_fr.replay.execution import layout
from tinygrad_fr.replay.lowering import lowering

JOINS = {
    "stack 0": lambda parts: stack(parts),
    "stack 1": lambda parts: stack(parts, 1),
    "stack 2": lambda parts: stack(parts, 2),
    "cat 0": lambda parts: cat(parts),
    "cat 1": lambda parts: cat(parts, 1),
}
PARTS = {
    "element-wise": lambda x, i: x * (i + 1.5) + i,
    "a product with its bias": lambda x, i: x[:, :4] @ x[:4] + x[0] * i,
    "read again later": lambda x, i: x.tanh() if i == 1 else x * i,
    "transposed": lambda x, i: (x[:, :3] * (i + 1)).mT.reshape(3, -1).repeat(1, 10)[:, :40] if len(x) == 3 else x * i,
    "of what was joined": lambda x, i: stack([x * i, x + i]).sum(0) * 0.5,
}


def drawn(seed, *shape):
    return tensor(np.random.default_rng(seed).normal(size=shape).astype(np.float32), requires_grad=True)


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize("width", [40, 8], ids=["long rows", "short rows"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("join", JOINS)
def test_joined_parts_are_the_eager_ones(join, part, width, large, monkeypatch):
    if large:
        for module in (layout, lowering):
            monkeypatch.setattr(module, "LARGE", 1)
    together, made = JOINS[join], PARTS[part]

    def step(x):
        parts = [made(x, i) for i in range(4)]
        whole = together(parts)
        once = parts[2].sum() if part == "read again later" else 0.0
        ((whole * whole).sum() + once).backward()
        return whole * 1.0, whole.sum(0), x.grad * 1.0

    replayed = compile(step)
    for seed in range(3):
        for found, expected in zip(replayed(drawn(seed, 4, width)), step(drawn(seed, 4, width)), strict=True):
            np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-5)
    assert replayed.replays == 2


@pytest.mark.parametrize("join", ["stack 0", "stack 1", "cat 0", "cat 1"])
def test_parts_have_no_room_besides_the_joined_array(join):
    together, count = JOINS[join], 16
    step = compile(lambda x: together([x * (i + 1.5) for i in range(count)]).sum(0))
    x = drawn(0, 8, 48).detach()
    step(x)
    step(x)
    (program,) = next(iter(step.programs.values()))
    whole = count * x.numel()
    assert program.assembly.arena.scratch < whole * 1.5  # with parts: more than twice as much
