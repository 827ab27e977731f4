"""The loop of a backward pass with its parts inlined: what :func:`tinygrad_fr.record.backward.sweep` does, with fewer calls.

Sums are reused too: the first addition at a node makes an array, into which every later gradient is added in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.record.backward import accumulate, hooked, kept, plus, shares
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinygrad_fr.record.backward import Pass
    from tinygrad_fr.record.node import Node


def sweep(  # noqa: C901 - the parts are inlined: calls would be most of what a small step costs
    roots: Sequence[tuple[Node, Any]], nodes: Mapping[int, Node], this: Pass
) -> dict[int, Any]:
    """Send gradients back from the roots through the nodes that were reached."""
    waiting: dict[int, Any] = {}  # id → the gradient that has come so far
    found: dict[int, Any] = {}
    record, wanted, inside, ends, watched = this.record, this.wanted, this.inside, this.ends, bool(this.observers)
    plain = now().tape is NOBODY
    array, add = np.ndarray, np.add
    summed: set[int] = set()  # ids whose sum is an array that this pass made, so that it may be added to in place
    for node, gradient in roots:
        waiting[node.id] = plus(waiting.get(node.id), gradient)

    for i in sorted(nodes, reverse=True):
        gradient = waiting.pop(i, None)
        if gradient is None:
            continue
        node = nodes[i]
        rare, op = node.rare, node.op
        if rare is not None and rare.hooks and not (inside and i in wanted):  # type: ignore[operator]
            gradient = hooked(node, gradient, record)
        if wanted is None:
            if gradient.__class__ is float and plain and node.retains:
                before = node._grad
                node._grad = gradient if before is None else before + gradient
            elif (
                op is None
                and rare is None
                and plain
                and node._grad is None
                and gradient.__class__ is array
                and gradient.base is None
                and (gradient.ndim < 2 or gradient.strides == node.value.strides)
            ):
                node._grad = gradient  # what accumulate does with an array of its own, as it lies in the leaf's memory
            elif op is None or (gradient.__class__ is not array and node.retains) or (rare is not None and rare.retain):
                accumulate(node, gradient)
        elif i in wanted:
            kept(node, gradient, this, found)
        if (op is None or i in ends) and not watched:
            continue
        contributions: Sequence[Any] = shares(node, gradient, this) if record or watched else op.vjp(node, gradient)  # type: ignore[union-attr]
        for source, sent in zip(node.inputs, contributions):  # noqa: B905 - the hot loop; equal by construction
            if sent is None:
                continue
            j = source.id  # type: ignore[union-attr]  # only nodes are sent anything
            before = waiting.get(j)
            if before is None:
                waiting[j] = sent
            elif sent.__class__ is array and j in summed:
                add(before, sent, before)
            elif sent.__class__ is tuple:
                waiting[j] = plus(before, sent)
            else:
                total = waiting[j] = before + sent
                if total.__class__ is array:
                    summed.add(j)
    return found
