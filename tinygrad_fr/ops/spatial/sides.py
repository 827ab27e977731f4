"""Numbers along each dimension of an image: what a caller gives, and how many positions a kernel has."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr

Sides = tuple[int, ...]


def output_sides(sides: Sides, kernel: Sides, stride: Sides, padding: Sides, dilation: Sides) -> Sides:
    """Number of positions of the kernel along each dimension."""
    return tuple(
        (side + 2 * p - d * (k - 1) - 1) // s + 1
        for side, k, s, p, d in zip(sides, kernel, stride, padding, dilation, strict=True)
    )


def each(name: str, value: Any, n: int) -> Sides:
    """One number for every dimension, or one each."""
    sides = (int(value),) * n if isinstance(value, int | np.integer) else tuple(int(v) for v in value)
    if len(sides) == 1:
        sides *= n
    if len(sides) != n:
        raise ShapeError(
            tr("{name}: expected one number or {n}, got {found} ({where})").format(
                name=name, n=n, found=tuple(value), where=here()
            )
        )
    return sides
