"""Which nodes a backward pass goes through: those between where it starts and what it is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def reached(roots: Sequence[Any], stops: Collection[int]) -> dict[int, Any]:
    """The nodes that gradients may come to from the roots, by id; nothing is sent on from ``stops``."""
    found: dict[int, Any] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.id in found:
            continue
        found[node.id] = node
        needs = node.needs
        if node.op is not None and node.id not in stops:
            for source in node.inputs:
                if needs & 1:
                    stack.append(source)
                needs >>= 1
    return found


def leading(nodes: Mapping[int, Any], wanted: Collection[int]) -> tuple[dict[int, Any], frozenset[int]]:
    """The nodes that lead to wanted ones, and those of them that send nothing on: as in PyTorch, no other node runs, nor its hooks.

    Args:
        nodes: what is reached, by id.
        wanted: the ids of what is asked about.
    """
    found: dict[int, Any] = {}
    last = []
    for i in sorted(nodes):  # inputs come before what was made of them
        node = nodes[i]
        for source in node.inputs:
            if getattr(source, "id", None) in found:
                found[i] = node
                break
        else:
            if i in wanted:
                found[i] = node
                last.append(i)
    return found, frozenset(last)
