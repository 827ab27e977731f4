"""``train``: a model, by its recipe."""

from __future__ import annotations

from pathlib import Path

import click

from tinygrad_fr.cli.options import catalogue, json_option, model_options, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.trained import train_with_progress
from tinygrad_fr.draw import Series, curves, format_of, render, theme
from tinygrad_fr.locale import _, number


@click.command("train")
@click.argument("name")
@click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help=_("Number of readings of the data, instead of the recipe’s.")
)
@output_option(_("Also draw the learning curve, in a file; the suffix chooses the format."))
@json_option()
@model_options()
def command(
    name: str,
    epochs: int | None,
    output: str | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> int:
    form = format_of(output) if output is not None else ""
    model = catalogue(files, strict).load(name)
    settings = settings_of(model, changes)
    run = train_with_progress(model, settings, seed=seed, epochs=epochs)
    if output is not None:
        x = tuple(float(epoch.number) for epoch in run.epochs)
        loss = Series(_("loss J"), x, tuple(epoch.loss for epoch in run.epochs), theme.SERIES[1])
        score = Series(_("score"), x, tuple(epoch.score for epoch in run.epochs), theme.SERIES[0])
        title = _("{model}: learning curve").format(model=model.title)
        guide = _("Loss on the training rows, score on rows that were never seen.")
        if form == "json":
            write(output, json_text(run.to_json()).encode())
        else:
            write(output, render(curves([loss, score], title=title, guide=guide, x_name=_("epoch"), y_name=""), form))
        if output != "-":
            say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text(run.to_json()))
    elif output != "-":
        rows = [[str(e.number), number(e.loss), number(100 * e.score, 1), number(e.seconds, 1)] for e in run.epochs]
        table(str(model.title), [_("epoch"), _("loss J"), _("score (%)"), _("seconds")], rows, numbers_from=0)
    expected = number(100 * run.recipe.score, 0)
    say(
        _("score {score} %, expected {expected} %").format(score=number(100 * run.score, 1), expected=expected)
        if run.reached
        else _("score {score} %, under the {expected} % expected").format(
            score=number(100 * run.score, 1), expected=expected
        )
    )
    return 0 if run.reached or epochs is not None else 1
