"""A person's own data, whatever it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr import files
from tinygrad_fr.data.arrays import read_arrays
from tinygrad_fr.data.bound import LIMIT
from tinygrad_fr.data.corpus import read_text
from tinygrad_fr.data.idx import read_mnist
from tinygrad_fr.data.images import read_images
from tinygrad_fr.data.parquet import read_parquet
from tinygrad_fr.data.table import read_csv
from tinygrad_fr.errors import DataError, FileError, UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from pathlib import Path

    from tinygrad_fr.data.corpus import Corpus
    from tinygrad_fr.data.labelled import Labelled

TABLES, COLUMNS, ARRAYS, TEXTS = (".csv", ".tsv"), (".parquet", ".pq"), (".npy", ".npz"), (".txt", ".md")


def load(path: Path, target: str | None = None, limit: int = LIMIT) -> Labelled | Corpus:
    """A text, or rows with their classes: a CSV or Parquet file, an IDX file of images, numpy's arrays in a file or a
    folder, a folder of MNIST's files, or a folder with a folder of images a class.

    Args:
        path: file or folder.
        target: the column of the classes, in a table.
        limit: bytes of memory that the data may take; sizes are read before anything is unpacked.

    Raises:
        UsageError: there is nothing of that name, or a column is named where there are none.
        DataError: it cannot be read, or takes more than the limit; the message names it.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "cats.txt")
        ...     _ = path.write_text("Le chat dort. Le chat court.", encoding="utf-8")
        ...     found = load(path)
        >>> type(found).__name__, found.sentences[0]
        ('Corpus', ('le', 'chat', 'dort'))
    """
    if not files.exists(path):
        raise UsageError(_("there is no file or folder {path}").format(path=path))
    try:
        return _read(path, target, limit)
    except DataError as error:
        if path.name in str(error):
            raise
        raise DataError(_("{path}: {cause}").format(path=path, cause=error)) from None
    except FileError:
        raise
    except OSError as error:  # a folder that cannot be listed
        raise DataError(_("cannot read {path}: {cause}").format(path=path, cause=files.reason(error))) from None


def _read(path: Path, target: str | None, limit: int) -> Labelled | Corpus:
    if path.suffix.lower() in TABLES:
        return read_csv(path, target, limit=limit)
    if path.suffix.lower() in COLUMNS:
        return read_parquet(path, target, limit=limit)
    if target is not None:
        raise UsageError(_("--target names a column of a CSV or Parquet file; {path} is none").format(path=path))
    if path.suffix.lower() in TEXTS:
        return read_text(path, limit)
    if path.suffix.lower() in ARRAYS:
        return read_arrays(path, limit)
    if path.is_dir() and any(path.glob("*.npy")):
        return read_arrays(path, limit)
    if path.is_dir():
        return read_mnist(path, limit) if any(path.glob("*-images*")) else read_images(path, limit=limit)
    if "images" in path.name or "idx" in path.name:
        return read_mnist(path, limit)
    raise DataError(
        _(
            "{path}: expected .csv, .tsv, .parquet, .npy, .npz, .txt, .md, an IDX file of images, or a folder of images or "
            "of arrays"
        ).format(path=path)
    )
