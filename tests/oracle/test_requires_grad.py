"""``requires_grad`` set and unset on every kind of tensor, made and flagged in every mode, against PyTorch."""

import contextlib

import pytest
import torch

import tinygrad_fr as tg


def received(m):
    x = m.ones(3, requires_grad=True)
    with m.enable_grad():
        (x * 2).sum().backward()
    return x.grad


# Ways to come to a tensor, of m, the library, and g, a tensor of shape (2, 3) that requires a gradient.
MADE = {
    "a leaf": lambda m, g: m.ones(3),
    "a leaf that requires": lambda m, g: g,
    "a parameter": lambda m, g: m.nn.Parameter(m.ones(3)),
    "a result": lambda m, g: g * 2,
    "a result of constants": lambda m, g: m.ones(3) * 2,
    "a view": lambda m, g: m.ones(3)[:2],
    "a view of a result": lambda m, g: (g * 2)[:1],
    "a part of constants": lambda m, g: m.ones(2, 3).unbind(0)[0],
    "detached": lambda m, g: (g * 2).detach(),
    "a detached leaf": lambda m, g: g.detach(),
    "data": lambda m, g: g.data,
    "a copy": lambda m, g: g.clone(),
    "changed in place": lambda m, g: m.ones(3).mul_(2),
    "changed by what requires": lambda m, g: m.ones(2, 3).mul_(g),
    "integers": lambda m, g: m.ones(3, dtype=m.int64),
    "booleans": lambda m, g: g > 0,
    "places": lambda m, g: g.topk(1)[1],
    "converted": lambda m, g: g.long(),
    "half precision": lambda m, g: m.ones(3, dtype=m.float16),
    "rounded": lambda m, g: g.round(),
    "a sign": lambda m, g: g.sign(),
    "drawn by it": lambda m, g: m.bernoulli(g),
    "made like it": lambda m, g: m.zeros_like(g),
    "new beside it": lambda m, g: g.new_ones(2),
    "a gradient": lambda m, g: received(m),
}
FLAGS = {
    "requires_grad_()": lambda x: x.requires_grad_(),
    "requires_grad_(False)": lambda x: x.requires_grad_(False),
    "requires_grad = True": lambda x: setattr(x, "requires_grad", True),
    "requires_grad = False": lambda x: setattr(x, "requires_grad", False),
}
MODES = {
    "no mode": lambda m: contextlib.nullcontext(),
    "no_grad": lambda m: m.no_grad(),
    "enable_grad": lambda m: m.enable_grad(),
}
FLAGGED = MODES | {"inference_mode": lambda m: m.inference_mode()}


def error(call):
    try:
        call()
    except Exception as raised:
        return raised
    return None


def seen(m, make, made_in, flag, flagged_in):
    """What can be seen of a tensor before and after it is flagged, and of a backward pass through it."""
    m.manual_seed(0)
    with MODES[made_in](m):
        x = MADE[make](m, m.ones(2, 3, requires_grad=True))
    before = x.requires_grad, x.is_leaf
    with FLAGGED[flagged_in](m):
        refused = error(lambda: FLAGS[flag](x))
    after = x.requires_grad, x.is_leaf, x.grad_fn is None
    y = (x * 3).sum()
    broken = error(y.backward)
    gradient = x.grad.tolist() if x.is_leaf and x.grad is not None else None
    kinds = [None if each is None else isinstance(each, RuntimeError) for each in (refused, broken)]
    return before, after, y.requires_grad, kinds, gradient


@pytest.mark.parametrize("make", MADE)
def test_flags_mean_what_they_mean_in_pytorch(make):
    cases = [(a, flag, b) for a in MODES for flag in FLAGS for b in FLAGGED]
    wrong = [case for case in cases if seen(tg, make, *case) != seen(torch, make, *case)]
    assert not wrong, [(case, seen(tg, make, *case), seen(torch, make, *case)) for case in wrong[:3]]


@pytest.mark.parametrize("make", MADE)
def test_flags_mean_the_same_of_what_is_traced(make, monkeypatch):
    """A record that keeps every operation, so that it can be drawn, changes nothing for gradients."""
    monkeypatch.setitem(MODES, "recording", lambda m: tg.recording() if m is tg else contextlib.nullcontext())
    wrong = [
        flag
        for flag in FLAGS
        if seen(tg, make, "recording", flag, "no mode") != seen(torch, make, "recording", flag, "no mode")
    ]
    assert not wrong
