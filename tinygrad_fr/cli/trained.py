"""Looking at a model before or after its training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinygrad_fr.cli.options import Place, json_option, model_options, steps_option, together
from tinygrad_fr.cli.output import say
from tinygrad_fr.explain import Observed, observed
from tinygrad_fr.explain.lenses.recurrence import DIRECTIONS
from tinygrad_fr.locale import _, number
from tinygrad_fr.training import Run, RunFolder, built, kept, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.plugins import Batch, Model
    from tinygrad_fr.training import Epoch

_FRESH = "tinygrad_fr.fresh"
F = TypeVar("F", bound="Callable[..., Any] | click.Command")


def weights_option() -> Callable[[F], F]:
    """``--weights``."""
    return click.option(
        "--weights", type=Place(), metavar=_("FILE"),
        help=_("Start from saved weights: a .safetensors file, or the folder of a run."),
    )  # fmt: skip


def fresh_option() -> Callable[[F], F]:
    """``--fresh``, which :func:`trained_module` reads."""
    return click.option(
        "--fresh", is_flag=True, expose_value=False, help=_("Train again, whatever an earlier training left."),
        callback=lambda ctx, _parameter, value: ctx.meta.__setitem__(_FRESH, value),
    )  # fmt: skip


def table_option() -> Callable[[F], F]:
    """``--table``."""
    return click.option("--table", "with_table", is_flag=True, help=_("Also list every step, under the conclusions."))


def layer_options() -> Callable[[F], F]:
    """``--layer`` and ``--direction``, of networks with several."""
    return together(
        click.option("--layer", type=click.IntRange(1), metavar="N", help=_("Which recurrent layer, from 1.")),
        click.option(
            "--direction",
            type=click.Choice(DIRECTIONS),
            help=_("Which way, of a layer that reads a sequence both ways."),
        ),
    )


def lens_options() -> Callable[[F], F]:
    """The options that choose the run of a lens, and ``--json``."""
    return together(
        steps_option(),
        click.option("--trained", is_flag=True, help=_("Train the model by its recipe first.")),
        fresh_option(),
        weights_option(),
        json_option(),
        model_options(),
    )


def train_with_progress(
    model: Model,
    settings: Any,
    *,
    seed: int,
    epochs: int | None = None,
    weights: Path | None = None,
    folder: RunFolder | None = None,
    watch: Callable[[int, int, Module], None] | None = None,
    told: Callable[[Epoch], None] | None = None,
    quiet: bool = False,
) -> Run:
    """Train with a progress bar on standard error, unless ``quiet``; ``told`` hears each epoch's figures."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(str(model.title), total=None, figures="")
        figures, started = "", False

        def on_step(step: int, steps: int, loss: float) -> None:
            nonlocal started
            if not started:  # a run that goes on does not owe its speed to the steps of before
                progress.reset(task, total=steps, completed=step - 1)
                started = True
            progress.update(task, completed=step, figures=figures or f"L = {number(loss)}")

        def on_epoch(epoch: Epoch) -> None:
            nonlocal figures
            figures = f"L = {number(epoch.loss)}  {number(100 * epoch.score, 1)} %"
            if told is not None:
                told(epoch)

        return train(
            model, settings, seed=seed, epochs=epochs, weights=weights, folder=folder,
            on_step=on_step, on_epoch=on_epoch, watch=watch,
        )  # fmt: skip


def trained_module(model: Model, settings: Any, *, seed: int, quiet: bool = False) -> Module:
    """A model trained by its recipe, now or by an earlier command whose weights were kept."""
    context = click.get_current_context(silent=True)
    path = kept.place(model, settings, seed)
    if not (context is not None and context.meta.get(_FRESH)):
        module = built(model, settings, seed)
        if kept.take(module, path):
            if not quiet:
                say(_("trained earlier, weights in {path}: --fresh trains again").format(path=path))
            return module
    module = train_with_progress(model, settings, seed=seed, quiet=quiet).module
    if kept.keep(module, path) and not quiet:
        say(_("weights kept in {path}").format(path=path))
    return module


def trained_run(
    model: Model,
    settings: Any,
    *,
    trained: bool,
    seed: int,
    weights: Path | None = None,
    batch: Batch | None = None,
    quiet: bool = False,
) -> Observed:
    """An observed run of a new model, of one with saved weights, or of one that was trained first."""
    if not trained:
        module = built(model, settings, seed, weights)
    elif weights is not None:
        module = train_with_progress(model, settings, seed=seed, weights=weights, quiet=quiet).module
    else:
        module = trained_module(model, settings, seed=seed, quiet=quiet)
    return observed(model, settings, module=module, batch=batch, seed=seed)
