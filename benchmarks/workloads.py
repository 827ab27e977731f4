"""The same program for ours and for torch, with a check that both compute the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import nn, tensor

if TYPE_CHECKING:
    from collections.abc import Callable

Runs = dict[str, "Callable[[], Any]"]


def _ops(torch: Any, step: Callable[[Any, Any, Any, Any], Any]) -> Runs:
    """25 times four operations on 8×8 float32, forward and backward, source lines kept."""
    generator = np.random.default_rng(0)
    x, w, b = (generator.normal(size=(8, 8)).astype(np.float32) * 0.3 for _array in range(3))

    def runner(make: Callable[[Any], Any], leaf: Callable[[Any], Any]) -> Callable[[], Any]:
        data, weight, bias = make(x), leaf(w), leaf(b)

        def run() -> Any:
            weight.grad = bias.grad = None
            h = data
            for _i in range(25):
                h = step(h, weight, bias, data)
            h.sum().backward()
            return weight.grad

        return run

    return {
        "tinygrad_fr": runner(tensor, lambda a: tensor(a, requires_grad=True)),
        "torch": runner(torch.tensor, lambda a: torch.tensor(a, requires_grad=True)),
    }


def elementwise(torch: Any) -> Runs:
    """100 element-wise operations on 8×8."""
    return _ops(torch, lambda h, w, b, x: (h * w + b).tanh() - x)


def products(torch: Any) -> Runs:
    """100 operations on 8×8, one in four a matrix product."""
    return _ops(torch, lambda h, w, b, x: (h @ w + b).tanh() * x)


def recurrent(kind: str) -> Callable[[Any], Runs]:
    """A whole sequence, T = 100, H = 64, batch 32: forward and backward."""

    def make(torch: Any) -> Runs:
        data = np.random.default_rng(0).normal(size=(100, 32, 64)).astype(np.float32)
        ours, theirs = getattr(nn, kind)(64, 64), getattr(torch.nn, kind)(64, 64)
        theirs.load_state_dict({key: torch.tensor(np.array(value)) for key, value in ours.state_dict().items()})

        def runner(module: Any, x: Any) -> Callable[[], Any]:
            def run() -> Any:
                module.zero_grad()
                y, _state = module(x)
                (y * y).sum().backward()
                return module.weight_hh_l0.grad

            return run

        return {"tinygrad_fr": runner(ours, tensor(data)), "torch": runner(theirs, torch.tensor(data))}

    return make


WORKLOADS: dict[str, Callable[[Any], Runs]] = {
    "100 element-wise operations, 8×8": elementwise,
    "100 operations, 25 of them products, 8×8": products,
    "RNN T=100 H=64 N=32": recurrent("RNN"),
    "LSTM T=100 H=64 N=32": recurrent("LSTM"),
    "GRU T=100 H=64 N=32": recurrent("GRU"),
}


def same(runs: Runs) -> bool:
    """Whether all contenders compute the same gradient."""
    first, *others = (np.asarray(run()) for run in runs.values())
    scale = float(np.abs(first).max())
    return all(np.allclose(first, other, atol=1e-4 * scale) for other in others)
