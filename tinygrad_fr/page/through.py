"""What makes the pages of ``flow`` and ``gates`` compute: the numbers of each state at each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.lenses.flow import VANISHED, WEAK
from tinygrad_fr.explain.lenses.recurrence import chosen, recurrences
from tinygrad_fr.explain.lenses.sequence import way
from tinygrad_fr.living import script
from tinygrad_fr.living.pair import paired
from tinygrad_fr.living.program import packed
from tinygrad_fr.locale import _
from tinygrad_fr.page.alive import Life, life_of
from tinygrad_fr.page.document import in_every_language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.explain import Flow, Gates, Observed
    from tinygrad_fr.graph import Vertex

LIMITS = [VANISHED, WEAK]
Through = tuple["Observed", int | None, str | None]  # a run, which recurrent layer, in which direction


def living_flows(flows: Sequence[Flow], runs: Sequence[Through]) -> tuple[dict[str, Any], str]:
    """What the page of ``flow`` carries, and its JavaScript."""
    found = []
    codes: list[Any] = []
    for flow, (run, layer, direction) in zip(flows, runs, strict=False):
        life = life_of(run)
        if not isinstance(life, Life):
            return {"still": life}, ""
        states = way(run.graph, run.model.name, layer, direction).states
        rows = [_series(life, run, at, lambda value: value) for at in zip(*states, strict=True)]
        if not rows or not _agree(life, rows[0], flow.h):
            return _apart(), ""
        codes += life.codes
        told = {"label": flow.label, "symbol": flow.symbol, "steps": list(flow.steps), "limits": LIMITS}
        told["states"] = [_told(row) for row in rows]
        found.append(life.to_json() | told)
    return ({"runs": found}, script(codes)) if found else ({}, "")


def living_gates(gates: Gates, through: Through) -> tuple[dict[str, Any], str]:
    """What the page of ``gates`` carries, and its JavaScript."""
    run, layer, direction = through
    life = life_of(run)
    if not isinstance(life, Life):
        return {"still": life}, ""
    gated = [each for each in recurrences(run.graph) if each.kind in ("lstm", "gru")]
    one = chosen(gated, run.model.name, layer, direction)
    maps = []
    for symbol in gates.symbols:
        rows = _series(life, run, [at[symbol] for at in one.steps], one.first_row)
        values, _gradients = life.swept
        same = len(rows) == len(gates.steps) and all(
            np.allclose(values[row], gates.values[symbol][i], rtol=1e-2, atol=1e-4) for i, row in enumerate(rows)
        )
        if not same or not _agree(life, rows, gates.gradients[symbol].tolist()):
            return _apart(), ""
        maps.append({"symbol": symbol, "gate": symbol in gates.sigmoids, "states": _told(rows)})
    told = {"label": run.model.name.upper(), "symbol": "h", "steps": list(gates.steps), "limits": LIMITS}
    told |= {"maps": maps, "states": []}
    return {"runs": [life.to_json() | told]}, script(life.codes)


def _series(life: Life, run: Observed, vertices: Sequence[Vertex], row: Callable[[Any], Any]) -> list[Any]:
    """The places of one state's numbers at each step; empty where one cannot be told."""
    pairs = paired(run.graph, life.found.graph)
    numbers = life.found.numbers
    if any(pairs.get(vertex.id) not in numbers for vertex in vertices):
        return []
    return [np.asarray(row(numbers[pairs[vertex.id]])).astype(np.int64).ravel() for vertex in vertices]


def _agree(life: Life, rows: Sequence[Any], norms: Sequence[float]) -> bool:
    """Whether the gradients of these numbers have the norms that the reading has."""
    _values, gradients = life.swept
    found = [float(np.linalg.norm(gradients[row])) for row in rows]
    return len(found) == len(norms) and bool(np.allclose(found, norms, rtol=1e-2, atol=1e-30, equal_nan=True))


def _told(rows: Sequence[Any]) -> list[list[int]]:
    return [packed(row) for row in rows]


def _apart() -> dict[str, Any]:
    return {
        "still": in_every_language(lambda: _("This page stands still: its states are not single numbers of the run."))
    }
