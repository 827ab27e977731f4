"""Which sides of a graph are the batch's: those in which a recording of more rows differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.writer import Rows, equal

if TYPE_CHECKING:
    from tinygrad_fr.bridges.onnx.writer import Shape, Writer


def spread(writer: Writer, more: Writer, inputs: list[str]) -> dict[str, Any]:
    """Make a written graph hold for any number of rows, if the one of more rows differs from it by nothing else.

    Args:
        writer: what was written, changed only when the answer is not empty.
        more: the same pass on several times as many rows.
        inputs: names of the graph's inputs.

    Returns:
        Name of a value → its shape with the side of the batch as a symbol; empty where rows are fixed.
    """
    if len(writer.nodes) != len(more.nodes) or not inputs:
        return {}
    few = [writer.shown[name].shape[:1] for name in inputs]
    many = [more.shown[name].shape[:1] for name in inputs if name in more.shown]
    if len(set(few)) != 1 or len(set(many)) != 1 or len(few) != len(many) or not few[0]:
        return {}
    rows = few[0][0], many[0][0]
    reshapes: dict[int, Shape] = {}
    for place, (a, b) in enumerate(zip(writer.nodes, more.nodes, strict=True)):
        if (a.op_type, a.attribute, len(a.input), a.output) != (b.op_type, b.attribute, len(b.input), b.output):
            return {}
        for x, y in zip(a.input, b.input, strict=True):
            if x not in writer.constants:
                if x != y:
                    return {}
                continue
            own, other = writer.constants[x], more.constants.get(y, np.zeros(0))
            if equal(own, other):
                continue
            is_shape = a.op_type in ("Reshape", "Expand") and x == a.input[1]
            shape = _shape(tuple(own.tolist()), tuple(other.tolist()), rows) if is_shape else None
            if shape is None:
                return {}
            reshapes[place] = shape
    shapes = {
        name: _shape(array.shape, more.shown[name].shape, rows) if name in more.shown else None
        for name, array in writer.shown.items()
    }
    if None in shapes.values():
        return {}
    writer.resize(reshapes, inputs[0])
    return {
        name: tuple(str(side) if isinstance(side, Rows) else side for side in shape or ())
        for name, shape in shapes.items()
    }


def _shape(own: tuple[int, ...], other: tuple[int, ...], rows: tuple[int, int]) -> Shape | None:
    """A shape with what goes with the rows; None where the two differ by something else."""
    if len(own) != len(other):
        return None
    found: list[int | Rows] = []
    for a, b in zip(own, other, strict=True):
        if a != b and a * rows[1] != b * rows[0]:
            return None
        found.append(a if a == b else Rows(a // rows[0]))
    return tuple(found)
