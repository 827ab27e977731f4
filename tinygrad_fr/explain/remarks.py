"""Remarks on a value, in words: not finite, dead, saturated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.locale import _, number
from tinygrad_fr.ops.definition.elementwise import Elementwise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tinygrad_fr.graph import Vertex

ALARM = 0.9  # share of units from which the remark is made
_FLAT = 0.01  # σ′ or tanh′ under which a unit is saturated


def saturation(vertex: Vertex) -> float | None:
    """Share of the units where the activation’s derivative is (almost) nothing; None for what is no activation.

    A rectifier’s unit is dead where it gives 0; σ′ = a(1 − a) and tanh′ = 1 − a² are nothing near the two ends.
    """
    op = vertex.op
    if not isinstance(op, Elementwise) or op.explained.steepest is None or not np.size(vertex.value):
        return None
    y = np.asarray(vertex.value, float)
    slope: Any = op.array_partials[0]  # in the result alone, or in the sign of the operand, which is the result's
    return float(np.mean(slope(np.ones_like(y), y, y) < _FLAT))


def remarks(vertex: Vertex) -> Iterator[str]:
    """The remarks on a value."""
    value = vertex.value[0] if isinstance(vertex.value, tuple) else vertex.value
    array = np.asarray(value)
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        bad = int(np.sum(~np.isfinite(array)))
        what = "NaN" if np.any(np.isnan(array)) else "∞"
        yield _("⚠ {what} in {n} of {all} values").format(what=what, n=number(bad), all=number(array.size))
        return
    share = saturation(vertex)
    if share is not None and share >= ALARM:
        percent = number(100 * share, 0)
        dead = vertex.op is not None and vertex.op.name == "relu"
        yield (
            _("⚠ {share} % of the units are dead (0)").format(share=percent)
            if dead
            else _("⚠ {share} % of the units are saturated").format(share=percent)
        )
