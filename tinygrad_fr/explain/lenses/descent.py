"""Descents on a surface of two numbers: the same start, the same loss, one optimizer each.

The loss is recorded on two Scalars and differentiated like any model; the same function of numpy's arrays gives the map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import optim
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.explain.lenses.jacobian import Matrix
    from tinygrad_fr.optim import Optimizer

Point = tuple[float, float]

NEAR = 0.05  # distance to a minimum that counts as arrived
_FAR = 1e4  # times the first height: a descent above this has diverged
_MU = 0.9  # of both momentums
_POINTS = 241  # a side of the map


@dataclass(frozen=True)
class Surface:
    """A loss of two numbers.

    Attributes:
        equation: as it is written.
        height: J(x, y), of Scalars as of arrays.
        window: ends of the map, of x then of y.
        start: where every descent starts.
        minima: its lowest points.
        rate: η of a method whose step is as long as the gradient says.
        stride: η of a method that divides the gradient by its usual size, so that η is about the length of a step.
        steps: enough for most.
    """

    equation: str
    height: Callable[[Any, Any], Any]
    window: tuple[Point, Point]
    start: Point
    minima: tuple[Point, ...]
    rate: float
    stride: float
    steps: int

    def map(self) -> Matrix:
        """J over the window, a row for each y, upwards."""
        across, up = (np.linspace(*ends, _POINTS) for ends in self.window)
        heights: Matrix = self.height(*np.meshgrid(across, up))
        return heights

    @property
    def lowest(self) -> float:
        """J at its minima."""
        return float(self.height(*self.minima[0]))


@dataclass(frozen=True)
class Method:
    """An optimizer with its usual settings.

    Attributes:
        title: its name for people, in their language when called.
        make: the optimizer of some parameters, with a learning rate.
        scaled: whether it divides the gradient by its usual size.
    """

    title: Callable[[], str]
    make: Callable[[list[Any], float], Optimizer]
    scaled: bool


SURFACES = {
    "bowl": Surface(
        "J = ½ (x² + y²)", lambda x, y: 0.5 * (x * x + y * y), ((-4.0, 4.0), (-3.0, 3.0)),
        (-3.5, 2.5), ((0.0, 0.0),), 0.1, 0.3, 150,
    ),
    "ravine": Surface(
        "J = ½ (x² + 50 y²)", lambda x, y: 0.5 * (x * x + 50.0 * y * y), ((-4.0, 4.0), (-2.2, 2.2)),
        (-3.5, 1.0), ((0.0, 0.0),), 0.025, 0.3, 200,
    ),
    "saddle": Surface(
        "J = ½ x² − ½ y² + ¼ y⁴", lambda x, y: 0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y,
        ((-2.5, 2.5), (-1.5, 1.5)), (-2.0, 0.01), ((0.0, 1.0), (0.0, -1.0)), 0.1, 0.1, 200,
    ),
    "rosenbrock": Surface(
        "J = (1 − x)² + 100 (y − x²)²", lambda x, y: (1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x),
        ((-2.0, 2.0), (-1.0, 3.0)), (-1.2, 1.0), ((1.0, 1.0),), 0.0008, 0.1, 2000,
    ),
}  # fmt: skip

METHODS = {
    "sgd": Method(lambda: "SGD", lambda p, lr: optim.SGD(p, lr), scaled=False),
    "momentum": Method(
        lambda: _("SGD, momentum {mu}").format(mu=number(_MU, 1)),
        lambda p, lr: optim.SGD(p, lr, momentum=_MU),
        scaled=False,
    ),
    "nesterov": Method(
        lambda: _("Nesterov’s momentum {mu}").format(mu=number(_MU, 1)),
        lambda p, lr: optim.SGD(p, lr, momentum=_MU, nesterov=True),
        scaled=False,
    ),
    "adagrad": Method(lambda: "Adagrad", lambda p, lr: optim.Adagrad(p, lr), scaled=True),
    "rmsprop": Method(lambda: "RMSprop", lambda p, lr: optim.RMSprop(p, lr), scaled=True),
    "adam": Method(lambda: "Adam", lambda p, lr: optim.Adam(p, lr), scaled=True),
    "adamw": Method(lambda: "AdamW", lambda p, lr: optim.AdamW(p, lr), scaled=True),
}


@dataclass(frozen=True)
class Descent:
    """The way of one optimizer.

    Attributes:
        method: its key in :data:`METHODS`.
        surface: where.
        rate: η.
        path: the points, the start first; where it diverged, the last is as far as numbers went.
        losses: J at each.

    Example:
        >>> [found] = descents("bowl", ["sgd"], lr=0.5, steps=2)
        >>> found.path  # half of the way at each step
        ((-3.5, 2.5), (-1.75, 1.25), (-0.875, 0.625))
        >>> descents("ravine", ["sgd"], lr=0.05)[0].diverged  # 0.05 × 50 > 2: it is thrown out
        12
    """

    method: str
    surface: Surface
    rate: float
    path: tuple[Point, ...]
    losses: tuple[float, ...]

    @property
    def title(self) -> str:
        """The optimizer and its learning rate, for people."""
        return f"{METHODS[self.method].title()}, η = {number(self.rate)}"

    @property
    def diverged(self) -> int | None:
        """The step at which it was lost, None if it was not."""
        return len(self.path) - 1 if _lost(self.losses[-1], self.losses[0], self.surface) else None

    @property
    def arrived(self) -> int | None:
        """The step from which it stays near a minimum, None if it does not end there."""
        far = [i for i, point in enumerate(self.path) if self._distance(point) > NEAR]
        first = far[-1] + 1 if far else 0
        return first if first < len(self.path) else None

    def _distance(self, point: Point) -> float:
        distances = [math.dist(point, minimum) for minimum in self.surface.minima]
        return min(distances) if all(map(math.isfinite, distances)) else math.inf

    def sentence(self) -> str:
        """The outcome."""
        steps = len(self.path) - 1
        if self.diverged is not None:
            return _("diverges: lost at step {step}").format(step=number(self.diverged))
        if self.arrived is not None:
            return _("at the minimum from step {step} on").format(step=number(self.arrived))
        return _("not there after {steps} steps: {distance} away").format(
            steps=number(steps), distance=number(self._distance(self.path[-1]), 2)
        )

    def to_json(self) -> dict[str, Any]:
        """The descent as plain data."""
        return {
            "optimizer": self.method,
            "rate": self.rate,
            "arrived": self.arrived,
            "diverged": self.diverged,
            "path": [list(point) for point in self.path],
            "losses": list(self.losses),
        }


def descents(
    surface: str = "ravine",
    methods: Sequence[str] = tuple(METHODS),
    *,
    lr: float | None = None,
    steps: int | None = None,
) -> tuple[Descent, ...]:
    """Go down a surface with each optimizer.

    Args:
        surface: a key of :data:`SURFACES`.
        methods: keys of :data:`METHODS`.
        lr: η of all of them, instead of the surface's two.
        steps: of each, instead of the surface's.

    Example:
        >>> [round(found.losses[-1], 3) for found in descents("ravine", ["sgd", "momentum", "adam"], steps=60)]
        [0.294, 0.009, 0.009]
    """
    ground = SURFACES[surface]
    return tuple(_descent(ground, name, lr, steps or ground.steps) for name in methods)


def _descent(surface: Surface, name: str, lr: float | None, steps: int) -> Descent:
    method = METHODS[name]
    rate = lr if lr is not None else surface.stride if method.scaled else surface.rate
    x, y = (Scalar(value) for value in surface.start)
    optimizer = method.make([x, y], rate)
    path, losses = [surface.start], [float(surface.height(*surface.start))]
    while len(path) <= steps and not _lost(losses[-1], losses[0], surface):
        optimizer.zero_grad()
        surface.height(x, y).backward()
        optimizer.step()
        path.append((float(x), float(y)))
        losses.append(float(surface.height(x, y)))
    return Descent(name, surface, rate, tuple(path), tuple(losses))


def _lost(loss: float, first: float, surface: Surface) -> bool:
    """Whether a height is one that no descent comes back from; NaN is."""
    return not loss - surface.lowest <= _FAR * (first - surface.lowest)
