"""Data sets larger than memory: rows stay on the disk until a batch asks for them."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr import files
from tinygrad_fr.data.arrays import UNREADABLE
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = npt.NDArray[Any]
_HELD = 2  # groups of rows kept at a time: a batch reaches from one into the next


class MappedDataset:
    """Rows of .npy files, read together; the system brings in the pages that a batch touches, and drops them again.

    Args:
        paths: one .npy file an array, all of one length: inputs, then targets.

    Raises:
        DataError: a file is no array of numbers, is shorter than it says, or has another length; when a batch is read, a
            number that is not finite.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> np.save(folder / "x.npy", np.arange(6.0).reshape(3, 2)); np.save(folder / "y.npy", np.array([0, 1, 0]))
        >>> rows = MappedDataset(folder / "x.npy", folder / "y.npy")
        >>> len(rows), rows[np.array([2, 0])][1].numpy().tolist()
        (3, [0, 0])
    """

    def __init__(self, *paths: Path | str) -> None:
        if not paths:
            raise UsageError(_("MappedDataset: expected at least one .npy file"))
        self.paths = tuple(map(Path, paths))
        self.arrays = tuple(_mapped(path) for path in self.paths)
        lengths = [len(array) for array in self.arrays]
        if len(set(lengths)) > 1:
            raise DataError(_("expected arrays of one length, got {found}").format(found=lengths))

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        rows = (np.asarray(array[index]) for array in self.arrays)
        return tuple(_checked(path, index, array) for path, array in zip(self.paths, rows, strict=True))


class ParquetDataset:
    """Rows of a Parquet file: columns of numbers as inputs (n, k), a column of whole numbers as targets (n,).

    Shuffled, its groups of rows come in another order, and the rows of a group in another order; so a reading goes through
    the file once, and holds two groups at a time. Write small groups (``row_group_size``) for a better shuffle.

    Args:
        path: the file.
        target: the column of targets, the last one by default.
        columns: those of the inputs, all others by default.

    Raises:
        UsageError: pyarrow is not installed, or there is no such column.
        DataError: the file cannot be read, or a column holds no numbers.

    Example:
        >>> import pyarrow as pa, pyarrow.parquet as pq
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ...     table = pa.table({"size": [3, 9, 2], "weight": [4.5, 30.0, 4.0], "kind": [0, 1, 0]})
        ...     pq.write_table(table, Path(folder, "animals.parquet"))
        ...     rows = ParquetDataset(Path(folder, "animals.parquet"))
        ...     x, y = rows[[1]]
        >>> len(rows), x.tolist(), y.tolist()
        (3, [[9.0, 30.0]], [1])
    """

    def __init__(self, path: Path | str, target: str | None = None, columns: Sequence[str] | None = None) -> None:
        self.path = Path(path)
        self._file, names = _parquet(self.path)
        self.target = target if target is not None else names[-1] if names else ""
        self.columns = tuple(columns if columns is not None else (name for name in names if name != self.target))
        for name in (self.target, *self.columns):
            if name not in names:
                raise UsageError(
                    _("{path} has no column “{name}”; it has: {known}").format(
                        path=self.path, name=name, known=", ".join(names) or "–"
                    )
                )
        if not self.columns:
            raise UsageError(_("{path}: expected a column besides that of the targets").format(path=self.path))
        sizes = _sizes(self.path, self._file.metadata)
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._held: OrderedDict[int, tuple[Array, Array]] = OrderedDict()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def order(self, generator: np.random.Generator) -> Array:
        """Another order of all rows, which stays within a group for as long as it has rows."""
        groups = generator.permutation(len(self._starts) - 1)
        parts = [generator.permutation(np.arange(self._starts[i], self._starts[i + 1])) for i in groups]
        return np.concatenate(parts) if parts else np.arange(0)

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        rows = np.atleast_1d(np.arange(len(self))[index] if isinstance(index, slice) else np.asarray(index))
        if len(rows) and (rows.min() < -len(self) or rows.max() >= len(self)):
            raise IndexError(f"row {rows.min() if rows.min() < 0 else rows.max()} of {len(self)}")
        rows = rows % max(len(self), 1)
        inputs, targets = np.empty((len(rows), len(self.columns)), np.float32), np.empty(len(rows), np.int64)
        groups = np.searchsorted(self._starts, rows, side="right") - 1
        for group in dict.fromkeys(groups.tolist()):
            here = groups == group
            x, y = self._group(group)
            inputs[here], targets[here] = x[rows[here] - self._starts[group]], y[rows[here] - self._starts[group]]
        return _checked(self.path, rows, inputs), Tensor(targets)

    def _group(self, group: int) -> tuple[Array, Array]:
        if group not in self._held:
            while len(self._held) >= _HELD:
                self._held.popitem(last=False)
            self._held[group] = self._read(group)
        self._held.move_to_end(group)
        return self._held[group]

    def _read(self, group: int) -> tuple[Array, Array]:
        import pyarrow as pa

        try:
            table = self._file.read_row_group(group, columns=[*self.columns, self.target])
        except (pa.ArrowException, OSError, ValueError) as error:
            raise DataError(
                _("{path}: group {group} of rows cannot be read ({cause})").format(
                    path=self.path, group=group + 1, cause=str(error).partition("\n")[0]
                )
            ) from None
        if table.num_rows != self._starts[group + 1] - self._starts[group]:
            raise DataError(
                _("{path}: group {group} of rows has not the length that the file says").format(
                    path=self.path, group=group + 1
                )
            )
        x = np.stack([self._numbers(table, name) for name in self.columns], axis=1).astype(np.float32)
        y = self._numbers(table, self.target)
        if not np.array_equal(y, np.floor(y)):
            raise DataError(_("{path}: expected one whole number a row as its class").format(path=self.path))
        return x, y.astype(np.int64)

    def _numbers(self, table: Any, name: str) -> Array:
        column = table.column(name)
        found = column.to_numpy() if column.null_count == 0 else None
        if found is None or found.dtype.kind not in "biuf":
            raise DataError(
                _("{path}, column “{name}”: expected numbers, found {found}").format(
                    path=self.path, name=name, found=column.type if column.null_count == 0 else _("missing values")
                )
            )
        return np.asarray(found)


def _sizes(path: Path, about: Any) -> list[int]:
    """Rows of each group, where they are as many as the file says."""
    sizes = [about.row_group(i).num_rows for i in range(about.num_row_groups)]
    if sum(sizes) != about.num_rows or min(sizes, default=0) < 0:
        raise DataError(
            _("{path}: its groups have {found} rows, and it says {expected}").format(
                path=path, found=sum(sizes), expected=about.num_rows
            )
        )
    return sizes


def _checked(path: Path, index: Any, rows: Array) -> Tensor:
    """A batch, if its numbers are finite."""
    if rows.dtype.kind == "f" and not np.isfinite(rows).all():
        where = int(np.argwhere(~np.isfinite(rows))[0][0]) if rows.ndim else 0
        row = int(np.atleast_1d(index)[where]) if not isinstance(index, slice) else (index.start or 0) + where
        raise DataError(_("{path}: row {row} holds a number that is not finite").format(path=path, row=row + 1))
    return Tensor(rows)


def _mapped(path: Path) -> Array:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise DataError(_("cannot read {path}: {cause}").format(path=path, cause=files.reason(error))) from None
    except UNREADABLE as error:
        raise DataError(
            _("{path} is no whole file of numpy’s numbers ({cause})").format(
                path=path, cause=str(error).partition("\n")[0]
            )
        ) from None
    if not isinstance(array, np.ndarray) or array.ndim == 0 or array.dtype.kind not in "biuf":
        raise DataError(_("{path}: expected an array of numbers, row by row").format(path=path))
    return array


def _parquet(path: Path) -> tuple[Any, list[str]]:
    """The file, and the names of its columns."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError(
            _("{path}: Parquet needs pyarrow; to install it: {command}").format(
                path=path, command="pip install 'tinygrad_fr[arrow]'"
            )
        ) from None
    if not path.is_file():
        raise UsageError(_("there is no file or folder {path}").format(path=path))
    try:
        file = pq.ParquetFile(path)
        return file, list(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            _("{path} is no whole Parquet file ({cause})").format(path=path, cause=str(error).partition("\n")[0])
        ) from None
