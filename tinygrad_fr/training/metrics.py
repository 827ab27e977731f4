"""Which classes a classifier takes for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.data.loader import DataLoader
from tinygrad_fr.modes import no_grad

if TYPE_CHECKING:
    from tinygrad_fr.data.loader import TensorDataset
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.plugins.classifier import Classifier


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each class was answered for each.

    Attributes:
        classes: their names.
        counts: (k, k), a row per true class, a column per answer.

    Example:
        >>> found = Confusion(("cat", "dog"), np.array([[3, 1], [0, 4]]))  # one cat was taken for a dog
        >>> found.accuracy, found.recall, found.precision
        (0.875, (0.75, 1.0), (1.0, 0.8))
    """

    classes: tuple[str, ...]
    counts: npt.NDArray[Any]

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(np.trace(self.counts) / max(self.counts.sum(), 1))

    @property
    def recall(self) -> tuple[float, ...]:
        """Of the rows of each class, the share that was recognised; NaN for a class without rows."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=1))

    @property
    def precision(self) -> tuple[float, ...]:
        """Of the answers of each class, the share that was right; NaN for a class that was never answered."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=0))

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {
            "classes": list(self.classes),
            "counts": self.counts.tolist(),
            "accuracy": self.accuracy,
            "recall": list(self.recall),
            "precision": list(self.precision),
        }


def _shares(parts: npt.NDArray[Any], wholes: npt.NDArray[Any]) -> tuple[float, ...]:
    return tuple(float(a / b) if b else float("nan") for a, b in zip(parts, wholes, strict=True))


def confusion(model: Classifier, module: Module, rows: TensorDataset, batch_size: int = 256) -> Confusion:
    """Compare a module's answers with the right ones, over all rows.

    Example:
        >>> from tinygrad_fr import nn
        >>> from tinygrad_fr.data import TensorDataset
        >>> from tinygrad_fr.plugins import Catalogue
        >>> rows = TensorDataset([[9.0, 0.0], [0.0, 9.0], [9.0, 0.0]], [0, 1, 1])  # scores, and right answers
        >>> confusion(Catalogue().load("mlp"), nn.Identity(), rows).counts.tolist()
        [[1, 0], [1, 1]]
    """
    found: list[npt.NDArray[Any]] = []
    with no_grad():
        for inputs, _target in DataLoader(rows, batch_size):
            module.eval()
            found.append(model.answers(module, inputs))
    module.train()
    answers, target = np.concatenate(found), rows.arrays[1]
    count = int(max(answers.max(), target.max())) + 1
    classes = model.own.classes if model.own is not None else tuple(map(str, range(count)))
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (target, answers), 1)
    return Confusion(classes, counts)
