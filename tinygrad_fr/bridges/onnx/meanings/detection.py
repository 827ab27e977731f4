"""ONNX's choice among boxes that overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.bridges.onnx.meanings.meaning import EVERY, At, array_of, means, whole
from tinygrad_fr.locale import _


@means("NonMaxSuppression", takes="center_point_box", fixed=[EVERY])
def _suppressed(at: At, boxes: Any, scores: Any, most: Any = None, overlap: Any = None, least: Any = None) -> Any:
    corners, points = array_of(boxes), array_of(scores)
    if corners.ndim != 3 or corners.shape[-1] != 4 or points.ndim != 3 or points.shape[::2] != corners.shape[:2]:
        raise at.refuse(
            _("expected boxes (N, B, 4) and scores (N, C, B), got shapes {boxes} and {scores}").format(
                boxes=corners.shape, scores=points.shape
            )
        )
    if at.get("center_point_box"):
        middle, half = corners[..., :2], corners[..., 2:] / 2
        low, high = middle - half, middle + half
    else:
        low, high = np.minimum(corners[..., :2], corners[..., 2:]), np.maximum(corners[..., :2], corners[..., 2:])
    count = 0 if most is None else whole(most)[0]
    bound = np.float32(0) if overlap is None else array_of(overlap).reshape(-1)[0]
    found: list[tuple[int, int, int]] = []
    for row, kind in np.ndindex(points.shape[:2]):
        own = points[row, kind]
        order = [int(i) for i in np.argsort(-own, kind="stable")]
        if least is not None:
            order = [i for i in order if own[i] > array_of(least).reshape(-1)[0]]
        kept: list[int] = []
        for i in order:
            if len(kept) >= count:
                break
            if not kept or np.all(_shared(low[row], high[row], i, np.asarray(kept)) <= bound):
                kept.append(i)
        found.extend((row, kind, i) for i in kept)
    return np.asarray(found, np.int64).reshape(-1, 3)


def _shared(low: Any, high: Any, one: int, others: Any) -> Any:
    """The area that a box shares with others, of the area that both cover."""
    sides = np.maximum(0, np.minimum(high[one], high[others]) - np.maximum(low[one], low[others]))
    both = sides.prod(-1)
    area = (high - low).prod(-1)
    union = area[one] + area[others] - both
    return np.where(union > 0, both / np.where(union > 0, union, 1), 0)
