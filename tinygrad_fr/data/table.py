"""Tables of a person's own as CSV: a header, then numbers and a class on each line."""

from __future__ import annotations

import csv
import difflib
import itertools
import math
from array import array
from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.data import bound
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

_MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
_LONGEST = 40  # characters of a cell in a message
_SHOWN = 20  # names of columns in a message
_NEAR = 2000  # names that are looked through for one like a wrong one
_LINE = 2**24  # characters of a line


def read_csv(
    path: Path, target: str | None = None, columns: Sequence[str] | None = None, limit: int = bound.LIMIT
) -> Labelled:
    """The rows of a CSV file. Commas, semicolons or tabs stand between cells; with the latter two, decimal commas will do.

    Args:
        path: the file, UTF-8.
        target: the column of the classes, the last one by default.
        columns: the columns of numbers, all others by default.
        limit: bytes of memory that the numbers may take.

    Raises:
        UsageError: there is no such column.
        DataError: a line has too few or too many cells, a value is missing or no number: line and column are said; or there
            are more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "animals.csv")
        ...     lines = "size;weight;animal", "3;4,5;cat", "9;30;dog", "2;4;cat"  # decimal commas, as in France
        ...     _ = path.write_text(chr(10).join(lines), encoding="utf-8")
        ...     rows = read_csv(path)
        >>> rows.inputs.tolist(), rows.classes, rows.labels.tolist()
        ([[3.0, 4.5], [9.0, 30.0], [2.0, 4.0]], ('cat', 'dog'), [0, 1, 0])
    """
    files.size(path, limit)  # a file, and no larger
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _table(path, _lines(path, file), target, columns, limit)
    except UnicodeDecodeError:
        text_of(path)  # says where
        raise
    except OSError as error:
        raise DataError(_("cannot read {path}: {cause}").format(path=path, cause=files.reason(error))) from None


def _table(path: Path, lines: Iterator[str], target: str | None, columns: Sequence[str] | None, limit: int) -> Labelled:
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    values = array("f")
    names: list[str] = []
    known: dict[str, str] = {}  # each class once in memory
    header: list[str] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(path, header)
        places = {name: i for i, name in enumerate(header)}
        place = _place(places, target if target is not None else header[-1])
        chosen = [_place(places, name) for name in columns] if columns is not None else range(len(header))
        read = [i for i in chosen if i != place]
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise DataError(
                    _("{where}: expected {expected} cells as in the header, found {found}").format(
                        where=f"{path.name}:{reader.line_num}", expected=len(header), found=len(cells)
                    )
                )
            bound.check(path, 2 * values.itemsize * (len(values) + len(read)), 2 * limit)
            values.extend(_numbers(cells, read, header, f"{path.name}:{reader.line_num}", delimiter != ","))
            name = _class(cells[place], f"{path.name}:{reader.line_num}", header[place])
            names.append(known.setdefault(name, name))
    except csv.Error as error:
        raise DataError(
            _("{where}: not readable as CSV ({cause})").format(where=f"{path.name}:{reader.line_num}", cause=error)
        ) from None
    if not names or not read:
        raise DataError(_("{path}: expected a header, then lines with numbers and a class").format(path=path))
    return labelled(path, header[place], np.frombuffer(values, np.float32).reshape(len(names), len(read)), names)


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """The lines of a file, none of which takes the memory of a whole one."""
    for count in itertools.count(1):
        line = file.readline(_LINE)
        if not line:
            return
        if len(line) == _LINE and not line.endswith("\n"):
            raise DataError(
                _("{where}: expected lines of at most {most} characters").format(
                    where=f"{path.name}:{count}", most=_LINE
                )
            )
        yield line


def labelled(path: Path, column: str, rows: npt.NDArray[Any], names: list[str]) -> Labelled:
    """Rows of numbers with their classes as a table says them; classes that are all numbers come by value.

    Raises:
        DataError: the column holds nearly as many values as there are rows.
    """
    _check_classes(path, column, names)
    values = [float(name) for name in names] if all(_finite(name) for name in names) else None
    ranked = names if values is None else [str(int(value)) if value.is_integer() else repr(value) for value in values]
    data = Labelled.of(rows, ranked)
    return data if values is None else _in_order(data)


def text_of(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        DataError: it is something else; the place is said.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "été.txt")
        ...     _ = path.write_bytes("été".encode())
        ...     text_of(path)
        'été'
    """
    data = files.read(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            _("{path} is not text in UTF-8: line {line}, byte {place}").format(
                path=path, line=data[: error.start].count(b"\n") + 1, place=error.start + 1
            )
        ) from None


def _check_header(path: Path, header: list[str]) -> None:
    if header and all(_finite(cell) for cell in header):
        raise DataError(
            _("{path}: expected the names of the columns on the first line, found numbers").format(path=path)
        )
    if not all(header):
        raise DataError(_("{path}: a column has no name").format(path=path))
    if len(set(header)) < len(header):
        twice = next(name for name, count in Counter(header).items() if count > 1)
        raise DataError(
            _("{path}: expected a name of its own for each column, found “{name}”").format(
                path=path, name=shortened(twice)
            )
        )
    if len(header) < 2:
        raise DataError(_("{path}: expected a header, then lines with numbers and a class").format(path=path))


def _place(places: dict[str, int], name: str) -> int:
    if name not in places:
        near = difflib.get_close_matches(name, islice(places, _NEAR), 1)
        hint = _(" (did you mean “{near}”?)").format(near=shortened(near[0])) if near else ""
        raise UsageError(
            _("no column is called “{name}”{hint}; there are {known}").format(
                name=shortened(name), hint=hint, known=several(places)
            )
        )
    return places[name]


def shortened(text: str) -> str:
    """A text of a file as a message quotes it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def several(names: Iterable[str]) -> str:
    """Names as a message lists them, not all of thousands."""
    names = list(names)
    return ", ".join([*map(shortened, names[:_SHOWN]), *(["…"] if len(names) > _SHOWN else [])])


def _numbers(cells: list[str], read: list[int], header: list[str], where: str, decimal_comma: bool) -> list[float]:
    """The numbers of a line: all at once where all are, one by one where one is not, to say which."""
    texts = [cells[i].replace(",", ".") for i in read] if decimal_comma else [cells[i] for i in read]
    try:
        found = [float(text) for text in texts]
        if all(map(math.isfinite, found)) and not any("_" in text for text in texts):  # Python's own 1_000
            return found
    except ValueError:
        pass
    return [_number(cells[i], where, header[i], decimal_comma) for i in read]


def _number(cell: str, where: str, column: str, decimal_comma: bool) -> float:
    text = cell.strip().replace(",", ".") if decimal_comma else cell.strip()
    if text.lower() in _MISSING:
        raise DataError(
            _("{where}, column “{column}”: the value is missing").format(where=where, column=shortened(column))
        )
    if not _finite(text):
        raise DataError(
            _("{where}, column “{column}”: expected a number, found “{found}”").format(
                where=where, column=shortened(column), found=shortened(cell)
            )
        )
    return float(text)


def _class(cell: str, where: str, column: str) -> str:
    if cell.strip().lower() in _MISSING - {"-", "?"}:
        raise DataError(_("{where}, column “{column}”: the class is missing").format(where=where, column=column))
    return cell.strip()


def _finite(text: str) -> bool:
    try:
        return "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False


def _check_classes(path: Path, column: str, names: list[str]) -> None:
    count = len(set(names))
    if 2 * count > len(names) and count > 2:
        raise DataError(
            _("{path}: expected classes in column “{column}”, found {count} different values in {rows} rows").format(
                path=path, column=column, count=count, rows=len(names)
            )
        )


def _in_order(data: Labelled) -> Labelled:
    """Classes that are numbers, by value: 2 before 10."""
    order = sorted(range(len(data.classes)), key=lambda i: float(data.classes[i]))
    rank = np.argsort(order)
    return Labelled(data.inputs, rank[data.labels], tuple(data.classes[i] for i in order))
