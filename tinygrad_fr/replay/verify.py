"""Verification of a replayed call against an eager one: the first number that differs is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ReplayError
from tinygrad_fr.locale import _
from tinygrad_fr.record.backward import propagate
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.results import nodes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.replay.program import Program

NEAR = {"f8": 1e-10, "f4": 1e-4, "f2": 1e-2}  # relative to the largest element: the order of sums may differ


def verified(program: Program, step: Callable[[], Any], given: Sequence[Node], called: str) -> Any:
    """Do a step eagerly on copies, then as a program, and compare what both give.

    Raises:
        ReplayError: a number differs; the message names its operation.
    """
    leaves = list({id(leaf): leaf for leaf in (*program.reach.leaves, *given)}.values())
    graded = {leaf.id for leaf in (*program.graded(given), *program.forgotten(given))}
    before = [(node, node.value, node._grad) for node in given]
    with program.reach.undone():
        nodes = nodes_of(step())
        outcomes = [_copy(node.current.value) for node in nodes]
        expected = [
            (_("result {place}, made by {node}").format(place=i + 1, node=f"{name}, {site.where}"), value)
            for i, ((name, site), value) in enumerate(zip(program.made, outcomes, strict=True))
        ]
        expected += _state(leaves, graded)
        slopes = _gradients(leaves, graded)
        expected += _sent(program, nodes, given)
    for node, value, gradient in before:
        node.value, node._grad = value, gradient
    result = program.run(given, step)
    nodes = nodes_of(result)
    found = [_copy(node.current.value) for node in nodes] + [value for _what, value in _state(leaves, graded)]
    found += [value for _what, value in _sent(program, nodes, given)]
    free = [None] * len(nodes) + [_rounding(a, b) for a, b in zip(slopes, _gradients(leaves, graded), strict=True)]
    free += [None] * (len(expected) - len(free))
    for (what, a), b, rounding in zip(expected, found, free, strict=True):
        if not _alike(a, b, rounding):
            raise ReplayError(
                _(
                    "verify: the compiled step “{name}” gives {found} where the eager one gives {expected}, in {what}"
                ).format(name=called, found=_short(b), expected=_short(a), what=what)
            )
    return result


def _state(leaves: Sequence[Node], graded: set[int]) -> list[tuple[str, Any]]:
    """Values of leaves, then gradients of the leaves whose gradient the step changes."""
    values = [(_("the value of {node}").format(node=x.describe()), _copy(x.current.value)) for x in leaves]
    slopes = zip(leaves, _gradients(leaves, graded), strict=True)
    return values + [
        (_("the gradient of {node}").format(node=x.describe()), slope) for x, slope in slopes if x.id in graded
    ]


def _gradients(leaves: Sequence[Node], graded: set[int]) -> list[Any]:
    """The gradient of each leaf whose gradient the step changes, None of the others."""
    held = [leaf.gradient if leaf.id in graded else None for leaf in leaves]
    return [_copy(x.current.value if isinstance(x, Node) else x) for x in held]


def _sent(program: Program, results: Sequence[Node], given: Sequence[Node]) -> list[tuple[str, Any]]:
    """The gradients of tensors from outside, sent back from results that carry a gradient, with a different upstream gradient for each element."""
    if program.back is None:
        return []
    roots = [(y, _slopes(y.value)) for y in (node.current for node in results) if y.needs]
    sources = [x.current for x in program.back.sources(given)]
    arrived = propagate(roots, wanted=frozenset(x.id for x in sources), inside=True)
    return [
        (
            _("the gradient that goes back to {node}").format(node=x.describe()),
            _copy(arrived.get(x.id, np.zeros_like(x.value))),
        )
        for x in sources
    ]


def _slopes(value: Any) -> Any:
    return (
        1.0 if value.__class__ is float else np.linspace(0.5, 1.5, value.size, dtype=value.dtype).reshape(value.shape)
    )


def _copy(value: Any) -> Any:
    return None if value is None else np.array(value)


def _alike(a: Any, b: Any, free: Any = None) -> bool:
    """Whether two arrays are alike, but for the elements that are free."""
    if a is None or b is None:
        return a is b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    near = NEAR.get(a.dtype.str[1:])
    if near is None:
        return np.array_equal(a, b)
    close = np.isclose(b, a, rtol=near, atol=_floor(a, near), equal_nan=True)
    return bool(np.all(close if free is None or free.shape != a.shape else close | free))


def _rounding(a: Any, b: Any) -> Any:
    """Where two gradients are nothing but what rounding left, and differ: an optimizer that divides by their size may go either way there."""
    near = NEAR.get(a.dtype.str[1:]) if a is not None and b is not None and a.shape == b.shape else None
    return (a != b) & (np.maximum(np.abs(a), np.abs(b)) <= _floor(a, near)) if near is not None else None


def _floor(a: Any, near: float) -> float:
    """What is nothing beside the largest element, and beside one in a hundred."""
    scale = np.abs(np.nan_to_num(a, posinf=0, neginf=0)).max(initial=0)
    return near * float(scale) + (0.0 if a.dtype.itemsize == 8 else 0.01 * near)


def _short(value: Any) -> str:
    return "None" if value is None else np.array2string(value, threshold=6, precision=6).replace("\n", " ")
