"""Data sets larger than memory: rows stay on the disk until a batch asks for them."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr import files
from tinygrad_fr.data import bound
from tinygrad_fr.data.arrays import UNREADABLE
from tinygrad_fr.data.table import several, shortened
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = npt.NDArray[Any]
_HELD = 2  # groups of rows kept at a time: a batch reaches from one into the next
MOST = 2**26  # rows of a group, which is read whole; Arrow writes no larger ones
_INDEX = re.compile(r"__index_level_\d+__")  # where pandas keeps the names of the rows


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

    def rows(self, index: Any) -> tuple[Tensor, ...]:
        """A batch, at once."""
        return self[index]


class ParquetDataset:
    """Rows of a Parquet file: columns of numbers as inputs (n, k), a column of whole numbers as targets (n,).

    Shuffled, its groups of rows come in another order, and the rows of a group in another order; so a reading goes through
    the file once, and holds two groups at a time. Write small groups (``row_group_size``) for a better shuffle.

    Args:
        path: the file.
        target: the column of targets, the last one by default.
        columns: those of the inputs, all others by default.
        limit: bytes of memory that a group of rows may take.

    Raises:
        UsageError: pyarrow is not installed, or there is no such column.
        DataError: the file cannot be read, a column holds no numbers, or a group takes more than the limit.

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

    def __init__(
        self,
        path: Path | str,
        target: str | None = None,
        columns: Sequence[str] | None = None,
        limit: int = bound.LIMIT,
    ) -> None:
        self.path = Path(path)
        self._file, self.target, self.columns = opened(self.path, target, columns)
        sizes = _sizes(self.path, self._file.metadata)
        checked(self.path, self._file, (*self.columns, self.target))
        bound.numbers(self.path, (max(sizes, default=0), len(self.columns) + 1), 8, limit)
        most = max((unpacked(self._file, (*self.columns, self.target), limit, i) for i in range(len(sizes))), default=0)
        bound.check(self.path, most, limit)
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._held: OrderedDict[int, tuple[Array, Array]] = OrderedDict()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def order(self, generator: np.random.Generator) -> GroupOrder:
        """Another order of all rows, which stays within a group for as long as it has rows."""
        return GroupOrder(self._starts, generator)

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        if isinstance(index, slice):
            index = np.arange(*index.indices(len(self)))
        rows = np.atleast_1d(np.asarray(index))
        if len(rows) and (rows.min() < -len(self) or rows.max() >= len(self)):
            raise IndexError(f"row {rows.min() if rows.min() < 0 else rows.max()} of {len(self)}")
        rows = rows % max(len(self), 1)
        inputs, targets = np.empty((len(rows), len(self.columns)), np.float32), np.empty(len(rows), np.int64)
        groups = np.searchsorted(self._starts, rows, side="right") - 1
        for group in dict.fromkeys(groups.tolist()):
            here = groups == group
            x, y = self._group(group)
            inputs[here], targets[here] = x[rows[here] - self._starts[group]], y[rows[here] - self._starts[group]]
        return _checked(self.path, rows, inputs), tensor(targets)

    def rows(self, index: Any) -> tuple[Tensor, ...]:
        """A batch, at once."""
        return self[index]

    def _group(self, group: int) -> tuple[Array, Array]:
        if group not in self._held:
            while len(self._held) >= _HELD:
                self._held.popitem(last=False)
            self._held[group] = self._read(group)
        self._held.move_to_end(group)
        return self._held[group]

    def _read(self, group: int) -> tuple[Array, Array]:
        table = read_group(self.path, self._file, group, (*self.columns, self.target))
        x = np.stack([numbers(self.path, table, name) for name in self.columns], axis=1).astype(np.float32)
        y = numbers(self.path, table, self.target)
        if not np.array_equal(y, np.floor(y)):
            raise DataError(_("{path}: expected one whole number per row as its class").format(path=self.path))
        return x, y.astype(np.int64)


class GroupOrder:
    """An order of rows that is drawn as it is read, for it grows with the groups and not with the rows.

    Args:
        starts: the first row of each group, and the end of the last.
        generator: what draws; once, now, so that a reading can begin anywhere.

    Example:
        >>> order = GroupOrder(np.array([0, 3, 5]), np.random.default_rng(0))
        >>> sorted(order[:5].tolist()), len(order[4:9])
        ([0, 1, 2, 3, 4], 1)
    """

    def __init__(self, starts: Array, generator: np.random.Generator) -> None:
        self.starts = starts
        self.groups = generator.permutation(len(starts) - 1)
        self.seeds = generator.integers(0, 2**63, len(self.groups))
        self.places = np.concatenate([[0], np.cumsum(np.diff(starts)[self.groups])]).astype(np.int64)
        self._drawn: tuple[int, Array] = (-1, np.arange(0))

    def __len__(self) -> int:
        return int(self.places[-1])

    def __getitem__(self, part: slice) -> Array:
        first, last, step = part.indices(len(self))
        turn = int(np.searchsorted(self.places, first, side="right")) - 1
        parts = [np.arange(0)]
        while first < last:
            start, end = int(self.places[turn]), int(self.places[turn + 1])
            parts.append(self._rows(turn)[first - start : last - start])
            first, turn = max(first, end), turn + 1
        return np.concatenate(parts)[::step]

    def _rows(self, turn: int) -> Array:
        """The rows of the group whose turn it is."""
        if self._drawn[0] != turn:
            group = self.groups[turn]
            drawn = np.random.default_rng(self.seeds[turn]).permutation(self.starts[group + 1] - self.starts[group])
            self._drawn = turn, drawn + self.starts[group]
        return self._drawn[1]


def opened(path: Path, target: str | None, columns: Sequence[str] | None) -> tuple[Any, str, tuple[str, ...]]:
    """A Parquet file, the column of its targets and those of its inputs.

    Raises:
        UsageError: pyarrow is not installed, or there is no such column.
        DataError: it is no whole Parquet file, or two of its columns have one name.
    """
    file, names = _parquet(path)
    target = target if target is not None else names[-1] if names else ""
    chosen = tuple(columns if columns is not None else (name for name in names if name != target))
    counts = Counter(names)
    for name in (target, *chosen):
        if not counts[name]:
            raise UsageError(
                _("{path} has no column “{name}”; it has: {known}").format(
                    path=path, name=shortened(name), known=several(names) or "–"
                )
            )
        if counts[name] > 1:
            raise DataError(
                _("{path}: expected a name of its own for each column, found “{name}”").format(
                    path=path, name=shortened(name)
                )
            )
    if not chosen:
        raise UsageError(_("{path}: expected a column besides that of the targets").format(path=path))
    return file, target, chosen


def read_group(path: Path, file: Any, group: int, columns: Sequence[str]) -> Any:
    """One group of a Parquet file's rows, a table of Arrow's.

    Raises:
        DataError: it cannot be read, or has not the length that the file says.
    """
    import pyarrow as pa

    try:
        table = file.read_row_group(group, columns=list(columns))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            _("{path}: group {group} of rows cannot be read ({cause})").format(
                path=path, group=group + 1, cause=str(error).partition("\n")[0]
            )
        ) from None
    if table.num_rows != file.metadata.row_group(group).num_rows:
        raise DataError(
            _("{path}: group {group} of rows has not the length that the file says").format(path=path, group=group + 1)
        )
    return table


def value_type(kind: Any) -> Any:
    """The type of a column's values, wherever each of them stands once."""
    import pyarrow.types as kinds

    return kind.value_type if kinds.is_dictionary(kind) else kind


def checked(path: Path, file: Any, columns: Sequence[str]) -> None:
    """Refuse columns that are none of numbers before they are read.

    Raises:
        DataError: there is one.
    """
    import pyarrow.types as kinds

    for name in columns:
        kind = value_type(file.schema_arrow.field(name).type)
        if not (kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind)):
            raise DataError(
                _("{path}, column “{name}”: expected numbers, found {found}").format(
                    path=path, name=shortened(name), found=shortened(str(kind))
                )
            )


def unpacked(file: Any, columns: Sequence[str], limit: int, group: int | None = None) -> int:
    """Bytes that some columns say they take when they are unpacked, of all groups of rows or of one.

    What a column says is only asked where all of them take more than the limit: Arrow ends the process where that is damaged.
    """
    groups = [file.metadata.row_group(i) for i in (range(file.metadata.num_row_groups) if group is None else (group,))]
    whole = sum(int(about.total_byte_size) for about in groups)
    wanted = set(columns)
    if whole <= limit or wanted.issuperset(file.schema_arrow.names):
        return whole
    parts = [about.column(j) for about in groups for j in range(about.num_columns)]
    return sum(part.total_uncompressed_size for part in parts if part.path_in_schema in wanted)


def numbers(path: Path, table: Any, name: str) -> Array:
    """A column of numbers, one per row.

    Raises:
        DataError: it holds something else, or a value is missing.
    """
    column = table.column(name)
    found = column.to_numpy() if column.null_count == 0 else None
    if found is None or found.dtype.kind not in "biuf":
        raise DataError(
            _("{path}, column “{name}”: expected numbers, found {found}").format(
                path=path, name=name, found=column.type if column.null_count == 0 else _("missing values")
            )
        )
    return np.asarray(found)


def _sizes(path: Path, about: Any) -> list[int]:
    """Rows of each group, where they are as many as the file says, and no more than can be read at once."""
    sizes = [about.row_group(i).num_rows for i in range(about.num_row_groups)]
    if sum(sizes) != about.num_rows or min(sizes, default=0) < 0:
        raise DataError(
            _("{path}: its groups have {found} rows, and it says {expected}").format(
                path=path, found=sum(sizes), expected=about.num_rows
            )
        )
    if max(sizes, default=0) > MOST:
        raise DataError(
            _("{path}: expected groups of at most {most} rows, for each is read whole, found one of {found}").format(
                path=path, most=MOST, found=max(sizes)
            )
        )
    return sizes


def _checked(path: Path, index: Any, rows: Array) -> Tensor:
    """A batch, if its numbers are finite."""
    if rows.dtype.kind == "f" and not np.isfinite(rows).all():
        where = int(np.argwhere(~np.isfinite(rows))[0][0]) if rows.ndim else 0
        row = int(np.atleast_1d(index)[where]) if not isinstance(index, slice) else (index.start or 0) + where
        raise DataError(_("{path}: row {row} holds a number that is not finite").format(path=path, row=row + 1))
    return tensor(rows)


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
    if not isinstance(array, np.ndarray) or array.ndim == 0 or array.dtype.kind not in "biuf" or _hollow(array):
        raise DataError(_("{path}: expected an array of numbers, row by row").format(path=path))
    return array


def _hollow(array: Array) -> bool:
    """Rows without a number: their count is a claim that no byte of the file bears out."""
    return len(array) > 0 and array.size == 0


def _parquet(path: Path) -> tuple[Any, list[str]]:
    """The file, and the names of its columns, without those that pandas made of the rows' names."""
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
        return file, [name for name in file.schema_arrow.names if not _INDEX.fullmatch(name)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            _("{path} is no whole Parquet file ({cause})").format(path=path, cause=str(error).partition("\n")[0])
        ) from None
