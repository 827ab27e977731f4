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
    longest = float(np.abs(direction).max())

    def tried(t: float) -> Point:
        loss, gradient = evaluate(t)
        return Point(t, loss, gradient, float(gradient @ direction))

    def falls_short(point: Point) -> bool:
        return point.loss > start.loss + ENOUGH * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -FLAT * start.slope

    before, now, count, turns, done = start, tried(t), 1, 0, False
    bracket: list[Point] = []
    while turns < most:
        if falls_short(now) or (turns > 1 and now.loss >= before.loss):
            bracket = [before, now]
            break
        if flat(now):
            bracket, done = [now], True
            break
        if now.slope >= 0:
            bracket = [before, now]
            break
        further = cubic(before, now, (now.t + 0.01 * (now.t - before.t), now.t * 10))
        before, now = now, tried(further)
        count, turns = count + 1, turns + 1
    if turns == most:
        bracket = [start, now]
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    hesitant = False
    while not done and turns < most:
        if abs(bracket[1].t - bracket[0].t) * longest < tolerance:
            break
        t = cubic(bracket[0], bracket[1])
        left, right = sorted((bracket[0].t, bracket[1].t))
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:  # too near an end: the second time, a tenth of the bracket away from it
            if hesitant or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                hesitant = False
            else:
                hesitant = True
        else:
            hesitant = False
        now = tried(t)
        count, turns = count + 1, turns + 1
        if falls_short(now) or now.loss >= bracket[low].loss:
            bracket[high] = now
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
        else:
            if flat(now):
                done = True
            elif now.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = now
    return bracket[low], count
