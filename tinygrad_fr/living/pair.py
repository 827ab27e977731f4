"""The same run recorded twice, coarsely and down to its equations: which vertex of one is which of the other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.record.scope import EQUATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tinygrad_fr.graph import Graph, Vertex


def paired(coarse: Graph, fine: Graph) -> dict[int, int]:
    """Id in the coarse record → id in the fine one, where both hold the same values.

    Operations follow each other in both alike, and an opened operation is a scope of the fine record: what it gave is
    the last thing in it. A pair whose values differ is none.
    """
    plain: defaultdict[tuple[Any, ...], list[Vertex]] = defaultdict(list)
    scopes: defaultdict[tuple[str, str], dict[str, Vertex]] = defaultdict(dict)
    for vertex in fine.nodes:
        outer = _opened(vertex)
        if outer is None:
            plain[_key(vertex)].append(vertex)
        else:
            scopes[outer.parent.path, outer.name.partition("·")[0]][outer.path] = vertex
    opened = {key: list(found.values()) for key, found in scopes.items()}
    waiting: dict[Any, Iterator[Vertex]] = {key: iter(found) for key, found in plain.items()}
    coming = {key: iter(found) for key, found in opened.items()}
    pairs: dict[int, int] = {}
    for vertex in coarse.nodes:
        found = next(waiting.get(_key(vertex), iter(())), None)
        if found is None and vertex.op is not None:
            found = next(coming.get((vertex.scope.path, vertex.op.shown_as), iter(())), None)
        if found is not None and _alike(vertex.value, found.value):
            pairs[vertex.id] = found.id
    return pairs


def _opened(vertex: Vertex) -> Any:
    """The outermost operation that was opened around a vertex."""
    return next((scope for scope in reversed(list(vertex.scope.ancestors())) if scope.kind == EQUATION), None)


def _key(vertex: Vertex) -> tuple[Any, ...]:
    return vertex.scope.path, vertex.op.name if vertex.op is not None else vertex.name, vertex.kind, vertex.shape


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) or isinstance(b, tuple):
        return isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) and all(map(_alike, a, b))
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-6, equal_nan=True)
