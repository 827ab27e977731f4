"""Data sets of arrays, read in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tinygrad_fr import random
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterator


class TensorDataset:
    """Arrays of one length, read row by row together.

    Raises:
        DataError: the lengths differ, or an array holds a NaN or an infinity.

    Example:
        >>> rows = TensorDataset([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 1, 0])
        >>> x, y = rows[[2, 0]]
        >>> len(rows), x.tolist(), y.tolist()
        (3, [[5.0, 6.0], [1.0, 2.0]], [0, 0])
    """

    def __init__(self, *arrays: Any) -> None:
        self.arrays = tuple(np.asarray(array) for array in arrays)
        lengths = [len(array) for array in self.arrays]
        if len(set(lengths)) > 1:
            raise DataError(_("expected arrays of one length, got {found}").format(found=lengths))
        for number, array in enumerate(self.arrays, start=1):
            if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
                row = int(np.argwhere(~np.isfinite(array))[0][0])
                raise DataError(
                    _("expected finite numbers, found {found} in row {row} of array {number}").format(
                        found="NaN" if np.any(np.isnan(array)) else "inf", row=row + 1, number=number
                    )
                )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(Tensor(array[index]) for array in self.arrays)


class Dataset(Protocol):
    """Rows by their places: all that a loader asks. With a method ``order(generator)``, it says in which order to shuffle: what
    it gives is asked for slices, from the first row to the last.

    Example:
        >>> class Squares:
        ...     def __len__(self):
        ...         return 100
        ...     def __getitem__(self, index):
        ...         return Tensor(index), Tensor(index**2)
        ...
        >>> [batch[1].tolist() for batch in DataLoader(Squares(), batch_size=3)][2]
        [36, 49, 64]
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]: ...


class DataLoader:
    """Batches of a data set.

    Args:
        dataset: what to read, row by row.
        batch_size: rows a batch.
        shuffle: another order at each reading, from the generator.
        drop_last: leave out a last batch that is not full.
        generator: source of the orders; the package's own by default.

    Example:
        >>> rows = TensorDataset(np.arange(5))
        >>> [x.tolist() for (x,) in DataLoader(rows, batch_size=2)]
        [[0, 1], [2, 3], [4]]
        >>> shuffled = DataLoader(rows, batch_size=2, shuffle=True, drop_last=True, generator=random.Generator(0))
        >>> len(shuffled), [x.shape for (x,) in shuffled]
        (2, [(2,), (2,)])
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: random.Generator | None = None,
    ) -> None:
        if batch_size < 1:
            raise UsageError(_("batch_size: expected at least 1, got {found}").format(found=batch_size))
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, batch_size, shuffle, drop_last
        self.generator = generator

    def __len__(self) -> int:
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        return self.read()

    def _order(self) -> Any:
        """Another order: the data set's own, where some orders are quicker to read than others."""
        chance = (self.generator or random.default).numpy
        own = getattr(self.dataset, "order", None)
        return own(chance) if own is not None else chance.permutation(len(self.dataset))

    def read(self, first: int = 0) -> Iterator[tuple[Tensor, ...]]:
        """Batches of one reading, from the one of this number on. The order of all of them is drawn at once."""
        n, size = len(self.dataset), self.batch_size
        order = self._order() if self.shuffle else None
        places = (slice(i * size, min((i + 1) * size, n)) for i in range(first, len(self)))
        return (self.dataset[order[at] if order is not None else np.arange(at.start, at.stop)] for at in places)
