"""The page of a picture with its numbers: gradients through time, gates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import render, theme
from tinygrad_fr.draw.engine import embedded
from tinygrad_fr.locale import _, language
from tinygrad_fr.page.document import in_every_language
from tinygrad_fr.page.shell import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain import Flow, Gates


def reading_page(make: Callable[[], Diagram], columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> bytes:
    """One HTML file of a picture, in both languages and for light and dark rooms, beside its numbers.

    Args:
        make: makes the picture, in the language and the palette in force.
        columns: what each column is, a text in each language.
        rows: a row for each step: its name, then numbers; one that is not finite is left out.
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
    document = {"pictures": pictures, "columns": list(columns), "rows": shown}
    return shell("reading", titles, document, picture=pictures[language()]["light"])


def flow_page(flows: Sequence[Flow], make: Callable[[], Diagram]) -> bytes:
    """The page of gradients through time or layers."""
    columns: list[Any] = ["t" if flows[0].axis == "time" else in_every_language(lambda: _("layer"))]
    series: list[dict[int, float]] = []
    for each in flows:
        columns.append(f"{each.label} ‖∂L/∂{each.symbol}‖")
        series.append(dict(zip(each.steps, map(float, each.h), strict=True)))
        if each.jacobians is not None:
            columns.append(f"{each.label} σ max")
            series.append(dict(zip(each.steps[1:], map(float, each.jacobians.largest), strict=False)))
    steps = sorted({step for each in flows for step in each.steps})
    return reading_page(make, columns, [[str(t), *(one.get(t, math.nan) for one in series)] for t in steps])


def gates_page(gates: Gates, make: Callable[[], Diagram]) -> bytes:
    """The page of gates: means of gates, norms of states, and the gradients that pass."""
    columns: list[Any] = ["t", *(["x"] if gates.tokens else []), *gates.symbols]
    columns += [f"‖∂L/∂{symbol}‖" for symbol in gates.symbols]
    rows = []
    for i, t in enumerate(gates.steps):
        row: list[Any] = [str(t), *([gates.tokens[i]] if gates.tokens else [])]
        for symbol in gates.symbols:
            values = gates.values[symbol][i]
            row.append(float(values.mean()) if symbol in gates.sigmoids else float(np.linalg.norm(values)))
        rows.append([*row, *(float(gates.gradients[symbol][i]) for symbol in gates.symbols)])
    return reading_page(make, columns, rows)
