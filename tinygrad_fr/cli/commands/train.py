"""``train``: a model, by its recipe."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.asked import Asked
from tinygrad_fr.cli.options import (
    Place,
    catalogue,
    json_option,
    limit_option,
    model_argument,
    model_options,
    output_option,
    settings_of,
)
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.picture import RenderOptions, picture_options, render_options
from tinygrad_fr.cli.trained import train_with_progress, weights_option
from tinygrad_fr.draw import Diagram, confusion_diagram, format_of, learning_diagram
from tinygrad_fr.errors import StoppedError, UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.locale import _, number
from tinygrad_fr.plugins import Classifier
from tinygrad_fr.training import Board, Confusion, DivergedError, baselines, confusion

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.plugins import Model
    from tinygrad_fr.training import Baseline, Run


@click.command("train")
@model_argument()
@click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help=_("Number of readings of the data, instead of the recipe’s.")
)
@click.option(
    "-d", "--run", "path", type=Place(), metavar=_("FOLDER"),
    help=_("Keep the run in a folder: settings, figures, weights, and what it takes to go on."),
)  # fmt: skip
@click.option("--resume", is_flag=True, help=_("Go on with the run of --run where it was stopped."))
@click.option(
    "--data", type=Place(), metavar=_("FILE|FOLDER"),
    help=_("Learn from data of yours: a CSV, Parquet or IDX file, numpy’s arrays, or a folder of images a class."),
)  # fmt: skip
@click.option("--target", metavar=_("COLUMN"), help=_("Column of the classes in a table; the last one by default."))
@limit_option()
@output_option(_("Also draw the learning curve, in a file; the suffix chooses the format."))
@click.option(
    "--confusion",
    "sorted_",
    type=Place(file=True),
    metavar=_("FILE"),
    help=_("Also draw which classes are taken for which, in a file."),
)
@click.option(
    "--baseline", is_flag=True, help=_("Show scikit-learn’s support vector machine and random forest beside it.")
)
@click.option(
    "--tensorboard", "board", type=Place(), metavar=_("FOLDER"),
    help=_("Also write for TensorBoard, in a folder: the graph, and each epoch’s figures, weights and gradients."),
)  # fmt: skip
@weights_option()
@picture_options()
@json_option()
@model_options()
def command(
    name: str,
    epochs: int | None,
    path: Path | None,
    resume: bool,
    data: Path | None,
    target: str | None,
    limit: int,
    output: str | None,
    sorted_: str | None,
    baseline: bool,
    board: Path | None,
    weights: Path | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **picture: Any,
) -> int:
    rendering = render_options(picture)
    forms = {file: format_of(file) for file in (output, sorted_) if file is not None}  # wrong ones are said first
    model = catalogue(files, strict).load(name)
    asked = Asked(model, settings_of(model, changes), seed, epochs, weights, limit=limit)
    if data is not None:
        asked = asked.with_data(data, target)
    elif target is not None:
        raise UsageError(_("--target: expected data of yours too, with --data"))
    if resume:
        asked = asked.resumed(path, changes)
    if sorted_ is not None and not isinstance(asked.model, Classifier):
        raise UsageError(_("--confusion: model “{name}” does not sort rows into classes").format(name=name))
    beside = baselines(asked.model.recipe(asked.settings), asked.seed) if baseline else ()
    if path is not None and not resume:
        asked = asked.started(path)
    with Board(board) if board is not None else nullcontext() as written:
        run = _trained(asked, files, written)
    shown = run.to_json() | {"baselines": [each._asdict() for each in beside]}
    if output is not None:
        _write(output, forms[output], rendering, lambda: _curve(asked.model, run), shown)
    if sorted_ is not None and isinstance(asked.model, Classifier):
        found = confusion(asked.model, run.module, run.recipe.test)
        classifier = asked.model
        _write(sorted_, forms[sorted_], rendering, lambda: _sorted(classifier, found), found.to_json())
    if as_json:
        click.echo(json_text(shown))
    elif "-" not in forms:
        _table(asked.model, run)
        if beside:
            _beside(asked.model, run, beside)
    expected = number(100 * run.recipe.score, 0)
    say(
        _("score {score} %, expected {expected} %").format(score=number(100 * run.score, 1), expected=expected)
        if run.reached
        else _("score {score} %, under the {expected} % expected").format(
            score=number(100 * run.score, 1), expected=expected
        )
    )
    return 0 if run.reached or not _whole(asked, run) else 1


def _whole(asked: Asked, run: Run) -> bool:
    """Whether the recipe's own epochs were read, or its patience lost: before that, no score is promised.

    It depends on where the run stands, so that one that was stopped and continued ends with the code of one that was not.
    """
    best, patience = run.kept, run.recipe.patience
    tired = best is not None and patience is not None and len(run.epochs) - best.number >= patience
    return tired or len(run.epochs) >= asked.model.recipe(asked.settings).epochs


def _trained(asked: Asked, files: tuple[Path, ...], board: Board | None) -> Run:
    """The run, with a progress bar.

    Raises:
        DivergedError: the message says what was kept.
        StoppedError: by Ctrl-C; the message says how to go on.
    """
    if board is not None:
        board.graph(observed(asked.model, asked.settings, seed=asked.seed, backward=False).graph)
    try:
        return train_with_progress(
            asked.model, asked.settings, seed=asked.seed, epochs=asked.epochs, weights=asked.weights,
            folder=asked.folder, told=board.epoch if board is not None else None,
            watch=board.watch if board is not None else None,
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


def _write(path: str, form: str, rendering: RenderOptions, make: Callable[[], Diagram], data: dict[str, Any]) -> None:
    write(path, json_text(data).encode() if form == "json" else rendering.draw(form, make))
    if path != "-":
        say(_("{path}: written").format(path=path))


def _curve(model: Model, run: Run) -> Diagram:
    return learning_diagram(
        str(model.title),
        [epoch.loss for epoch in run.epochs],
        [epoch.validation_loss for epoch in run.epochs],
        [epoch.score for epoch in run.epochs],
        expected=run.recipe.score,
        kept=run.kept.number if run.kept is not None else 1,
    )


def _sorted(model: Model, found: Confusion) -> Diagram:
    return confusion_diagram(str(model.title), found.classes, found.counts)


def _table(model: Model, run: Run) -> None:
    columns = [_("epoch"), _("loss L"), _("validation"), _("score (%)"), _("seconds")]
    rows = [
        [str(e.number), number(e.loss), number(e.validation_loss), number(100 * e.score, 1), number(e.seconds, 1)]
        for e in run.epochs
    ]
    if run.kept is not None and run.kept is not run.epochs[-1]:
        columns.append(_("weights"))
        for row, epoch in zip(rows, run.epochs, strict=True):
            row.append(_("kept") if epoch is run.kept else "")
    table(str(model.title), columns, rows, numbers_from=0)


def _beside(model: Model, run: Run, beside: tuple[Baseline, ...]) -> None:
    rows = [(str(model.title), run.score, run.epochs[-1].seconds), *beside]
    table(
        _("On the same rows"),
        [_("method"), _("score (%)"), _("seconds")],
        [[name, number(100 * score, 1), number(seconds, 1)] for name, score, seconds in rows],
    )
