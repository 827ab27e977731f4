"""``compare``: one model trained once for each value of a setting."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from tinygrad_fr.cli.options import assignments, json_option, model_argument, model_options, output_option
from tinygrad_fr.cli.output import say, table
from tinygrad_fr.cli.picture import picture_options
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import train_with_progress
from tinygrad_fr.draw import learning_panels
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _, number
from tinygrad_fr.training import DivergedError

if TYPE_CHECKING:
    from tinygrad_fr.plugins import Model
    from tinygrad_fr.training import Run

MOST = 12  # values, each a training


@click.command("compare")
@model_argument()
@click.argument("key", metavar=_("SETTING"))
@click.argument("values", nargs=-1, metavar=_("[VALUE]…"))
@click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help=_("Number of readings of the data, instead of the recipe’s.")
)
@output_option(_("Also draw the learning curves side by side, in a file; the suffix chooses the format."))
@picture_options()
@json_option()
@model_options()
@asks()
def command(request: Request, key: str, values: tuple[str, ...], epochs: int | None) -> None:
    model = request.model
    given = assignments(request.changes)
    each = {value: model.settings.replaced({**given, key: value}) for value in values or choices(model, key)}
    if len(each) > MOST:
        raise UsageError(_("compare: expected at most {most} values, got {found}").format(most=MOST, found=len(each)))
    runs: dict[str, Run] = {}
    for value, settings in each.items():
        try:
            runs[value] = train_with_progress(model, settings, seed=request.seed, epochs=epochs)
        except DivergedError as error:  # one that fails does not take the others with it
            say(_("{key} = {value}: {cause}").format(key=key, value=value, cause=error))
    if not runs:
        raise DivergedError(_("compare: no training came to its end"))
    shown = {"model": model.name, "setting": key, "runs": {value: run.to_json() for value, run in runs.items()}}
    curves = {
        f"{key} = {value}": ([e.loss for e in run.epochs], [e.validation_loss for e in run.epochs], run.score)
        for value, run in runs.items()
    }
    if request.shown(shown, lambda: learning_panels(str(model.title), curves)):
        return
    columns = [key, _("epochs"), _("loss L"), _("validation"), _("lowest"), _("score (%)"), _("seconds")]
    table(str(model.title), columns, [_row(value, run) for value, run in runs.items()])


def _row(value: str, run: Run) -> list[str]:
    last, kept = run.epochs[-1], run.kept or run.epochs[-1]
    lowest = min(epoch.validation_loss for epoch in run.epochs)
    figures = (last.loss, kept.validation_loss, lowest)
    return [
        value, number(len(run.epochs)), *map(number, figures), number(100 * run.score, 1), number(last.seconds, 1)
    ]  # fmt: skip


def choices(model: Model, key: str) -> tuple[str, ...]:
    """The values that a setting allows, where they can be counted.

    Raises:
        UsageError: there is no such setting, or its values must be given.
    """
    model.settings.replaced({key: str(getattr(model.settings, key, ""))})  # an unknown one is said
    field = next(field for field in dataclasses.fields(model.settings) if field.name == key)
    if field.metadata["choices"]:
        return tuple(field.metadata["choices"])
    if isinstance(getattr(model.settings, key), bool):
        return ("no", "yes")
    raise UsageError(
        _("compare: expected values of {key}, such as: compare {name} {key} 1 2").format(name=model.name, key=key)
    )
