"""The page of a picture with its numbers: gradients through time, gates."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import render, theme
from tinygrad_fr.draw.engine import embedded, engine_name
from tinygrad_fr.locale import _, language
from tinygrad_fr.page.document import in_every_language
from tinygrad_fr.page.shell import shell
from tinygrad_fr.page.through import living_flows, living_gates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain import Flow, Gates
    from tinygrad_fr.page.through import Through

HEAVY = 200_000  # letters of an SVG from which on the same picture in points weighs less


def reading_page(
    make: Callable[[], Diagram], columns: Sequence[Any], rows: Sequence[Sequence[Any]],
    living: dict[str, Any] | None = None, program: str = "", cells: Sequence[Any] = (),
) -> bytes:  # fmt: skip
    """One HTML file of a picture, in both languages and for light and dark rooms, beside its numbers.

    Args:
        make: makes the picture, in the language and the palette in force.
        columns: what each column is, a text in each language.
        rows: a row for each step: its name, then numbers; one that is not finite is left out.
        living: the runs as they compute.
        program: the JavaScript that computes them.
        cells: for each column what it is of the living runs: which run, which of its states, and value or gradient.
    """

    def drawn() -> str:
        found = {}
        for palette in ("light", "dark"):
            with theme.using(palette):
                found[palette] = embedded(render(make(), "svg"))
        return "\0".join((found["light"], found["dark"]))

    pictures = {code: dict(zip(("light", "dark"), both.split("\0"), strict=True)) for code, both in in_every_language(drawn).items()}  # fmt: skip
    titles = in_every_language(lambda: make().title)
    shown = [[cell if not isinstance(cell, float) or math.isfinite(cell) else None for cell in row] for row in rows]
    document = {"pictures": pictures, "columns": list(columns), "rows": shown, "cells": list(cells)}
    picture = _unscripted(pictures[language()]["light"], make)
    return shell("reading", titles, document, picture=picture, living=living, program=program)


def _unscripted(svg: str, make: Callable[[], Diagram]) -> str:
    """The picture where scripts do not run: it stands in the file as it is, so one of many cells is written in points."""
    if len(svg) <= HEAVY or engine_name() == "wasm":
        return svg
    points = base64.b64encode(render(make(), "png", dpi=96)).decode()
    return f'<img alt="" src="data:image/png;base64,{points}">'


def flow_page(flows: Sequence[Flow], make: Callable[[], Diagram], runs: Sequence[Through] = ()) -> bytes:
    """The page of gradients through time or layers, which computes where it has the runs.

    Args:
        flows: the curves.
        make: makes the picture.
        runs: the run of each curve, with the layer and the direction that were asked for.
    """
    living, program = living_flows(flows, runs)
    cells: list[Any] = [None]
    columns: list[Any] = ["t" if flows[0].axis == "time" else in_every_language(lambda: _("layer"))]
    series: list[dict[int, float]] = []
    for i, each in enumerate(flows):
        cells.append([i, 0, "gradient"])
        columns.append(f"{each.label} ‖∂L/∂{each.symbol}‖")
        series.append(dict(zip(each.steps, map(float, each.h), strict=True)))
        if each.jacobians is not None:
            columns.append(f"{each.label} σ max")
            cells.append(None)
            series.append(dict(zip(each.steps[1:], map(float, each.jacobians.largest), strict=False)))
    steps = sorted({step for each in flows for step in each.steps})
    rows = [[str(t), *(one.get(t, math.nan) for one in series)] for t in steps]
    return reading_page(make, columns, rows, living, program, cells)


def gates_page(gates: Gates, make: Callable[[], Diagram], run: Through | None = None) -> bytes:
    """The page of gates: means of gates, norms of states, and the gradients that pass.

    Args:
        gates: what was read.
        make: makes the picture.
        run: the run, with the layer and the direction that were asked for; with it, the page computes.
    """
    living, program = living_gates(gates, run) if run is not None else ({}, "")
    columns: list[Any] = ["t", *(["x"] if gates.tokens else []), *gates.symbols]
    columns += [f"‖∂L/∂{symbol}‖" for symbol in gates.symbols]
    rows = []
    for i, t in enumerate(gates.steps):
        row: list[Any] = [str(t), *([gates.tokens[i]] if gates.tokens else [])]
        for symbol in gates.symbols:
            values = gates.values[symbol][i]
            row.append(float(values.mean()) if symbol in gates.sigmoids else float(np.linalg.norm(values)))
        rows.append([*row, *(float(gates.gradients[symbol][i]) for symbol in gates.symbols)])
    cells: list[Any] = [None, *([None] if gates.tokens else [])]
    cells += [[0, i, "mean" if symbol in gates.sigmoids else "norm"] for i, symbol in enumerate(gates.symbols)]
    cells += [[0, i, "gradient"] for i in range(len(gates.symbols))]
    return reading_page(make, columns, rows, living, program, cells)
