"""The request for a training, given now or when its run was started."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tinygrad_fr.cli.options import assignments
from tinygrad_fr.data import load
from tinygrad_fr.data.bound import LIMIT
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.training import Config, RunFolder
from tinygrad_fr.training.folder import Own

if TYPE_CHECKING:
    from tinygrad_fr.plugins import Model


@dataclass(frozen=True)
class Asked:
    """The request for a training.

    Attributes:
        model: the plugin, already given the person's own data where there are some.
        settings: its hyper-parameters.
        seed: of the run.
        epochs: instead of the recipe's.
        weights: what to start from.
        data: the person's own data: where they are, and what tells them from others.
        folder: where the run is kept.
        limit: bytes of memory that the data may take.
    """

    model: Model
    settings: Any
    seed: int
    epochs: int | None
    weights: Path | None
    data: Own | None = None
    folder: RunFolder | None = None
    limit: int = LIMIT

    @property
    def config(self) -> Config:
        """The same as a run's folder holds it."""
        return Config(
            self.model.name,
            dataclasses.asdict(self.settings),
            self.seed,
            self.epochs,
            str(self.weights) if self.weights is not None else None,
            self.data,
        )

    def with_data(self, path: Path, target: str | None) -> Asked:
        """The same on data of a person's own."""
        data = load(path, target, self.limit)
        known: Own = {"path": str(path), "target": target, "fingerprint": data.fingerprint}
        return dataclasses.replace(self, model=self.model.on(data), data=known)

    def started(self, path: Path) -> Asked:
        """The same, kept in a folder from now on."""
        return dataclasses.replace(self, folder=RunFolder.new(path, self.config))

    def resumed(self, path: Path | None, changes: tuple[str, ...]) -> Asked:
        """The run of a folder, as it was asked for when it was started, its data read again.

        Raises:
            UsageError: no folder was given, something else is asked for now, or the data have changed.
        """
        if path is None:
            raise UsageError(_("--resume: expected the folder of the run, with --run"))
        folder = RunFolder.open(path, self.model)
        held, now = dataclasses.asdict(folder.config), dataclasses.asdict(self.config)
        seed = click.get_current_context().get_parameter_source("seed") is ParameterSource.COMMANDLINE
        given = {"--seed": seed, "--weights": self.weights is not None, "--data": self.data is not None}
        pairs = [(key, _place(now[key[2:]]), _place(held[key[2:]])) for key, is_given in given.items() if is_given]
        pairs += [(key, now["settings"][key], held["settings"].get(key)) for key in assignments(changes)]
        for key, mine, its in pairs:
            if mine != its:
                raise UsageError(
                    _("--resume: the run in {path} was started with {key} = {held}, not {found}").format(
                        path=path, key=key, held=its, found=mine
                    )
                )
        asked = Asked(
            self.model,
            folder.settings(self.model),
            held["seed"],
            self.epochs if self.epochs is not None else held["epochs"],
            Path(held["weights"]) if held["weights"] is not None else None,
            folder=folder,
            limit=self.limit,
        )
        data = held["data"]
        if data is None:
            return asked
        asked = asked.with_data(Path(data["path"]), data["target"])
        if asked.data != data:
            raise UsageError(
                _("--resume: the data in {path} have changed since the run was started").format(path=data["path"])
            )
        return asked


def _place(value: Any) -> Any:
    """Data by where they are; whether they are still the same is another question."""
    return " ".join(filter(None, (value["path"], value["target"]))) if isinstance(value, dict) else value
