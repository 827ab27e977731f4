"""The places of the nearest distance: which Scalar is which number of the program."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.graph import Constant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tinygrad_fr.graph import Graph
    from tinygrad_fr.living.alive import Alive


def scalars_placed(graph: Graph, given: Mapping[int, Any], found: Alive) -> dict[int, int]:
    """Id of a Scalar → its place; those that cannot be told are left out.

    Args:
        graph: the record of Scalars.
        given: vertex of the living run → the array of its Scalars.
        found: the living run.
    """
    codes = [code.name for code in found.program.codes.values()]
    made: defaultdict[tuple[Any, ...], deque[int]] = defaultdict(deque)
    first: dict[int, int] = {}  # a copy → what it copies
    for stretch, rows in found.program.operations():
        for i in range(rows.shape[1]):
            operands = tuple(first.get(int(at), int(at)) for at in rows[:, i])
            if codes[stretch.code] == "identity":
                first[stretch.start + i] = operands[0]
            else:
                made[codes[stretch.code], *operands].append(stretch.start + i)
    places: dict[int, int] = {}
    for vertex in found.graph.nodes:
        if vertex.op is None and vertex.id in found.numbers:
            ids = [scalar.current.id for scalar in np.asarray(given[vertex.id], object).ravel()]
            places |= dict(zip(ids, map(int, found.numbers[vertex.id].ravel()), strict=True))
    for node in graph.nodes:
        if node.op is None:
            continue
        where = [
            found.program.constant(x.value) if isinstance(x, Constant) else places.get(x) for x in node.inputs
        ]  # fmt: skip
        queue = made.get((node.op.name, *where))
        if queue:
            places[node.id] = queue.popleft()
    return places
