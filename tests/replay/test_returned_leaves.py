"""A leaf that a step makes and returns is a leaf at later calls too: of its class, with what it requires."""

import itertools

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import autograd, nn, tensor
from tinygrad_fr.errors import CompileWarning

W = tensor([1.0, -2.0], requires_grad=True)
X = tensor([3.0, 0.5])


class Marked(nn.Parameter):
    pass


VALUES = {
    "computed": lambda x: x * 2,
    "constant": lambda x: tg.ones(2),
    "drawn": lambda x: tg.rand(2),
    "descended": lambda x: W - autograd.grad((x * W * W).sum(), W)[0],
}
LEAVES = {
    "detached": lambda y: y.detach(),
    "required": lambda y: y.detach().requires_grad_(),
    "parameter": nn.Parameter,
    "frozen": lambda y: nn.Parameter(y, requires_grad=False),
    "buffer": lambda y: nn.Buffer(y.detach()),
    "marked": Marked,
    "two": lambda y: (nn.Parameter(y), y.detach() + 1),
}


def step(value, leaf, trained):
    def run(x):
        y = LEAVES[leaf](VALUES[value](x))
        first = y[0] if isinstance(y, tuple) else y
        if trained and first.requires_grad:
            (first * W).sum().backward()
        return y

    return run


def described(result):
    """All that a caller sees of leaves, a backward pass from them included."""
    found = []
    for y in result if isinstance(result, tuple) else (result,):
        found += [type(y), y.is_leaf, y.requires_grad, y.grad is None, y.tolist()]
        if y.requires_grad:
            y.grad = None
            (y * y).sum().backward()
            found.append(y.grad.tolist())
        with tg.no_grad():
            y.add_(1)  # which the next call may not see
        found.append(np.asarray(y.detach()).tolist())
    return found


@pytest.mark.filterwarnings(f"ignore::{CompileWarning.__module__}.{CompileWarning.__name__}")
@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("value", VALUES)
def test_a_returned_leaf_is_the_eager_one(value, leaf, trained):
    seen = []
    for kind in (lambda f: f, tg.compile):
        tg.manual_seed(0)
        W.grad = None
        run = kind(step(value, leaf, trained))
        seen.append([described(run(X)) for _call in range(4)])
    assert seen[1] == seen[0]


def test_leaves_are_replayed():
    """Most of them, so that the comparison is not of eager with eager."""
    runs = [
        tg.compile(step(value, leaf, False)) for value, leaf in itertools.product(VALUES, ("required", "parameter"))
    ]
    for run in runs:
        for _call in range(3):
            run(X)
    assert sum(run.replays for run in runs) >= len(runs)


def test_what_says_how_a_tensor_is_may_be_returned():
    run = tg.compile(
        lambda x: (x.shape, x.dtype, x.size(), slice(1, 2), range(x.dim()), ..., {"stride": x.stride()}, x * 2)
    )
    for x in (X, X, tg.ones(2, 3), tg.ones(2, 3), X):
        found, expected = run(x), run.step(x)
        assert found[:-1] == expected[:-1]
        assert [type(part) for part in found] == [type(part) for part in expected]
    assert (run.recordings, run.replays) == (2, 3)
