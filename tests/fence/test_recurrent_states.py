"""A recurrent layer, cell or operation refuses a state that does not fit, in one sentence; so does one out of an ONNX file.

Which states fit is torch's answer: ``tests/oracle/test_recurrent_states.py``.
"""

import itertools

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.bridges.onnx import load
from tinygrad_fr.errors import DtypeError, ShapeError, TinygradError

T, N, IN, OUT = 5, 2, 3, 4
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
STATES = {"RNN": ("h",), "GRU": ("h",), "LSTM": ("h", "c")}


def wrong(right):
    """Shapes that are not the right one: each side one more, one less, none; ranks; layouts."""
    found = []
    for i in range(len(right)):
        found += [(*right[:i], side, *right[i + 1 :]) for side in (right[i] + 1, right[i] - 1, 0, 1)]
    found += [right[1:], (1, *right), (*right, 1), (), *itertools.permutations(right)]
    return [shape for shape in dict.fromkeys(found) if shape != right]


def drawn(shape):
    return tg.tensor(np.random.default_rng(0).standard_normal(shape).astype(np.float32))


def refused(call, error=ShapeError):
    """The one sentence with which a call is refused."""
    with pytest.raises(TinygradError) as caught:
        call()
    assert isinstance(caught.value, error), caught.value
    assert isinstance(caught.value, RuntimeError | ValueError)
    said = str(caught.value)
    assert "expected" in said, said
    assert "got" in said, said
    assert "\n" not in said
    return said


def unchanged(module, call):
    """A call that must leave a module as it is."""
    before = {key: np.array(value) for key, value in module.state_dict().items()}
    said = refused(call)
    for key, value in module.state_dict().items():
        np.testing.assert_array_equal(value, before[key])
    return said


LAYERS = [
    pytest.param(
        kind,
        {"num_layers": layers, "bidirectional": both, "batch_first": first, "bias": bias},
        batched,
        id=f"{kind}-{layers}-{'both' if both else 'one'}-{'NT' if first else 'TN'}-{'batch' if batched else 'alone'}",
    )
    for kind, layers, both, first, batched in itertools.product(
        GATES, (1, 2), (False, True), (False, True), (True, False)
    )
    for bias in (layers == 1,)
]


@pytest.mark.parametrize(("kind", "options", "batched"), LAYERS)
def test_a_layer_refuses_a_state_that_does_not_fit(kind, options, batched):
    module = getattr(nn, kind)(IN, OUT, **options)
    rows = options["num_layers"] * (2 if options["bidirectional"] else 1)
    right = (rows, N, OUT) if batched else (rows, OUT)
    x = drawn(((N, T, IN) if options["batch_first"] else (T, N, IN)) if batched else (T, IN))
    for shape in wrong(right):
        if kind == "LSTM":
            for given in ((shape, right), (right, shape)):
                assert str(shape) in unchanged(module, lambda given=given: module(x, tuple(map(drawn, given))))
        else:
            said = unchanged(module, lambda shape=shape: module(x, drawn(shape)))
            assert str(shape) in said
            assert str(right) in said
            assert "test_recurrent_states.py" in said


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("rows", [(N,), ()], ids=["batch", "alone"])
def test_a_cell_refuses_a_state_that_does_not_fit(kind, rows):
    module = getattr(nn, f"{kind}Cell")(IN, OUT)
    right, x = (*rows, OUT), drawn((*rows, IN))
    for shape in wrong(right):
        for given in ((shape, right), (right, shape)) if kind == "LSTM" else ((shape,),):
            states = tuple(map(drawn, given))
            unchanged(module, lambda states=states: module(x, states if kind == "LSTM" else states[0]))
    for shape in ((N, T, IN), (), (IN + 1,), (N, IN - 1), (N, 0)):
        unchanged(module, lambda shape=shape: module(drawn(shape)))


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("cell", ["", "Cell"])
def test_a_state_is_a_tensor_or_a_pair_of_them(kind, cell):
    module = getattr(nn, f"{kind}{cell}")(IN, OUT)
    x, h = (drawn((N, IN)), drawn((N, OUT))) if cell else (drawn((T, N, IN)), drawn((1, N, OUT)))
    for state in (
        (h, (h,), (h, h, h), (), (h, None), (h, (h,)), 1.0, "h") if kind == "LSTM" else ((h,), (h, h), 1.0, "h", ())
    ):
        unchanged(module, lambda state=state: module(x, state))
    double = (h, h.double()) if kind == "LSTM" else h.double()
    assert "float64" in refused(lambda: module(x, double), DtypeError)
    assert "float64" in refused(lambda: module(x.double()), DtypeError)
    assert "int64" in refused(lambda: module(x.long()), DtypeError)


OPERATIONS = [
    (f"{kind.lower()}_{what}", kind, *options)
    for kind in GATES
    for what in ("step", "sequence")
    for options in {
        "RNN": ({"nonlinearity": "tanh"}, {"nonlinearity": "relu"}),
        "GRU": ({"convention": "torch"}, {"convention": "course"}),
        "LSTM": ({},),
    }[kind]
    for options in [(options,)]
]


@pytest.mark.parametrize(("name", "kind", "options"), OPERATIONS)
@pytest.mark.parametrize("shown", ["fused", "equations"])
def test_an_operation_refuses_operands_that_do_not_fit(name, kind, options, shown):
    lead = (N,) if name.endswith("step") else (T, N)
    shapes = {
        "x": (*lead, IN),
        **dict.fromkeys(STATES[kind], (N, OUT)),
        "weight_ih": (GATES[kind] * OUT, IN),
        "weight_hh": (GATES[kind] * OUT, OUT),
        "bias_ih": (GATES[kind] * OUT,),
        "bias_hh": (GATES[kind] * OUT,),
    }
    right = {key: drawn(shape) for key, shape in shapes.items()}
    operation = tg.ops.registry[name]

    def call(operands):
        with tg.opened("op" if shown == "equations" else "model"):
            return operation(*operands.values(), **options)

    call(right)
    for key, shape in shapes.items():
        for other in wrong(shape):
            if key == "x" and other[1:] == shape[1:] and 0 not in other and name.endswith("sequence"):
                continue  # another number of steps
            refused(lambda key=key, other=other: call({**right, key: drawn(other)}))
        refused(lambda key=key: call({**right, key: right[key].double()}), DtypeError)
    option = next(iter(options), None)
    if option is not None:
        refused(lambda: operation(*right.values(), **{option: "another"}), ValueError)


def sequence_file(path, kind, **changed):
    """A file of one recurrent node whose operands have given shapes."""
    gates, ways = GATES[kind], 1
    shapes = {
        "W": (ways, gates * OUT, IN),
        "R": (ways, gates * OUT, OUT),
        "B": (ways, 2 * gates * OUT),
        "sequence_lens": (N,),
        "initial_h": (ways, N, OUT),
        **({"initial_c": (ways, N, OUT)} if kind == "LSTM" else {}),
    } | changed
    arrays = {
        key: np.full(shape, T, np.int32) if key == "sequence_lens" else np.ones(shape, np.float32)
        for key, shape in shapes.items()
    }
    operands = ["W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
    used = ["x", *(name if name in shapes else "" for name in operands)]
    while used[-1] == "":
        used.pop()
    node = helper.make_node(kind, used, ["y"], hidden_size=OUT, name="reader")
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (T, N, IN))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["a", "b", "c", "d"])],
        [numpy_helper.from_array(array, key) for key, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return shapes


@pytest.mark.parametrize("kind", GATES)
def test_a_file_whose_states_do_not_fit_is_refused(kind, tmp_path):
    path = tmp_path / "reader.onnx"
    shapes = sequence_file(path, kind)
    assert load(path)(drawn((T, N, IN))).shape == (T, 1, N, OUT)
    for key, shape in shapes.items():
        for other in wrong(shape):
            sequence_file(path, kind, **{key: other})
            said = refused(lambda: load(path)(drawn((T, N, IN))), (ShapeError, RuntimeError))
            assert "reader" in said
    if kind == "LSTM":
        sequence_file(path, kind, P=(1, 3 * OUT))
        with pytest.raises(TinygradError, match="no counterpart here"):
            load(path)(drawn((T, N, IN)))
    sequence_file(path, kind)
    module = load(path)
    for shape in ((T, N + 1, IN), (T, N, IN + 1), (T + 1, N, IN), (N, IN), (T, 0, IN), (0, N, IN)):
        with pytest.raises(TinygradError):
            module(drawn(shape))


def test_a_state_that_fits_gives_what_the_equations_give():
    """The example of the table of faults: before, two rows were dropped in silence and memory was read beyond an array."""
    module = nn.RNN(3, 4)
    x = tg.ones(2, 5, 3)
    assert "(1, 3, 4)" in refused(lambda: module(x, tg.zeros(1, 3, 4)))
    with tg.opened("op"):
        slow = module(x, tg.ones(1, 5, 4))[0]
    np.testing.assert_allclose(
        module(x, tg.ones(1, 5, 4))[0].detach().numpy(), slow.detach().numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("kind", GATES)
def test_packed_steps_that_do_not_fit_are_refused(kind):
    module = getattr(nn, kind)(IN, OUT)
    given = nn.utils.rnn.pack_padded_sequence(drawn((T, N, IN)), tg.tensor([T, T - 2]))
    h = drawn((1, N, OUT))
    module(given, (h, h) if kind == "LSTM" else h)
    for sizes in ([], [1, 2], [2, 0], [2, -1], [2, 2], [9, 9]):
        other = given._replace(batch_sizes=tg.tensor(np.array(sizes, np.int64)))
        unchanged(module, lambda other=other: module(other))
    for shape in wrong((1, N, OUT)):
        state = (drawn(shape), h) if kind == "LSTM" else drawn(shape)
        unchanged(module, lambda state=state: module(given, state))
