"""``train``: a model, by its recipe."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tinygrad_fr.cli.options import assignments, catalogue, json_option, model_options, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.trained import train_with_progress, weights_option
from tinygrad_fr.draw import format_of, learning_diagram, render
from tinygrad_fr.errors import StoppedError, UsageError
from tinygrad_fr.locale import _, number
from tinygrad_fr.training import Config, DivergedError, RunFolder

if TYPE_CHECKING:
    from tinygrad_fr.plugins import Model
    from tinygrad_fr.training import Run


@click.command("train")
@click.argument("name")
@click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help=_("Number of readings of the data, instead of the recipe’s.")
)
@click.option(
    "-d", "--run", "path", type=click.Path(path_type=Path), metavar=_("FOLDER"),
    help=_("Keep the run in a folder: settings, figures, weights, and what it takes to go on."),
)  # fmt: skip
@click.option("--resume", is_flag=True, help=_("Go on with the run of --run where it was stopped."))
@output_option(_("Also draw the learning curve, in a file; the suffix chooses the format."))
@weights_option()
@json_option()
@model_options()
def command(
    name: str,
    epochs: int | None,
    path: Path | None,
    resume: bool,
    output: str | None,
    weights: Path | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> int:
    form = format_of(output) if output is not None else ""
    model = catalogue(files, strict).load(name)
    asked = Asked(model, settings_of(model, changes), seed, epochs, weights)
    if resume:
        asked = _resumed(asked, path, changes)
    elif path is not None:
        asked = dataclasses.replace(asked, folder=RunFolder.new(path, asked.config()))
    run = _trained(asked, files)
    if output is not None:
        write(output, json_text(run.to_json()).encode() if form == "json" else render(_picture(model, run), form))
        if output != "-":
            say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text(run.to_json()))
    elif output != "-":
        _table(model, run)
    expected = number(100 * run.recipe.score, 0)
    say(
        _("score {score} %, expected {expected} %").format(score=number(100 * run.score, 1), expected=expected)
        if run.reached
        else _("score {score} %, under the {expected} % expected").format(
            score=number(100 * run.score, 1), expected=expected
        )
    )
    return 0 if run.reached or epochs is not None else 1


@dataclass(frozen=True)
class Asked:
    """A training as it was asked for.

    Attributes:
        model: the plugin.
        settings: its hyper-parameters.
        seed: of the run.
        epochs: instead of the recipe's.
        weights: what to start from.
        folder: where the run is kept.
    """

    model: Model
    settings: Any
    seed: int
    epochs: int | None
    weights: Path | None
    folder: RunFolder | None = None

    def config(self) -> Config:
        """The same as a run's folder holds it."""
        start = str(self.weights) if self.weights is not None else None
        return Config(self.model.name, dataclasses.asdict(self.settings), self.seed, self.epochs, start)


def _resumed(asked: Asked, path: Path | None, changes: tuple[str, ...]) -> Asked:
    """The run of a folder, with what it was asked when it was started.

    Raises:
        UsageError: no folder was given, or something else is asked for now.
    """
    if path is None:
        raise UsageError(_("--resume: expected the folder of the run, with --run"))
    folder = RunFolder.open(path, asked.model)
    held = dataclasses.asdict(folder.config)
    now = dataclasses.asdict(asked.config())
    given = click.get_current_context().get_parameter_source("seed") is ParameterSource.COMMANDLINE
    pairs = [("--seed", now["seed"], held["seed"])] if given else []
    pairs += [("--weights", now["weights"], held["weights"])] if asked.weights is not None else []
    pairs += [(key, now["settings"][key], held["settings"].get(key)) for key in assignments(changes)]
    for key, mine, its in pairs:
        if mine != its:
            raise UsageError(
                _("--resume: the run in {path} has {key} = {held}, not {found}").format(
                    path=path, key=key, held=its, found=mine
                )
            )
    start = Path(held["weights"]) if held["weights"] is not None else None
    epochs = asked.epochs if asked.epochs is not None else held["epochs"]
    return Asked(asked.model, folder.settings(asked.model), held["seed"], epochs, start, folder)


def _trained(asked: Asked, files: tuple[Path, ...]) -> Run:
    """The run, with a progress bar.

    Raises:
        DivergedError: the message says what was kept.
        StoppedError: by Ctrl-C; the message says how to go on.
    """
    try:
        return train_with_progress(
            asked.model, asked.settings, seed=asked.seed, epochs=asked.epochs, weights=asked.weights,
            folder=asked.folder,
        )  # fmt: skip
    except DivergedError as error:
        if asked.folder is None:
            raise
        raise DivergedError(
            _("{cause}; {path} keeps the step before").format(cause=error, path=asked.folder.path)
        ) from None
    except KeyboardInterrupt:
        if asked.folder is None:
            raise StoppedError(_("interrupted; with --run FOLDER a training can be continued")) from None
        words = ["tinygrad-fr", "train", asked.model.name, "--run", str(asked.folder.path), "--resume"]
        words += [word for file in files for word in ("--plugin", str(file))]
        raise StoppedError(_("interrupted; to go on: {command}").format(command=shlex.join(words))) from None


def _picture(model: Model, run: Run) -> Any:
    return learning_diagram(
        str(model.title),
        [epoch.loss for epoch in run.epochs],
        [epoch.validation_loss for epoch in run.epochs],
        [epoch.score for epoch in run.epochs],
        expected=run.recipe.score,
        kept=run.kept.number if run.kept is not None else 1,
    )


def _table(model: Model, run: Run) -> None:
    columns = [_("epoch"), _("loss J"), _("validation"), _("score (%)"), _("seconds")]
    rows = [
        [str(e.number), number(e.loss), number(e.validation_loss), number(100 * e.score, 1), number(e.seconds, 1)]
        for e in run.epochs
    ]
    if run.kept is not None and run.kept is not run.epochs[-1]:
        columns.append(_("weights"))
        for row, epoch in zip(rows, run.epochs, strict=True):
            row.append(_("kept") if epoch is run.kept else "")
    table(str(model.title), columns, rows, numbers_from=0)
