"""The cliff of Pascanu et al. (2013): the error of a recurrence of two numbers, and its effect on a descent.

x_t = w·σ(x_{t−1}) + b, from x₀ = ½; E = (σ(x_T) − 0.7)². Everything is recorded and differentiated like any model: the
whole map of (w, b) is one tensor, so one backward pass gives the gradient at every point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.explain.lenses.jacobian import Matrix
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _, number
from tinygrad_fr.ops.shared.untracked import value_of

START, TARGET = 0.5, 0.7
W, B = (4.0, 7.0), (-4.0, -1.0)  # the map
POINTS = 301  # a side of the map: every 0.01


@dataclass(frozen=True)
class Cliff:
    """The map, and a descent from the steepest point with and without clipping.

    Attributes:
        steps: T.
        w: abscissas of the map.
        b: ordinates of the map.
        error: E at (b, w).
        slope: ‖∇E‖ at (b, w).
        rate: η of the descent.
        limit: bound on the norm of the gradient.
        jump: the first step without clipping, as (w, b).
        path: points of the descent with clipping, the steepest point first.

    Example:
        >>> w, b, error, slope = np.arange(3.0), np.ones(1), np.zeros((1, 3)), np.array([[0.1, 440.0, 0.2]])
        >>> found = Cliff(50, w, b, error, slope, 0.05, 1.0, (9.0, 1.0), ())
        >>> found.steepest, found.median
        (440.0, 0.2)
    """

    steps: int
    w: Matrix
    b: Matrix
    error: Matrix
    slope: Matrix
    rate: float
    limit: float
    jump: tuple[float, float]
    path: tuple[tuple[float, float], ...]

    @property
    def steepest(self) -> float:
        """The largest gradient of the map."""
        return float(self.slope.max())

    @property
    def median(self) -> float:
        """The median gradient of the map."""
        return float(np.median(self.slope))

    def sentence(self) -> str:
        """The cliff in words."""
        w, b = self.path[0]
        return _(
            "the gradient is {steepest} at w = {w}, b = {b}, and {median} at the median point of the map: {times} times less"
        ).format(
            steepest=number(self.steepest, 0),
            w=number(w, 2),
            b=number(b, 2),
            median=number(self.median, 2),
            times=number(round(self.steepest / self.median)),
        )

    def to_json(self) -> dict[str, Any]:
        """The cliff as plain data, without the map."""
        return {
            "steps": self.steps,
            "largest_gradient": self.steepest,
            "at": list(self.path[0]),
            "median_gradient": self.median,
            "rate": self.rate,
            "clip_norm": self.limit,
            "jump": list(self.jump),
            "path": [list(point) for point in self.path],
        }


def error_and_gradient(w: npt.ArrayLike, b: npt.ArrayLike, steps: int) -> tuple[Matrix, Matrix, Matrix]:
    """E, ∂E/∂w and ∂E/∂b at every point of two arrays of one shape."""
    weight, bias = (tensor(np.asarray(each, np.float64), requires_grad=True) for each in (w, b))
    x: Any = tensor(np.full(weight.shape, START))
    for _t in range(steps):
        x = weight * x.sigmoid() + bias
    error: Any = (x.sigmoid() - TARGET).square()
    error.sum().backward()
    return value_of(error), value_of(weight.grad), value_of(bias.grad)


def cliff(steps: int = 50, *, rate: float = 0.05, clip_norm: float = 1.0, descent: int = 60) -> Cliff:
    """Map the error and go down from its steepest point.

    Args:
        steps: T.
        rate: η.
        clip_norm: bound on the norm of the gradient.
        descent: steps of the descent with clipping.

    Example:
        >>> found = cliff(steps=10)
        >>> found.steps
        10
    """
    w, b = np.linspace(*W, POINTS), np.linspace(*B, POINTS)
    across, up = np.meshgrid(w, b)
    error, by_w, by_b = error_and_gradient(across, up, steps)
    slope = np.hypot(by_w, by_b)
    row, column = np.unravel_index(int(slope.argmax()), slope.shape)
    start = np.array([w[column], b[row]])
    gradient = np.array([by_w[row, column], by_b[row, column]])
    jump = start - rate * gradient
    path = [start]
    for _step in range(descent):
        _error, dw, db = error_and_gradient(path[-1][:1], path[-1][1:], steps)
        gradient = np.array([dw[0], db[0]])
        size = float(np.linalg.norm(gradient))
        path.append(path[-1] - rate * gradient * min(1.0, clip_norm / max(size, 1e-300)))
    return Cliff(
        steps, w, b, error, slope, rate, clip_norm, (float(jump[0]), float(jump[1])),
        tuple((float(x), float(y)) for x, y in path),
    )  # fmt: skip
