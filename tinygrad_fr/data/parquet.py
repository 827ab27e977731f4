"""Tables of a person's own as Parquet: columns of numbers and one of classes, read into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.data import bound
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.data.large import MOST, checked, numbers, opened, read_group, unpacked, value_type
from tinygrad_fr.data.table import labelled, shortened
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_parquet(
    path: Path, target: str | None = None, columns: Sequence[str] | None = None, limit: int = bound.LIMIT
) -> Labelled:
    """The rows of a Parquet file, as :func:`read_csv` reads those of a CSV file.

    Args:
        path: the file.
        target: the column of the classes, words or numbers; the last one by default.
        columns: the columns of numbers, all others by default.
        limit: bytes of memory that the numbers may take.

    Raises:
        UsageError: pyarrow is not installed, or there is no such column.
        DataError: the file cannot be read, a column holds no numbers, a value is missing, or there are more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import pyarrow as pa, pyarrow.parquet as pq
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder, "plants.parquet")
        ...     pq.write_table(pa.table({"height": [1.5, 0.25], "kind": ["oak", "fern"]}), file)
        ...     rows = read_parquet(file)
        >>> rows.inputs.tolist(), rows.classes, rows.labels.tolist()
        ([[1.5], [0.25]], ('fern', 'oak'), [1, 0])
    """
    file, target, chosen = opened(path, target, columns)
    if file.metadata.num_rows > MOST:
        raise DataError(
            _("{path}: at most {most} rows are read into memory, found {found}; a ParquetDataset reads more").format(
                path=path, most=MOST, found=file.metadata.num_rows
            )
        )
    bound.numbers(path, (file.metadata.num_rows, len(chosen) + 1), 8, limit)
    bound.check(path, unpacked(file, (*chosen, target), limit), limit)
    checked(path, file, chosen)
    file = _by_word(path, file, target)
    tables = [read_group(path, file, i, (*chosen, target)) for i in range(file.metadata.num_row_groups)]
    rows = [np.stack([numbers(path, table, name) for name in chosen], axis=1).astype(np.float32) for table in tables]
    names = [name for table in tables for name in _classes(path, table, target)]
    if not names:
        raise DataError(_("{path}: expected rows of numbers and a class, found none").format(path=path))
    return labelled(path, target, np.concatenate(rows), names)


def _classes(path: Path, table: Any, name: str) -> list[str]:
    """The class of each row, words or numbers, as they would stand in a CSV file."""
    import pyarrow.types as kinds

    column = table.column(name)
    kind = value_type(column.type)
    if column.null_count or (kinds.is_floating(kind) and not np.isfinite(column.to_numpy()).all()):
        raise DataError(_("{where}, column “{column}”: the class is missing").format(where=path.name, column=name))
    if not kinds.is_dictionary(column.type):
        return [str(value).strip() for value in column.to_pylist()]
    found: list[str] = []
    for chunk in column.chunks:
        words = [str(value).strip() for value in chunk.dictionary.to_pylist()]
        found += [words[i] for i in chunk.indices.to_pylist()]
    return found


def _by_word(path: Path, file: Any, target: str) -> Any:
    """The same file, of which each word of the classes is in memory once.

    Raises:
        DataError: the classes are neither words nor numbers.
    """
    import pyarrow.parquet as pq
    import pyarrow.types as kinds

    kind = value_type(file.schema_arrow.field(target).type)
    words = kinds.is_string(kind) or kinds.is_large_string(kind)
    if not (words or kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind)):
        raise DataError(
            _("{path}, column “{name}”: expected classes, words or numbers, found {found}").format(
                path=path, name=shortened(target), found=shortened(str(kind))
            )
        )
    return pq.ParquetFile(path, read_dictionary=[target]) if words else file
