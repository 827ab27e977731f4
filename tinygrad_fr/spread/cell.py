"""One training of a sweep: a run in a folder of its own, which any worker can begin or go on with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tinygrad_fr import fields, files
from tinygrad_fr.data import load
from tinygrad_fr.data.bound import LIMIT
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.spread.workers import name
from tinygrad_fr.training import Config, DivergedError, RunFolder, train
from tinygrad_fr.training.folder import Own

PATIENCE = 10.0  # seconds for a worker that was told to stop and has not yet
ROW, WORKERS = "row.json", "workers.jsonl"


@dataclass(frozen=True)
class Cell:
    """A training, said in plain data.

    Attributes:
        model: name of the plugin.
        values: of the settings that the sweep varies.
        settings: those and the ones that it fixes.
        seed: of the run.
        path: its folder.
        epochs: instead of the recipe's.
        plugins: files that hold plugins.
        data: a person's own data, and the column of their classes.
        sweep: which call of the command asks: a worker that began for this one and is not there any more was lost.
        limit: bytes of memory that the data may take.

    Example:
        >>> cell = Cell("mlp", {"hidden": "4"}, {"hidden": "4", "lr": "0.1"}, seed=2, path=Path("nowhere"))
        >>> cell.title, cell.row()
        ('hidden=4, seed=2', None)
    """

    model: str
    values: dict[str, str]
    settings: dict[str, str]
    seed: int
    path: Path
    epochs: int | None = None
    plugins: tuple[Path, ...] = ()
    data: tuple[Path, str | None] | None = None
    sweep: str = ""
    limit: int = LIMIT

    @property
    def title(self) -> str:
        """Short name, of what differs alone."""
        return ", ".join(f"{key}={value}" for key, value in (*self.values.items(), ("seed", self.seed)))

    def row(self) -> Row | None:
        """What came of it, where it is over."""
        path = self.path / ROW
        if not path.exists():
            return None
        return fields.read(Row, path)

    def begun(self) -> list[str]:
        """The workers that began it for this call, in order."""
        path = self.path / WORKERS
        lines = files.read(path).decode(errors="replace").splitlines() if path.exists() else []
        return [worker for sweep, _tab, worker in (line.partition("\t") for line in lines) if sweep == self.sweep]


@dataclass(frozen=True)
class Row:
    """What came of a cell.

    Attributes:
        values: of the settings that the sweep varies.
        seed: of the run.
        status: ``done``, ``diverged``, ``failed`` (the model's own error), or ``lost`` (every worker that tried it died).
        score: on the test rows, between 0 and 1; None unless done.
        loss: of the last epoch, on training rows.
        validation_loss: of the epoch whose weights are kept.
        epochs: that were read.
        seconds: of work, without the pauses.
        cause: why it is not done.
        lost: workers that died over it.

    Example:
        >>> rows = [Row({}, 0, "done", score=0.9), Row({}, 1, "diverged", cause="too long a step")]
        >>> [row.score for row in rows]
        [0.9, None]
    """

    values: dict[str, str]
    seed: int
    status: str
    score: float | None = None
    loss: float | None = None
    validation_loss: float | None = None
    epochs: int = 0
    seconds: float = 0.0
    cause: str = ""
    lost: list[str] = field(default_factory=list)


def run(cell: Cell) -> Row:
    """Begin a cell, or go on with it, to its end."""
    files.folder(cell.path)
    with (cell.path / WORKERS).open("a", encoding="utf-8") as file:
        file.write(f"{cell.sweep}\t{name()}\n")
    lost = cell.begun()[:-1]
    try:
        row = _trained(cell)
    except DivergedError as error:
        row = Row(cell.values, cell.seed, "diverged", cause=str(error))
    except (Exception, SystemExit) as error:  # a model may raise anything, and must not take the other cells with it
        row = Row(cell.values, cell.seed, "failed", cause=str(error) or type(error).__name__)
    return keep(cell, replace(row, lost=lost))


def keep(cell: Cell, row: Row) -> Row:
    """Write what came of a cell; one that was lost, or met an error that may pass, is tried again at the next call."""
    if row.status in ("done", "diverged"):
        files.write(cell.path / ROW, (json.dumps(asdict(row), ensure_ascii=False) + "\n").encode())
    return row


def _trained(cell: Cell) -> Row:
    model = Catalogue.of(cell.plugins).load(cell.model)
    data: Own | None = None
    if cell.data is not None:
        path, target = cell.data
        own = load(path, target, cell.limit)
        model, data = model.on(own), {"path": str(path), "target": target, "fingerprint": own.fingerprint}
    settings = model.settings.replaced(cell.settings)
    config = Config(model.name, asdict(settings), cell.seed, cell.epochs, data=data)
    held = RunFolder.asked(cell.path)
    if held is not None and held != config:
        raise DataError(_("{path} holds another run: its data or its version have changed").format(path=cell.path))
    folder = RunFolder.open(cell.path, model) if held is not None else RunFolder.new(cell.path, config)
    folder.patience = PATIENCE
    done = train(model, settings, seed=cell.seed, epochs=cell.epochs, folder=folder)
    last, kept = done.epochs[-1].to_json(), (done.kept or done.epochs[-1]).to_json()
    return Row(
        cell.values, cell.seed, "done", kept["score"], last["loss"], kept["validation_loss"], len(done.epochs),
        last["seconds"],
    )  # fmt: skip
