"""``render``: the recorded graph of a model, in any format."""

from __future__ import annotations

from pathlib import Path

import click

from tinygrad_fr.cli.options import catalogue, model_options, output_option, settings_of, steps_option
from tinygrad_fr.cli.output import as_json, say, write
from tinygrad_fr.cli.trained import weights_option
from tinygrad_fr.draw import PASSES, diagram_of, format_of, place, render
from tinygrad_fr.explain import observed
from tinygrad_fr.locale import _, number
from tinygrad_fr.training import built


@click.command("render")
@click.argument("name")
@output_option(_("Where to write; the suffix chooses the format (.svg .png .pdf .dot .json), - is standard output."))
@steps_option()
@click.option(
    "--pass", "passes", type=click.Choice(PASSES), default="forward", show_default=True, help=_("What to draw.")
)
@click.option("--closed", is_flag=True, help=_("Draw cells and sequences as one operation each."))
@weights_option()
@model_options()
def command(
    name: str,
    output: str | None,
    steps: int | None,
    passes: str,
    closed: bool,
    weights: Path | None,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> None:
    output = output or f"{name}.svg"
    form = format_of(output)
    model = catalogue(files, strict).load(name)
    settings = settings_of(model, changes, steps)
    module = built(model, settings, seed, weights)
    run = observed(model, settings, module=module, backward=passes != "forward", distances=() if closed else ("op",))
    if form == "json":
        write(output, as_json(run.graph.to_json()).encode())
    else:
        diagram = place(diagram_of(run.graph, passes=passes, title=str(model.title)))
        write(output, render(diagram, form))
    if output != "-":
        statistics = run.graph.statistics()
        say(
            _("{path}: {nodes} nodes, {parameters} parameters").format(
                path=output, nodes=number(statistics["nodes"]), parameters=number(statistics["parameters"])
            )
        )
