"""``export``: a model for other tools."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from tinygrad_fr.cli.asked import Asked
from tinygrad_fr.cli.options import catalogue, model_argument, model_options, output_option, settings_of, steps_option
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.cli.trained import weights_option
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _, number
from tinygrad_fr.training import RunFolder, built


@click.command("export")
@model_argument(metavar=_("NAME|RUN"))
@output_option(_("Where to write, NAME.onnx by default; - is standard output."))
@click.option("--fixed", is_flag=True, help=_("Keep the example’s number of rows, instead of any number."))
@steps_option()
@weights_option()
@model_options()
def command(
    name: str,
    output: str | None,
    fixed: bool,
    steps: int | None,
    weights: Path | None,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> None:
    from tinygrad_fr.bridges.onnx import of_model

    output = output or f"{Path(name).name}.onnx"
    if output != "-" and Path(output).suffix != ".onnx":
        raise UsageError(_("export: expected a file that ends in .onnx, got “{found}”").format(found=output))
    known = catalogue(files, strict)
    run = RunFolder.asked(Path(name))
    model = known.load(name if run is None else run.model)
    settings = settings_of(model, changes, steps)
    if run is not None:
        asked = Asked(model, settings, seed, None, None).resumed(Path(name), changes)
        model, settings, seed, weights = asked.model, asked.settings, asked.seed, weights or Path(name)
    written = of_model(model, settings, built(model, settings, seed, weights), dynamic=not fixed)
    write(output, written.SerializeToString())
    if output == "-":
        return
    operators = Counter(node.op_type for node in written.graph.node)
    say(
        _("{path}: {nodes} nodes of {kinds} operators, ONNX opset {opset}; inputs {inputs}; outputs {outputs}").format(
            path=output,
            nodes=number(len(written.graph.node)),
            kinds=number(len(operators)),
            opset=written.opset_import[0].version,
            inputs=_values(written.graph.input),
            outputs=_values(written.graph.output),
        )
    )


def _values(values: object) -> str:
    """Names with their shapes."""
    return ", ".join(
        f"{value.name} ({', '.join(side.dim_param or str(side.dim_value) for side in value.type.tensor_type.shape.dim)})"
        for value in values  # type: ignore[attr-defined]
    )
