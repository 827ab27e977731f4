"""``draw_dot`` and ``trace`` of micrograd's notebooks."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.lessons.companions.torchviz import Picture, make_dot


def trace(root: Any) -> tuple[set[Any], set[tuple[Any, Any]]]:
    """The values that led to one, and the pairs of an operand and what was made of it.

    Example:
        >>> from tinygrad_fr import Value
        >>> nodes, edges = trace(Value(2.0) * Value(3.0))
        >>> len(nodes), len(edges)
        (3, 2)
    """
    nodes: set[Any] = set()
    edges: set[tuple[Any, Any]] = set()
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if value not in nodes:
            nodes.add(value)
            for child in value._prev:
                edges.add((child, value))
                waiting.append(child)
    return nodes, edges


def draw_dot(root: Any, format: str = "svg", rankdir: str = "LR") -> Picture:
    """The values that led to one, as one of our pictures.

    Args:
        root: a value.
        format: what ``render`` writes.
        rankdir: accepted; our pictures choose their direction.

    Example:
        >>> from tinygrad_fr import Value
        >>> "digraph" in draw_dot(Value(2.0) * Value(3.0)).source
        True
    """
    picture = make_dot(root)
    picture.format = format
    return picture
