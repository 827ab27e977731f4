"""micrograd's demonstration: two moons told apart by a network of numbers, under the loss of support vector machines."""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.contender import COMPILED, EAGER, Contender, Workload, compiled, eager

_SIZES = (2, 16, 16, 1)
_RATE, _DECAY = 0.1, 1e-4


@lru_cache
def _moons() -> tuple[Any, Any]:
    from sklearn.datasets import make_moons

    x, y = make_moons(n_samples=100, noise=0.1, random_state=1)
    return x, y * 2 - 1


def _weights() -> list[float]:
    """In micrograd's order: layer by layer, neuron by neuron, weights and then bias."""
    generator = random.Random(1337)
    return [
        generator.uniform(-1, 1) if i < width else 0.0
        for width, neurons in pairwise(_SIZES)
        for _neuron in range(neurons)
        for i in range(width + 1)
    ]


def _loss(model: Any, parameters: list[Any], value: Any, data: tuple[Any, Any]) -> Any:
    """The demonstration's loss: max-margin, and a decay of the weights."""
    x, y = data
    scores = [model([value(float(number)) for number in row]) for row in x]
    losses = [(1 + -float(target) * score).relu() for target, score in zip(y, scores, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + _DECAY * sum(p * p for p in parameters)


def _ours(dialect: Any) -> Contender:
    api = dialect()
    numbers = iter([api.number(w) for w in _weights()])
    layers = [
        [([next(numbers) for _i in range(width)], next(numbers)) for _neuron in range(neurons)]
        for width, neurons in pairwise(_SIZES)
    ]
    parameters = [p for layer in layers for weights, bias in layer for p in (*weights, bias)]
    optimizer, data = api.optim.SGD(parameters, _RATE), _moons()

    def model(x: list[Any]) -> Any:
        for layer in layers:
            x = [sum((w * each for w, each in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = x if layer is layers[-1] else [each.relu() for each in x]
        return x[0]

    def step() -> Any:
        loss = _loss(model, parameters, float, data)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Contender(api.finished(step), lambda: np.array([p.grad for p in parameters]))


def _micrograd() -> Contender:
    from micrograd.engine import Value
    from micrograd.nn import MLP

    model = MLP(_SIZES[0], list(_SIZES[1:]))
    parameters = model.parameters()
    for parameter, weight in zip(parameters, _weights(), strict=True):
        parameter.data = weight

    def step() -> Any:
        loss = _loss(model, parameters, Value, _moons())
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= _RATE * p.grad
        return loss.data

    return Contender(step, lambda: np.array([p.grad for p in parameters]))


WORKLOADS = [
    Workload(
        "scalar MLP 2-16-16-1, 100 points (micrograd’s demo)",
        "scalar-mlp",
        {EAGER: lambda: _ours(eager), COMPILED: lambda: _ours(compiled), "micrograd": _micrograd},
        {EAGER: 1 / 8, COMPILED: 1 / 1000},
    )
]
