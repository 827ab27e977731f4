"""``axis`` and ``keepdims`` are numpy's names of ``dim`` and ``keepdim``; PyTorch takes them, and so do operations here."""

import numpy as np
import pytest

import tinygrad_fr as tg

SQUARE = [[1.0, 4.0], [3.0, 2.0]]


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "amax", "amin", "argmax", "argmin", "var", "std", "logsumexp", "median"]
)
@pytest.mark.parametrize("dim", [0, 1])
def test_reductions(name, dim):
    ours, theirs = (
        getattr(tg, name)(tg.tensor(SQUARE), **words)
        for words in ({"dim": dim, "keepdim": True}, {"axis": dim, "keepdims": True})
    )
    for a, b in zip(
        ours if isinstance(ours, tuple) else [ours], theirs if isinstance(theirs, tuple) else [theirs], strict=True
    ):
        assert np.array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize(
    "name", ["softmax", "log_softmax", "cumsum", "cumprod", "unsqueeze", "sort", "argsort", "unbind"]
)
def test_methods(name):
    x = tg.tensor(SQUARE)
    assert str(getattr(x, name)(axis=1)) == str(getattr(x, name)(dim=1))


def test_joining_and_refusals():
    x = tg.tensor(SQUARE)
    assert tg.cat([x, x], axis=1).shape == (2, 4)
    assert tg.stack([x, x], axis=2).shape == (2, 2, 2)
    with pytest.raises(TypeError):
        tg.sum(x, axes=1)
    with pytest.raises(TypeError):
        tg.argmax(x, dim=1, axis=1)
    with pytest.raises(TypeError):
        tg.matmul(x, x, axis=1)
