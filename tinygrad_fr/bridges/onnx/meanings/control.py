"""ONNX's branches and loops: what a run records is the branch taken and the steps run."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import ANY, LIST, At, array_of, axis_of, means, roomy, whole
from tinygrad_fr.bridges.onnx.meanings.shapes import taken
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import time_step

VALUES = (*ANY, LIST)
MOST = 10_000  # steps of a loop: what a record of more would show, nobody would see


def together(at: At, parts: list[Any], axis: int = 0) -> Any:
    """What each step gave, along an axis of its own."""
    roomy(at, [len(parts), *parts[0].shape])
    if any(isinstance(x, Tensor) for x in parts):
        return tg.stack(parts, axis)
    return np.stack(parts, axis)


@means("If", takes="then_branch else_branch", gives=None, fixed=[0], kinds=VALUES)
def _if(at: At, condition: Any) -> Any:
    given = array_of(condition).reshape(-1)
    if given.size != 1:
        raise at.refuse(_("expected one truth value, got {n}").format(n=given.size))
    return tuple(at.get("then_branch" if given[0] else "else_branch")())


@means("Loop", takes="body", gives=None, fixed=[0, 1], kinds=VALUES)
def _loop(at: At, count: Any = None, condition: Any = None, *state: Any) -> Any:
    body, most = at.get("body"), None if count is None else whole(count)[0]
    going = condition is None or bool(array_of(condition).reshape(-1)[0])
    kept: list[list[Any]] = []
    values, t = list(state), 0
    while going and (most is None or t < most):
        if t == MOST:
            raise at.refuse(_("a loop of more than {most} steps is not recorded").format(most=MOST))
        with time_step(t + 1):
            going_on, *given = body(np.asarray(t, np.int64), np.asarray(going), *values)
        values, seen = given[: len(values)], given[len(values) :]
        kept = kept or [[] for _each in seen]
        for row, value in zip(kept, seen, strict=True):
            row.append(value)
        going, t = bool(array_of(going_on).reshape(-1)[0]), t + 1
    if not kept and at.outputs > len(values):
        raise at.refuse(_("a loop that never runs gives no values of its steps here"))
    return (*values, *(together(at, row) for row in kept))


@means(
    "Scan",
    takes=(
        "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes scan_output_directions directions"
    ),
    gives=None,
    kinds=VALUES,
)
def _scan(at: At, *operands: Any) -> Any:
    if at.opset < 9:
        return _rows_scan(at, *operands)
    return _one_scan(at, operands, at.get("scan_input_directions"))


def _one_scan(at: At, operands: Any, backwards: Any) -> Any:
    body, count = at.get("body"), at.get("num_scan_inputs")
    states, given = list(operands[: len(operands) - count]), operands[len(operands) - count :]
    axes = at.get("scan_input_axes") or [0] * count
    axes = [axis_of(at, axis, x.ndim) for axis, x in zip(axes, given, strict=True)]
    backwards = backwards or [0] * count
    lengths = {x.shape[axis] for x, axis in zip(given, axes, strict=True)}
    if len(lengths) != 1 or not min(lengths):
        raise at.refuse(_("expected sequences of one length above 0, got {lengths}").format(lengths=sorted(lengths)))
    steps = min(lengths)
    if steps > MOST:
        raise at.refuse(_("a loop of more than {most} steps is not recorded").format(most=MOST))
    kept: list[list[Any]] = []
    for t in range(steps):
        parts = [
            taken(x, steps - 1 - t if back else t, axis) for x, axis, back in zip(given, axes, backwards, strict=True)
        ]
        with time_step(t + 1):
            found = body(*states, *parts)
        states, seen = list(found[: len(states)]), found[len(states) :]
        kept = kept or [[] for _each in seen]
        for row, value in zip(kept, seen, strict=True):
            row.append(value)
    places = at.get("scan_output_axes") or [0] * len(kept)
    turned = at.get("scan_output_directions") or [0] * len(kept)
    rows = [row[::-1] if back else row for row, back in zip(kept, turned, strict=True)]
    return (
        *states,
        *(together(at, row, axis_of(at, axis, row[0].ndim + 1)) for row, axis in zip(rows, places, strict=True)),
    )


def _rows_scan(at: At, lengths: Any, *operands: Any) -> Any:
    """Scan-8, which ran over each row of a batch."""
    if lengths is not None:
        raise at.refuse(_("sequences of different lengths in one batch have no counterpart here"))
    rows = operands[0].shape[0]
    each = [_one_scan(at, [x[row] for x in operands], at.get("directions")) for row in range(rows)]
    return tuple(together(at, [found[i] for found in each]) for i in range(len(each[0])))
