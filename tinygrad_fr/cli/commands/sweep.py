"""``sweep``: a model for every combination of some settings, several times each."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.options import (
    Place,
    assignments,
    catalogue,
    json_option,
    limit_option,
    model_argument,
    plugin_options,
    workers_of,
    workers_options,
)
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.picture import RenderOptions, picture_options, render_options
from tinygrad_fr.draw import format_of, sweep_diagram
from tinygrad_fr.errors import StoppedError, UsageError
from tinygrad_fr.locale import _, number
from tinygrad_fr.spread import Sweep, Workers

if TYPE_CHECKING:
    from tinygrad_fr.plugins import Model
    from tinygrad_fr.spread import Cell, Group, Row

PICTURE = "sweep.svg"
MOST = 10_000  # cells


@click.command("sweep")
@model_argument()
@click.option(
    "--grid", "grids", multiple=True, metavar=_("KEY=VALUE,VALUE…"),
    help=_("Values that a setting takes in turn; repeat for a grid."),
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, metavar="N", help=_("Runs a combination.")
)
@click.option(
    "-d", "--run", "path", type=Place(), metavar=_("FOLDER"), required=True,
    help=_("Where its runs and its table are kept; the same command again does what is missing."),
)  # fmt: skip
@workers_options()
@click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help=_("Number of readings of the data, instead of the recipe’s.")
)
@click.option(
    "--set", "changes", multiple=True, metavar=_("KEY=VALUE"), help=_("Set a hyper-parameter of all; repeatable.")
)
@click.option(
    "--data", type=Place(), metavar=_("FILE|FOLDER"),
    help=_("Learn from data of yours: a CSV, Parquet or IDX file, numpy’s arrays, or a folder of images a class."),
)  # fmt: skip
@click.option("--target", metavar=_("COLUMN"), help=_("Column of the classes in a table; the last one by default."))
@limit_option()
@click.option(
    "-o",
    "--output",
    type=Place(file=True),
    metavar=_("FILE"),
    help=_("Where to draw the scores, instead of sweep.svg in the folder."),
)
@picture_options()
@json_option()
@plugin_options()
def command(
    name: str,
    grids: tuple[str, ...],
    seeds: int,
    path: Path,
    workers: int | None,
    cluster: str | None,
    epochs: int | None,
    changes: tuple[str, ...],
    data: Path | None,
    target: str | None,
    limit: int,
    output: str | None,
    as_json: bool,
    files: tuple[Path, ...],
    strict: bool,
    **picture: Any,
) -> int:
    rendering = render_options(picture)
    drawn = output or str(path / PICTURE)
    form = format_of(drawn)
    model = catalogue(files, strict).load(name)
    if target is not None and data is None:
        raise UsageError(_("--target: expected data of yours too, with --data"))
    own = (data, target) if data is not None else None
    sweep = Sweep(path, name, _grid(grids), seeds, assignments(changes), epochs, files, own, limit)
    sweep.check(model)
    cells = len(sweep.combinations) * seeds
    if cells > MOST:
        raise UsageError(_("sweep: expected at most {most} runs, got {found}").format(most=number(MOST), found=cells))
    try:
        rows = sweep.run(workers_of(workers, cluster) or Workers(), _told)
    except KeyboardInterrupt:
        raise StoppedError(
            _("interrupted; {path} keeps what is done: the same command goes on").format(path=path)
        ) from None
    groups = sweep.groups(rows)
    _draw(drawn, form, rendering, model, groups, rows)
    if as_json:
        click.echo(json_text([asdict(row) for row in rows]))
    elif drawn != "-":
        _table(model, groups)
        counts = Counter(row.status for row in rows)
        say(_said(counts))
    return 0 if all(row.status in ("done", "diverged") for row in rows) else 1


def _grid(texts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """``key=value,value`` as a table.

    Raises:
        UsageError: one has no value, or comes twice.
    """
    grid: dict[str, tuple[str, ...]] = {}
    for text in texts:
        key, _equals, values = text.partition("=")
        found = [value.strip() for value in values.split(",")]
        if not all(found) or not key.strip():
            raise UsageError(_("--grid: expected key=value,value…, got “{found}”").format(found=text))
        if key.strip() in grid or len(set(found)) < len(found):
            raise UsageError(_("--grid: expected each setting and each value once, got “{found}”").format(found=text))
        grid[key.strip()] = tuple(found)
    if not grid:
        raise UsageError(_("sweep: expected a setting that varies, such as --grid lr=0.1,0.01"))
    return grid


def _told(cell: Cell, row: Row, over: int, total: int) -> None:
    """Progress: a line per run, and what went wrong in it."""
    for worker in row.lost if row.status != "lost" else ():
        say(_("worker {worker} was lost; another one went on with {cell}").format(worker=worker, cell=cell.title))
    what = f"{number(100 * row.score, 1)} %" if row.score is not None else f"{_status(row.status)}: {row.cause}"
    say(f"[{over}/{total}] {cell.title}: {what}")


def _status(status: str) -> str:
    return {
        "done": _("done"), "diverged": _("diverged"), "failed": _("failed"), "lost": _("lost"),
    }[status]  # fmt: skip


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{_status(status)}: {number(n)}" for status, n in counts.items())


def _name(group: Group) -> str:
    return " · ".join(f"{key} {value}" for key, value in group.values.items())


def _note(group: Group) -> str:
    return _said(Counter(row.status for row in group.rows if row.status != "done"))


def _draw(path: str, form: str, rendering: RenderOptions, model: Model, groups: list[Group], rows: list[Row]) -> None:
    found = [(_name(group), group.scores, _note(group)) for group in groups]
    data = json_text([asdict(row) for row in rows]).encode()
    write(path, data if form == "json" else rendering.draw(form, lambda: sweep_diagram(str(model.title), found)))
    if path != "-":
        say(_("{path}: written").format(path=path))


def _table(model: Model, groups: list[Group]) -> None:
    keys = list(groups[0].values)
    columns = [*keys, _("runs"), _("score (%)"), _("± over seeds"), _("lowest"), _("highest"), ""]
    rows = []
    for group in groups:
        scores = group.scores
        ends = (min(scores), max(scores)) if scores else (math.nan, math.nan)
        figures = (group.mean, group.spread, *ends)
        texts = ["–" if math.isnan(value) else number(100 * value, 1) for value in figures]
        rows.append([*group.values.values(), number(len(group.rows)), *texts, _note(group)])
    table(str(model.title), columns, rows, numbers_from=0)
