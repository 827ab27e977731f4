"""Clipping changes gradients in place, to PyTorch's numbers, eagerly and in compiled steps."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

INF, NAN = float("inf"), float("nan")
GRADIENTS = {
    "usual": [[3.0, -4.0], [[1.0, 2.0]]],
    "short": [[0.01, 0.02]],
    "zero": [[0.0, 0.0]],
    "one number": [5.0, [1.0]],
    "a NaN": [[1.0, NAN], [2.0, 3.0]],
    "an infinity": [[1.0, INF], [2.0, 3.0]],
    "too long": [[3e38, 3e38]],
    "without elements": [[], [3.0]],
    "none": [None, None],
    "some": [None, [6.0, 8.0]],
}
CALLS = {
    "norm": lambda t, ps: t.nn.utils.clip_grad_norm_(ps, 1.0),
    "norm of order 1": lambda t, ps: t.nn.utils.clip_grad_norm_(ps, 0.5, norm_type=1),
    "norm of order 3.5": lambda t, ps: t.nn.utils.clip_grad_norm_(ps, 2, 3.5),
    "largest": lambda t, ps: t.nn.utils.clip_grad_norm_(ps, 2.5, norm_type="inf"),
    "finite": lambda t, ps: t.nn.utils.clip_grad_norm_(iter(ps), 1.0, error_if_nonfinite=True),
    "value": lambda t, ps: t.nn.utils.clip_grad_value_(ps, 1.5),
    "in two": lambda t, ps: t.nn.utils.clip_grads_with_norm_(
        ps, 1.0, t.nn.utils.get_total_norm([p.grad for p in ps if p.grad is not None])
    ),
    "of one tensor": lambda t, ps: (t.nn.utils.clip_grad_norm_(ps[-1], 1.0), t.nn.utils.clip_grad_value_(ps[-1], 0.5))[
        0
    ],
    "by a norm that is known": lambda t, ps: t.nn.utils.clip_grads_with_norm_(iter(ps), 1.0, t.tensor(4.0)),
}


def _outcome(T, call, gradients, dtypes, way):  # noqa: N803 - the package
    ps = []
    for gradient, dtype in zip(gradients, dtypes, strict=False):
        g = None if gradient is None else T.tensor(gradient, dtype=getattr(T, dtype))
        p = T.nn.Parameter(T.zeros(1 if g is None else g.shape, dtype=getattr(T, dtype)))
        p.grad = g
        ps.append(p)
    held = [p.grad for p in ps]
    step = way(lambda: call(T, ps))
    found = []
    for _turn in range(3):
        try:
            total = step()
        except RuntimeError:
            total = "refused"
        assert all(p.grad is g for p, g in zip(ps, held, strict=True))
        found += [total, *(None if g is None else g.clone() for g in held)]
    return [(str(x.dtype).split(".")[-1], x.numpy()) if hasattr(x, "numpy") else x for x in found]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", [lambda step: step, tg.compile], ids=["eager", "compiled"])
@pytest.mark.parametrize("dtypes", [("float32",) * 2, ("float64", "float32"), ("float16",) * 2], ids="-".join)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("gradients", GRADIENTS)
def test_gradients_are_clipped_as_in_torch(gradients, call, dtypes, way):
    if gradients == "none" and call in ("value", "of one tensor"):
        return  # PyTorch asserts that there is a gradient to cut
    given = GRADIENTS[gradients], dtypes
    expected = _outcome(torch, CALLS[call], *given, lambda step: step)
    found = _outcome(tg, CALLS[call], *given, way)
    for mine, theirs in zip(found, expected, strict=True):
        if isinstance(theirs, tuple):
            assert mine[0] == theirs[0]
            np.testing.assert_allclose(mine[1], theirs[1], rtol=2e-3 if theirs[0] == "float16" else 1e-5)
        else:
            assert mine == theirs
