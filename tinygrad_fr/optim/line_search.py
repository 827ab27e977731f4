"""How far to go along a direction: a step that meets the strong Wolfe conditions (Nocedal and Wright, chapter 3), as PyTorch finds it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ENOUGH, FLAT = 1e-4, 0.9  # share of the promised fall, and of the first slope, that a step must reach


class Point(NamedTuple):
    """A step that was tried: its length, the loss, the gradient, and the slope along the direction."""

    t: float
    loss: float
    gradient: Any
    slope: float


def cubic(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through two points, with their slopes, is lowest, within bounds.

    Example:
        >>> cubic(Point(0.0, 1.0, None, -2.0), Point(3.0, 4.0, None, 4.0))  # (t − 1)²
        1.0
    """
    low, high = bounds if bounds is not None else (min(a.t, b.t), max(a.t, b.t))
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if square < 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    at = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(at, low), high)


def strong_wolfe(
    evaluate: Callable[[float], tuple[float, Any]],
    t: float,
    direction: Any,
    start: Point,
    tolerance: float = 1e-9,
    most: int = 25,
) -> tuple[Point, int]:
    """A step along a direction, and how many evaluations it took.

    Args:
        evaluate: gives loss and gradient after a step of a length.
        t: the first length to try.
        direction: where to go.
        start: the point of length 0.
        tolerance: how small a bracket is small enough.
        most: how many evaluations there may be.

    Example:
        >>> def evaluate(t):
        ...     return (t - 2.0) ** 2, np.array([2 * (t - 2.0)])
        >>> found, _count = strong_wolfe(evaluate, 1.0, np.array([1.0]), Point(0.0, 4.0, np.array([-4.0]), -4.0))
        >>> found.t
        1.0
    """
    search = _Search(evaluate, direction, start, most)
    bracket, done = search.bracket(t)
    return (bracket[0] if done else search.narrowed(bracket, tolerance)), search.count


class _Search:
    """The evaluations along one direction.

    Attributes:
        count: how many there were.
        turns: how many of them after the first.
    """

    def __init__(self, evaluate: Callable[[float], tuple[float, Any]], direction: Any, start: Point, most: int) -> None:
        self.evaluate, self.direction, self.start, self.most = evaluate, direction, start, most
        self.count = 0

    @property
    def turns(self) -> int:
        """How many evaluations followed the first."""
        return self.count - 1

    def _tried(self, t: float) -> Point:
        self.count += 1
        loss, gradient = self.evaluate(t)
        return Point(t, loss, gradient, float(gradient @ self.direction))

    def _falls_short(self, point: Point) -> bool:
        return point.loss > self.start.loss + ENOUGH * point.t * self.start.slope

    def _flat(self, point: Point) -> bool:
        return abs(point.slope) <= -FLAT * self.start.slope

    def bracket(self, t: float) -> tuple[list[Point], bool]:
        """Go further until a good step lies between two points; or a good step alone, and True."""
        before, now = self.start, self._tried(t)
        while self.turns < self.most:
            if self._falls_short(now) or (self.turns > 1 and now.loss >= before.loss):
                return [before, now], False
            if self._flat(now):
                return [now], True
            if now.slope >= 0:
                return [before, now], False
            further = cubic(before, now, (now.t + 0.01 * (now.t - before.t), now.t * 10))
            before, now = now, self._tried(further)
        return [self.start, now], False

    def narrowed(self, bracket: list[Point], tolerance: float) -> Point:
        """Try steps between two points until one is good, the bracket is small or the evaluations are used up."""
        longest = float(np.abs(self.direction).max())
        low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
        hesitant = False
        while self.turns < self.most and abs(bracket[1].t - bracket[0].t) * longest >= tolerance:
            t, hesitant = _between(bracket, hesitant)
            now = self._tried(t)
            if self._falls_short(now) or now.loss >= bracket[low].loss:
                bracket[high] = now
                low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
                continue
            if self._flat(now):
                return now
            if now.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = now
        return bracket[low]


def _between(bracket: list[Point], hesitant: bool) -> tuple[float, bool]:
    """The next step to try, and whether it was too near an end: the second time it is a tenth of the bracket away from it."""
    t = cubic(bracket[0], bracket[1])
    left, right = sorted((bracket[0].t, bracket[1].t))
    margin = 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if hesitant or t >= right or t <= left:
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, True
