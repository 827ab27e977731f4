"""One program in one library, and the ways to write it: what a workload compares."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

EAGER, COMPILED = "tinygrad_fr", "tinygrad_fr compiled"
OURS = (EAGER, COMPILED)
COMPILERS = ("torch.compile", "torch.compile, 1 thread", "tinygrad")  # minutes of compiling before a row is timed
COMPILED_PEERS = (*COMPILERS, "jax")  # ours is compared with them where it is compiled, too


class AbsentPeerError(Exception):
    """Why a peer is not in a row, where its package is there and yet it cannot run."""


@dataclass(frozen=True)
class Contender:
    """A step that can be run again and again.

    Attributes:
        step: one step of training, which gives the loss; or one answer without gradients.
        gradient: a gradient of the last step, or the answer, as an array.
        prepare: done before it is timed.
        number: a result of a step as one number.
    """

    step: Callable[[], Any]
    gradient: Callable[[], Any]
    prepare: Callable[[], object] = lambda: None
    number: Callable[[Any], float] = float


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes:
        name: what it is.
        key: what the command line calls it.
        makers: contender → what makes it; raises ModuleNotFoundError where its library is absent, AbsentPeerError where
            it cannot run.
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
        self,
        module: Any,
        loss: Callable[..., Any],
        *data: Any,
        rate: float = 0.01,
        watched: int = 0,
        optimizer: str = "SGD",
    ) -> Contender:
        """A full step of training of a module by gradient descent, or by another optimizer."""
        given = [self.root.tensor(array) for array in data]
        parameters = list(module.parameters())
        moved = getattr(self.optim, optimizer)(parameters, rate)

        def step(*given: Any) -> Any:
            moved.zero_grad()
            value = loss(*given)
            value.backward()
            moved.step()
            return value.detach()

        run = self.finished(step)
        return Contender(lambda: run(*given), lambda: np.array(parameters[watched].grad.numpy()))

    def answering(self, module: Any, answer: Callable[..., Any], *data: Any) -> Contender:
        """The answer of a module to one example, without gradients."""
        given = [self.root.tensor(array) for array in data]
        module.eval()

        def step(*given: Any) -> Any:
            with self.root.no_grad():
                return answer(*given)

        run = self.finished(step)
        return Contender(
            lambda: run(*given), lambda: np.array(run(*given).numpy()), number=lambda scores: float(scores.max())
        )

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


def torch_compiled(threads: int) -> Dialect:
    """PyTorch, compiled by its Inductor, which writes C++ for this number of threads."""
    found = os.environ.get("CXX") or next(filter(shutil.which, ("g++", "clang++")), None)
    if found is None:
        raise AbsentPeerError("no C++ compiler was found (g++, clang++ or CXX), which torch.compile needs")
    api = torch(threads)
    return replace(api, finished=api.root.compile)


# Torch with one thread has ours' share of the machine, and is the quicker one where something else runs: its threads wait
# for each other in a loop, so that a core lent to another process slows them down many times.
DIALECTS = {
    EAGER: eager,
    COMPILED: compiled,
    "torch": lambda: torch(os.cpu_count() or 1),
    "torch, 1 thread": lambda: torch(1),
    "torch.compile": lambda: torch_compiled(os.cpu_count() or 1),
    "torch.compile, 1 thread": lambda: torch_compiled(1),
}


def in_dialects(program: Callable[[Dialect], Contender]) -> dict[str, Callable[[], Contender]]:
    """The contenders of a program that is written once for all who speak PyTorch's names."""

    def made(dialect: Dialect) -> Contender:
        dialect.prepare()  # what compiles its first step does so for the threads that it will have
        return replace(program(dialect), prepare=dialect.prepare)

    return {name: lambda of=of: made(of()) for name, of in DIALECTS.items()}


def jax_trained(
    loss: Callable[..., Any],
    weights: dict[str, Any],
    watched: str,
    *data: Any,
    rate: float = 0.01,
    optimizer: str = "SGD",
) -> Contender:
    """A full step of training, as JAX writes it: a pure function, compiled; by gradient descent, or by Adam."""
    import jax

    def descended(weights: Any, slopes: Any, state: Any) -> Any:
        return jax.tree.map(lambda w, g: w - rate * g, weights, slopes), state

    def adam(weights: Any, slopes: Any, state: Any) -> Any:
        count, means, squares = state
        count = count + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, slopes)
        squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, slopes)

        def moved(w: Any, m: Any, v: Any) -> Any:
            return w - rate * (m / (1 - 0.9**count)) / (jax.numpy.sqrt(v / (1 - 0.999**count)) + 1e-8)

        return jax.tree.map(moved, weights, means, squares), (count, means, squares)

    move = {"SGD": descended, "Adam": adam}[optimizer]

    @jax.jit
    def step(weights: Any, state: Any, *data: Any) -> Any:
        value, slopes = jax.value_and_grad(loss)(weights, *data)
        return value, *move(weights, slopes, state)

    data = tuple(map(jax.numpy.asarray, data))
    now = jax.tree.map(jax.numpy.asarray, weights)
    before, zeros = now, jax.tree.map(jax.numpy.zeros_like, now)
    state: Any = (0.0, zeros, zeros)

    def run() -> Any:
        nonlocal before, now, state
        before = now
        value, now, state = jax.block_until_ready(step(before, state, *data))
        return value

    return Contender(run, lambda: np.array(jax.grad(loss)(before, *data)[watched]))


def tinygrad_trained(
    loss: Callable[..., Any],
    weights: dict[str, Any],
    watched: str,
    *data: Any,
    rate: float = 0.01,
    optimizer: str = "SGD",
) -> Contender:
    """A full step of training in tinygrad on the CPU, captured by its ``TinyJit``."""
    from tinygrad import Tensor, TinyJit
    from tinygrad.nn import optim

    given = [Tensor(array) for array in data]
    leaves = {name: Tensor(array, requires_grad=True) for name, array in weights.items()}
    moved = getattr(optim, optimizer)(list(leaves.values()), lr=rate)

    @TinyJit
    def step(*given: Any) -> Any:
        with Tensor.train():
            moved.zero_grad()
            value = loss(leaves, *given).backward()
            return value.realize(*moved.schedule_step()), leaves[watched].grad.realize()

    last: list[Any] = []

    def run() -> Any:
        value, slope = step(*given)
        last[:] = [slope]
        return value.numpy()  # which waits until it is computed

    try:
        (Tensor([1.0] * 16) + 1).realize()  # of several numbers: LLVM 14 takes programs of one
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise AbsentPeerError(f"tinygrad needs clang, or LLVM 15 or newer: {reason}") from error
    return Contender(run, lambda: last[0].numpy())


def drawn(*shape: int, seed: int = 1, scale: float = 1.0) -> Any:
    """Normal numbers, the same for every contender."""
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32)


def classes(count: int, *shape: int) -> Any:
    """Whole numbers under ``count``."""
    return np.random.default_rng(2).integers(0, count, shape)


def initial(module: Any) -> dict[str, Any]:
    """The weights of one of our modules, from which every contender starts."""
    return {key: np.array(value) for key, value in module.state_dict().items()}


def begun(api: Dialect, build: Callable[[Dialect], Any]) -> Any:
    """A module of a library, with the weights that ours has under one seed."""
    ours = eager()
    ours.root.manual_seed(0)
    weights = initial(build(ours))
    return api.loaded(build(api), weights)
