"""Rows that stay on the disk: the same batches as from memory, in a memory that does not grow with the file."""

import subprocess
import sys

import numpy as np
import pytest

from tinygrad_fr import random
from tinygrad_fr.data import DataLoader, MappedDataset, ParquetDataset, TensorDataset
from tinygrad_fr.errors import DataError, UsageError

ROWS, WIDE = 230, 3


def arrays(n=ROWS):
    chance = np.random.default_rng(0)
    return chance.normal(size=(n, WIDE)).astype(np.float32), chance.integers(0, 4, n)


def parquet(path, x, y, group=50):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {f"c{i}": x[:, i] for i in range(x.shape[1])}
    pq.write_table(pa.table({**columns, "kind": y}), path, row_group_size=group)
    return path


@pytest.fixture
def saved(tmp_path):
    x, y = arrays()
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    parquet(tmp_path / "rows.parquet", x, y)
    return {
        "memory": TensorDataset(x, y),
        "mapped": MappedDataset(tmp_path / "x.npy", tmp_path / "y.npy"),
        "parquet": ParquetDataset(tmp_path / "rows.parquet"),
    }


def batches(dataset, seed, first=0, shuffle=True):
    loader = DataLoader(dataset, 32, shuffle=shuffle, generator=random.Generator(seed))
    return [tuple(part.detach().numpy() for part in batch) for batch in loader.read(first)]


def same(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        for x, y in zip(a, b, strict=True):
            assert np.array_equal(x, y)
            assert x.dtype == y.dtype


@pytest.mark.parametrize("kind", ["mapped", "parquet"])
def test_in_order_they_are_the_rows_in_memory(saved, kind):
    same(batches(saved[kind], 0, shuffle=False), batches(saved["memory"], 0, shuffle=False))


def test_mapped_rows_come_in_the_same_order_as_from_memory(saved):
    same(batches(saved["mapped"], 3), batches(saved["memory"], 3))


@pytest.mark.parametrize("kind", ["mapped", "parquet"])
def test_a_reading_can_begin_in_the_middle_and_gives_each_row_once(saved, kind):
    whole = batches(saved[kind], 5)
    same(batches(saved[kind], 5, first=3), whole[3:])
    assert not np.array_equal(whole[0][0], batches(saved[kind], 6)[0][0])
    rows = np.concatenate([x for x, _y in whole])
    assert np.array_equal(np.sort(rows, axis=0), np.sort(arrays()[0], axis=0))


def test_shuffled_groups_are_read_once_each(saved):
    data, read = saved["parquet"], []
    plain = data._read
    data._read = lambda group: read.append(group) or plain(group)
    batches(data, 1)
    assert sorted(read) == [0, 1, 2, 3, 4]
    assert read != sorted(read)
    assert len(data._held) == 2


def test_single_rows_and_slices(saved):
    x, y = arrays()
    for kind in ("mapped", "parquet"):
        inputs, targets = saved[kind][10:13]
        assert np.array_equal(inputs.detach().numpy(), x[10:13])
        assert np.array_equal(targets.detach().numpy(), y[10:13])
    with pytest.raises(IndexError, match="row 230 of 230"):
        saved["parquet"][np.array([230])]


PROGRAM = """
import sys
import numpy as np
from tinygrad_fr import nn, optim, random
from tinygrad_fr.data import DataLoader, MappedDataset, ParquetDataset
from tinygrad_fr.nn import functional as F

def own():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon")) / 1000

paths = sys.argv[1:]
data = MappedDataset(*paths) if len(paths) == 2 else ParquetDataset(*paths)
model = nn.Linear(64, 4)
step = optim.SGD(model.parameters(), 0.01)
most, seen = 0, 0
for x, y in DataLoader(data, 256, shuffle=True, generator=random.Generator(0)):
    step.zero_grad()
    F.cross_entropy(model(x), y).backward()
    step.step()
    seen += len(y)
    if seen % 4096 == 0:
        most = max(most, own())
print(most, seen)
"""


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", ["mapped", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path, kind):
    """A file of 4 MB and one of 64 MB: a whole reading of either takes the same memory."""
    figures = []
    for rows in (16_384, 262_144):
        folder = tmp_path / str(rows)
        folder.mkdir()
        x, y = np.random.default_rng(0).normal(size=(rows, 64)).astype(np.float32), np.arange(rows) % 4
        if kind == "mapped":
            np.save(folder / "x.npy", x)
            np.save(folder / "y.npy", y)
            paths = [folder / "x.npy", folder / "y.npy"]
        else:
            paths = [parquet(folder / "rows.parquet", x, y, group=4096)]
        done = subprocess.run([sys.executable, "-c", PROGRAM, *paths], capture_output=True, text=True, check=True)
        most, seen = done.stdout.split()
        assert int(seen) == rows
        figures.append(float(most))
    assert figures[1] - figures[0] < 24, figures  # MB, of 64 more on the disk; the order of the rows takes 2 of them


def refused(tmp_path, make, match, error=DataError):
    with pytest.raises(error, match=match):
        make()


def test_bad_files_in_one_sentence(tmp_path, monkeypatch):
    x, y = arrays(20)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "short.npy", y[:7])
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    np.save(tmp_path / "objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    whole = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-30])
    (tmp_path / "noise.npy").write_bytes(b"\x93NUMPY\x01\x00" + bytes(range(256)))
    wrong = x.copy()
    wrong[7, 1] = np.nan
    np.save(tmp_path / "nan.npy", wrong)
    refused(tmp_path, lambda: MappedDataset(tmp_path / "x.npy", tmp_path / "short.npy"), r"one length, got \[20, 7\]")
    refused(tmp_path, lambda: MappedDataset(tmp_path / "words.npy"), "words.npy: expected an array of numbers")
    for name in ("objects", "cut", "noise"):
        refused(tmp_path, lambda name=name: MappedDataset(tmp_path / f"{name}.npy"), f"{name}.npy is no whole file")
    refused(tmp_path, lambda: MappedDataset(tmp_path / "none.npy"), "cannot read .*none.npy: it does not exist")
    refused(tmp_path, lambda: MappedDataset(), "at least one", UsageError)
    refused(tmp_path, lambda: MappedDataset(tmp_path / "nan.npy")[np.array([2, 7])], "row 8 holds a number that is not")
    path = parquet(tmp_path / "r.parquet", x, y)
    refused(tmp_path, lambda: ParquetDataset(path, "none"), "no column “none”; it has: c0, c1, c2, kind", UsageError)
    refused(tmp_path, lambda: ParquetDataset(path, "kind", []), "a column besides", UsageError)
    refused(tmp_path, lambda: ParquetDataset(path, "c0")[0:2], "one whole number per row")
    refused(tmp_path, lambda: ParquetDataset(tmp_path / "none.parquet"), "there is no file", UsageError)
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:-9])
    refused(tmp_path, lambda: ParquetDataset(tmp_path / "cut.parquet"), "is no whole Parquet file")
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1.0, None], "b": ["x", "y"], "kind": [0, 1]}), tmp_path / "holes.parquet")
    refused(tmp_path, lambda: ParquetDataset(tmp_path / "holes.parquet", columns=["a"])[0:1], "“a”.*missing values")
    refused(
        tmp_path, lambda: ParquetDataset(tmp_path / "holes.parquet", columns=["b"])[0:1], "“b”: expected numbers, found"
    )
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    refused(tmp_path, lambda: ParquetDataset(path), "Parquet needs pyarrow; to install it", UsageError)
