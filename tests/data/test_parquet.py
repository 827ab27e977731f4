"""Parquet files: a person's own table, read as a CSV file is, and files that claim more rows than they hold."""

import json
import struct
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data.test_large import parquet
from tinygrad_fr import random
from tinygrad_fr.data import DataLoader, MappedDataset, load, read_parquet
from tinygrad_fr.errors import DataError, UsageError

KINDS = ["x", "y", "x", "y"] * 3
HONEST = 54_321


def table(path, **columns):
    pq.write_table(pa.table(columns), path, row_group_size=5)
    return path


@pytest.mark.parametrize(
    "kinds",
    [
        KINDS,
        pa.array(KINDS).dictionary_encode(),
        pa.array(KINDS, pa.large_string()),
        [10, 2] * 6,
        [10.0, 2.0] * 6,
        [0.5, 2.0] * 6,
    ],
)
def test_the_same_rows_as_from_csv(tmp_path, kinds):
    path = table(tmp_path / "t.parquet", a=np.arange(12), **{"b.c": np.arange(12) / 8}, kind=kinds)
    words = kinds.to_pylist() if isinstance(kinds, pa.Array) else kinds
    (tmp_path / "t.csv").write_text("a,b.c,kind\n" + "".join(f"{i},{i / 8},{words[i]}\n" for i in range(12)))
    assert load(path).classes == load(tmp_path / "t.csv").classes
    assert load(path).fingerprint == load(tmp_path / "t.csv").fingerprint
    assert load(path, "kind").fingerprint == load(path).fingerprint
    assert read_parquet(path, "kind", ["b.c"]).inputs.shape == (12, 1)


def test_names_of_rows_that_pandas_keeps_are_no_column(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"a": np.arange(12.0), "kind": KINDS})
    frame[frame.a % 6 > 0].to_parquet(tmp_path / "t.parquet")
    assert "__index_level_0__" in pq.read_schema(tmp_path / "t.parquet").names
    assert load(tmp_path / "t.parquet").inputs.tolist() == [[float(i)] for i in range(12) if i % 6]


def test_what_is_refused_in_one_sentence(tmp_path, monkeypatch):
    numbers, flat = np.arange(12.0), np.zeros(12)
    flat[2] = np.nan
    holes = [None, *KINDS[1:]]
    for columns, target, message, error in (
        ({"a": numbers, "kind": KINDS}, "none", "has no column “none”; it has: a, kind", UsageError),
        ({"kind": KINDS}, None, "expected a column besides", UsageError),
        ({"a": KINDS, "kind": KINDS}, None, "column “a”: expected numbers, found string", DataError),
        ({"a": [[1.0]] * 12, "kind": KINDS}, None, r"column “a”: expected numbers, found list<", DataError),
        ({"a": [None, *numbers[1:]], "kind": KINDS}, None, "column “a”: expected numbers, found missing", DataError),
        ({"a": flat, "kind": KINDS}, None, "found NaN in row 3", DataError),
        ({"a": numbers, "kind": holes}, None, "column “kind”: the class is missing", DataError),
        ({"a": numbers, "kind": flat}, None, "column “kind”: the class is missing", DataError),
        ({"a": numbers, "kind": [b"x", b"y"] * 6}, None, "expected classes, words or numbers, found binary", DataError),
        ({"a": numbers, "b": numbers}, None, "expected classes in column “b”, found 12 different values", DataError),
        ({"a": numbers[:0], "kind": numbers[:0]}, None, "expected rows of numbers and a class, found none", DataError),
        ({"a": numbers, "kind": ["x"] * 12}, None, "at least two classes", DataError),
    ):
        path = table(tmp_path / "t.parquet", **columns)
        with pytest.raises(error, match=message) as found:
            load(path, target)
        assert "\n" not in str(found.value)
    twice = pa.table([numbers, numbers, KINDS], names=["a", "a", "kind"])
    pq.write_table(twice, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="a name of its own for each column, found “a”"):
        load(tmp_path / "t.parquet")
    path = table(tmp_path / "t.parquet", a=numbers, kind=KINDS)
    for length in (0, 3, len(path.read_bytes()) // 2):
        (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:length])
        with pytest.raises(DataError, match="is no whole Parquet file"):
            load(tmp_path / "cut.parquet")
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(UsageError, match="there is no file"):
        load(tmp_path / "folder.parquet")
    monkeypatch.setattr("tinygrad_fr.data.parquet.MOST", 11)
    with pytest.raises(DataError, match="at most 11 rows are read into memory, found 12; a ParquetDataset reads more"):
        load(path)
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match="Parquet needs pyarrow; to install it"):
        load(path)


def varint(count):
    """A number as the file's end says it: zigzag, seven bits a byte."""
    said, left = b"", 2 * count
    while left > 127:
        said, left = said + bytes([left & 127 | 128]), left >> 7
    return said + bytes([left])


def claiming(path, count):
    """A file of zeros whose end claims another count of rows everywhere: of the file, of a group and of its columns."""
    rows = np.zeros((HONEST, 1), np.float32)
    parquet(path, rows, np.arange(HONEST) % 2, group=HONEST)
    data = path.read_bytes()
    (size,) = struct.unpack("<I", data[-8:-4])
    end = data[-8 - size : -8].replace(varint(HONEST), varint(count))
    path.write_bytes(data[: -8 - size] + end + struct.pack("<I", len(end)) + b"PAR1")
    assert pq.ParquetFile(path).metadata.num_rows == count
    return path


SHUFFLED = """
import resource, sys
from pathlib import Path
from tinygrad_fr import random
from tinygrad_fr.data import DataLoader, ParquetDataset, load
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import set_language

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

import pyarrow.parquet
set_language("en")
before = peak()
for read in (
    lambda path: next(iter(DataLoader(ParquetDataset(path), 32, shuffle=True, generator=random.Generator(0)))),
    lambda path: next(iter(DataLoader(ParquetDataset(path), 32))),
    load,
):
    try:
        read(Path(sys.argv[1]))
    except DataError as error:
        print(error)
print(peak() - before)
"""


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ru_maxrss is in kB there")
@pytest.mark.parametrize(
    ("count", "said"), [(2**40, "at most 67108864 rows, for each is read whole"), (2**24, "has not the length")]
)
def test_a_file_that_claims_rows_which_it_does_not_hold_fills_no_memory(tmp_path, count, said):
    path = claiming(tmp_path / "t.parquet", count)
    done = subprocess.run([sys.executable, "-c", SHUFFLED, str(path)], capture_output=True, text=True, check=True)
    *refusals, grown = done.stdout.splitlines()
    assert len(refusals) == 3
    assert all(said in refusal or "at most 67108864 rows are read into memory" in refusal for refusal in refusals)
    assert float(grown) < 300, grown  # MB; the order of 2^40 rows alone would be eight million


class Claims:
    """A data set that holds nothing but a number of rows, in groups."""

    def __init__(self, groups, rows):
        self.starts = np.arange(groups + 1) * rows
        self.asked = []

    def __len__(self):
        return int(self.starts[-1])

    def rows(self, index):
        self.asked.append(index)
        return ()

    def order(self, generator):
        from tinygrad_fr.data.large import GroupOrder

        return GroupOrder(self.starts, generator)


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_order_of_a_billion_rows_is_drawn_as_it_is_read(shuffle):
    data = Claims(2**20, 2**10)
    loader = DataLoader(data, 1000, shuffle=shuffle, generator=random.Generator(0))
    for batch, _ in zip(loader, range(3), strict=False):
        assert batch == []
    first = np.concatenate(data.asked)[:3000]
    assert len(np.unique(first)) == 3000
    assert len(np.unique(first // 2**10)) == 3  # groups one after the other
    assert (np.diff(first) == 1).all() != shuffle


def test_an_order_goes_on_from_anywhere():
    starts = np.array([0, 3, 3, 10, 11, 40])
    whole = Claims(1, 1)
    whole.starts = starts
    order = whole.order(np.random.default_rng(1))
    rows = order[:40]
    assert sorted(rows.tolist()) == list(range(40))
    for first in range(0, 40, 7):
        again = whole.order(np.random.default_rng(1))
        assert again[first : first + 9].tolist() == rows[first : first + 9].tolist()
    assert order[38:60].tolist() == rows[38:].tolist()
    assert order[40:50].tolist() == []
    assert len(order) == 40


def test_rows_without_numbers_are_no_rows(tmp_path):
    np.save(tmp_path / "x.npy", np.empty((2**40, 0), np.float32))
    with pytest.raises(DataError, match="expected an array of numbers, row by row"):
        MappedDataset(tmp_path / "x.npy")


def test_a_model_learns_from_it(tmp_path, run):
    path = table(tmp_path / "t.parquet", a=np.arange(40.0) % 2, b=np.arange(40.0), kind=["x", "y"] * 20)
    folder = tmp_path / "run"
    done = run("train", "mlp", "--data", str(path), "--target", "kind", "--epochs", "2", "-d", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "config.json").read_text())["data"]["path"] == str(path)
    missing = run("--lang", "en", "train", "mlp", "--data", str(path), "--target", "sort", "--epochs", "2")
    assert missing.returncode == 2
    assert "has no column “sort”; it has: a, b, kind" in missing.stderr
