"""Multilayer perceptrons of tensors."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from benchmarks.contender import (
    COMPILED,
    EAGER,
    Contender,
    Dialect,
    Workload,
    classes,
    drawn,
    eager,
    in_dialects,
    initial,
    jax_trained,
    tinygrad_trained,
)

_TARGETS = {EAGER: 1.0, COMPILED: 1.0}


def _layers(api: Dialect, sizes: tuple[int, ...]) -> Any:
    pairs = list(pairwise(sizes))
    between = [each for a, b in pairs for each in (api.nn.Linear(a, b), api.nn.Tanh())]
    return api.nn.Sequential(*between[:-1])


def _makers(sizes: tuple[int, ...], x: Any, y: Any, loss: str, optimizer: str = "SGD") -> dict[str, Any]:
    def weights() -> dict[str, Any]:
        api = eager()
        api.root.manual_seed(0)
        return initial(_layers(api, sizes))

    def program(api: Dialect) -> Contender:
        module = api.loaded(_layers(api, sizes), weights())
        return api.trained(module, lambda x, y: getattr(api.F, loss)(module(x), y), x, y, optimizer=optimizer)

    def with_jax() -> Contender:
        import jax
        import jax.numpy as jnp

        last = 2 * (len(sizes) - 2)

        def cost(w: Any, x: Any, y: Any) -> Any:
            for i in range(0, last, 2):
                x = jnp.tanh(x @ w[f"{i}.weight"].T + w[f"{i}.bias"])
            x = x @ w[f"{last}.weight"].T + w[f"{last}.bias"]
            if loss == "mse_loss":
                return jnp.mean((x - y) ** 2)
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

        return jax_trained(cost, weights(), "0.weight", x, y, optimizer=optimizer)

    def with_tinygrad() -> Contender:
        def cost(w: Any, x: Any, y: Any) -> Any:
            last = 2 * (len(sizes) - 2)
            for i in range(0, last, 2):
                x = x.linear(w[f"{i}.weight"].T, w[f"{i}.bias"]).tanh()
            x = x.linear(w[f"{last}.weight"].T, w[f"{last}.bias"])
            return ((x - y) ** 2).mean() if loss == "mse_loss" else x.sparse_categorical_crossentropy(y)

        return tinygrad_trained(cost, weights(), "0.weight", x, y, optimizer=optimizer)

    return {**in_dialects(program), "jax": with_jax, "tinygrad": with_tinygrad}


_SMALL = (2, 16, 16, 1), drawn(100, 2), drawn(100, 1, seed=2), "mse_loss"
_MIDDLE = (784, 256, 10), drawn(64, 784), classes(10, 64), "cross_entropy"
WORKLOADS = [
    Workload("MLP 2-16-16-1, batch 100", "small-mlp", _makers(*_SMALL), _TARGETS),
    Workload("MLP 2-16-16-1, batch 100, Adam", "small-mlp-adam", _makers(*_SMALL, "Adam"), _TARGETS),
    Workload("MLP 784-256-10, batch 64", "mlp", _makers(*_MIDDLE), _TARGETS),
    Workload("MLP 784-256-10, batch 64, Adam", "mlp-adam", _makers(*_MIDDLE, "Adam"), _TARGETS),
]
