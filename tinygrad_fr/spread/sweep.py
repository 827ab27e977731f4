"""One model trained for every combination of some settings, with several seeds each.

sweep.json       what was asked
cells/           a run's folder for each combination and seed
results.jsonl    one line per cell
results.csv      the same as a table
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import secrets
from dataclasses import asdict, dataclass, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import tinygrad_fr
from tinygrad_fr import fields, files
from tinygrad_fr.data.bound import LIMIT
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.spread.cell import Cell, Row, keep, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tinygrad_fr.plugins import Model
    from tinygrad_fr.spread.workers import Workers

ASKED, LINES, TABLE = "sweep.json", "results.jsonl", "results.csv"


@dataclass(frozen=True)
class Group:
    """One combination of settings, over its seeds.

    Attributes:
        values: the combination.
        rows: one a seed.

    Example:
        >>> rows = tuple(Row({"hidden": "4"}, seed, "done", score) for seed, score in enumerate((0.5, 0.75, 1.0)))
        >>> group = Group({"hidden": "4"}, (*rows, Row({"hidden": "4"}, 3, "diverged")))
        >>> group.scores, group.mean, group.spread
        ((0.5, 0.75, 1.0), 0.75, 0.25)
    """

    values: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def scores(self) -> tuple[float, ...]:
        """Of the seeds that came to their end."""
        return tuple(row.score for row in self.rows if row.score is not None)

    @property
    def mean(self) -> float:
        """Of the scores; NaN where there is none."""
        return fmean(self.scores) if self.scores else math.nan

    @property
    def spread(self) -> float:
        """Standard deviation of the scores, of a sample; NaN for fewer than two."""
        return stdev(self.scores) if len(self.scores) > 1 else math.nan


@dataclass(frozen=True)
class _Asked:
    """What a sweep's folder says it was asked."""

    model: str
    grid: dict[str, list[str]]
    settings: dict[str, str]
    epochs: int | None
    data: list[str | None] | None
    version: str


@dataclass(frozen=True)
class Sweep:
    """What a sweep was asked.

    Attributes:
        path: its folder.
        model: name of the plugin.
        grid: values of each setting that varies, as text.
        seeds: runs a combination, with seeds 0, 1 …
        fixed: other settings.
        epochs: instead of the recipe's.
        plugins: files that hold plugins.
        data: a person's own data, and the column of their classes.
        limit: bytes of memory that the data may take.

    Example:
        >>> from pathlib import Path
        >>> sweep = Sweep(Path("nowhere"), "mlp", {"hidden": ("4", "16"), "activation": ("tanh", "relu")}, seeds=3)
        >>> len(sweep.combinations), sweep.combinations[1]
        (4, {'hidden': '4', 'activation': 'relu'})
        >>> len(sweep.cells()), sweep.cells()[-1].title
        (12, 'hidden=16, activation=relu, seed=2')
    """

    path: Path
    model: str
    grid: dict[str, tuple[str, ...]]
    seeds: int = 1
    fixed: dict[str, str] | None = None
    epochs: int | None = None
    plugins: tuple[Path, ...] = ()
    data: tuple[Path, str | None] | None = None
    limit: int = LIMIT

    @property
    def combinations(self) -> list[dict[str, str]]:
        """Every choice of one value per setting."""
        return [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]

    def check(self, model: Model) -> None:
        """Read every combination once, so that a wrong one is said before work begins.

        Raises:
            UsageError: an unknown setting, or a value that it cannot have.
        """
        for values in self.combinations:
            model.settings.replaced({**(self.fixed or {}), **values})

    def cells(self) -> list[Cell]:
        """A cell for each combination and seed."""
        token = secrets.token_hex(4)
        found = []
        for values in self.combinations:
            for seed in range(self.seeds):
                parts = [f"{key}={value}" for key, value in (*values.items(), ("seed", seed))]
                place = self.path / "cells" / quote(",".join(parts), safe="=,+ ")
                found.append(
                    Cell(
                        self.model, values, {**(self.fixed or {}), **values}, seed, place.absolute(), self.epochs,
                        tuple(file.absolute() for file in self.plugins),
                        (self.data[0].absolute(), self.data[1]) if self.data is not None else None, token, self.limit,
                    )
                )  # fmt: skip
        return found

    def start(self) -> None:
        """Make the folder, or recognise it.

        Raises:
            UsageError: it holds a sweep that was asked something else; the number of seeds may change.
        """
        now = self._said()
        path = self.path / ASKED
        if path.exists():
            held = asdict(fields.read(_Asked, path))
            for key, value in now.items():
                if held.get(key) != value:
                    raise UsageError(
                        _(
                            "{path} holds another sweep: its {what} is {held}, not {found}; choose another folder"
                        ).format(path=self.path, what=key, held=_short(held.get(key)), found=_short(value))
                    )
            return
        files.folder(self.path)
        files.write(path, (json.dumps(now, ensure_ascii=False, indent=2) + "\n").encode())

    def _said(self) -> dict[str, Any]:
        """What tells this sweep from others, as JSON gives it back."""
        return {
            "model": self.model,
            "grid": {key: list(values) for key, values in self.grid.items()},
            "settings": self.fixed or {},
            "epochs": self.epochs,
            "data": [str(self.data[0].absolute()), self.data[1]] if self.data is not None else None,
            "version": tinygrad_fr.__version__,
        }

    def run(self, workers: Workers, told: Callable[[Cell, Row, int, int], None] | None = None) -> list[Row]:
        """Do what is not done yet, and write the table; one process at a time does.

        Args:
            workers: who does it.
            told: hears each cell with its row, and how many of how many are over.

        Returns:
            A row a cell, in the order of the grid.
        """
        files.folder(self.path)
        with files.alone(self.path):
            return self._run(workers, told)

    def _run(self, workers: Workers, told: Callable[[Cell, Row, int, int], None] | None) -> list[Row]:
        self.start()
        cells = self.cells()
        rows = {cell.path: row for cell in cells if (row := cell.row()) is not None}
        waiting = [cell for cell in cells if cell.path not in rows]
        try:
            for done in workers.each(run, waiting) if waiting else ():
                row = done.result or keep(done.task, _lost(done.task))
                rows[done.task.path] = row
                if told is not None:
                    told(done.task, row, len(rows), len(cells))
        finally:  # an interruption leaves a table of what is over
            found = [rows[cell.path] for cell in cells if cell.path in rows]
            self._write(found)
        return found

    def _write(self, rows: list[Row]) -> None:
        lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows]
        files.write(self.path / LINES, "".join(lines).encode())
        text = io.StringIO()
        plain = [replace(row, lost=[]) for row in rows]
        names = [key for key in asdict(Row({}, 0, "")) if key not in ("values", "lost")]
        writer = csv.DictWriter(text, [*self.grid, *names, "lost"], lineterminator="\n")
        writer.writeheader()
        for row, each in zip(rows, plain, strict=True):
            whole = {key: value for key, value in asdict(each).items() if key in names}
            writer.writerow({**row.values, **whole, "lost": " ".join(row.lost)})
        files.write(self.path / TABLE, text.getvalue().encode())

    def groups(self, rows: list[Row]) -> list[Group]:
        """The rows by combination."""
        return [Group(values, tuple(row for row in rows if row.values == values)) for values in self.combinations]


def _lost(cell: Cell) -> Row:
    lost = cell.begun()
    return Row(
        cell.values, cell.seed, "lost",
        cause=_("{n} workers died over it").format(n=len(lost)), lost=lost,
    )  # fmt: skip


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
