"""Whatever a file holds, its reader gives a value or one sentence: no other error, no hang, no memory that blows up.

A valid file is changed by a few edits, or replaced by arbitrary bytes; hypothesis shrinks what breaks a reader. A minute's
worth here, an hour's with ``pytest --nightly`` and ``HYPOTHESIS_PROFILE=nightly``.
"""

import gzip
import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.fuzz.bounds import BYTES, bounded
from tinygrad_fr import nn, random, tensor
from tinygrad_fr.bridges import onnx
from tinygrad_fr.data import MappedDataset, ParquetDataset, load
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.spread.cell import Cell
from tinygrad_fr.training import Config, RunFolder, load_weights, save_weights
from tinygrad_fr.training.state import State


def module():
    random.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))


def npy(folder):
    np.save(folder / "x.npy", np.arange(12, dtype=np.float32).reshape(4, 3) % 2)
    return folder / "x.npy"


def npz(folder):
    np.savez(folder / "x.npz", x=np.ones((4, 2), np.float32), y=np.array([0, 1, 0, 1]))
    return folder / "x.npz"


def csv(folder):
    (folder / "t.csv").write_text("a,b,kind\n1,2,x\n3,4.5,y\n5,6,x\n")
    return folder / "t.csv"


def text(folder):
    (folder / "t.txt").write_text("le chat dort . le chien dort .\n" * 5)
    return folder / "t.txt"


def idx(folder):
    (folder / "t-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, 4, 2, 2) + bytes(range(16)))
    (folder / "t-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, 4) + bytes([0, 1, 0, 1]))
    return folder / "t-images-idx3-ubyte"


def idx_gz(folder):
    plain = idx(folder)
    (folder / "t-labels-idx1-ubyte.gz").write_bytes(
        gzip.compress((folder / "t-labels-idx1-ubyte").read_bytes(), mtime=0)
    )
    packed = folder / "t-images-idx3-ubyte.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    plain.unlink()
    return packed


def png(folder):
    for i, kind in enumerate("ab"):
        (folder / "photos" / kind).mkdir(parents=True)
        Image.fromarray(np.full((6, 6), 90 * i, np.uint8)).save(folder / "photos" / kind / "1.png")
    return folder / "photos" / "a" / "1.png"


def safetensors(folder):
    save_weights(module(), folder / "w.safetensors")
    return folder / "w.safetensors"


def checkpoint(folder):
    from tests.training.conftest import Everything
    from tinygrad_fr.training import Training

    path = folder / "checkpoint.safetensors"
    path.write_bytes(Training(Everything(), Everything.settings).state().pack())
    return path


def config(folder):
    RunFolder.new(folder / "run", Config("mlp", {"hidden": 3}))
    return folder / "run" / "config.json"


def row(folder):
    (folder / "row.json").write_text(json.dumps({"values": {"lr": "0.1"}, "seed": 0, "status": "done"}))
    return folder / "row.json"


def exported(folder):
    made = module()
    onnx.save(made, tensor(np.ones((2, 3), np.float32)), folder / "m.onnx")
    return folder / "m.onnx"


def parquet(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1.0, 2.0], "kind": [0, 1]}), folder / "t.parquet")
    return folder / "t.parquet"


def all_of(dataset):
    return dataset[0 : len(dataset)]


READERS = {
    "npy": (npy, load),
    "mapped": (npy, lambda path: all_of(MappedDataset(path))),
    "npz": (npz, load),
    "csv": (csv, load),
    "text": (text, load),
    "idx": (idx, load),
    "idx, compressed": (idx_gz, load),
    "image": (png, lambda path: load(path.parents[1])),
    "weights": (safetensors, lambda path: load_weights(module(), path)),
    "checkpoint": (checkpoint, lambda path: State.unpack(path.read_bytes(), path)),
    "config": (config, lambda path: RunFolder.asked(path.parent)),
    "row": (row, lambda path: Cell("mlp", {}, {}, 0, path.parent).row()),
    "ONNX": (exported, onnx.load),
    "Parquet": (parquet, lambda path: all_of(ParquetDataset(path))),
    "Parquet, in memory": (parquet, load),
}

places = st.floats(0, 1)
edits = st.one_of(
    st.tuples(st.just("cut"), places, st.none()),
    st.tuples(st.just("byte"), places, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("number"), places, st.sampled_from([b"\xff" * 4, b"\x7f" + b"\xff" * 3, b"\xff" * 8, b"\0" * 8])),
    st.tuples(st.just("insert"), places, st.binary(min_size=1, max_size=9)),
    st.tuples(st.just("drop"), places, st.integers(1, 40)),
    st.tuples(st.just("again"), places, st.integers(1, 40)),
)


def edited(data, changes):
    for kind, place, what in changes:
        at = int(place * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind in ("byte", "number"):
            data = data[:at] + what + data[at + len(what) :]
        elif kind == "insert":
            data = data[:at] + what + data[at:]
        elif kind == "drop":
            data = data[:at] + data[at + what :]
        else:
            data = data[: at + what] + data[at:]
    return data


def outcome(read, path):
    """Read a file: anything but a value or one sentence comes through."""
    with bounded():
        try:
            read(path)
        except TinygradError as error:
            said = str(error)
            assert said
            assert "\n" not in said
            return "refused"
    return "read"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READERS)
def test_a_reader_gives_a_value_or_one_sentence(request, tmp_path, name):
    make, read = READERS[name]
    path = make(tmp_path)
    whole = path.read_bytes()
    assert outcome(read, path) == "read"
    seen = set()
    count = settings.default.max_examples * (20 if request.config.getoption("--nightly") else 6)

    @settings(max_examples=count, database=None)
    @given(
        st.one_of(
            st.lists(edits, min_size=1, max_size=4).map(lambda changes: edited(whole, changes)), st.binary(max_size=200)
        )
    )
    def check(data):
        path.write_bytes(data)
        seen.add(outcome(read, path))

    check()
    assert "refused" in seen, "no edit was noticed: the fuzzer does not reach the reader"


def test_the_fuzzer_has_teeth(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"1")

    def crashes(_path):
        raise ZeroDivisionError

    def swells(_path):
        return bytearray(4 * BYTES)

    def wanders(_path):
        raise TinygradError("two\nlines")

    for reader, error in ((crashes, ZeroDivisionError), (swells, MemoryError), (wanders, AssertionError)):
        with pytest.raises(error):
            outcome(reader, path)
    assert io.BytesIO(edited(b"abcdef", [("cut", 0.5, None), ("insert", 1.0, b"!")])).read() == b"abc!"
