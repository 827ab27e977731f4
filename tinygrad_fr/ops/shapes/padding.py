"""Borders around a tensor, by a number or by its own elements."""

from __future__ import annotations

from math import copysign
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.devices.layout import like
from tinygrad_fr.errors import AbsentError, ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.shared.kinds import NUMBERS, takes
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.promotion.dtype import converted
from tinygrad_fr.sampling import Draw, Sample


def _pad_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    widths = tuple((draw.integer(-1, 2), draw.integer(0, 2)) for _side in shape)
    return Sample((draw.array(shape),), {"widths": widths, "value": draw.choice([0.0, 1.5])})


@structured(
    symbol="▣",
    latex=r"x",
    reads="",
    sample=_pad_sample,
    method=False,
    explained=Explanation(shown_as="pad"),
)
def pad_constant(x: Array, widths: tuple[tuple[int, int], ...], value: float = 0.0) -> Array:
    """A border of one number; a negative width takes a border off.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["pad_constant"](tg.tensor([1, 2, 3]), ((2, -1),), 9)
        tensor([9, 9, 1, 2])
    """
    sides, inside, kept = [], [], []
    for side, (a, b) in zip(x.shape, widths, strict=True):
        wide = side + a + b
        if wide < 0:
            raise ValueError("the padding takes off more than there is")
        sides.append(wide)
        inside.append(slice(a if a > 0 else 0, wide - b if b > 0 else wide))
        kept.append(slice(0 if a > 0 else -a, side if b > 0 else side + b))
    zero = value == 0 and copysign(1.0, value) > 0
    result = np.zeros(sides, x.dtype) if zero else np.full(sides, converted(value, x.dtype))
    result[tuple(inside)] = x[tuple(kept)]
    return like(result, x)


pad_constant.lays_out = False  # it does so itself, but for channels that come last


@pad_constant.derivative("x")
def _(g: Any, y: Any, x: Any, widths: Any, value: float) -> Any:
    return pad_constant(g, tuple((-a, -b) for a, b in widths))


_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@function
def pad(x: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Borders around the last dimensions, as pairs from the last one: constant, reflect, replicate or circular.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.pad(tg.tensor([1.0, 2.0]), (1, 2))
        tensor([0., 1., 2., 0., 0.])
    """
    n = len(x.shape)
    if len(pad) % 2 or len(pad) > 2 * n:
        raise ShapeError(
            tr("pad: expected pairs for at most {n} dimensions, got {found} ({where})").format(
                n=n, found=tuple(pad), where=here()
            )
        )
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    widths = [(0, 0)] * (n - len(pairs)) + pairs[::-1]
    if mode == "constant":
        return pad_constant.call(x, tuple(widths), 0.0 if value is None else value)
    if mode not in _MODES:
        raise AbsentError(
            tr("pad: expected mode constant, reflect, replicate or circular, got “{found}” ({where})").format(
                found=mode, where=here()
            )
        )
    if len(pairs) not in (1, 2, 3) or n not in (len(pairs) + 1, len(pairs) + 2):
        raise AbsentError(
            tr(
                "pad: expected pairs for the last 1, 2 or 3 of one or two dimensions more, got {pairs} pairs for {n} ({where})"
            ).format(pairs=len(pairs), n=n, where=here())
        )
    if mode != "circular":
        takes(f"pad {mode}", x, *NUMBERS)
    cropped = tuple((min(a, 0), min(b, 0)) for a, b in widths)
    if mode == "circular":  # the others see what is cropped later
        x, cropped = pad_constant(x, cropped), ((0, 0),) * n
    for dim, (before, after) in enumerate((max(a, 0), max(b, 0)) for a, b in widths):
        if not before and not after:
            continue
        side = x.shape[dim]
        limit = {"reflect": side - 1, "circular": side}.get(mode, max(before, after))
        if max(before, after) > limit or not side:
            raise ShapeError(
                tr(
                    "pad: a border of {found} is too wide for mode {mode} along a dimension of length {side} ({where})"
                ).format(found=max(before, after), mode=mode, side=side, where=here())
            )
        order = np.pad(np.arange(side), (before, after), mode=_MODES[mode])  # type: ignore[call-overload]
        x = getitem(x, (*(slice(None),) * dim, order))
    moved = any(max(each) > 0 for each in widths)  # where nothing is, the answer has memory of its own all the same
    return pad_constant(x, cropped) if any(map(any, cropped)) or not moved else x
