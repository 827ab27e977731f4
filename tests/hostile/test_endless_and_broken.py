"""A loop without end in an ONNX file, and Parquet files whose pages are broken: an error, and the process goes on."""

import io

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx import OnnxError, load, module
from tinygrad_fr.data import large
from tinygrad_fr.errors import TinygradError


def endless(path):
    """A loop that says that it goes on, and no number of times."""
    body = helper.make_graph(
        [helper.make_node("Add", ["a", "a"], ["b"]), helper.make_node("Identity", ["go"], ["on"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, ()),
            helper.make_tensor_value_info("go", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("a", TensorProto.FLOAT, (1,)),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("b", TensorProto.FLOAT, (1,)),
        ],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["", "yes", "x"], ["y"], "turns", body=body)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1,))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1,))],
        [numpy_helper.from_array(np.asarray(True), "yes")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path.write_bytes(made.SerializeToString())
    return path


def test_a_loop_without_end_is_refused_by_a_count(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_RUN", 500)
    loop = load(endless(tmp_path / "loop.onnx"))
    with pytest.raises(OnnxError, match="a run of more than 500 nodes"):
        loop(tg.tensor([1.0]))


@pytest.mark.parametrize("seed", range(8))
def test_broken_pages_of_a_parquet_file_are_an_error_and_not_an_end(tmp_path, seed):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    draw = np.random.default_rng(seed)
    table = pa.table({"a": draw.standard_normal(200), "b": np.arange(200) % 7, "kind": ["x", "y"] * 100})
    file = io.BytesIO()
    pq.write_table(table, file, compression=["snappy", "none"][seed % 2])
    data = bytearray(file.getvalue())
    for place in draw.integers(4, len(data) - 8, 25):
        data[place] = int(draw.integers(256))
    path = tmp_path / "t.parquet"
    path.write_bytes(data)
    said = ""
    try:
        rows = large.ParquetDataset(path, target="b", columns=["a"])
        rows[np.arange(len(rows))]
    except TinygradError as error:
        said = str(error)
    assert "\n" not in said
