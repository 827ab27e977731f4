"""``flow``: the gradient of the state at every time step, or of every layer; models side by side."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.options import model_argument, output_option, workers_of, workers_options
from tinygrad_fr.cli.output import say, table, tell
from tinygrad_fr.cli.picture import picture_options, with_answer
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import layer_options, lens_options, table_option, train_with_progress, trained_run
from tinygrad_fr.cli.variants import REMEDIES, remedy_options, variants
from tinygrad_fr.draw import flow_diagram, history_diagram
from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.explain import Flow, History, flow
from tinygrad_fr.explain.sparkline import sparkline
from tinygrad_fr.locale import _, number
from tinygrad_fr.page import flow_page
from tinygrad_fr.plugins import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.spread import Workers


@click.command("flow")
@model_argument("names", nargs=-1, required=True, metavar=_("NAME[:KEY=VALUE,…]…"))
@output_option(_("Also draw the curve and the strips, in a file; the suffix chooses the format."))
@remedy_options()
@click.option(
    "--clip-norm", type=click.FloatRange(0, min_open=True), metavar="X",
    help=_("Clip the norm of the parameters’ gradient: the arrow before and after."),
)  # fmt: skip
@click.option(
    "--clip-value", type=click.FloatRange(0, min_open=True), metavar="X",
    help=_("Clip each element of the parameters’ gradient."),
)  # fmt: skip
@layer_options()
@table_option()
@click.option("--during-training", is_flag=True, help=_("Train, and show the flow against the iterations."))
@workers_options()
@picture_options()
@lens_options()
@asks("html")
def command(
    request: Request,
    names: tuple[str, ...],
    compare: bool,
    clip_norm: float | None,
    clip_value: float | None,
    layer: int | None,
    direction: str | None,
    with_table: bool,
    during_training: bool,
    workers: int | None,
    cluster: str | None,
    **remedies: Any,
) -> None:
    wanted = {key: remedies[key] for key in REMEDIES}
    chosen = variants(request.catalogue, names, request.changes, request.steps, wanted, compare)
    tasks = [
        Curve(
            variant.source, asdict(variant.settings), variant.label, request.seed,
            request.weights.absolute() if request.weights is not None else None, request.trained, during_training,
            clip_norm, clip_value, tuple(file.absolute() for file in request.files), layer, direction,
        )
        for variant in chosen
    ]  # fmt: skip
    shared = workers_of(workers, cluster)
    runs: list[Any] = []  # the page computes again what was run in this process
    found: list[Any] = (
        list(_shared(tasks, shared))
        if shared is not None
        else [_seen(request.catalogue, each, runs=runs) for each in tasks]
    )
    if len({each.axis for each in found}) > 1:
        raise UsageError(_("flow: models with time steps and models with layers cannot share an axis"))
    if during_training and request.form == "html":
        raise UsageError(_("--during-training: a page shows one moment; expected a picture, such as flow.svg"))

    def picture(**less: bool) -> Diagram:
        slide = request.rendering.size == "slide"
        drawn = history_diagram(found) if during_training else flow_diagram(found, slide=slide, **less)
        return with_answer(drawn, runs[0][0] if len(found) == len(runs) == 1 else None)

    data = [each.to_json() for each in found]
    less = [
        (
            lambda: picture(figures=False),
            _("a slide has room for the verdicts: the figures of each model are left out"),
        ),
        (
            lambda: picture(figures=False, singular=False),
            _("a slide has room for one chart: the figures of each model and the singular values are left out"),
        ),
    ]
    if request.shown(data, picture, *([] if during_training else less), html=lambda: flow_page(found, picture, runs)):
        return
    if during_training:
        for each in found:
            tell(f"{sparkline(each.ratios)}  {each.headline()}")
    else:
        for each in found:
            tell(str(each))
            if each.clipping is not None:
                tell(each.clipping.sentence())
        if with_table:
            for each in found:
                _table(each)
        else:
            say(_("--table lists every step"))


@dataclass(frozen=True)
class Curve:
    """One curve of the picture, in plain data, so that any process can compute it; its model is a plugin's name or a file."""

    model: str
    settings: dict[str, Any]
    label: str
    seed: int
    weights: Path | None
    trained: bool
    during_training: bool
    clip_norm: float | None
    clip_value: float | None
    plugins: tuple[Path, ...]
    layer: int | None
    direction: str | None


def _seen(found: Catalogue, asked: Curve, *, quiet: bool = False, runs: list[Any] | None = None) -> Flow | History:
    """The flow of a model, which may be trained first; a progress bar shows it unless ``quiet``."""
    model = found.load(asked.model)
    settings = model.settings.replaced({key: str(value) for key, value in asked.settings.items()})
    if asked.during_training:
        history = History(model.name, asked.label)
        watch = history.watch(model, settings)
        train_with_progress(model, settings, seed=asked.seed, weights=asked.weights, watch=watch, quiet=quiet)
        return history
    run = trained_run(
        model, settings, trained=asked.trained, seed=asked.seed, weights=asked.weights, quiet=quiet
    )  # fmt: skip
    if runs is not None:
        runs.append((run, asked.layer, asked.direction))
    return flow(
        run, asked.label, layer=asked.layer, direction=asked.direction,
        clip_norm=asked.clip_norm, clip_value=asked.clip_value,
    )  # fmt: skip


def _elsewhere(asked: Curve) -> Flow | History:
    return _seen(Catalogue.of(asked.plugins), asked, quiet=True)


def _shared(tasks: list[Curve], workers: Workers) -> Iterator[Flow | History]:
    """The flows that other processes computed, in the order of the curves."""
    over = {done.task.label: done.result for done in workers.each(_elsewhere, tasks)}
    for each in tasks:
        result = over[each.label]
        if result is None:
            raise TinygradError(_("{model}: every worker that tried it died").format(model=each.label))
        yield result


def _table(flow: Flow) -> None:
    """What comes back at every place, for one model: as wide as a terminal of 80 columns."""
    parts: list[tuple[str, tuple[float, ...]]] = [(f"‖∂L/∂{flow.symbol}‖", flow.h)]
    if flow.c is not None:
        parts.append(("‖∂L/∂C‖", flow.c))
    if flow.jacobians is not None:
        parts += [("σ max", (math.nan, *flow.jacobians.largest)), ("σ min", (math.nan, *flow.jacobians.smallest))]
    rows = [
        [str(place), *("" if math.isnan(values[i]) else number(values[i]) for _name, values in parts)]
        for i, place in enumerate(flow.steps)
    ]
    title = _("{model}, step by step") if flow.axis == "time" else _("{model}, layer by layer")
    columns = ["t" if flow.axis == "time" else "l", *(name for name, _values in parts)]
    table(title.format(model=flow.label), columns, rows, numbers_from=0)
