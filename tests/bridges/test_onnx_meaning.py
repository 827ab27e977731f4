"""What a file means beyond single operators: its parameters, its loops, its functions, what it allows and says too much."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.bridges.onnx import OnnxError, load, save
from tinygrad_fr.bridges.onnx.meanings import MEANINGS
from tinygrad_fr.draw import diagram_of, render
from tinygrad_fr.graph import Graph
from tinygrad_fr.optim import AdamW

f32 = np.float32


def node(operator, inputs, output="y", **attributes):
    return helper.make_node(operator, inputs, [output] if isinstance(output, str) else output, **attributes)


@pytest.fixture
def module(tmp_path):
    """A model from x to y of some nodes, written and loaded."""

    def make(
        *nodes,
        weights=(),
        x=(2, 3),
        y=("y",),
        opset=21,
        producer="",
        functions=(),
        domains=(),
        said=(),
        kind=TensorProto.FLOAT,
        **options,
    ):
        made = helper.make_model(
            helper.make_graph(
                list(nodes),
                "g",
                [helper.make_tensor_value_info("x", kind, x)],
                [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in y],
                [numpy_helper.from_array(np.asarray(array), name) for name, array in weights],
            ),
            opset_imports=[helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)],
            functions=functions,
            ir_version=10,
            producer_name=producer,
        )
        for name, role in said:
            value = made.graph.value_info.add(name=name)
            value.type.tensor_type.elem_type = TensorProto.FLOAT
            value.metadata_props.add(key="pkg.torch.export.graph_signature.InputSpec.kind", value=role)
        (tmp_path / "m.onnx").write_bytes(made.SerializeToString())
        return load(tmp_path / "m.onnx", **options)

    return make


def learned(found):
    return {name for name, _parameter in found.named_parameters()}


CAUSAL = np.triu(np.full((3, 3), -np.inf, f32), 1)
SQUARE = np.arange(9, dtype=f32).reshape(3, 3)


def test_a_mask_is_kept_and_a_training_step_leaves_it(module):
    found = module(
        node("MatMul", ["x", "w"], "s"), node("Add", ["s", "mask"], "z"), node("Softmax", ["z"]),
        weights=[("w", SQUARE), ("mask", CAUSAL)], x=(3, 3),
    )  # fmt: skip
    assert learned(found) == {"w"}
    assert {*found.state_dict()} == {"w", "mask"}
    step = AdamW(found.parameters(), 0.1)
    (found(tg.ones(3, 3)) ** 2).sum().backward()
    step.step()
    assert np.array_equal(found.state_dict()["mask"].detach().numpy(), CAUSAL)
    assert not np.array_equal(found.state_dict()["w"].detach().numpy(), SQUARE)


@pytest.mark.parametrize("low", [-1e9, float(np.finfo(f32).min), -10_000.0])
def test_a_mask_may_hide_with_a_large_number_and_be_cut_out_of_a_larger_one(low, module):
    mask = np.triu(np.full((5, 5), low, f32), 1)
    found = module(
        node("Slice", ["mask", "from", "to"], "part"), node("Add", ["x", "part"], "z"), node("Softmax", ["z"]),
        weights=[("mask", mask), ("from", np.array([0, 0])), ("to", np.array([3, 3]))], x=(3, 3),
    )  # fmt: skip
    assert learned(found) == set()


def test_a_constant_stands_where_it_is_read_first(module):
    made = [
        helper.make_node("Mul", ["x", "mask"], ["s"], "layer/mul"),
        helper.make_node("Add", ["s", "mask"], ["y"], "add"),
    ]
    found = module(*made, weights=[("mask", np.where(SQUARE > 4, -np.inf, 0).astype(f32))], x=(3, 3))
    assert learned(found) == set()
    x = tg.ones(3, 3, requires_grad=True)
    graph = Graph.of(found(x).sum())
    assert [vertex.scope.path for vertex in graph.nodes if vertex.name == "mask"] == ["g/layer"]


def test_first_states_scales_statistics_and_bounds_are_not_learned(module):
    w, r = np.ones((1, 16, 3), f32), np.ones((1, 16, 4), f32)
    state = np.zeros((1, 1, 4), f32)
    found = module(
        node("Expand", ["h", "shape"], "h1"),
        node("LSTM", ["x", "w", "r", "", "", "h1", "c"], ["all", "end"], hidden_size=4),
        node("Resize", ["all", "", "scales"], mode="nearest"),
        weights=[("w", w), ("r", r), ("h", state), ("c", state), ("shape", np.array([1, 1, 4])), ("scales", f32([1, 1, 1, 2]))],
        x=(5, 1, 3),
    )  # fmt: skip
    assert learned(found) == {"weight_ih_l0", "weight_hh_l0"}
    assert {*found.state_dict()} == {"weight_ih_l0", "weight_hh_l0", "h", "c", "scales"}
    assert found(tg.ones(5, 1, 3)).shape == (5, 1, 1, 8)


def test_the_scale_of_a_norm_that_has_none_of_its_own_is_not_learned(module):
    # torch writes a group norm as a norm of instances with ones and zeros of its own, then the weight and the bias.
    group = module(
        node("InstanceNormalization", ["x", "onnx::InstanceNormalization_8", "onnx::InstanceNormalization_9"], "n"),
        node("Mul", ["n", "onnx::Mul_10"], "s"),
        node("Add", ["s", "onnx::Add_11"]),
        weights=[
            ("onnx::InstanceNormalization_8", np.ones(2, f32)), ("onnx::InstanceNormalization_9", np.zeros(2, f32)),
            ("onnx::Mul_10", np.ones((2, 1), f32)), ("onnx::Add_11", np.zeros((2, 1), f32)),
        ], x=(1, 2, 4), producer="pytorch",
    )  # fmt: skip
    assert [name for name, _parameter in group.named_parameters()] == ["onnx::Mul_10", "onnx::Add_11"]


def test_a_path_of_slashes_is_drawn_by_its_end(module):
    sum_ = module(node("Add", ["x", "/rnn/dense/kernel"]), weights=[("/rnn/dense/kernel", np.ones(3, f32))])
    assert [parameter.label for parameter in sum_.parameters()] == ["kernel"]


@pytest.mark.parametrize(
    ("x", "expected"), [([[-2.0, -4.0, 1.0]], [[-2, -4, 1]]), ([[-2.0, -4.0]], [[1, 2]]), ([[0.0, -1.0]], [[0, -1]])]
)
def test_a_normalizer_divides_by_the_largest_number_itself(x, expected, module):
    entry = helper.make_node("Normalizer", ["x"], ["y"], domain="ai.onnx.ml", norm="MAX")
    assert module(entry, x=(1, None), domains=["ai.onnx.ml"])(tg.tensor(x)).tolist() == expected


def test_features_of_one_row_are_a_row(module):
    entry = helper.make_node("ArrayFeatureExtractor", ["x", "i"], ["y"], domain="ai.onnx.ml")
    chosen = module(entry, weights=[("i", np.asarray([2, 0]))], x=(3,), domains=["ai.onnx.ml"])
    assert chosen(tg.tensor([5.0, 6.0, 7.0])).tolist() == [[7.0, 5.0]]


def test_weights_in_constant_nodes_are_learned(module):
    found = module(
        node("Constant", [], "w", value=numpy_helper.from_array(SQUARE)),
        node("Constant", [], "b", value=numpy_helper.from_array(f32([1, 2, 3]))),
        node("Constant", [], "two", value=numpy_helper.from_array(np.asarray(2, f32))),
        node("MatMul", ["x", "w"], "z"), node("Add", ["z", "b"], "a"), node("Mul", ["a", "two"]),
    )  # fmt: skip
    assert learned(found) == {"w", "b"}
    w, r = np.ones((1, 16, 3), f32), np.ones((1, 16, 4), f32)
    found = module(
        node("Constant", [], "w", value=numpy_helper.from_array(w)),
        node("Constant", [], "r", value=numpy_helper.from_array(r)),
        node("LSTM", ["x", "w", "r"], ["y"], hidden_size=4),
        x=(5, 2, 3),
    )
    assert learned(found) == {"weight_ih_l0", "weight_hh_l0"}


def test_what_torch_says_of_its_arrays_is_believed(module):
    table = np.ones((2, 3), f32)
    found = module(
        node("Add", ["x", "pe"], "z"), node("MatMul", ["z", "w"], "a"), node("Mul", ["a", "lifted"]),
        weights=[("pe", table), ("w", SQUARE), ("lifted", f32([1, 2, 3]))],
        producer="pytorch", said=[("pe", "BUFFER"), ("w", "PARAMETER")],
    )  # fmt: skip
    assert learned(found) == {"w"}


def test_parameters_can_be_said(module):
    weights = [("w", SQUARE), ("b", f32([1, 2, 3])), ("i", np.array([0]))]
    nodes = node("MatMul", ["x", "w"], "z"), node("Add", ["z", "b"])
    assert learned(module(*nodes, weights=weights, parameters=["b"])) == {"b"}
    assert learned(module(*nodes, weights=weights, parameters=[])) == set()
    for name in ("nothing", "i"):
        with pytest.raises(OnnxError, match=f"names of arrays of floats as parameters, got “{name}”"):
            module(*nodes, weights=weights, parameters=[name])


@pytest.mark.parametrize(
    ("entry", "opset", "said"),
    [
        (node("Relu", ["x"], mine=1), 21, "mine"),
        (node("Softmax", ["x"], axis=0, mine=1), 21, "mine"),
        (node("LayerNormalization", ["x", "w"], axis=-1, stash_type=11), 21, "float32"),
        (node("LSTM", ["x", "w", "w"], clip=1.0), 21, "the attribute “clip” has no counterpart here"),
        (node("GRU", ["x", "w", "w"], activation_alpha=[0.1]), 21, "the attribute “activation_alpha” has no counterpart"),
        (node("BatchNormalization", ["x", "w", "w", "w", "w"], spatial=0), 7, "spatial=0"),
        (node("LSTM", ["x", "w", "w", "", "", "", "", "w"]), 21, "its input 8 has no counterpart here"),
        (node("Dropout", ["x", "half", "yes"]), 13, "draws at random"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(entry, opset, said, module):
    weights = [("w", f32([1, 2, 3])), ("half", np.asarray(0.5, f32)), ("yes", np.asarray(True))]
    with pytest.raises(OnnxError, match=said):
        module(entry, weights=weights, opset=opset)(tg.ones(2, 3))


def test_parts_that_would_fill_the_memory_are_refused_before_they_are_counted(module):
    with pytest.raises(OnnxError, match="“Split” has 1 outputs, and says 268435456"):
        module(node("Split", ["x"], axis=1, num_outputs=2**28))


def test_every_meaning_declares_attributes_that_onnx_has():
    from onnx import defs

    known = {}
    for schema in defs.get_all_schemas_with_history():
        known.setdefault((schema.domain, schema.name), set()).update(schema.attributes)
    for key, meaning in MEANINGS.items():
        assert key in known
        spare = {"consumed_inputs", "axis", "broadcast", "stash_type", "reduction"}  # of one that shares a meaning
        assert meaning.attributes - known[key] <= spare, key


def test_a_row_of_a_matrix_and_one_counted_from_the_end(module):
    for table, x in (("x", (4, 3)), ("w", (4, 3))):
        found = module(node("Gather", [table, "last"], "row"), node("Add", ["row", "row"]),
                       weights=[("last", np.asarray(-1)), ("w", np.arange(12, dtype=f32).reshape(4, 3))], x=x)  # fmt: skip
        given = tg.tensor(np.arange(12, dtype=f32).reshape(4, 3))
        assert found(given).tolist() == [18.0, 20.0, 22.0]


def test_a_branch_is_the_one_taken_and_steps_are_those_run(module):
    def body(*nodes, inputs=(), outputs=(), weights=()):
        kinds = {"t": TensorProto.INT64, "go": TensorProto.BOOL, "on": TensorProto.BOOL}
        return helper.make_graph(
            list(nodes), "body",
            [helper.make_tensor_value_info(n, kinds.get(n, TensorProto.FLOAT), None) for n in inputs],
            [helper.make_tensor_value_info(n, kinds.get(n, TensorProto.FLOAT), None) for n in outputs],
            [numpy_helper.from_array(a, n) for n, a in weights],
        )  # fmt: skip

    step = body(
        node("MatMul", ["h", "w"], "a"), node("Tanh", ["a"], "h1"), node("Identity", ["go"], "on"), node("Identity", ["h1"], "seen"),
        inputs=("t", "go", "h"), outputs=("on", "h1", "seen"), weights=[("w", SQUARE / 9)],
    )  # fmt: skip
    found = module(
        node("Loop", ["three", "", "x"], ["y", "all"], body=step), weights=[("three", np.asarray(3))], y=("y", "all")
    )
    x = tg.tensor(np.ones((2, 3), f32), requires_grad=True)
    y, every = found(x)
    h, w = np.ones((2, 3)), SQUARE / 9
    for _t in range(3):
        h = np.tanh(h @ w)
    np.testing.assert_allclose(y.detach().numpy(), h, rtol=1e-5)
    assert every.shape == (3, 2, 3)
    assert learned(found) == {"w"}
    assert tg.Graph.of([y, every]).statistics()["time_steps"] == 3
    y.sum().backward()
    assert x.grad.shape == (2, 3)
    assert np.any(found.state_dict()["w"].detach().numpy())

    branches = {
        "then_branch": body(node("Mul", ["x", "k"], "o"), outputs=("o",), weights=[("k", np.asarray([2.0], f32))]),
        "else_branch": body(node("Neg", ["x"], "o"), outputs=("o",)),
    }
    found = module(
        node("ReduceSum", ["x"], "s", keepdims=0), node("Greater", ["s", "zero"], "c"), node("If", ["c"], **branches),
        weights=[("zero", np.asarray(0, f32))],
    )  # fmt: skip
    assert found(tg.ones(2, 3)).tolist() == [[2.0] * 3] * 2
    assert found(-tg.ones(2, 3)).tolist() == [[1.0] * 3] * 2


def test_a_loop_without_an_end_is_ended(module, monkeypatch):
    import tinygrad_fr.bridges.onnx.module as bridge

    monkeypatch.setattr(bridge, "LONGEST_RUN", 100)
    step = helper.make_graph(
        [node("Identity", ["go"], "on"), node("Identity", ["h"], "h1")], "body",
        [helper.make_tensor_value_info("t", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("h", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("h1", TensorProto.FLOAT, None)],
    )  # fmt: skip
    found = module(node("Loop", ["", "yes", "x"], ["y"], body=step), weights=[("yes", np.asarray(True))])
    with pytest.raises(OnnxError, match="a run of more than 100 nodes"):
        found(tg.ones(2, 3))


def functions(count, last="Relu"):
    """Functions that call the one before them twice."""
    made = []
    for i in range(count):
        inner = node(last, ["a"], "b") if not i else node(f"f{i - 1}", ["a"], "b", domain="mine")
        outer = node("Relu", ["b"], "c") if not i else node(f"f{i - 1}", ["b"], "c", domain="mine")
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid("mine", 1)]
        made.append(helper.make_function("mine", f"f{i}", ["a"], ["c"], [inner, outer], opsets))
    return made


def test_functions_are_written_out_if_they_are_few_enough(module):
    call = node("f3", ["x"], domain="mine")
    assert module(call, functions=functions(4), domains=["mine"])(-tg.ones(2, 3)).tolist() == [[0.0] * 3] * 2
    with pytest.raises(OnnxError, match="at most 100000 nodes, its functions written out"):
        module(node("f23", ["x"], domain="mine"), functions=functions(24), domains=["mine"])
    circle = functions(2)
    circle[0].node[0].op_type, circle[0].node[0].domain = "f1", "mine"
    with pytest.raises(OnnxError, match=r"its function “f[01]” calls itself"):
        module(node("f1", ["x"], domain="mine"), functions=circle, domains=["mine"])


@pytest.mark.parametrize("name", ["C:\\New\\x", "\\G", "a\\Eb\\Lc", "\\\\N", "back\\"])
def test_names_are_drawn_as_they_are_written(name, module):
    x = tg.tensor([1.0, 2.0], name=name, requires_grad=True)
    svg = render(diagram_of(tg.Graph.of(x * 2)), "svg").decode()
    assert f">{name}<" in svg.replace("&#160;", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("declared", "given", "fits"),
    [
        ((2, 3), (2, 3), True), ((2, 3), (4, 3), False), ((2, 3), (2, 3, 1), False), (("n", 3), (7, 3), True),
        (("n", "n"), (3, 3), True), (("n", "n"), (3, 4), False), ((-1, 3), (5, 3), True), (None, (5, 3), True), ((), (1,), False),
    ],
)  # fmt: skip
def test_a_batch_that_the_file_does_not_allow_is_refused(declared, given, fits, module):
    found = module(node("Relu", ["x"]), x=declared)
    if fits:
        assert found(tg.zeros(*given)).shape == given
    else:
        with pytest.raises(OnnxError, match="input “x”: expected shape"):
            found(tg.zeros(*given))


def test_numbers_of_another_kind_are_refused(module):
    found = module(node("Relu", ["x"]), x=(2,))
    assert found(tg.tensor(np.array([1, 2]))).dtype == f32
    assert found(tg.tensor(np.array([1.0, 2.0]))).dtype == f32
    chosen = module(node("Gather", ["w", "x"]), weights=[("w", SQUARE)], x=(2,), kind=TensorProto.INT64)
    assert chosen(tg.tensor(np.array([0, -1], np.int32))).shape == (2, 3)
    with pytest.raises(OnnxError, match="input “x”: expected numbers of int64, got float32"):
        chosen(tg.zeros(2))


def test_outputs_can_be_said(module):
    found = module(node("Relu", ["x"]), node("ArgMax", ["x"], "z"), y=("y", "z"), outputs=["z"])
    assert found(tg.tensor(SQUARE[:2])).tolist() == [[1, 1, 1]]
    with pytest.raises(OnnxError, match="expected outputs among y, got “z”"):
        module(node("Relu", ["x"]), outputs=["z"])


def test_frozen_weights_go_through_training_unmoved(tmp_path):
    save(nn.Linear(2, 2), tg.zeros(1, 2), tmp_path / "m.onnx")
    frozen = load(tmp_path / "m.onnx", parameters=["bias"])
    before = frozen.state_dict()["weight"].detach().numpy().copy()
    step = AdamW(frozen.parameters(), 0.1)
    frozen(tg.ones(1, 2)).sum().backward()
    step.step()
    assert np.array_equal(before, frozen.state_dict()["weight"].detach().numpy())
