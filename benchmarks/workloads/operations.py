"""Many small operations: what is measured is the cost of recording and of going back, not of arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.contender import COMPILED, EAGER, Contender, Dialect, Workload, drawn, in_dialects

if TYPE_CHECKING:
    from collections.abc import Callable

_TARGETS = {EAGER: 0.6, COMPILED: 0.9}
_X, _W, _B = (drawn(8, 8, seed=seed, scale=0.3) for seed in (1, 2, 3))
_TIMES = 25


def _matrices(cell: Callable[..., Any]) -> dict[str, Any]:
    """25 times a cell of four operations on 8×8: (module of functions, h, w, b, x) → h."""

    def program(api: Dialect) -> Contender:
        x, w, b = api.root.tensor(_X), *(api.root.tensor(a, requires_grad=True) for a in (_W, _B))

        def step(x: Any) -> Any:
            w.grad = b.grad = None
            h = x
            for _i in range(_TIMES):
                h = cell(api.root, h, w, b, x)
            loss = h.sum()
            loss.backward()
            return loss.detach()

        run = api.finished(step)
        return Contender(lambda: run(x), lambda: np.array(w.grad.numpy()))

    def with_hips() -> Contender:
        import autograd
        import autograd.numpy as anp

        def loss(w: Any, b: Any) -> Any:
            h = _X
            for _i in range(_TIMES):
                h = cell(anp, h, w, b, _X)
            return anp.sum(h)

        both = autograd.value_and_grad(loss, (0, 1))
        found: list[Any] = []

        def run() -> Any:
            found[:] = both(_W, _B)
            return found[0]

        return Contender(run, lambda: found[1][0])

    def with_mygrad() -> Contender:
        import mygrad as mg

        x, w, b = mg.tensor(_X, constant=True), mg.tensor(_W), mg.tensor(_B)

        def run() -> Any:
            h = x
            for _i in range(_TIMES):
                h = cell(mg, h, w, b, x)
            loss = h.sum()
            loss.backward()
            return loss.item()

        return Contender(run, lambda: w.grad)

    return {**in_dialects(program), "autograd": with_hips, "mygrad": with_mygrad}


def _elementwise(module: Any, h: Any, w: Any, b: Any, x: Any) -> Any:
    return module.tanh(h * w + b) - x


def _product(module: Any, h: Any, w: Any, b: Any, x: Any) -> Any:
    return module.tanh(h @ w + b) * x


def _chain(api: Dialect) -> Contender:
    """Scalars for ours, tensors without dimensions for torch."""
    x = api.number(0.5)

    def step(x: Any) -> Any:
        x.grad = None
        y = x
        for _i in range(250):
            y = (y * 1.01 + 0.01).tanh() - 0.001
        y.backward()
        return y.detach()

    run = api.finished(step)
    return Contender(lambda: run(x), lambda: np.array(float(x.grad)))


def _chain_hips() -> Contender:
    import autograd
    import autograd.numpy as anp

    def loss(y: Any) -> Any:
        for _i in range(250):
            y = anp.tanh(y * 1.01 + 0.01) - 0.001
        return y

    both = autograd.value_and_grad(loss)
    found: list[Any] = []

    def run() -> Any:
        found[:] = both(0.5)
        return found[0]

    return Contender(run, lambda: np.array(found[1]))


WORKLOADS = [
    Workload("100 element-wise operations, 8×8", "elementwise", _matrices(_elementwise), _TARGETS),
    Workload("100 operations, 25 of them products, 8×8", "products", _matrices(_product), _TARGETS),
    Workload(
        "chain of 1 000 operations on numbers", "chain", {**in_dialects(_chain), "autograd": _chain_hips}, _TARGETS
    ),
]
