"""The lines that recorded a run, in the functions that they stand in: the code beside the graph."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    from tinygrad_fr.graph import Graph

LINES = 400  # most of a page


def source_lines(graphs: Iterable[Graph]) -> list[dict[str, Any]]:
    """The functions whose lines recorded something, in the order in which they ran.

    Args:
        graphs: records of the same run.

    Returns:
        For each function the name of its file, and its lines: number, text, and whether the line recorded something.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> blocks = source_lines([observed(Catalogue().load("neuron")).graph])
        >>> [text.strip() for block in blocks for _n, text, ran in block["lines"] if ran][0]
        'weighted1 = self.w1 * x1'
    """
    functions: dict[CodeType, dict[int, str]] = {}
    for graph in graphs:
        for vertex in graph.nodes:
            if vertex.op is not None and vertex.site.where:
                functions.setdefault(vertex.site.code, {})[vertex.site.line] = vertex.site.where
    blocks, left, seen = [], LINES, set()
    for code, lines in functions.items():
        first = code.co_firstlineno if code.co_name != "<module>" else min(lines)
        last = max([*lines, *(line for *_span, line in code.co_lines() if line and code.co_name != "<module>")])
        if last - first >= left:  # a long function: what ran in it
            first, last = min(lines), min(max(lines), min(lines) + left - 1)
        told: list[Any] = [
            [n, linecache.getline(code.co_filename, n).rstrip(), lines.get(n) is not None]
            for n in range(first, last + 1)
            if (code.co_filename, n) not in seen
        ]
        seen |= {(code.co_filename, n) for n, _text, _ran in told}
        if not any(text for _n, text, _ran in told):  # the source is not at hand
            continue
        left -= len(told)
        margin = min(len(text) - len(text.lstrip()) for _n, text, _ran in told if text)
        told = [[n, text[margin:], ran] for n, text, ran in told]
        blocks.append({"file": next(iter(lines.values())).rpartition(":")[0], "lines": told})
    return blocks
