"""``render``: the recorded graph of a model, from any distance, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.distance import distance_of, distance_options
from tinygrad_fr.cli.options import catalogue, model_argument, model_options, output_option, settings_of, steps_option
from tinygrad_fr.cli.output import as_json, say, write
from tinygrad_fr.cli.picture import on_page, picture_options, render_options, with_answer
from tinygrad_fr.cli.trained import weights_option
from tinygrad_fr.draw import PASSES, diagram_of, format_of, place
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.backward_graph import backward_graph
from tinygrad_fr.explain.levels.scalars import in_scalars
from tinygrad_fr.explain.measure import MEASURES
from tinygrad_fr.lessons.formula import FormulaModel
from tinygrad_fr.locale import _, number
from tinygrad_fr.training import built

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain.levels.view import View


@click.command("render")
@model_argument()
@output_option(
    _("Where to write; the suffix chooses the format (.svg .png .pdf .dot .json .html), - is standard output.")
)
@steps_option()
@click.option(
    "--pass",
    "passes",
    type=click.Choice(PASSES),
    default="forward",
    show_default=True,
    help=_("What to draw; derivative: the backward pass as a graph of its own, woven: with the forward pass."),
)
@click.option(
    "--color", "colour", type=click.Choice(tuple(MEASURES)), help=_("Measure each operation, and colour by it.")
)
@weights_option()
@distance_options()
@picture_options()
@model_options()
def command(
    name: str,
    output: str | None,
    steps: int | None,
    passes: str,
    colour: str | None,
    weights: Path | None,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **asked: Any,
) -> None:
    rendering = render_options(asked)
    form = format_of(output or "formula.svg", "html")
    distance = distance_of(**asked)
    model = catalogue(files, strict).load(name)
    output = output or f"{model.name if isinstance(model, FormulaModel) else name}.svg"
    settings = settings_of(model, changes, steps)
    finest = colour is not None and MEASURES[colour].finest
    module = built(model, settings, seed, weights)
    run = observed(
        model,
        settings,
        module=module,
        backward=passes in ("backward", "both") or colour == "gradient",
        distances=("op", "equation") if finest else distance.recorded,
    )
    graph = run.graph
    if passes in ("derivative", "woven"):
        graph = backward_graph(run.loss, alone=passes == "derivative")
    elif distance.zoom == "scalar":
        graph = in_scalars(run.graph)
    if form == "html":
        from tinygrad_fr.page import run_page  # and the templates of a page, for a page alone

        write(output, run_page(observed(model, settings, module=module), distance))
        seen = None
    elif form == "json":
        write(output, as_json(graph.to_json()).encode())
        seen = None
    else:

        def picture(seen: View, *, brief: bool = False) -> Diagram:
            drawn = diagram_of(seen, passes=passes, title=str(model.title), colour=colour, brief=brief)
            return place(with_answer(drawn, None if passes in ("derivative", "woven") else run))

        seen = on_page(graph, distance, rendering, picture)
        what = seen  # the view, for the picture that is made of it
        bare = (
            lambda: picture(what, brief=True),
            _("a slide has no room for the legend, the lines of code and the small words: they are left out"),
        )
        rendering.write(output, lambda: picture(what), bare, quietly=True)
    if output == "-":
        return
    statistics = graph.statistics()
    said = _("{path}: {nodes} nodes, {parameters} parameters").format(
        path=output, nodes=number(statistics["nodes"]), parameters=number(statistics["parameters"])
    )
    if seen is not None and seen.closed:
        nearer = (
            _("; {cards} cards, {closed} of them closed: --open PATH opens one, a smaller model (--set) shows every number")
            if distance.zoom == "scalar"
            else _("; {cards} cards, {closed} of them closed: --zoom op shows every operation")
        )  # fmt: skip
        said += nearer.format(cards=number(len(seen.units)), closed=number(len(seen.closed)))
    say(said)
