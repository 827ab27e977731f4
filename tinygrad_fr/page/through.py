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
    from tinygrad_fr.living import Program

UNITS = 48  # units of a state whose singular values are computed in the page
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
        told: dict[str, Any] = {"label": flow.label, "symbol": flow.symbol, "steps": list(flow.steps), "limits": LIMITS}
        told["states"] = [_told(row) for row in rows]
        told["singular"] = _singular(life, rows, flow)
        carried = life.to_json()
        carried["program"]["choices"] += _read_at(life, rows)
        found.append(carried | told)
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


def _singular(life: Life, rows: Sequence[Any], flow: Flow) -> bool:
    """Whether the page finds the singular values of a step that the reading found: states may be computed by other ways."""
    if flow.jacobians is None or sum(row[0].size for row in rows) > UNITS:
        return False
    states = [np.concatenate(at) for at in zip(*rows, strict=True)]
    values, _gradients = life.swept
    for place in (0, len(states) - 2):
        found = life.found.program.jacobian(states[place], states[place + 1], values)
        if not np.allclose(np.linalg.norm(found, 2), flow.jacobians.largest[place], rtol=1e-2, atol=1e-12):
            return False
    return True


def _read_at(life: Life, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The step that the loss reads, as a choice: what reads the last h, once all steps have run, may read an earlier one."""
    program, h = life.found.program, rows[0]
    table, end = program.operand_table(), max(int(row[-1].max()) for row in rows)
    source = _copied(program)
    earlier = np.concatenate([*h[:-1], *(np.concatenate(row) for row in rows[1:])])
    after = np.flatnonzero((np.arange(program.size) > end) & (source == np.arange(program.size)))
    read = source[table[:, after]] * (table[:, after] > 0)
    if np.isin(read, earlier).any() or any(row.size != h[-1].size for row in h):
        return []
    uses = []
    for operand, row in enumerate(read):
        which = np.isin(row, h[-1])
        if which.any():
            unit = np.array([np.flatnonzero(h[-1] == place)[0] for place in row[which]])
            uses.append([operand, packed(after[which]), *(packed(step[unit]) for step in h)])
    last = len(h) - 1
    return [{"field": "step", "sides": [1], "values": [last], "count": last + 1, "table": uses}] if uses else []


def _copied(program: Program) -> Any:
    """For each number the number that it is a copy of: itself, where it is none."""
    source, names = np.arange(program.size), [code.name for code in program.codes.values()]
    for stretch, operands in program.operations():
        if names[stretch.code] == "identity":
            source[stretch.start : stretch.stop] = source[operands[0]]
    return source


def _told(rows: Sequence[Any]) -> list[list[int]]:
    return [packed(row) for row in rows]


def _apart() -> dict[str, Any]:
    return {
        "still": in_every_language(lambda: _("This page stands still: its states are not single numbers of the run."))
    }
