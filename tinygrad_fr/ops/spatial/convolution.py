"""Convolution of any number of dimensions, as a linear map of its input and of its weight.

Its two derivatives are operations of their own, each linear in its operands too, so the three are one another's
derivatives at every order.
"""

from __future__ import annotations

import math
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.devices.layout import like
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.kernels.images import convolution as fast
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.spatial.sides import Sides, output_sides
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.sums import added


def by_kernel(x: Array, w: Array, groups: int) -> bool:
    """Whether a kernel convolves these in place of numpy's passes."""
    return groups == 1 and accelerator().kernels and fast.fits(x, w)


def _columns(x: Array, kernel: Sides, out: Sides, stride: Sides, padding: Sides, dilation: Sides, groups: int) -> Array:
    """The first windows of the padded input, each a column: (N, groups, C/groups · kernel, positions)."""
    if any(padding):
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    n, c = x.shape[:2]
    steps = x.strides[2:]
    windows = np.lib.stride_tricks.as_strided(
        x,
        (n, c, *kernel, *out),
        (
            *x.strides[:2],
            *(s * d for s, d in zip(steps, dilation, strict=True)),
            *(s * t for s, t in zip(steps, stride, strict=True)),
        ),
        writeable=False,
    )
    return windows.reshape(n, groups, c // groups * prod(kernel), prod(out))


def _fills(name: str, out: Sides, *windows: Sides) -> bool:
    """Whether a kernel has just so many positions on the sides of an input, and not more; windows are :func:`output_sides`'.

    Raises:
        ShapeError: it has fewer than are asked for.
    """
    expected = output_sides(*windows)
    if len(out) != len(expected) or any(o > e for o, e in zip(out, expected, strict=True)):
        raise refusal(name, tr("{positions} positions of the kernel").format(positions=expected), tuple(out))
    return tuple(out) == expected


def _sample(draw: Draw) -> tuple[Array, Array, dict[str, Any]]:
    n = draw.integer(1, 2)
    groups = draw.integer(1, 2)
    kernel = tuple(draw.integer(1, 2) for _each in range(n))
    stride, padding, dilation = (tuple(draw.integer(low, 2 - (1 - low)) for _each in range(n)) for low in (1, 0, 1))
    sides = tuple(d * (k - 1) + 1 + draw.integer(0, 2) for k, d in zip(kernel, dilation, strict=True))
    x = draw.array((draw.integer(1, 2), groups * draw.integer(1, 2), *sides))
    w = draw.array((groups * draw.integer(1, 2), x.shape[1] // groups, *kernel))
    return x, w, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def _forward_sample(draw: Draw) -> Sample:
    x, w, attrs = _sample(draw)
    return Sample((x, w), attrs)


def _input_sample(draw: Draw) -> Sample:
    x, w, attrs = _sample(draw)
    out = output_sides(x.shape[2:], w.shape[2:], attrs["stride"], attrs["padding"], attrs["dilation"])
    return Sample((draw.array((x.shape[0], w.shape[0], *out)), w), {"sides": x.shape[2:], **attrs})


def _weight_sample(draw: Draw) -> Sample:
    x, w, attrs = _sample(draw)
    out = output_sides(x.shape[2:], w.shape[2:], attrs["stride"], attrs["padding"], attrs["dilation"])
    return Sample((x, draw.array((x.shape[0], w.shape[0], *out))), {"kernel": w.shape[2:], **attrs})


def _flops(y: Any, inputs: Any) -> float:
    """A product and a sum for every number of the result and every place of a filter."""
    return 2.0 * math.prod(y) * math.prod(inputs[1][1:])


@structured(
    symbol="∗",
    latex=r"(x \ast w)_i = \sum_{c, k} w_{c, k} \, x_{c, s i + d k - p}",
    sample=_forward_sample,
    method=False,
    explained=Explanation(flops=_flops),
)
def convolution(x: Array, w: Array, stride: Sides, padding: Sides, dilation: Sides, groups: int) -> Array:
    """Cross-correlation: (N, C, …) with (O, C/groups, …) gives (N, O, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> x, w = tg.tensor([[[1.0, 2.0, 4.0, 8.0]]]), tg.tensor([[[1.0, 10.0]]])
        >>> tg.convolution(x, w, stride=(1,), padding=(0,), dilation=(1,), groups=1)  # 1 + 20, 2 + 40, 4 + 80
        tensor([[[21., 42., 84.]]])
    """
    kernel = w.shape[2:]
    out = output_sides(x.shape[2:], kernel, stride, padding, dilation)
    if by_kernel(x, w, groups):
        return like(fast.convolve(x, w, out, stride, padding, dilation, None), x)
    columns = _columns(x, kernel, out, stride, padding, dilation, groups)
    rows = w.reshape(groups, w.shape[0] // groups, prod(w.shape[1:]))
    return like(np.matmul(rows, columns).reshape(x.shape[0], w.shape[0], *out), x)


@structured(
    symbol="∗ᵀ",
    latex=r"x = w \ast^{\top} y",
    sample=_input_sample,
    method=False,
    explained=Explanation(shown_as="convolution_backward", flops=_flops),
)
def convolution_input(
    y: Array, w: Array, sides: Sides, stride: Sides, padding: Sides, dilation: Sides, groups: int
) -> Array:
    """What a convolution sends back to its input, of the given sides: its transpose.

    Example:
        >>> import tinygrad_fr as tg
        >>> g, w = tg.tensor([[[1.0, 2.0]]]), tg.tensor([[[1.0, 10.0]]])
        >>> tg.ops.registry["convolution_input"](g, w, (3,), stride=(1,), padding=(0,), dilation=(1,), groups=1)  # 1, 10 + 2, 20
        tensor([[[ 1., 12., 20.]]])
    """
    fills = _fills("convolution_input", y.shape[2:], sides, w.shape[2:], stride, padding, dilation)
    if fills and by_kernel(y, w, groups):
        return like(fast.to_input(y, w, sides, stride, padding, dilation), y)
    n, kernel, out = y.shape[0], w.shape[2:], y.shape[2:]
    rows = w.reshape(groups, w.shape[0] // groups, prod(w.shape[1:]))
    columns = np.matmul(np.swapaxes(rows, -1, -2), y.reshape(n, groups, w.shape[0] // groups, prod(out)))
    channels = groups * w.shape[1]
    parts = columns.reshape(n, channels, *kernel, *out)
    result = np.zeros((n, channels, *(side + 2 * p for side, p in zip(sides, padding, strict=True))), columns.dtype)
    for place in np.ndindex(*kernel):
        window = tuple(
            slice(k * d, k * d + s * (o - 1) + 1, s) for k, d, s, o in zip(place, dilation, stride, out, strict=True)
        )
        result[(slice(None), slice(None), *window)] += parts[(slice(None), slice(None), *place)]
    result = result[(slice(None), slice(None), *(slice(p, p + side) for p, side in zip(padding, sides, strict=True)))]
    return like(result, y)


@structured(
    symbol="∗ʷ",
    latex=r"w = x \ast^{w} y",
    sample=_weight_sample,
    method=False,
    explained=Explanation(shown_as="convolution_backward", flops=_flops),
)
def convolution_weight(
    x: Array, y: Array, kernel: Sides, stride: Sides, padding: Sides, dilation: Sides, groups: int
) -> Array:
    """What a convolution sends back to its weight, whose kernel has the given sides.

    Example:
        >>> import tinygrad_fr as tg
        >>> x, g = tg.tensor([[[1.0, 2.0, 3.0]]]), tg.tensor([[[1.0, 10.0]]])
        >>> tg.ops.registry["convolution_weight"](x, g, (2,), stride=(1,), padding=(0,), dilation=(1,), groups=1)  # 1 + 20, 2 + 30
        tensor([[[21., 32.]]])
    """
    fills = _fills("convolution_weight", y.shape[2:], x.shape[2:], kernel, stride, padding, dilation)
    if fills and by_kernel(x, y, groups):
        return fast.to_weight(x, y, kernel, stride, padding, dilation)
    n, o = y.shape[:2]
    columns = _columns(x, kernel, y.shape[2:], stride, padding, dilation, groups)
    rows = y.reshape(n, groups, o // groups, prod(y.shape[2:]))
    return added(np.matmul(rows, np.swapaxes(columns, -1, -2)), 0).reshape(o, x.shape[1] // groups, *kernel)


convolution.lays_out = convolution_input.lays_out = False  # they do so themselves, but for channels that come last


@convolution.derivative("x")
def _(g: Any, y: Any, x: Any, w: Any, **how: Any) -> Any:
    return convolution_input(g, w, tuple(x.shape[2:]), **how)


@convolution.derivative("w")
def _(g: Any, y: Any, x: Any, w: Any, **how: Any) -> Any:
    return convolution_weight(x, g, tuple(w.shape[2:]), **how)


@convolution_input.derivative("y")
def _(g: Any, _x: Any, y: Any, w: Any, sides: Any, **how: Any) -> Any:
    return _first(convolution(g, w, **how), y)


@convolution_input.derivative("w")
def _(g: Any, _x: Any, y: Any, w: Any, sides: Any, **how: Any) -> Any:
    return convolution_weight(g, y, tuple(w.shape[2:]), **how)


@convolution_weight.derivative("x")
def _(g: Any, _w: Any, x: Any, y: Any, kernel: Any, **how: Any) -> Any:
    return convolution_input(y, g, tuple(x.shape[2:]), **how)


@convolution_weight.derivative("y")
def _(g: Any, _w: Any, x: Any, y: Any, kernel: Any, **how: Any) -> Any:
    return _first(convolution(x, g, **how), y)


def _first(found: Any, y: Any) -> Any:
    """The positions that y has, of those that fit: a transposed convolution may be given a larger output."""
    if tuple(found.shape) == tuple(y.shape):
        return found
    return getitem(found, tuple(slice(0, side) for side in y.shape))
