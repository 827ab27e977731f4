"""Everything that the next steps of a training depend on, as it was between two steps."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from dataclasses import fields as fields_of
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import fields
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.training.weights import packed, unpacked

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "checkpoint 1"  # names the words in a checkpoint's header
_ARRAY = "$array"


@dataclass(frozen=True)
class Epoch:
    """What one reading of the training rows gave.

    Attributes:
        number: counted from 1.
        loss: mean over the training rows, while they were learned from.
        validation_loss: mean over the test rows.
        score: on the test rows, between 0 and 1.
        seconds: since the start.

    Example:
        >>> epoch = Epoch(1, loss=float("inf"), validation_loss=2.0, score=0.5, seconds=0.1)
        >>> epoch.to_json()["loss"] is None, epoch.to_json()["score"]
        (True, 0.5)
    """

    number: int
    loss: float
    validation_loss: float
    score: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data; JSON has no NaN and no infinity, so they are null."""
        return {key: value if math.isfinite(value) else None for key, value in asdict(self).items()}


@dataclass(frozen=True)
class State:
    """A training between two steps. Taking one costs no copy: arrays that entered the record are never written again.

    Attributes:
        step: steps done in all.
        batch: batches read of the epoch that is under way.
        total: sum of the losses of its rows.
        seconds: since the start.
        weights: parameters and buffers by key.
        extra: what modules keep besides (``get_extra_state``), by path.
        best: weights of the best epoch, where the recipe has a patience.
        optimizer: its moments and settings.
        schedule: its place in time.
        generators: where the package's random numbers stand, the training's own, and its own when the epoch began.
        epochs: those that are over.

    Example:
        >>> from pathlib import Path
        >>> from tinygrad_fr.plugins import Catalogue
        >>> from tinygrad_fr.training import Training
        >>> model = Catalogue().load("neuron")
        >>> first, second = Training(model, model.settings), Training(model, model.settings, seed=1)
        >>> first.turn()
        >>> second.restore(State.unpack(first.state().pack(), Path("checkpoint")))
        >>> second.step, second.module.w1.item() == first.module.w1.item()
        (1, True)
    """

    step: int = field(metadata={"low": 0})
    batch: int = field(metadata={"low": 0})
    total: float
    seconds: float
    weights: dict[str, Any]
    extra: dict[str, Any]
    best: dict[str, Any] | None
    optimizer: dict[str, Any]
    schedule: dict[str, Any] | None
    generators: dict[str, Any]
    epochs: tuple[Epoch, ...]

    def pack(self) -> bytes:
        """The state as one file: arrays as safetensors, the rest as JSON in its header."""
        arrays: dict[str, Any] = {}
        tree = {each.name: _flat(getattr(self, each.name), each.name, arrays) for each in fields_of(self)}
        return packed(arrays, {FORMAT: json.dumps(tree)})

    @staticmethod
    def unpack(data: bytes, path: Path) -> State:
        """The state of a file's bytes.

        Raises:
            DataError: they are no checkpoint, or one of another version.
        """
        arrays, about = unpacked(data, path)
        if FORMAT not in about:
            raise DataError(_("{path} is no checkpoint of this version").format(path=path))
        try:
            tree = _deep(fields.parsed(about[FORMAT], path, finite=False), arrays, "")
        except (ValueError, RecursionError) as error:
            if isinstance(error, DataError):
                raise
            cause = str(error) if isinstance(error, ValueError) else _("it is nested too deeply")
            raise fields.damaged(path, cause) from None
        return fields.of(State, tree, path)


def _flat(tree: Any, path: str, arrays: dict[str, Any]) -> Any:
    """A tree as JSON can hold it: its arrays, put aside, leave their key behind."""
    if isinstance(tree, Epoch):
        return asdict(tree)
    if isinstance(tree, dict):
        return {str(key): _flat(value, f"{path}.{key}", arrays) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_flat(value, f"{path}.{i}", arrays) for i, value in enumerate(tree)]
    if isinstance(tree, np.ndarray):
        arrays[path] = tree
        return {_ARRAY: path}
    return tree.item() if isinstance(tree, np.generic) else tree


def _deep(tree: Any, arrays: dict[str, Any], where: str) -> Any:
    """The tree with its arrays where their keys are.

    Raises:
        ValueError: there is no such array.
    """
    if isinstance(tree, dict):
        if _ARRAY in tree:
            if not isinstance(tree[_ARRAY], str) or tree[_ARRAY] not in arrays:
                raise ValueError(_("field “{field}”: its array is missing").format(field=where))
            return arrays[tree[_ARRAY]]
        return {key: _deep(value, arrays, f"{where}.{key}".lstrip(".")) for key, value in tree.items()}
    return [_deep(value, arrays, f"{where}.{i}") for i, value in enumerate(tree)] if isinstance(tree, list) else tree
