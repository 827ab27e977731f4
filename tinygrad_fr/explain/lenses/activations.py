"""Activation functions and their derivatives, from the engine: where each one lets the gradient through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.formula import read
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _, number
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.explain.lenses.jacobian import Matrix

LEAST = 0.05  # a smaller share of the gradient counts as nothing
_END, _POINTS = 40.0, 4001  # far enough for a vanishing slope to be nearly 0


def _softmax(x: Any) -> Any:
    """The first of two classes whose scores are x and 0."""
    return F.softmax(x.unsqueeze(-1) * tensor(np.array([1.0, 0.0])), -1)[..., 0]


# The function, and the operation whose formula it has.
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "sigmoid": (F.sigmoid, "sigmoid"),
    "tanh": (F.tanh, "tanh"),
    "relu": (F.relu, "relu"),
    "leaky_relu": (F.leaky_relu, "leaky_relu"),
    "elu": (F.elu, "elu"),
    "gelu": (F.gelu, "gelu_exact"),
    "silu": (F.silu, "silu"),
    "softplus": (F.softplus, "softplus"),
    "softmax": (_softmax, "softmax"),
}


@dataclass(frozen=True)
class Activation:
    """A function of one number, and its slope.

    Attributes:
        name: its key in :data:`FUNCTIONS`.
        x: abscissas, evenly spaced.
        y: f(x).
        slope: f′(x), by the backward pass.

    Example:
        >>> found = activation("sigmoid")
        >>> found.steepest  # a quarter of the gradient at most, at 0
        (0.25, 0.0)
        >>> [round(edge, 1) for edge in found.saturated]
        [-2.9, 2.9]
    """

    name: str
    x: Matrix
    y: Matrix
    slope: Matrix

    @property
    def title(self) -> str:
        """Its name for people; softmax is shown for two classes."""
        return "softmax(x, 0)" if self.name == "softmax" else self.name

    @property
    def equation(self) -> str:
        """Its formula, as the operation says it."""
        return str(read(registry[FUNCTIONS[self.name][1]].latex))

    @property
    def steepest(self) -> tuple[float, float | None]:
        """The largest slope, and its abscissa; None if the slope has this value on a whole interval."""
        largest = float(self.slope.max())
        places = self.x[self.slope > largest - 1e-9]
        return largest, float(places[0]) if len(places) == 1 else None

    @property
    def saturated(self) -> tuple[float | None, float | None]:
        """The x below which, and the x above which, the slope stays under :data:`LEAST` and tends to 0; None on a side where it does not.

        A leaky ReLU's slope is small on the left, but does not tend to 0.
        """
        passing = np.flatnonzero(np.abs(self.slope) >= LEAST)
        first, last = int(passing[0]), int(passing[-1])
        dies = [abs(float(self.slope[end])) < 1e-6 for end in (0, -1)]
        return (
            float(self.x[first - 1]) if dies[0] else None,
            float(self.x[last + 1]) if dies[1] else None,
        )

    def facts(self) -> tuple[str, str]:
        """Its largest slope, and where it saturates, in words."""
        largest, place = self.steepest
        slope = (
            _("largest slope {slope}").format(slope=number(largest, 2))
            if place is None
            else _("largest slope {slope} at x = {x}").format(slope=number(largest, 2), x=number(place, 1))
        )
        below, above = self.saturated
        zones = [f"x {sign} {number(edge, 1)}" for sign, edge in (("<", below), (">", above)) if edge is not None]
        where = (
            _("saturates for {zones}").format(zones=_(" and ").join(zones))
            if zones
            else _("saturates nowhere: slope {slope} at least").format(slope=number(float(self.slope.min()), 2))
        )
        return slope, where

    def sentence(self) -> str:
        """The same in one."""
        slope, where = self.facts()
        return _("{slope}; {where}").format(slope=slope, where=where)

    def to_json(self) -> dict[str, Any]:
        """The facts as plain data."""
        (largest, place), (below, above) = self.steepest, self.saturated
        return {
            "name": self.name,
            "equation": self.equation,
            "largest_slope": largest,
            "at": place,
            "saturated_below": below,
            "saturated_above": above,
        }


def activation(name: str) -> Activation:
    """A function of :data:`FUNCTIONS`, read from −40 to 40 in float64.

    Example:
        >>> activation("tanh").name
        'tanh'
    """
    x = np.linspace(-_END, _END, _POINTS)
    given: Any = tensor(x, requires_grad=True)
    y: Any = FUNCTIONS[name][0](given)
    y.sum().backward()
    return Activation(name, x, y.detach().numpy(), given.grad.detach().numpy())
