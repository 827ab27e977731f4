"""Models in ONNX: every plugin gives the same numbers in onnxruntime, and what cannot be written honestly is refused."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.bridges.onnx import OnnxError, load, save
from tinygrad_fr.bridges.onnx.operators import RULES
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.inputs.draws import seeded
from tinygrad_fr.testing.tables.onnx import measure

PAGE = Path(__file__).parents[2] / "docs" / "onnx.md"


def answers(path, *arrays):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {x.name: array for x, array in zip(session.get_inputs(), arrays, strict=True)})


class Of(nn.Module):
    """A module of one function."""

    def __init__(self, function, *parameters):
        super().__init__()
        self.function = function
        for i, parameter in enumerate(parameters):
            self.register_parameter(f"p{i}", nn.Parameter(parameter))

    def forward(self, *inputs):
        return self.function(*inputs, *self._parameters.values())


@pytest.mark.parametrize("name", Catalogue().sources)
def test_every_model_gives_the_same_numbers_in_onnxruntime(name):
    line = measure(Catalogue().load(name))
    assert line.difference < 1e-5
    assert line.free == (name != "neuron")
    written = next(row for row in PAGE.read_text(encoding="utf-8").splitlines() if row.startswith(f"| {name} |"))
    assert written.split("|")[2:8] == str(line).split("|")[2:8], "python -m tinygrad_fr.generate --all"


@pytest.mark.parametrize(
    ("operator", "module", "shape"),
    [
        ("Conv", lambda: nn.Conv1d(2, 4, 3, 2, 1, groups=2), (2, 2, 9)),
        ("Conv", lambda: nn.Conv2d(2, 3, 3, padding="same", bias=False), (2, 2, 5, 5)),
        ("ConvTranspose", lambda: nn.ConvTranspose2d(2, 3, 3, 2, 1, 1), (2, 2, 4, 4)),
        ("MaxPool", lambda: nn.MaxPool2d(3, 2, 1), (2, 2, 7, 7)),
        ("AveragePool", lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 2, 7, 7)),
        ("GlobalAveragePool", lambda: nn.AdaptiveAvgPool2d(1), (2, 2, 5, 5)),
        ("BatchNormalization", lambda: nn.BatchNorm2d(3), (2, 3, 4, 4)),
        ("LayerNormalization", lambda: nn.LayerNorm((3, 4)), (2, 3, 4)),
        ("RMSNormalization", lambda: nn.RMSNorm(4), (2, 3, 4)),
        ("LSTM", lambda: nn.LSTM(3, 4, 2, bidirectional=True), (5, 2, 3)),
        ("GRU", lambda: nn.GRU(3, 4), (5, 2, 3)),
        ("GRU", lambda: nn.GRU(3, 4, convention="course", batch_first=True), (2, 5, 3)),
        ("RNN", lambda: nn.RNN(3, 4, nonlinearity="relu", bias=False), (5, 2, 3)),
        ("Attention", lambda: nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), (2, 5, 8)),
        ("Softmax", lambda: Of(lambda x: F.softmax(x, 1)), (2, 3)),
        ("Gelu", lambda: Of(lambda x: F.gelu(x)), (2, 3)),
    ],
)  # fmt: skip
def test_a_composite_is_its_operator(operator, module, shape, tmp_path):
    tg.random.manual_seed(1)
    module, x = module(), tg.random.randn(*shape)
    module.eval()
    save(module, x, tmp_path / "m.onnx")
    assert operator in {node.op_type for node in onnx.load(tmp_path / "m.onnx").graph.node}
    expected = module(x)
    expected = expected[0] if isinstance(expected, tuple) else expected
    np.testing.assert_allclose(
        answers(tmp_path / "m.onnx", x.detach().numpy())[0], expected.detach().numpy(), atol=1e-5
    )


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[:, 1, None] + x.flip(-1)[:, [0, 2]],
        lambda x: x[:, [2, 0, 1], [1, 1, 0]],
        lambda x: tg.stack([x, x * 2], 1).flip(2).roll(1, 0),
        lambda x: tg.cat([x.tril(), x.triu(1)], 0).cumsum(1),
        lambda x: x.where(x > 0, -x).log1p() + x.clamp(-0.5, 0.5) % 0.3,
        lambda x: F.mish(x) + F.silu(x) + F.softshrink(x) + F.hardtanh(x) + F.elu(x) + F.logsigmoid(x) + x.expm1(),
        lambda x: F.adaptive_avg_pool1d(x, 2),
        lambda x: F.group_norm(x, 3) + F.local_response_norm(x, 2),
        lambda x: x.max(1).values + x.topk(2, 1).values.sum(1) + x.sort(1)[0][:, 0],
        lambda x: x.var(1) + x.std(2) + x.norm(dim=1)[:, :3] + x.logsumexp(1),
        lambda x: tg.einsum("nij,nkj->nik", x, x),
        lambda x: x.argmax(2).float() + x.argmin() + (x != 0).sum(1),
        lambda x: F.pad(x, (1, 2), value=3.0).movedim(0, 2),
        lambda x: x.erf() + x.trunc() + x.square().rsqrt() + x.sigmoid().log2() + x.atan() + x.round(),
        lambda x: F.interpolate(x, 5, mode="linear"),
    ],
)  # fmt: skip
def test_what_has_no_operator_is_its_equations(function, tmp_path):
    tg.random.manual_seed(2)
    x = tg.random.randn(2, 3, 3)
    save(Of(function), x, tmp_path / "m.onnx")
    np.testing.assert_allclose(
        answers(tmp_path / "m.onnx", x.detach().numpy())[0], function(x).detach().numpy(), atol=1e-5
    )


def test_parameters_bear_their_paths_and_nodes_their_scopes(tmp_path):
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    module.rename("net")
    save(module, tg.zeros(1, 3), tmp_path / "m.onnx", names=["features"])
    graph = onnx.load(tmp_path / "m.onnx").graph
    assert {array.name for array in graph.initializer} == {"0.weight", "0.bias", "2.weight", "2.bias"}
    assert [node.name for node in graph.node] == ["net/0/Gemm", "net/1/Tanh", "net/2/Gemm"]
    assert [value.name for value in (*graph.input, *graph.output)] == ["features", "y"]
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim] for value in graph.value_info
    }
    assert shapes == {"net/0/linear": ["N", 4], "net/1/tanh": ["N", 4]}


def test_a_function_is_written_with_what_it_learns(tmp_path):
    w = tg.tensor([[1.0], [2.0]], requires_grad=True, name="w")
    save(lambda x: (x @ w).tanh() + 1, tg.ones(1, 2), tmp_path / "m.onnx")
    back = load(tmp_path / "m.onnx")
    assert [name for name, _parameter in back.named_parameters()] == ["w"]
    x = tg.randn(4, 2)
    assert np.array_equal(back(x).detach().numpy(), ((x @ w).tanh() + 1).detach().numpy())


def test_rows_may_be_fixed(tmp_path):
    save(nn.Linear(3, 2), tg.zeros(4, 3), tmp_path / "m.onnx", dynamic=False)
    (x,) = onnx.load(tmp_path / "m.onnx").graph.input
    assert [d.dim_value for d in x.type.tensor_type.shape.dim] == [4, 3]


def test_a_module_that_trains_is_written_as_it_answers_and_trains_on(tmp_path):
    module = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    save(module, tg.ones(2, 3), tmp_path / "m.onnx")
    assert [node.op_type for node in onnx.load(tmp_path / "m.onnx").graph.node] == ["Gemm"]
    assert module.training
    assert module[1].training


@pytest.mark.parametrize(
    ("function", "blamed"),
    [
        (lambda x: x * tg.tensor(np.argmax(x.detach().numpy())), "mul, test_onnx_out.py"),
        (lambda x: x[:, : 1 + int(x.detach().numpy()[0, 0] > 0.5)], "index, test_onnx_out.py"),
        (lambda x: x.cummax(1)[0], "gather, test_onnx_out.py"),
        (lambda x: tg.tensor(x.detach().numpy() * 2), "leaf"),
    ],
)
def test_what_was_computed_outside_the_record_is_refused(function, blamed, tmp_path):
    with pytest.raises(OnnxError, match=f"(?s)({blamed}).*computed outside the record"):
        save(Of(function), tg.tensor([[0.0, 1.0, 5.0], [7.0, 3.0, 4.0]]), tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_an_operation_without_counterpart_is_named(tmp_path):
    with pytest.raises(OnnxError, match=r"ONNX has no counterpart of lgamma, test_onnx_out\.py"):
        save(Of(lambda x: x.lgamma()), tg.ones(2), tmp_path / "m.onnx")


# What ONNX lacks, or what is computed outside the record from the numbers themselves.
REFUSED = {
    "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d_with_indices", "adaptive_max_pool3d_with_indices",
    "atan2", "bits", "bitwise_left_shift", "bitwise_right_shift", "cholesky_lower", "convolution_input", "convolution_weight",
    "copysign", "cross_entropy_smoothed", "cummax", "cummin", "cumprod", "digamma", "eigh_lower", "erfinv", "gcd", "heaviside", "i0", "i1", "inv",
    "kthvalue", "lcm", "lgamma", "log_ndtr", "logcumsumexp", "lu_in_order", "matrix_exp", "max_pool1d_with_indices",
    "max_pool2d_with_indices", "max_pool3d_with_indices", "median_along", "median_of_all", "met", "nextafter", "pinv_of",
    "polygamma", "qr_tall", "signbit", "slogdet", "solve_matrix", "solve_triangular_matrix", "svd_thin",
    "unpool_rows",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted({*registry} - {"select"}))
def test_every_operation_goes_out_equal_or_is_refused(name, tmp_path):
    op, refused = registry[name], False
    for seed in range(3):
        sample = op.sample(seeded(seed))
        several = getattr(getattr(op, "signature", None), "variadic", False)
        operands = [_single(x) for x in (sample.inputs[0] if several else sample.inputs)]
        attrs = {key: np.dtype("float32") if key == "dtype" else value for key, value in sample.attrs.items()}
        places = [i for i, x in enumerate(operands) if isinstance(x, np.ndarray)]

        def run(*tensors, operands=operands, places=places, attrs=attrs, several=several):
            given = [*operands]
            for place, x in zip(places, tensors, strict=True):
                given[place] = x
            return op(given, **attrs) if several else op(*given, **attrs)

        inputs = tuple(tg.tensor(operands[place]) for place in places)
        try:
            save(Of(run), inputs, tmp_path / "m.onnx", dynamic=False)
        except OnnxError:
            refused = True
            continue
        expected = run(*inputs)
        found = answers(tmp_path / "m.onnx", *(x.detach().numpy() for x in inputs))
        for y, wanted in zip(found, expected if isinstance(expected, tuple) else (expected,), strict=True):
            wanted = np.asarray(wanted.value)
            assert y.shape == wanted.shape
            np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)
        load(tmp_path / "m.onnx")(*inputs)
    assert refused == (name in REFUSED)


def _single(x):
    return x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype == np.float64 else x


def test_every_rule_is_of_an_operation():
    assert set(RULES) - {"select"} <= set(registry)
