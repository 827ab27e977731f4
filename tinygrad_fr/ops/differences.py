"""Derivatives of what was sampled: central differences, as ``torch.gradient`` takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, refusal
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.record.node import Node


@function
def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> Any:
    """The derivative along each dimension of a function that was sampled: central differences, one-sided at the ends.

    Args:
        input: the samples.
        spacing: their distance, one for all dimensions or one each, or their places as vectors; 1 unless told.
        dim: along which dimensions; all unless told.
        edge_order: 1 or 2, how exact the ends are.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.gradient(tg.tensor([0.0, 1.0, 4.0, 9.0]))
        (tensor([1., 2., 4., 5.]),)
    """
    ndim = len(input.shape)
    dims = list(range(ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    dims = [dimension(d, ndim) for d in dims]
    if len(set(dims)) != len(dims):
        raise refusal("gradient", tr("each dimension once"), tuple(dims))
    if edge_order not in (1, 2):
        raise refusal("gradient", tr("an edge_order of 1 or 2"), edge_order)
    spacing = 1 if spacing is None else spacing
    several = isinstance(spacing, tuple | list)
    steps = list(spacing) if several else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise refusal("gradient", tr("a spacing for each of {count} dimensions").format(count=len(dims)), len(steps))
    return tuple(
        _along(input, d, np.asarray(value_of(step), np.float64), edge_order, _kind(input, step))
        for d, step in zip(dims, steps, strict=True)
    )


def _kind(x: Any, step: Any) -> Any:
    """The dtype of weights: places of float64 make the derivative so."""
    return np.float64 if np.float64 in [dtype_of(each) for each in (x, step) if isinstance(each, Node)] else np.float32


def _along(x: Any, dim: int, step: Any, edge_order: int, kind: Any) -> Any:
    n = x.shape[dim]
    if n < edge_order + 1:
        raise refusal("gradient", tr("at least {count} samples along a dimension").format(count=edge_order + 1), n)

    def part(first: int, last: int) -> Any:
        return getitem(x, (slice(None),) * dim + (slice(first, last if last else None),))

    if step.ndim == 0:
        h = float(step)
        inner = (part(2, 0) - part(0, -2)) / (2 * h) if n > 2 else None
        if edge_order == 1:
            ends = (part(1, 2) - part(0, 1)) / h, (part(n - 1, n) - part(n - 2, n - 1)) / h
        else:
            ends = (
                (part(0, 1) * -1.5 + part(1, 2) * 2.0 - part(2, 3) * 0.5) / h,
                (part(n - 3, n - 2) * 0.5 - part(n - 2, n - 1) * 2.0 + part(n - 1, n) * 1.5) / h,
            )
        return cat([each for each in (ends[0], inner, ends[1]) if each is not None], dim)
    if step.shape != (n,):
        raise refusal("gradient", tr("{count} places along a dimension").format(count=n), tuple(step.shape))
    gaps = np.diff(step)

    def shaped(weights: Any) -> Any:
        return np.asarray(weights, kind).reshape([-1 if d == dim else 1 for d in range(len(x.shape))])

    inner = None
    if n > 2:
        a, b = gaps[:-1], gaps[1:]
        inner = (
            part(0, -2) * shaped(-b / (a * (a + b)))
            + part(1, -1) * shaped((b - a) / (a * b))
            + part(2, 0) * shaped(a / (b * (a + b)))
        )
    if edge_order == 1:
        ends = (part(1, 2) - part(0, 1)) / gaps[0].item(), (part(n - 1, n) - part(n - 2, n - 1)) / gaps[-1].item()
    else:
        a, b = gaps[0].item(), gaps[1].item()
        first = (
            part(0, 1) * (-(2 * a + b) / (a * (a + b)))
            + part(1, 2) * ((a + b) / (a * b))
            - part(2, 3) * (a / (b * (a + b)))
        )
        a, b = gaps[-2].item(), gaps[-1].item()
        last = (
            part(n - 3, n - 2) * (b / (a * (a + b)))
            - part(n - 2, n - 1) * ((a + b) / (a * b))
            + part(n - 1, n) * ((2 * b + a) / (b * (a + b)))
        )
        ends = first, last
    return cat([each for each in (ends[0], inner, ends[1]) if each is not None], dim)
