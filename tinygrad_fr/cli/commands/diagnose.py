"""``diagnose``: why a model does not learn, read from the record of its training."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from tinygrad_fr.cli.options import catalogue, json_option, model_options, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import tell
from tinygrad_fr.cli.picture import picture_options, render_options
from tinygrad_fr.cli.trained import train_with_progress
from tinygrad_fr.draw import format_of
from tinygrad_fr.draw.pictures.health import health_diagram
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.lenses.health import Checkup
from tinygrad_fr.lessons.runner import run
from tinygrad_fr.locale import _
from tinygrad_fr.observers import told_roots
from tinygrad_fr.training import RunFolder
from tinygrad_fr.training.divergence import DivergedError


@click.command("diagnose")
@click.argument("name", metavar=_("NAME|RUN|SCRIPT"))
@output_option(_("Also draw what the verdict was read from; the suffix chooses the format."))
@click.option("--epochs", type=click.IntRange(1), metavar="N", help=_("Train for N epochs instead of the recipe’s."))
@picture_options()
@json_option()
@model_options()
def command(
    name: str,
    output: str | None,
    epochs: int | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **picture: object,
) -> None:
    rendering = render_options(picture)
    if output is not None:
        format_of(output)
    checkup = Checkup()
    if Path(name).suffix == ".py":
        with contextlib.redirect_stdout(sys.stderr), told_roots(checkup):
            run(Path(name), (), None)
        title = Path(name).name
    else:
        title = _trained(checkup, name, epochs, changes, seed, files, strict)
    checkup.end()
    if not checkup.losses:
        raise UsageError(_("{name}: it never went backward, and there is nothing to diagnose").format(name=name))
    verdict = checkup.verdict()
    if as_json:
        click.echo(json_text(checkup.to_json()))
    else:
        tell(_("{name}: {verdict}").format(name=title, verdict=f"{verdict.said}."))
        tell(_("To try: {remedy}").format(remedy=verdict.remedy))
    if output is not None:
        one = (
            lambda: health_diagram(checkup, title, slide=True),
            _("a slide has room for one layer: the first is shown"),
        )
        rendering.write(output, lambda: health_diagram(checkup, title), one)


def _trained(
    checkup: Checkup,
    name: str,
    epochs: int | None,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> str:
    """Train a model by its recipe, or a run's once more from its start: same seed, same numbers."""
    at_hand = catalogue(files, strict)
    config = RunFolder.asked(Path(name)) if Path(name).is_dir() else None
    if Path(name).is_dir() and config is None:
        raise UsageError(_("{path} holds no run").format(path=name))
    model = at_hand.load(config.model if config is not None else name)
    weights = None
    if config is None:
        settings = settings_of(model, changes)
    else:
        if config.data is not None:
            raise UsageError(_("{path}: a run on data of yours cannot be diagnosed yet").format(path=name))
        settings = RunFolder.open(Path(name), model).settings(model)
        seed, epochs = config.seed, epochs if epochs is not None else config.epochs
        weights = Path(config.weights) if config.weights is not None else None
    with told_roots(checkup), contextlib.suppress(DivergedError):
        train_with_progress(model, settings, seed=seed, epochs=epochs, weights=weights)
    return str(model.title)
