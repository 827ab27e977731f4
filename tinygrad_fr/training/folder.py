"""A run in a folder: what it was asked, what it measured, its weights, and all that it takes to go on.

    config.json             model, settings, seed, version
    metrics.jsonl           one line per epoch
    weights.safetensors     what the run gives, under PyTorch's keys
    checkpoint.safetensors  weights, optimizer, schedule, random numbers, place

Each is written whole or not at all, the checkpoint as often as its own cost allows: a twentieth of the time at most goes
into it. What a kill loses is therefore twenty times as long as one writing, or the step under way if that is longer; an
interruption or an error loses that step alone. Continued, a run ends bit for bit where it would have ended.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from tinygrad_fr import fields, files
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.fields import Plain
from tinygrad_fr.installed import version
from tinygrad_fr.locale import _
from tinygrad_fr.training.state import State
from tinygrad_fr.training.weights import WEIGHTS, packed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tinygrad_fr.plugins.contract import Model
    from tinygrad_fr.training.loop import Training

CONFIG, METRICS, CHECKPOINT = "config.json", "metrics.jsonl", "checkpoint.safetensors"
REST = 19.0  # of work for one of writing: 5 %


class Own(TypedDict):
    """A person's own data, as a run's folder knows them.

    Attributes:
        path: where they are.
        target: the column of the classes, in a table.
        fingerprint: what tells them from others.
    """

    path: str
    target: str | None
    fingerprint: str


@dataclass(frozen=True)
class Config:
    """What a run was asked.

    Attributes:
        model: the plugin's name.
        settings: all of its hyper-parameters.
        seed: of the run.
        epochs: instead of the recipe's, if any.
        weights: what it started from, if not from new parameters.
        data: the person's own data that it reads, if any.
        version: of this package.

    Example:
        >>> asked = Config("neuron", {"gate": "and"}, seed=3)
        >>> asked == Config("neuron", {"gate": "and"}), asked.epochs  # another seed, another run
        (False, None)
    """

    model: str
    settings: dict[str, Plain]
    seed: int = field(default=0, metadata={"low": 0})
    epochs: int | None = field(default=None, metadata={"low": 1})
    weights: str | None = None
    data: Own | None = None
    version: str = version()


class RunFolder:
    """The folder of one run.

    Args:
        path: the folder.
        config: what the run was asked.
        rest: how much longer than a writing the work between two writings is; 0 writes after every step.
        patience: seconds to wait for another process that still writes here.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from tinygrad_fr.plugins import Catalogue
        >>> from tinygrad_fr.training import train
        >>> model = Catalogue().load("neuron")
        >>> with tempfile.TemporaryDirectory() as place:
        ...     run = train(model, epochs=2, folder=RunFolder.new(Path(place), Config("neuron", {})))
        ...     print(sorted(path.name for path in Path(place).iterdir()))
        ...     print(len(train(model, epochs=5, folder=RunFolder.open(Path(place), model)).epochs))
        ['checkpoint.safetensors', 'config.json', 'metrics.jsonl', 'weights.safetensors']
        5
    """

    def __init__(self, path: Path, config: Config, rest: float = REST, patience: float = 0.0) -> None:
        self.patience = patience
        self.path, self.config, self.rest = path, config, rest
        self._written, self._cost = -1e9, 0.0
        self._epochs = -1

    @staticmethod
    def new(path: Path, config: Config) -> RunFolder:
        """Start a run in a folder, which is made where it is not there.

        Raises:
            UsageError: it holds a run already.
            TinygradError: it cannot be written.
        """
        files.folder(path)
        with files.alone(path):
            if (path / CONFIG).exists():
                raise UsageError(
                    _("{path} holds a run already: continue it with --resume, or choose another folder").format(
                        path=path
                    )
                )
            files.write(path / CONFIG, (json.dumps(asdict(config), ensure_ascii=False, indent=2) + "\n").encode())
        return RunFolder(path, config)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one that writes here; what a kill left unfinished is removed first.

        Raises:
            UsageError: another process trains this run.
            TinygradError: the folder cannot be written.
        """
        with files.alone(self.path, self.patience):
            for name in (CONFIG, METRICS, WEIGHTS, CHECKPOINT):
                files.sweep(self.path / name)
            yield

    @staticmethod
    def asked(path: Path) -> Config | None:
        """What the run of a folder was asked; None where there is none.

        Raises:
            DataError: it is damaged.
        """
        return fields.read(Config, path / CONFIG) if files.exists(path / CONFIG) else None

    @staticmethod
    def open(path: Path, model: Model) -> RunFolder:
        """The run of a folder, to be read; whoever goes on with it does so inside :meth:`writing`.

        Raises:
            UsageError: there is none, or it is one of another model.
            DataError: it is damaged, or was made by another version, whose numbers may differ.
        """
        config = RunFolder.asked(path)
        if config is None:
            raise UsageError(_("{path} holds no run to continue").format(path=path))
        if config.model != model.name:
            raise UsageError(
                _("{path} holds a run of model “{found}”, not of “{expected}”").format(
                    path=path, found=config.model, expected=model.name
                )
            )
        if config.version != version():
            raise DataError(
                _(
                    "{path} holds a run of version {found}, this is {expected}: its numbers may differ; start a new run from its weights with --weights {path}"
                ).format(path=path, found=config.version, expected=version())
            )
        return RunFolder(path, config)

    def settings(self, model: Model) -> Any:
        """The run's settings.

        Raises:
            DataError: the model has no such settings.
        """
        try:
            return model.settings.replaced({key: str(value) for key, value in self.config.settings.items()})
        except UsageError as error:
            raise fields.damaged(self.path / CONFIG, str(error)) from None

    def restore(self, training: Training) -> None:
        """Bring a new training to where this run was stopped.

        Raises:
            DataError: the checkpoint is damaged, or does not fit the model.
        """
        path = self.path / CHECKPOINT
        if path.exists():
            state = State.unpack(files.read(path), path)
            try:
                training.restore(state)
            except DataError as error:
                raise DataError(_("{path}: {cause}").format(path=path, cause=error)) from None

    def keep(self, state: State) -> None:
        """Write a state, unless the last writing was too short ago for its cost."""
        if time.perf_counter() - self._written >= self.rest * self._cost:
            self.save(state)

    def save(self, state: State) -> None:
        """Write a state.

        Raises:
            TinygradError: it cannot be written; the one before is still there.
        """
        start = time.perf_counter()
        files.write(self.path / CHECKPOINT, state.pack())
        if len(state.epochs) != self._epochs:
            lines = [json.dumps(epoch.to_json()) + "\n" for epoch in state.epochs]
            files.write(self.path / METRICS, "".join(lines).encode())
            files.write(self.path / WEIGHTS, packed(state.weights if state.best is None else state.best))
            self._epochs = len(state.epochs)
        self._written = time.perf_counter()
        self._cost = self._written - start
