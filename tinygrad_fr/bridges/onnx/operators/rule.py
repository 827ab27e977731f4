"""What a rule is, and what rules share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node

Rule: TypeAlias = "Callable[[Writer, Node], Any]"
RULES: dict[str, Rule] = {}

END = 2**63 - 1  # a slice that goes on to the end


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enter the rule of some operations."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


def called(node: Node) -> str:
    """Name of the node's operation."""
    return "" if node.op is None else node.op.name


def dtype_of(node: Any) -> np.dtype[Any]:
    """Type of the elements; of the first value of a node that has several."""
    value = node.value[0] if isinstance(node.value, tuple) else node.value
    return np.asarray(value).dtype


def ndim_of(x: Any) -> int:
    """Number of dimensions."""
    return np.ndim(value_of(x))


def shape_of(x: Any) -> tuple[int, ...]:
    """Length of each dimension."""
    return np.shape(value_of(x))


def axes_of(x: Any, dim: Any) -> list[int]:
    """Dimensions counted from the first one; all of them for None."""
    n = ndim_of(x)
    dims = range(n) if dim is None else (dim,) if isinstance(dim, int) else dim
    return [d % max(n, 1) for d in dims]


def filled(w: Writer, node: Node, number: float = 1.0) -> str:
    """A number in the type of the node's value."""
    return w.constant(np.asarray(number, dtype_of(node)))


def slices(w: Writer, x: str, cuts: list[tuple[int, slice]]) -> str:
    """Slices along some axes."""
    cuts = [(axis, cut) for axis, cut in cuts if cut != slice(None) and cut != slice(None, None, 1)]
    if not cuts:
        return x
    steps = [1 if cut.step is None else cut.step for _axis, cut in cuts]
    starts = [
        (0 if step > 0 else END) if cut.start is None else cut.start
        for (_axis, cut), step in zip(cuts, steps, strict=True)
    ]
    ends = [
        (END if step > 0 else -END - 1) if cut.stop is None else cut.stop
        for (_axis, cut), step in zip(cuts, steps, strict=True)
    ]
    axes = [axis for axis, _cut in cuts]
    result: str = w.add("Slice", x, w.whole(*starts), w.whole(*ends), w.whole(*axes), w.whole(*steps))
    return result


def reshaped(w: Writer, x: str, shape: tuple[int, ...]) -> Any:
    """x in another shape; None for one that holds nothing."""
    if 0 in shape:
        return None  # in ONNX a 0 means “as it was”
    return w.add("Reshape", x, w.whole(*shape))


def expanded(w: Writer, x: str, own: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """x repeated; a side that stays is given as 1, which leaves it, however long it is in another run."""
    own = (1,) * (len(shape) - len(own)) + own
    sides = [1 if a == b else b for a, b in zip(own, shape, strict=True)]
    result: str = w.add("Expand", x, w.whole(*sides)) if any(side != 1 for side in sides) else w.add("Identity", x)
    return result
