"""Whoever holds ``.grad`` from before a step sees what PyTorch shows, however the step ends: eagerly, recorded, replayed, verified."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

ENDINGS = {
    "nothing": "pass",
    "forgotten": "o.zero_grad()",
    "forgotten one by one": "p.grad = None",
    "deleted": "del p.grad",
    "set to zero": "o.zero_grad(set_to_none=False)",
    "set to zero, then forgotten": "o.zero_grad(set_to_none=False); o.zero_grad()",
    "forgotten, and another pass": "o.zero_grad(); (p * x).sum().backward()",
    "another pass, then forgotten": "loss(x).backward(); q.grad = None",
    "replaced": "p.grad = p.grad * 0.5",
    "replaced twice": "p.grad = p.grad * 0.5; p.grad = p.grad + 1",
    "scaled": "p.grad.mul_(0.5)",
    "scaled and set again": "p.grad = p.grad.mul_(0.5); loss(x).backward()",
    "scaled, then forgotten": "p.grad.mul_(0.5); q.grad.zero_(); p.grad = q.grad = None",
    "set again": "p.grad = p.grad; loss(x).backward()",
    "taken, forgotten, then changed": "h = p.grad; p.grad = None; h.add_(1)",
    "clipped, then forgotten": "T.nn.utils.clip_grad_norm_([p, q], 0.1); o.zero_grad()",
    "swapped": "p.grad, q.grad = q.grad, p.grad",
    "one for two": "p.grad = q.grad",
    "computed": "p.grad = x * 1",
    "given": "p.grad = x",
    "a tensor from outside": "p.grad = b; (p * x).sum().backward()",
    "kept and set again": "h = p.grad; p.grad = None; p.grad = h; loss(x).backward()",
    "read into Python, forgotten, then changed": "float(l.detach()); h = p.grad; p.grad = None; h.add_(1)",
    "taken, read into Python, then changed": "h = p.grad; float(l.detach()); p.grad = None; h.add_(1)",
    "read into Python, then forgotten": "float(l.detach()); o.zero_grad()",
    "forgotten, then read into Python": "o.zero_grad(); float(l.detach())",
}


def seen(T, ending, wrap, argument):  # noqa: N803 - the package
    """All that holders of gradients see, over calls that begin with gradients and calls that do not."""
    p, q = (T.nn.Parameter(T.tensor(values)) for values in ([1.0, 2.0, 3.0], [2.0, 1.0, 5.0]))
    space = {"T": T, "p": p, "q": q, "b": T.ones(3), "o": T.optim.SGD([p, q], 0.01)}
    space["loss"] = loss = lambda x: ((p * x) ** 2).sum() + (q**2 * x).sum()
    own = ", p, q" if argument else ""
    exec(f"def step(x{own}):\n l = loss(x); l.backward(); o.step()\n {ending}\n return l", space)
    step, held, found = wrap(space["step"]), [], []
    own = (p, q) if argument else ()
    for k in range(4):
        x = T.tensor([1.0, 0.5, 2.0]) * 0.1 * (k + 1)
        loss(x).backward()
        held += [p.grad, q.grad]
        for _twice in range(2):
            found.append(step(x, *own))
            found += [g if g is None else g.clone() for g in (p, q, *held, p.grad, q.grad)]
            found += [p.grad is held[-2], q.grad is held[-1]]
    return [x if x is None or isinstance(x, bool) else x.detach().numpy().tolist() for x in found]


WAYS = {
    "eager": lambda step: step,
    "compiled": tg.compile,
    "verified": lambda step: tg.compile(step, verify=1),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("argument", [False, True], ids=["reached", "given"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_grad_before_a_step_is_seen_as_in_torch(ending, way, argument):
    expected = seen(torch, ENDINGS[ending], lambda step: step, argument)
    found = seen(tg, ENDINGS[ending], WAYS[way], argument)
    for mine, theirs in zip(found, expected, strict=True):
        if theirs is None or isinstance(theirs, bool):
            assert mine is theirs
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_a_whole_step_that_is_refused_leaves_gradients_as_they_were():
    p = tg.nn.Parameter(tg.ones(2))
    (p**2).sum().backward()
    held = p.grad

    @tg.compile(fullgraph=True)
    def step(x, last):
        loss = (p * x).sum()
        loss.backward()
        if last:
            p.grad = None
        return float(loss)

    for last in (False, True):
        with pytest.raises(tg.errors.UsageError, match="fullgraph"):
            step(tg.ones(2), last)
        assert p.grad is held
        assert held.tolist() == [2.0, 2.0]
