"""``ask``: the answer of a trained model to a person's own input."""

from __future__ import annotations

from pathlib import Path

import click

from tinygrad_fr import random
from tinygrad_fr.cli.options import catalogue, json_option, model_argument, model_options, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.trained import fresh_option, trained_module, weights_option
from tinygrad_fr.cli.window import text_of
from tinygrad_fr.locale import _
from tinygrad_fr.training import built


@click.command("ask")
@model_argument()
@click.argument("inputs", nargs=-1, required=True, metavar=_("INPUT…"))
@weights_option()
@fresh_option()
@json_option()
@model_options()
def command(
    name: str,
    inputs: tuple[str, ...],
    weights: Path | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> None:
    model = catalogue(files, strict).load(name)
    settings = settings_of(model, changes)
    batches = [
        model.read(settings, text_of(given)) for given in inputs
    ]  # a wrong input is refused before a long training
    model.answer(built(model, settings, seed, weights), batches[0])
    if weights is not None or not model.learns:
        module = built(model, settings, seed, weights)
    else:
        module = trained_module(model, settings, seed=seed)
    module.eval()
    random.manual_seed(seed)
    answers = [model.answer(module, batch) for batch in batches]
    if as_json:
        click.echo(json_text([{"input": a, "answer": b} for a, b in zip(inputs, answers, strict=True)]))
        return
    for answer in answers:
        click.echo(answer)
