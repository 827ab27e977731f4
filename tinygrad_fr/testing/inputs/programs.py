"""Random programs: lists of operations on earlier values, drawn so that shrinking drops operations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.ops.definition import Array
    from tinygrad_fr.sampling import Draw


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes:
        name: PyTorch's name of the operation.
        operands: places of earlier values: the inputs first, then a value per step.
        attrs: its other arguments.
    """

    name: str
    operands: tuple[int, ...]
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class Program:
    """Inputs, and operations on them and on one another's results; the last values are summed up.

    Attributes:
        inputs: float64 arrays.
        steps: the operations, in order.

    Example:
        >>> program = Program((np.array([2.0]),), (Step("square", (0,), {}), Step("add", (0, 1), {})))
        >>> print(program)
        v0 = tg.tensor([2.0], dtype=tg.float64, requires_grad=True)
        v1 = tg.square(v0)
        v2 = tg.add(v0, v1)
        >>> program.run(program.inputs, computed)[-1]  # 2 + 2²
        array([6.])
    """

    inputs: tuple[Array, ...]
    steps: tuple[Step, ...]

    def run(self, inputs: Sequence[Any], namespace: Callable[[Step, list[Any]], Any]) -> list[Any]:
        """Every value, the inputs' first.

        Args:
            inputs: the inputs, in whatever form ``namespace`` takes.
            namespace: computes one step from its operands.
        """
        values = list(inputs)
        for step in self.steps:
            values.append(namespace(step, [values[i] for i in step.operands]))
        return values

    @property
    def ends(self) -> tuple[int, ...]:
        """Places of the values that no step uses: together they are the result."""
        used = {i for step in self.steps for i in step.operands}
        return tuple(i for i in range(len(self.inputs) + len(self.steps)) if i not in used)

    def __str__(self) -> str:
        """The program as Python, a line per step."""
        lines = [
            f"v{i} = tg.tensor({x.tolist()}, dtype=tg.float64, requires_grad=True)" for i, x in enumerate(self.inputs)
        ]
        for i, step in enumerate(self.steps, len(self.inputs)):
            names = [f"v{k}" for k in step.operands]
            inside = f"[{', '.join(names)}]" if step.name in LISTS else ", ".join(names)
            options = "".join(f", {key}={value!r}" for key, value in step.attrs.items())
            lines.append(f"v{i} = tg.{step.name}({inside}{options})")
        return "\n".join(lines)


LISTS = ("cat", "stack")
UNARY = ("tanh", "sigmoid", "sin", "cos", "relu", "abs", "neg", "square", "softplus", "exp", "sqrt", "log")
BINARY = ("add", "sub", "mul", "maximum", "minimum", "div", "atan2")
_NEAR = 1e-3  # values stay that far from kinks, and from the ends of domains
_LARGE = 20.0


def computed(step: Step, values: list[Any]) -> Array:
    """A step on arrays, by numpy alone."""
    x = values[0]
    axis: Any = step.attrs.get("dim")
    plain: dict[str, Callable[[], Any]] = {
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "relu": lambda: np.maximum(x, 0),
        "neg": lambda: -x,
        "softplus": lambda: np.where(x > 20, x, np.log1p(np.exp(x))),
        "add": lambda: x + values[1],
        "sub": lambda: x - values[1],
        "mul": lambda: x * values[1],
        "div": lambda: x / values[1],
        "atan2": lambda: np.arctan2(x, values[1]),
        "maximum": lambda: np.maximum(x, values[1]),
        "minimum": lambda: np.minimum(x, values[1]),
        "matmul": lambda: x @ values[1],
        "sum": lambda: np.sum(x, axis=axis),
        "mean": lambda: np.mean(x, axis=axis),
        "amax": lambda: np.max(x, axis=axis),
        "softmax": lambda: np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True),
        "transpose": lambda: np.swapaxes(x, step.attrs["dim0"], step.attrs["dim1"]),
        "reshape": lambda: np.reshape(x, step.attrs["shape"]),
        "flip": lambda: np.flip(x, step.attrs["dims"]),
        "cumsum": lambda: np.cumsum(x, axis=axis),
        "cat": lambda: np.concatenate(values, axis=axis),
        "stack": lambda: np.stack(values, axis=axis),
    }
    return np.asarray(plain[step.name]() if step.name in plain else getattr(np, step.name)(x))


def _smooth(step: Step, values: list[Any], result: Any) -> bool:
    """Whether a step is differentiable here, with room to spare, and its value tame."""
    x = values[0]
    if not np.all(np.isfinite(result)) or (result.size and np.abs(result).max() > _LARGE):
        return False
    if step.name in ("relu", "abs"):
        return bool(np.all(np.abs(x) > _NEAR))
    if step.name in ("maximum", "minimum"):
        return bool(np.all(np.abs(values[0] - values[1]) > _NEAR))
    if step.name in ("sqrt", "log"):
        return bool(np.all(x > 0.05))
    if step.name == "div":
        return bool(np.all(np.abs(values[1]) > 0.2))
    if step.name == "atan2":
        return bool(np.all(values[1] > 0.05))
    if step.name == "amax":
        ordered = np.sort(x, axis=step.attrs["dim"])
        return bool(np.all(np.abs(np.diff(ordered, axis=step.attrs["dim"])) > _NEAR))
    return True


def _broadcastable(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(i == j or 1 in (i, j) for i, j in zip(a[::-1], b[::-1], strict=False))


def _shaped(draw: Draw, place: int, shape: tuple[int, ...]) -> Step:
    """A step that moves or reduces the elements of one value."""
    dims = len(shape)
    kind = draw.choice(["sum", "mean", "softmax", "cumsum", "amax", "flip", "transpose", "reshape"])
    dim = draw.integer(0, dims - 1)
    if kind in ("sum", "mean", "softmax", "cumsum", "amax"):
        return Step(kind, (place,), {"dim": dim})
    if kind == "flip":
        return Step(kind, (place,), {"dims": (dim,)})
    if kind == "transpose":
        return Step(kind, (place,), {"dim0": dim, "dim1": draw.integer(0, dims - 1)})
    return Step(kind, (place,), {"shape": draw.choice([(-1,), (*shape, 1), (math.prod(shape), 1)])})


def _step(draw: Draw, values: list[Any]) -> Step:
    """One step on values that exist."""
    place = draw.integer(0, len(values) - 1)
    shape = values[place].shape
    fitting = [i for i, v in enumerate(values) if _broadcastable(shape, v.shape)]
    kinds = ["unary", "binary"] + ["shaped"] * bool(shape)
    columns = [i for i, v in enumerate(values) if shape and v.ndim in (1, 2) and v.shape[0] == shape[-1]]
    alike = [i for i, v in enumerate(values) if v.shape == shape]
    kinds += ["matmul"] * bool(columns and len(shape) <= 2) + ["together"] * bool(shape and math.prod(shape) < 12)
    kind = draw.choice(kinds)
    if kind == "unary":
        return Step(draw.choice(UNARY), (place,), {})
    if kind == "binary":
        return Step(draw.choice(BINARY), (place, draw.choice(fitting)), {})
    if kind == "matmul":
        return Step("matmul", (place, draw.choice(columns)), {})
    if kind == "together":
        return Step(draw.choice(LISTS), (place, draw.choice(alike)), {"dim": draw.integer(0, len(shape) - 1)})
    return _shaped(draw, place, shape)


def program(draw: Draw, nodes: int = 40) -> Program:
    """A random program of at most so many operations, smooth around its inputs."""
    inputs = tuple(draw.array(draw.shape(0, 2, max_side=3)) for _each in range(draw.integer(1, 3)))
    values: list[Any] = list(inputs)
    steps: list[Step] = []
    with np.errstate(all="ignore"):
        for _each in range(draw.integer(1, nodes)):
            step = _step(draw, values)
            operands = [values[i] for i in step.operands]
            result = computed(step, operands)
            if not _smooth(step, operands, result):  # the same operands under something that is smooth everywhere
                step = Step("tanh", step.operands[:1], {})
                result = computed(step, operands)
            steps.append(step)
            values.append(result)
    return Program(inputs, tuple(steps))
