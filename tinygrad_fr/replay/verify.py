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
        expected += _sent(program, nodes, given)
    for node, value, gradient in before:
        node.value, node._grad = value, gradient
    result = program.run(given, step)
    nodes = nodes_of(result)
    found = [_copy(node.current.value) for node in nodes] + [value for _what, value in _state(leaves, graded)]
    found += [value for _what, value in _sent(program, nodes, given)]
    for (what, a), b in zip(expected, found, strict=True):
        if not _alike(a, b):
            raise ReplayError(
                _(
                    "verify: the compiled step “{name}” gives {found} where the eager one gives {expected}, in {what}"
                ).format(name=called, found=_short(b), expected=_short(a), what=what)
            )
    return result


def _state(leaves: Sequence[Node], graded: set[int]) -> list[tuple[str, Any]]:
    """Values of leaves, and gradients of the leaves whose gradient the step changes."""
    found = []
    for leaf in leaves:
        found.append((_("the value of {node}").format(node=leaf.describe()), _copy(leaf.current.value)))
        if leaf.id not in graded:
            continue
        gradient = leaf.gradient
        held = gradient.current.value if isinstance(gradient, Node) else gradient
        found.append((_("the gradient of {node}").format(node=leaf.describe()), _copy(held)))
    return found


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


def _alike(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    near = NEAR.get(a.dtype.str[1:])
    if near is None:
        return np.array_equal(a, b)
    scale = np.abs(np.nan_to_num(a, posinf=0, neginf=0)).max(initial=0)
    floor = near * float(scale) + (0.0 if a.dtype.itemsize == 8 else 0.01 * near)
    return np.allclose(b, a, rtol=near, atol=floor, equal_nan=True)


def _short(value: Any) -> str:
    return "None" if value is None else np.array2string(value, threshold=6, precision=6).replace("\n", " ")
