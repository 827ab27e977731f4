"""One program in one library, and the ways to write it: what a workload compares."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

EAGER, COMPILED = "tinygrad_fr", "tinygrad_fr compiled"
OURS = (EAGER, COMPILED)


@dataclass(frozen=True)
class Contender:
    """A step that can be run again and again.

    Attributes:
        step: one step of training; gives the loss, as ``float`` takes it.
        gradient: a gradient of the last step, as an array.
        prepare: done before it is timed.
    """

    step: Callable[[], Any]
    gradient: Callable[[], Any]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes:
        name: what it is.
        key: what the command line calls it.
        makers: contender → what makes it; raises ModuleNotFoundError where its library is absent.
        targets: ours → the highest ratio against the best peer that is good.
        words: how many words a step reads, where speed is told in words a second.
        unchecked: peers whose numbers cannot be compared, with the reason.
    """

    name: str
    key: str
    makers: dict[str, Callable[[], Contender]]
    targets: dict[str, float]
    words: int = 0
    unchecked: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """A library that speaks PyTorch's names: a program is written once for all of these.

    Attributes:
        root: the package.
        nn: its modules.
        F: its functions of modules.
        optim: its optimizers.
        number: a leaf that is one number.
        finished: what is done to a step before it is run.
        prepare: done before a contender is timed.
    """

    root: Any
    nn: Any
    F: Any
    optim: Any
    number: Callable[[float], Any]
    finished: Callable[[Any], Any]
    prepare: Callable[[], object] = lambda: None

    def trained(
        self, module: Any, loss: Callable[..., Any], *data: Any, rate: float = 0.01, watched: int = 0
    ) -> Contender:
        """A full step of training of a module by gradient descent."""
        given = [self.root.tensor(array) for array in data]
        parameters = list(module.parameters())
        optimizer = self.optim.SGD(parameters, rate)

        def step(*given: Any) -> Any:
            optimizer.zero_grad()
            value = loss(*given)
            value.backward()
            optimizer.step()
            return value.detach()

        run = self.finished(step)
        return Contender(lambda: run(*given), lambda: np.array(parameters[watched].grad.numpy()))

    def loaded(self, module: Any, weights: dict[str, Any]) -> Any:
        """The module with these weights."""
        module.load_state_dict({key: self.root.tensor(value) for key, value in weights.items()})
        return module


def eager() -> Dialect:
    """Ours, recorded at every step."""
    import tinygrad_fr as root
    from tinygrad_fr import nn, optim
    from tinygrad_fr.nn import functional as F

    return Dialect(root, nn, F, optim, root.Value, lambda step: step)


def compiled() -> Dialect:
    """Ours, recorded once."""
    from tinygrad_fr import compile

    return replace(eager(), finished=compile)


def torch(threads: int) -> Dialect:
    """PyTorch, eager."""
    import torch as root

    def number(value: float) -> Any:
        return root.tensor(value, requires_grad=True)

    return Dialect(
        root, root.nn, root.nn.functional, root.optim, number, lambda step: step, lambda: root.set_num_threads(threads)
    )


# Torch with one thread has ours' share of the machine, and is the quicker one where something else runs: its threads wait
# for each other in a loop, so that a core lent to another process slows them down many times.
DIALECTS = {
    EAGER: eager,
    COMPILED: compiled,
    "torch": lambda: torch(os.cpu_count() or 1),
    "torch, 1 thread": lambda: torch(1),
}


def in_dialects(program: Callable[[Dialect], Contender]) -> dict[str, Callable[[], Contender]]:
    """The contenders of a program that is written once for all who speak PyTorch's names."""

    def made(dialect: Dialect) -> Contender:
        return replace(program(dialect), prepare=dialect.prepare)

    return {name: lambda of=of: made(of()) for name, of in DIALECTS.items()}


def jax_trained(
    loss: Callable[..., Any], weights: dict[str, Any], watched: str, *data: Any, rate: float = 0.01
) -> Contender:
    """A full step of training by gradient descent, as JAX writes it: a pure function, compiled."""
    import jax

    @jax.jit
    def step(weights: Any, *data: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights, *data)
        return value, jax.tree.map(lambda w, g: w - rate * g, weights, gradients)

    data = tuple(map(jax.numpy.asarray, data))
    now = jax.tree.map(jax.numpy.asarray, weights)
    before = now

    def run() -> Any:
        nonlocal before, now
        before = now
        value, now = jax.block_until_ready(step(before, *data))
        return value

    return Contender(run, lambda: np.array(jax.grad(loss)(before, *data)[watched]))


def drawn(*shape: int, seed: int = 1, scale: float = 1.0) -> Any:
    """Normal numbers, the same for every contender."""
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32)


def classes(count: int, *shape: int) -> Any:
    """Whole numbers under ``count``."""
    return np.random.default_rng(2).integers(0, count, shape)


def initial(module: Any) -> dict[str, Any]:
    """The weights of one of our modules, from which every contender starts."""
    return {key: np.array(value) for key, value in module.state_dict().items()}
