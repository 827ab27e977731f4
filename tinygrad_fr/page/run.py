"""The page of a run: every distance, every step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tinygrad_fr.draw import diagram_of, fitted, place, render
from tinygrad_fr.draw.engine import embedded
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.levels.scalars import in_scalars
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.lessons.formula import FormulaModel
from tinygrad_fr.living import script
from tinygrad_fr.living.javascript import ACTIVATIONS, activation
from tinygrad_fr.locale import LANGUAGES
from tinygrad_fr.page.alive import Life, life_of
from tinygrad_fr.page.document import run_document
from tinygrad_fr.page.formula import formula_words
from tinygrad_fr.page.shell import shell
from tinygrad_fr.page.source import source_lines

if TYPE_CHECKING:
    from tinygrad_fr.explain import Observed
    from tinygrad_fr.graph import Graph

# A page is read on a phone, sent by mail: nearer distances come along while they are no larger than this.
EQUATIONS, SCALARS = 1500, 250


def run_page(run: Observed, distance: Distance | None = None) -> bytes:
    """One HTML file of a run, with its nearer distances where they are small enough to be followed.

    Args:
        run: recorded with its backward pass, as :func:`tinygrad_fr.explain.observed` does by default.
        distance: what is seen first.
    """
    life = life_of(run)
    runs: dict[str, Any] = {"op": run_document(run.graph)}
    near = life.found.graph if isinstance(life, Life) else _near(run)
    if isinstance(life, Life):
        life.operations(run.graph)
    if len(near.nodes) <= EQUATIONS:
        runs["equation"] = run_document(near)
        if isinstance(life, Life):
            life.equations()
        runs |= _single_numbers(near, life)
    typed = formula_words() if isinstance(run.model, FormulaModel) else None
    titles = {code: run.model.title.in_language(code) for code in LANGUAGES}
    asked = distance if distance is not None else Distance()
    seen = view(run.graph, replace(asked, open=(), close=(), around=None))
    picture = embedded(render(fitted(place(diagram_of(seen, passes="both"))), "svg"))
    start = {"z": asked.zoom or "", "o": ",".join(asked.open), "c": ",".join(asked.close)}
    return shell(
        "run", titles, runs, picture=picture, start={key: text for key, text in start.items() if text},
        source=source_lines([run.graph, near]),
        formula=typed and {"table": typed[0], "activations": {name: activation(name).key for name in ACTIVATIONS}},
        living=life.to_json() if isinstance(life, Life) else {"still": life},
        program=script([*life.codes, *(typed[1] if typed else ())]) if isinstance(life, Life) else "",
    )  # fmt: skip


def _near(run: Observed) -> Graph:
    """The record down to equations."""
    return observed(run.model, run.settings, module=run.module, batch=run.batch, distances=("op", "equation")).graph


def _single_numbers(near: Graph, life: Life | dict[str, str]) -> dict[str, Any]:
    """The nearest distance, where every operation has a form on numbers and there are few of them."""
    try:
        graph = life.scalars() if isinstance(life, Life) else in_scalars(near)
    except UsageError:
        return {}
    if len(graph.nodes) > SCALARS:
        if isinstance(life, Life):
            life.documents.pop("scalar")
        return {}
    return {"scalar": run_document(graph)}
