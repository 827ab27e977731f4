"""ONNX files as modules: what comes in, where a model's name is taken, and how bad files are refused."""

import contextlib
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import tinygrad_fr as tg
from tinygrad_fr import nn, optim
from tinygrad_fr.bridges.onnx import OnnxError, load, of_model, operators, save
from tinygrad_fr.bridges.onnx.meanings import MEANINGS
from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.tables.onnx import coming, measure
from tinygrad_fr.training import built


def graph(*nodes, weights=(), x=(2, 3), y=("a",), opset=21, types=(TensorProto.FLOAT, TensorProto.FLOAT)):
    """A model from x to y of some nodes."""
    return helper.make_model(
        helper.make_graph(
            list(nodes),
            "g",
            [helper.make_tensor_value_info("x", types[0], x)],
            [helper.make_tensor_value_info("y", types[1], y)],
            [numpy_helper.from_array(np.asarray(array), name) for name, array in weights],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=10,
    )


def node(operator, inputs, output="y", **attributes):
    return helper.make_node(operator, inputs, [output], **attributes)


@pytest.fixture
def file(tmp_path):
    """Write a model, and give the path."""

    def write(model, name="m.onnx"):
        (tmp_path / name).write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", Catalogue().sources)
def test_every_model_comes_back_as_it_went_out(name, file):
    model = Catalogue().load(name)
    module = built(model, model.settings, 0)
    back = load(file(of_model(model, model.settings, module)))
    run = observed(model, module=module.eval(), backward=False)
    inputs = {vertex.name: vertex.value for vertex in run.graph.nodes if vertex.kind == "input"}
    feeds = [inputs[value.name] for value in back.inputs if value.name in inputs]
    if len(feeds) == len(back.inputs):
        answers = back(*feeds)
        for y in answers if isinstance(answers, tuple) else (answers,):
            assert any(
                np.shape(v.value) == y.shape and np.allclose(v.value, y.detach().numpy(), atol=1e-6)
                for v in run.graph.nodes
                if v.op
            )
    own = {key.rpartition(".")[2]: p for key, p in module.named_parameters()}
    assert list(back.parameters())
    assert measure(model).model == name
    assert len(own)


def test_weights_are_trained(file, tmp_path):
    tg.random.manual_seed(0)
    x, t = tg.randn(32, 3), tg.randn(32, 1)
    save(nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)), x, tmp_path / "m.onnx")
    module = load(tmp_path / "m.onnx")
    assert list(module.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    chosen = optim.Adam(module.parameters(), 0.05)
    losses = []
    for _step in range(60):
        loss = ((module(x) - t) ** 2).mean()
        chosen.zero_grad()
        loss.backward()
        chosen.step()
        losses.append(float(loss))
    assert losses[-1] < 0.5 * losses[0]


def test_statistics_of_a_norm_are_kept_and_not_learned(tmp_path):
    save(nn.BatchNorm1d(3), tg.zeros(2, 3), tmp_path / "m.onnx")
    module = load(tmp_path / "m.onnx")
    assert {key for key, _p in module.named_parameters()} == {"weight", "bias"}
    assert {*module.state_dict()} == {"weight", "bias", "running_mean", "running_var"}
    copied = module.copy()
    assert {*copied.state_dict()} == {*module.state_dict()}


def test_nodes_lie_in_the_modules_that_their_names_tell_and_come_from_the_file(tmp_path):
    module = nn.Sequential(nn.Linear(3, 2))
    module.rename("net")
    save(module, tg.zeros(1, 3), tmp_path / "net.onnx")
    y = load(tmp_path / "net.onnx")(tg.zeros(1, 3))
    assert y.scope.path.endswith("/0")
    assert y.site.where == "net.onnx:1"


REFERENCE = [
    (node("Clip", ["x", "low"]), [("low", np.float32(0.25))]),
    (node("Slice", ["x", "a", "b", "c", "d"]), [("a", np.array([2])), ("b", np.array([-9])), ("c", np.array([1])), ("d", np.array([-1]))]),
    (node("Pad", ["x", "p"], mode="edge"), [("p", np.array([0, 1, 0, 2]))]),
    (node("Split", ["x"], axis=1, num_outputs=1), []),
    (node("Gather", ["x", "i"], axis=1), [("i", np.array([[0, -1]]))]),
    (node("GatherElements", ["x", "i"], axis=1), [("i", np.array([[0, -1], [1, 1]]))]),
    (node("GatherND", ["x", "i"]), [("i", np.array([[0, 1], [1, 2]]))]),
    (node("ScatterElements", ["x", "i", "u"], axis=1), [("i", np.array([[0], [2]])), ("u", np.float32([[7], [8]]))]),
    (node("ScatterND", ["x", "i", "u"]), [("i", np.array([[1]])), ("u", np.float32([[7, 8, 9]]))]),
    (node("Gemm", ["x", "w", "b"], alpha=0.5, beta=2.0, transA=1), [("w", np.ones((2, 4), np.float32)), ("b", np.float32([1, 2, 3, 4]))]),
    (node("Expand", ["x", "s"]), [("s", np.array([2, 1, 3]))]),
    (node("Tile", ["x", "s"]), [("s", np.array([2, 3]))]),
    (node("ReduceL2", ["x", "a"], keepdims=0), [("a", np.array([1]))]),
    (node("ReduceLogSumExp", ["x"]), []),
    (node("ReduceProd", ["x"]), []),
    (node("Flatten", ["x"], axis=0), []),
    (node("HardSigmoid", ["x"], alpha=0.3), []),
    (node("Selu", ["x"]), []),
    (node("ThresholdedRelu", ["x"], alpha=0.3), []),
    (node("Trilu", ["x", "k"], upper=0), [("k", np.asarray(1))]),
    (node("Mod", ["x", "w"], fmod=1), [("w", np.float32([0.3]))]),
    (node("Mean", ["x", "w", "w"]), [("w", np.float32([0.3, 1, 2]))]),
    (node("LpNormalization", ["x"], axis=1, p=2), []),
    (node("LayerNormalization", ["x", "w"], axis=-1), [("w", np.float32([1, 2, 3]))]),
    (node("Transpose", ["x"]), []),
    (node("Softmax", ["x"], axis=0), []),
    (node("Einsum", ["x", "x"], equation="ij,kj->ik"), []),
    (node("CumSum", ["x", "a"]), [("a", np.asarray(1))]),
    (node("PRelu", ["x", "w"]), [("w", np.float32([0.1, 0.2, 0.3]))]),
    (node("Where", ["c", "x", "w"]), [("c", np.array([True, False, True])), ("w", np.float32([9]))]),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "weights"), REFERENCE, ids=[entry.op_type for entry, _weights in REFERENCE])
def test_an_operator_means_what_onnx_says(entry, weights, file):
    from onnx.reference import ReferenceEvaluator

    x = np.float32([[0.5, -1.5, 2.0], [0.1, 0.2, -0.3]])
    model = graph(entry, weights=weights)
    (expected,) = ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_allclose(load(file(model))(tg.tensor(x)).detach().numpy(), expected, atol=1e-6)


def test_shapes_that_are_worked_out_are_no_part_of_the_record(file):
    model = graph(
        node("Shape", ["x"], "s"),
        node("Gather", ["s", "zero"], "n"),
        node("Unsqueeze", ["n", "at"], "n1"),
        node("Concat", ["n1", "rest"], "to", axis=0),
        node("Reshape", ["x", "to"]),
        weights=[("zero", np.asarray(0)), ("at", np.array([0])), ("rest", np.array([-1, 1]))],
    )
    y = load(file(model))(tg.tensor(np.zeros((2, 3), np.float32), requires_grad=True))
    assert y.shape == (2, 3, 1)
    assert len(tg.Graph.of(y).nodes) == 2


# Where a model's name is taken


def test_a_file_stands_where_a_models_name_does(tmp_path):
    save(nn.LSTM(4, 6), tg.zeros(5, 2, 4), tmp_path / "My Reader.onnx", dynamic=False)
    model = Catalogue().load(str(tmp_path / "My Reader.onnx"))
    assert model.name == "my-reader"
    assert observed(model).graph.statistics()["time_steps"] == 5
    with pytest.raises(UsageError, match="no data to train it on"):
        model.recipe(model.settings)


def test_free_sides_are_chosen(file):
    model = graph(node("Relu", ["x"]), x=("N", "T", 3))
    loaded = Catalogue().load(str(file(model)))
    assert loaded.example(loaded.settings).inputs[0].shape == (1, 5, 3)
    chosen = loaded.settings.replaced({"rows": "2", "steps": "7"})
    assert loaded.example(chosen).inputs[0].shape == (2, 7, 3)


def test_free_sides_are_those_of_a_picture_where_no_smaller_one_can_be_computed(file):
    pooled = graph(node("AveragePool", ["x"], kernel_shape=[20, 30]), x=("N", 3, "H", None), y=None)
    loaded = Catalogue().load(str(file(pooled)))
    assert loaded.example(loaded.settings).inputs[0].shape == (1, 3, 32, 32)
    with pytest.raises(OnnxError, match=r"\[20, 30\]"):  # somebody chose it
        loaded.example(loaded.settings.replaced({"steps": "7"}))


@pytest.mark.parametrize("batch", ["N", None])
def test_rows_of_a_state_are_those_of_the_input(batch, file):
    nodes = [
        node("Unsqueeze", ["x", "zero"], "row"),
        node("Expand", ["row", "shape"], "wide"),
        node("Concat", ["wide", "state"], "y", axis=2),
    ]
    weights = [("zero", np.array([0])), ("shape", np.array([2, 1, 3]))]
    model = graph(*nodes, weights=weights, x=(batch, 3), y=None)
    model.graph.input.append(helper.make_tensor_value_info("state", TensorProto.FLOAT, (2, batch, 3)))
    loaded = Catalogue().load(str(file(model)))
    assert [x.shape for x in loaded.example(loaded.settings).inputs] == [(1, 3), (2, 1, 3)]


def test_indices_of_an_example_that_is_made_up_lie_in_their_table(file):
    table = np.arange(12, dtype=np.float32).reshape(6, 2)
    model = graph(
        node("Gather", ["t", "x"]), weights=[("t", table)], x=(4, 50), types=(TensorProto.INT64, TensorProto.FLOAT)
    )
    loaded = Catalogue().load(str(file(model)))
    (x,) = loaded.example(loaded.settings).inputs
    assert set(x.detach().numpy().ravel().tolist()) == set(range(6))
    assert observed(loaded).graph.statistics()["parameters"] == 12


# Bad files


def relu():
    return graph(node("Relu", ["x"], "y"))


def circle():
    return graph(node("Add", ["x", "b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["b"]))


def outside(location, **more):
    model = graph(node("Add", ["x", "w"]), weights=[("w", np.float32([1, 2, 3]))])
    (tensor,) = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=str(value))
    return model


def shaped(*dims, raw=b""):
    model = graph(node("Add", ["x", "w"]), weights=[("w", np.float32([1, 2, 3]))])
    model.graph.initializer[0].dims[:] = dims
    model.graph.initializer[0].raw_data = raw
    return model


BAD = {
    "text": (b"a,b,c\n1,2,3\n" * 20, "is no whole ONNX file"),
    "nothing": (b"", "is no whole ONNX file"),
    "truncated": (relu().SerializeToString()[:-5], "is no whole ONNX file"),
    "too new": (graph(node("Relu", ["x"]), opset=99), "expected an opset from 6 to 28, got 99"),
    "too old": (graph(node("Relu", ["x"]), opset=3), "expected an opset from 6 to 28, got 3"),
    "circle": (circle(), "the graph runs in a circle, through “Add”"),
    "twice": (graph(node("Relu", ["x"]), node("Tanh", ["x"])), "the value “y” is given twice"),
    "from nowhere": (graph(node("Add", ["x", "z"])), "“Add” reads “z”, which nothing gives"),
    "missing data": (outside("weights.bin"), "weight “w” lies in weights.bin, which is not there"),
    "data elsewhere": (outside("../secret"), "weight “w” is said to lie outside of the model’s folder"),
    "data at the root": (outside("/etc/passwd"), "weight “w” is said to lie outside of the model’s folder"),
    "short data": (outside("m.onnx", offset=10**9), "weight “w” is not whole in m.onnx"),
    "no number": (outside("m.onnx", offset="x"), "weight “w” is not whole in m.onnx"),
    "huge weight": (shaped(2**40, 2**40), "weight “w” has an impossible shape"),
    "negative weight": (shaped(-3), "weight “w” has an impossible shape"),
    "empty weight": (shaped(3), r"weight “w” of shape \(3,\) should hold 12 bytes, and holds 0"),
    "unknown operator": (graph(node("StringNormalizer", ["x"])), "no operation here means StringNormalizer \\(docs"),
    "other domain": (graph(helper.make_node("Own", ["x"], ["y"], domain="mine")), "no operation here means mine.Own"),
    "bare operator": (graph(node("Conv", ["x"])), "breaks ONNX’s own rules: .*Conv"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_sentence(model, message, file):
    if message.startswith("no operation") and "mine" in message:
        model.opset_import.append(helper.make_opsetid("mine", 1))
    with pytest.raises(OnnxError, match=f"(?s){message}") as caught:
        load(file(model))
    assert str(caught.value).isprintable()


@pytest.mark.long
@pytest.mark.parametrize(
    "model",
    [
        graph(node("ConstantOfShape", ["s"], "c"), node("Add", ["x", "c"]), weights=[("s", np.array([2**20, 2**20]))]),
        graph(node("Expand", ["x", "s"]), weights=[("s", np.array([2**30, 2, 3]))]),
        graph(node("Tile", ["x", "s"]), weights=[("s", np.array([2**30, 2**30]))]),
        graph(node("Pad", ["x", "s"]), weights=[("s", np.array([0, 2**40, 0, 0]))]),
        graph(
            node("Add", ["x", "w"], "z"),
            node("Relu", ["z"]),
            weights=[("w", np.zeros((2**13, 1, 1), np.float32))],
            x=(2**13, 2**13),
        ),
        graph(*(node("Concat", [f"v{i}"] * 2, f"v{i + 1}", axis=0) for i in range(40)), node("Relu", ["v40"])),
        graph(
            *(node("Concat", [f"v{i}"] * 2, f"v{i + 1}", axis=0) for i in range(40)),
            node("Relu", ["v40"]),
            x=("M", "K"),
        ),
    ],
)
def test_a_value_that_would_fill_the_memory_is_refused_before_it_is_made(model, file):
    model.graph.node[0].input[:] = ["x" if name == "v0" else name for name in model.graph.node[0].input]
    with pytest.raises(OnnxError, match="of at most 134217728 elements"):
        load(file(model))(tg.zeros(2, 3))


def test_a_node_that_cannot_take_what_reaches_it_is_named(file):
    model = graph(helper.make_node("MatMul", ["x", "x"], ["y"], name="/head/MatMul"))
    with pytest.raises(TinygradError, match=r"matmul: .*\(m.onnx:1\)"):
        load(file(model))(tg.zeros(2, 3))
    with pytest.raises(OnnxError, match=r"expected 1 inputs \(x\), got 0"):
        load(file(model))()


@pytest.mark.parametrize(
    "name", ["__class__", "forward", "_parameters", "training", "../../etc", "a\x1b[31mb", "w" * 5000, "<script>"]
)
def test_a_hostile_name_is_nothing_but_a_name(name, file):
    model = graph(
        helper.make_node("Add", ["x", name], ["y"], name=f"/{name}/{name}/Add"),
        weights=[(name, np.float32([1, 2, 3]))],
    )
    path = file(model)
    module = load(path)
    assert module(tg.zeros(2, 3)).tolist() == [[1.0, 2.0, 3.0]] * 2
    assert type(module).__name__ == "OnnxModule"
    assert module.copy()(tg.zeros(2, 3)).shape == (2, 3)
    run = observed(Catalogue().load(str(path)))
    assert all(part.isprintable() for vertex in run.graph.nodes for part in vertex.scope.path.split("/"))


def test_spoilt_files_are_refused_or_read_but_never_break(file):
    tg.random.manual_seed(0)
    path = file(b"", "spoilt.onnx")
    save(nn.Sequential(nn.Linear(3, 2), nn.Tanh()), tg.zeros(1, 3), path)
    whole = path.read_bytes()
    draw = np.random.default_rng(0)
    refused = 0
    for trial in range(1000):
        data = bytearray(whole)
        if trial % 2:
            del data[draw.integers(len(data)) :]
        for place in draw.integers(0, max(len(data), 1), draw.integers(0, 6)):
            if len(data):
                data[place] = draw.integers(256)
        path.write_bytes(bytes(data))
        with contextlib.suppress(TinygradError):
            refused += 1
            load(path)(tg.zeros(1, 3))
            refused -= 1
    assert refused > 500


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(TinygradError, match="cannot read"):
        load(tmp_path / "none.onnx")
    with pytest.raises(TinygradError, match="cannot read"):
        load(tmp_path)


def test_data_beside_the_model_are_read(file, tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"...." + np.float32([1, 2, 3]).tobytes())
    module = load(file(outside("weights.bin", offset=4, length=12)))
    assert module(tg.zeros(2, 3)).tolist()[0] == [1.0, 2.0, 3.0]


def test_the_page_lists_the_operators_that_come_in():
    page = Path(__file__).parents[2] / "docs" / "onnx.md"
    assert page.read_text(encoding="utf-8").endswith(f"{coming()}\n"), "python -m tinygrad_fr.generate --all"


def test_every_operator_that_goes_out_comes_in():
    text = "".join(path.read_text(encoding="utf-8") for path in Path(operators.__file__).parent.glob("*.py"))
    known = {operator for domain, operator in MEANINGS if not domain}
    written = {word.strip('"') for word in re.findall(r'"[A-Z][A-Za-z0-9]+"', text)} & {
        schema.name for schema in onnx.defs.get_all_schemas()
    }
    assert written <= known, written - known


@pytest.mark.parametrize("zoom", ["model", "module", "op", "equation", "scalar"])
def test_a_file_is_seen_from_the_five_distances(zoom, tmp_path):
    from tinygrad_fr.explain.levels.scalars import in_scalars
    from tinygrad_fr.explain.levels.view import Distance, view

    save(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)), tg.zeros(1, 2), tmp_path / "m.onnx")
    distance = Distance(zoom=zoom)
    run = observed(Catalogue().load(str(tmp_path / "m.onnx")), distances=distance.recorded)
    seen = view(in_scalars(run.graph) if zoom == "scalar" else run.graph, distance)
    assert len(seen.units) >= {"model": 2, "module": 4, "op": 5, "equation": 7, "scalar": 15}[zoom]


def test_the_gradient_is_followed_through_the_layers_of_a_file(tmp_path):
    from tinygrad_fr.explain import flow

    layers = [layer for _each in range(4) for layer in (nn.Linear(3, 3), nn.Tanh())]
    save(nn.Sequential(*layers), tg.zeros(1, 3), tmp_path / "m.onnx")
    run = observed(Catalogue().load(str(tmp_path / "m.onnx")))
    assert len(flow(run).steps) == 8
    assert {vertex.scope.kind for vertex in run.graph.nodes if vertex.scope.path.startswith("m/")} == {"Gemm", "Tanh"}


def test_what_came_in_goes_out_again(tmp_path):
    save(nn.LSTM(4, 6), tg.zeros(5, 2, 4), tmp_path / "first.onnx", dynamic=False)
    model = Catalogue().load(str(tmp_path / "first.onnx"))
    (tmp_path / "second.onnx").write_bytes(
        of_model(model, model.settings, model.build(model.settings)).SerializeToString()
    )
    x = tg.randn(5, 2, 4)
    one, other = (load(tmp_path / name)(x) for name in ("first.onnx", "second.onnx"))
    assert all(np.array_equal(a.detach().numpy(), b.detach().numpy()) for a, b in zip(one, other, strict=True))
