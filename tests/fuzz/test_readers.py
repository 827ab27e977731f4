"""Whatever a file holds, its reader gives a value or one sentence: no other error, no hang, no memory that blows up.

A valid file is changed by a few edits, or replaced by arbitrary bytes; hypothesis shrinks what breaks a reader. A minute's
worth here; ``python -m tests.fuzz.hour`` goes on for an hour.
"""

import gzip
import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from tests.fuzz.bounds import BYTES, bounded
from tinygrad_fr import nn, random, serialization, tensor
from tinygrad_fr.bridges import onnx
from tinygrad_fr.data import MappedDataset, ParquetDataset, load
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.lessons.source import pieces
from tinygrad_fr.lessons.vision.cifar import read_cifar
from tinygrad_fr.lessons.vision.io import read_image
from tinygrad_fr.spread.cell import Cell
from tinygrad_fr.training import Config, RunFolder, load_weights, save_weights
from tinygrad_fr.training.state import State
from tinygrad_fr.tutorials import progress


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


def several(folder):
    """A file of what ONNX has of its own: a cell, a branch, a loop, a function, a sparse and a typed constant."""
    f = TensorProto.FLOAT
    generator = np.random.default_rng(0)

    def constant(name, *shape):
        return numpy_helper.from_array(generator.normal(size=shape).astype(np.float32), name)

    def inner(operator):
        return helper.make_graph(
            [helper.make_node(operator, ["h"], ["r"])], operator, [], [helper.make_tensor_value_info("r", f, None)]
        )

    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Tanh", ["held"], ["next"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("held", f, None)],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("next", f, None)],
    )  # fmt: skip
    nodes = [
        helper.make_node("GRU", ["x", "w", "r0"], ["", "g"], hidden_size=2),
        helper.make_node("Squeeze", ["g", "zero"], ["h"]),
        helper.make_node("If", ["yes"], ["b"], then_branch=inner("Relu"), else_branch=inner("Sigmoid")),
        helper.make_node("Loop", ["count", "yes", "b"], ["l"], body=body),
        helper.make_node("Twice", ["l"], ["t"], domain="own"),
        helper.make_node("Conv", ["image", "k"], ["c"], pads=[1, 0, 1, 0], auto_pad="NOTSET"),
        helper.make_node("Reshape", ["c", "flat"], ["p"]),
        helper.make_node("Gemm", ["p", "m"], ["q"], transB=1, alpha=0.5),
        helper.make_node("Add", ["t", "q"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "several",
        [helper.make_tensor_value_info("x", f, [3, 1, 2]), helper.make_tensor_value_info("image", f, [1, 1, 3, 3])],
        [helper.make_tensor_value_info("y", f, [1, 2])],
        [constant("w", 1, 6, 2), constant("r0", 1, 6, 2), constant("k", 2, 1, 3, 2), constant("m", 2, 12),
         numpy_helper.from_array(np.array([0], np.int64), "zero"), numpy_helper.from_array(np.array(True), "yes"),
         numpy_helper.from_array(np.array(2, np.int64), "count"), numpy_helper.from_array(np.array([1, 12], np.int64), "flat")],
    )  # fmt: skip
    twice = helper.make_function(
        "own", "Twice", ["a"], ["s"], [helper.make_node("Add", ["a", "a"], ["s"])], [helper.make_opsetid("", 21)]
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("own", 1)],
        functions=[twice],
        ir_version=10,
    )
    (folder / "s.onnx").write_bytes(model.SerializeToString())
    return folder / "s.onnx"


def ran(path):
    """A file's answer to the numbers that it was made for."""
    return onnx.load(path)(tensor(np.ones((3, 1, 2), np.float32)), tensor(np.ones((1, 1, 3, 3), np.float32)))


def saved(folder):
    serialization.save({"w": tensor([[1.0, 2.0]]), "n": [1, None, "x", 2.5], "t": (nn.Parameter([1.0]),)}, folder / "s")
    return folder / "s"


def of_torch(folder):
    (folder / "small.pt").write_bytes(Path(__file__).with_name("small.pt").read_bytes())
    return folder / "small.pt"


def of_torch_inside(folder):
    with zipfile.ZipFile(of_torch(folder)) as archive:
        (folder / "data.pkl").write_bytes(archive.read("small/data.pkl"))
    return folder / "data.pkl"


def within(path):
    """Read a pickle in the archive that it came from: no checksum hides what was edited."""
    whole = path.with_name("edited.pt")
    with zipfile.ZipFile(path.with_name("small.pt")) as before, zipfile.ZipFile(whole, "w") as after:
        for entry in before.namelist():
            after.writestr(entry, path.read_bytes() if entry.endswith("data.pkl") else before.read(entry))
    return serialization.load(whole)


def notebook(folder):
    cells = [
        {"cell_type": "markdown", "source": "# x"},
        {"cell_type": "code", "source": ["%time x = 1\n", "y = x + 1"]},
        {"cell_type": "code", "source": "z = y"},
    ]
    (folder / "n.ipynb").write_text(json.dumps({"cells": cells}))
    return folder / "n.ipynb"


def script(folder):
    (folder / "s.py").write_text("import torch\nx = torch.ones(2)\nprint(f'{x.sum():.2f}')\n")
    return folder / "s.py"


def answered(folder):
    (folder / progress.FILE).write_text(json.dumps({"1.2": {"tries": 2, "right": True, "shown": False}}))
    return folder / progress.FILE


def cifar(folder):
    import pickle

    (folder / "cifar-10-batches-py").mkdir()
    path = folder / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(pickle.dumps({"labels": [1, 2], "data": np.zeros((2, 3072), np.uint8)}))
    return path


def photo(kind):
    def made(folder):
        Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(folder / f"x.{kind}")
        return folder / f"x.{kind}"

    return made


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
    "ONNX, run": (several, ran),
    "saved": (saved, serialization.load),
    "torch’s": (of_torch, serialization.load),
    "torch’s pickle": (of_torch_inside, within),
    "notebook": (notebook, lambda path: [piece.tree() for piece in pieces(path)]),
    "script": (script, lambda path: [piece.tree() for piece in pieces(path)]),
    "exercises": (answered, lambda path: progress.read(path.parent)),
    "CIFAR": (cifar, lambda path: read_cifar(path.parents[1], "CIFAR10", train=False)),
    "PNG": (photo("png"), read_image),
    "JPEG": (photo("jpg"), read_image),
    "TIFF": (photo("tif"), read_image),
    "GIF": (photo("gif"), read_image),
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


@pytest.mark.long
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
