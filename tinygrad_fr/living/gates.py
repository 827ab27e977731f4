"""The bias of each gate of a recurrent layer, found in the program by what is added before the gate opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.explain.lenses.recurrence import recurrences
from tinygrad_fr.living.program import packed

if TYPE_CHECKING:
    from tinygrad_fr.living.alive import Alive

_THROUGH = ("add", "identity", "sigmoid", "tanh", "relu")


def gates(found: Alive) -> list[dict[str, Any]]:
    """For each gate and candidate of a run's only recurrent layer, the places of its bias; none where they cannot be told.

    Args:
        found: a living run.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.living import alive
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("lstm")
        >>> run = observed(model, model.settings.replaced({"hidden": "2", "steps": "2"}))
        >>> [(gate["name"], gate["places"][1]) for gate in gates(alive(run))]
        [('f', 2), ('i', 2), ('o', 2), ('C̃', 2)]
    """
    try:
        every = recurrences(found.graph)
    except TinygradError:
        return []
    if len(every) != 1:
        return []
    parameters = [
        (vertex, found.numbers[vertex.id])
        for vertex in found.graph.nodes
        if vertex.kind == "parameter" and vertex.id in found.numbers
    ]
    told = []
    for symbol, vertex in every[0].steps[0].items():
        if symbol in ("C", "h") and every[0].kind != "rnn":
            continue
        added = _added(found, every[0].first_row(found.numbers[vertex.id]).astype(np.int64))
        for parameter, ids in parameters:
            own = ids.ravel()[np.isin(ids.ravel(), added)]
            if len(parameter.shape) == 1 and own.size:
                told.append({"name": symbol, "places": packed(own)})
                break
    return told


def _added(found: Alive, places: Any) -> Any:
    """Every number that these are sums of, through what only bends them."""
    program = found.program
    table, names = program.operand_table(), [code.name for code in program.codes.values()]
    code = np.full(program.size, -1)
    for stretch in program.stretches:
        code[stretch.start : stretch.stop] = stretch.code
    through = np.array([name in _THROUGH for name in names] + [False])  # the last is a leaf's
    seen, waiting = set(), list(map(int, places))
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        if through[code[at]]:
            waiting += [int(x) for x in table[:, at] if x]
    return np.fromiter(seen, np.int64)
