"""Points of the plane in two classes, made to show what a boundary can and cannot do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

PLANAR = ("xor", "circles", "moons", "spiral")


def planar(kind: str, n: int = 200, *, seed: int = 0, noise: float = 0.1) -> tuple[Array, Array]:
    """Points (n, 2) between about −1 and 1, and the class 0 or 1 (n,) of each.

    Args:
        kind: ``xor`` (opposite quarters), ``circles`` (one in the other), ``moons`` or ``spiral`` (two arms).
        n: how many points; each class has half of them.
        seed: of the draw.
        noise: how far the points scatter.

    Example:
        >>> points, classes = planar("spiral", 100)
        >>> points.shape, classes.sum().item()
        ((100, 2), 50)
    """
    draw = np.random.default_rng(seed)
    classes = np.arange(n) % 2
    along = draw.uniform(0, 1, n)
    if kind == "xor":
        across = draw.uniform(0.1, 1, (n, 2)) * draw.choice([-1, 1], (n, 1))
        points = across * np.where(classes == 1, 1, -1)[:, None] ** np.arange(2)
    elif kind == "circles":
        points = _around(2 * np.pi * along) * np.where(classes == 1, 0.4, 0.9)[:, None]
    elif kind == "moons":
        side = 1 - 2 * classes
        points = (_around(np.pi * along) * side[:, None] + np.stack([-0.5 * side, -0.25 * side], 1)) / 1.5
    elif kind == "spiral":
        along = np.sqrt(along)  # as many points a length near the end as near the middle
        points = _around(2 * np.pi * along + np.pi * classes) * (0.08 + 0.9 * along)[:, None]
        noise *= 0.3
    else:
        raise ValueError(f"expected one of {', '.join(PLANAR)}, got {kind!r}")
    return (points + noise * 0.5 * draw.standard_normal((n, 2))).astype(np.float32), classes.astype(np.int64)


def _around(angle: Array) -> Array:
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
