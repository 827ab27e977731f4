"""Rows that each belong to a class: what every reader of a person's own data gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Rows with their classes.

    Attributes:
        inputs: (n, …) numbers: columns of a table, or grey levels from 0 to 1 (n, height, width).
        labels: (n,) places in ``classes``.
        classes: the name of each.
        held: rows to be scored on, where the data came with some.

    Raises:
        DataError: lengths differ, a number is not finite, a label is out of range, or there is only one class.

    Example:
        >>> data = Labelled([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1], ("low", "high"))
        >>> train, test = data.split(0.25)
        >>> len(train), len(test), data.blind
        (3, 1, 0.5)
    """

    inputs: Any
    labels: Any
    classes: tuple[str, ...]
    held: Labelled | None = None

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):  # too large for a float32 is said below
            inputs, labels = np.asarray(self.inputs, np.float32), np.asarray(self.labels, np.int64)
        if inputs.ndim == 0 or labels.ndim != 1:
            raise DataError(_("expected rows of numbers and a label each, got single numbers"))
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "labels", labels)
        if len(inputs) and not inputs.size:
            raise DataError(_("expected numbers in each row, got none"))
        if len(inputs) != len(labels):
            raise DataError(
                _("expected one label a row, got {rows} rows and {labels} labels").format(
                    rows=len(inputs), labels=len(labels)
                )
            )
        if not len(inputs) or len(self.classes) < 2:
            raise DataError(
                _("expected rows of at least two classes, got {rows} rows of {classes} classes").format(
                    rows=len(inputs), classes=len(self.classes)
                )
            )
        if self.held is not None and self.held.inputs.shape[1:] != inputs.shape[1:]:
            raise DataError(
                _("expected rows of one shape to learn from and to be scored on, got {found} and {held}").format(
                    found=inputs.shape[1:], held=self.held.inputs.shape[1:]
                )
            )
        wrong = np.argwhere(~np.isfinite(inputs))
        if len(wrong):
            raise DataError(
                _("expected finite numbers, found {found} in row {row}").format(
                    found="NaN" if np.isnan(inputs[tuple(wrong[0])]) else "inf", row=int(wrong[0][0]) + 1
                )
            )
        outside = np.flatnonzero((labels < 0) | (labels >= len(self.classes)))
        if len(outside):
            raise DataError(
                _("row {row}: expected a label from 0 to {last}, got {found}").format(
                    row=int(outside[0]) + 1, last=len(self.classes) - 1, found=int(labels[outside[0]])
                )
            )

    @staticmethod
    def of(inputs: Any, names: Any, held: tuple[Any, Any] | None = None) -> Labelled:
        """Rows whose classes are what stands in ``names``, in order.

        Args:
            inputs: (n, …) numbers.
            names: (n,) words or numbers.
            held: the same for rows to be scored on.
        """
        parts = [_listed(names), *([_listed(held[1])] if held is not None else [])]
        place = {name: i for i, name in enumerate(sorted(set().union(*parts)))}
        labels = [np.fromiter((place[name] for name in part), np.int64, len(part)) for part in parts]
        words = tuple(map(str, place))
        test = None if held is None else Labelled(held[0], labels[1], words)
        return Labelled(inputs, labels[0], words, test)

    def __len__(self) -> int:
        return len(self.labels)

    def split(self, test: float = 0.2, seed: int = 0) -> tuple[Labelled, Labelled]:
        """Rows to learn from and rows to be scored on: those that came with the data, or drawn with a seed.

        Args:
            test: share held out.
            seed: of the drawing.
        """
        if self.held is not None:
            return Labelled(self.inputs, self.labels, self.classes), self.held
        order = np.random.default_rng(seed).permutation(len(self))
        count = min(max(1, round(test * len(self))), len(self) - 1)
        parts = order[count:], order[:count]
        one, other = (Labelled(self.inputs[part], self.labels[part], self.classes) for part in parts)
        return one, other

    @property
    def blind(self) -> float:
        """Share of right answers of whoever always says the most frequent class."""
        return float(np.bincount(self.labels).max() / len(self))

    @property
    def fingerprint(self) -> str:
        """Tells these rows from others."""
        digest = hashlib.sha256(repr((self.inputs.shape, self.classes)).encode())
        for part in (self, *([self.held] if self.held is not None else [])):
            digest.update(np.ascontiguousarray(part.inputs).tobytes())
            digest.update(part.labels.tobytes())
        return digest.hexdigest()


def _listed(names: Any) -> list[Any]:
    """Words as they are: an array of them would give each the room of the longest."""
    found: list[Any] = names.tolist() if isinstance(names, np.ndarray) else list(names)
    return found
