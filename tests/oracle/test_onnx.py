"""Models that torch and scikit-learn wrote as ONNX, imported: the same answers, and torch's gradients."""

import warnings
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from tinygrad_fr import tensor
from tinygrad_fr.bridges.onnx import load
from tinygrad_fr.explain import observed
from tinygrad_fr.plugins import Catalogue


class Block(nn.Module):
    """A residual block."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
        self.downsample = nn.Sequential(nn.Conv2d(3, 8, 1, 2, bias=False), nn.BatchNorm2d(8))
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return self.fc(torch.relu(y + self.downsample(x)).mean((2, 3)))


class Last(nn.Module):
    """A recurrent layer and a linear map of its last state."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell
        self.head = nn.Linear(cell.hidden_size * (1 + cell.bidirectional), 3)

    def forward(self, x):
        return self.head(self.cell(x)[0][-1])


class Words(nn.Module):
    """A table and an encoder."""

    reads: ClassVar = (20,)

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)

    def forward(self, ids):
        return self.encoder(self.table(ids))


MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)), (5, 4)),
    "activations": (
        lambda: nn.Sequential(
            nn.Linear(4, 4), nn.GELU(), nn.SiLU(), nn.ELU(), nn.LeakyReLU(), nn.Hardtanh(), nn.PReLU(), nn.Softmax(1)
        ),
        (5, 4),
    ),
    "cnn": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, padding=1), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(72, 5)
        ),
        (2, 1, 14, 14),
    ),
    "resnet": (Block, (2, 3, 8, 8)),
    "rnn": (lambda: Last(nn.RNN(4, 6, nonlinearity="relu")), (7, 2, 4)),
    "lstm": (lambda: Last(nn.LSTM(4, 6)), (7, 2, 4)),
    "bilstm": (lambda: Last(nn.LSTM(4, 6, 2, bidirectional=True)), (7, 2, 4)),
    "gru": (lambda: Last(nn.GRU(4, 6)), (7, 2, 4)),
    "transformer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True), (2, 5, 8)),
    "words": (Words, (2, 5)),
    "upsampling": (lambda: nn.Sequential(nn.ConvTranspose2d(2, 3, 3, 2, 1, 1), nn.GroupNorm(3, 3), nn.PixelShuffle(1)), (2, 2, 4, 4)),
}  # fmt: skip


# How torch is asked to write them: its older exporter, unless that fails on its own code; batch norms not folded away.
ASKED = {
    "transformer": {"dynamo": True},
    "words": {"dynamo": True},
    "resnet": {"training": torch.onnx.TrainingMode.PRESERVE},
}


def written(name, path, **options):
    torch.manual_seed(0)
    make, shape = MODELS[name]
    model = make().eval()
    for key, array in (*model.named_parameters(), *model.named_buffers()):  # equal ones would be written once for all
        if array.dtype == torch.float32:
            nn.init.uniform_(array, *((0.5, 2.0) if key.endswith("var") else (-0.4, 0.4)))
    reads = getattr(model, "reads", None)
    x = torch.randint(0, *reads, shape) if reads else torch.randn(shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (x,), path, **{"dynamo": False, **ASKED.get(name, {}), **options})
    return model, x


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_torchs_gives_the_same_answers_and_gradients(name, tmp_path):
    theirs, x = written(name, tmp_path / "m.onnx")
    ours = load(tmp_path / "m.onnx")
    x.requires_grad_(x.dtype == torch.float32)
    y = tensor(x.detach().numpy(), requires_grad=x.requires_grad)
    expected, found = theirs(x), ours(y)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), atol=1e-5)
    expected.square().mean().backward()
    found.square().mean().backward()
    if x.requires_grad:
        np.testing.assert_allclose(y.grad.detach().numpy(), x.grad.detach().numpy(), atol=1e-5)
    wanted, got = _norms(theirs), _norms(ours)
    assert sum(p.numel() for p in theirs.parameters()) <= sum(p.numel() for p in ours.parameters())
    for size, norms in wanted.items():  # names and layouts are the exporter's; sizes and norms are the model's
        close = [min(abs(norm - other) for other in got[size]) for norm in norms if norm > 1e-6]
        assert max(close, default=0.0) < 1e-5, (size, norms, got[size])


def _norms(module):
    found = {}
    for parameter in module.parameters():
        gradient = parameter.grad
        norm = 0.0 if gradient is None else float(np.linalg.norm(np.asarray(gradient)))
        found.setdefault(int(np.asarray(parameter.detach()).size), []).append(norm)
    return found


@pytest.mark.parametrize("name", ["mlp", "cnn", "lstm", "gru"])
def test_what_torchs_new_exporter_writes_comes_in_too(name, tmp_path):
    theirs, x = written(name, tmp_path / "m.onnx", dynamo=True)
    with torch.no_grad():
        expected = theirs(x)
    np.testing.assert_allclose(
        load(tmp_path / "m.onnx")(tensor(x.detach().numpy())).detach().numpy(), expected.detach().numpy(), atol=1e-5
    )


def test_a_model_of_torchs_is_drawn_and_its_gradient_followed(tmp_path):
    written("lstm", tmp_path / "reader.onnx")
    model = Catalogue().load(str(tmp_path / "reader.onnx"))
    run = observed(model, distances=("op", "equation"))
    assert run.graph.statistics()["time_steps"] == 7
    assert {vertex.name for vertex in run.graph.nodes} >= {"f", "i", "o", "C̃", "C", "h"}
    assert any(vertex.scope.path.startswith("reader/cell/") for vertex in run.graph.nodes)


class Causal(nn.Module):
    """A head of attention with its mask and places as buffers."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _each in range(3))
        self.register_buffer("mask", torch.full((6, 6), float("-inf")).triu(1))
        self.register_buffer("places", torch.randn(6, 4))

    def forward(self, x):
        x = x + self.places[: x.shape[0]]
        scores = self.q(x) @ self.k(x).T / 2 + self.mask[: x.shape[0], : x.shape[0]]
        return scores.softmax(-1) @ self.v(x)


@pytest.mark.parametrize("dynamo", [True, False])
def test_masks_and_other_buffers_of_torchs_stay_buffers(dynamo, tmp_path):
    theirs, x = Causal().eval(), torch.randn(5, 4)
    _export(theirs, x, tmp_path / "m.onnx", dynamo)
    ours = load(tmp_path / "m.onnx")
    shapes = sorted(tuple(p.shape) for p in ours.parameters())
    expected = sorted(tuple(p.shape) for p in theirs.parameters())
    assert shapes == expected
    np.testing.assert_allclose(ours(tensor(x.detach().numpy())).detach().numpy(), theirs(x).detach().numpy(), atol=1e-5)


def _export(theirs, x, path, dynamo):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(theirs, (x,), path, dynamo=dynamo)


@pytest.mark.parametrize("dynamo", [True, False])
@pytest.mark.parametrize(
    "how",
    [
        {"scale_factor": 0.6, "mode": "bilinear"}, {"scale_factor": 0.6, "mode": "nearest"}, {"scale_factor": 2, "mode": "nearest"},
        {"scale_factor": 1.7, "mode": "bicubic"}, {"size": (3, 9), "mode": "bilinear", "align_corners": True},
        {"size": (3, 9), "mode": "bilinear", "antialias": True}, {"size": (1, 1), "mode": "bilinear"},
    ],
)  # fmt: skip
def test_an_image_is_stretched_as_torch_does(how, dynamo, tmp_path):
    if how.get("antialias") and not dynamo:
        return  # torch's older exporter does not write it

    class Stretch(nn.Module):
        def forward(self, x):
            return nn.functional.interpolate(x, **how)

    x = torch.arange(2 * 4 * 5, dtype=torch.float32).reshape(1, 2, 4, 5) ** 1.5
    _export(Stretch(), x, tmp_path / "m.onnx", dynamo)
    ours = load(tmp_path / "m.onnx")
    given = tensor(x.detach().numpy(), requires_grad=True)
    x.requires_grad_()
    expected, found = Stretch()(x), ours(given)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-4)
    expected.square().mean().backward()
    found.square().mean().backward()
    np.testing.assert_allclose(given.grad.detach().numpy(), x.grad.detach().numpy(), rtol=1e-3, atol=1e-3)


def test_modules_of_torchs_new_exporter_bear_their_names(tmp_path):
    theirs = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2).eval()
    _export(theirs, torch.randn(2, 5, 8), tmp_path / "m.onnx", True)
    module = load(tmp_path / "m.onnx")
    paths = {"/".join(name for name, _kind in step.scopes) for step in module.plan.steps}
    assert {"layers.0/linear1", "layers.1/norm2"} <= paths or {"layers/0/linear1"} & paths, paths


def test_a_loop_of_torchs_comes_in(tmp_path):
    class Repeats(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Linear(3, 3)

        def forward(self, x, n: int):
            for _t in range(n):
                x = torch.tanh(self.w(x))
            return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.script(Repeats())
        torch.onnx.export(scripted, (torch.randn(2, 3), torch.tensor(4)), tmp_path / "m.onnx", dynamo=False)
    x = torch.randn(2, 3)
    np.testing.assert_allclose(
        load(tmp_path / "m.onnx")(tensor(x.detach().numpy()), tensor(6)).detach().numpy(),
        scripted(x, 6).detach().numpy(),
        atol=1e-5,
    )


def _sklearn(name):
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

    return {
        "mlp": lambda: MLPClassifier((8,), max_iter=50, random_state=0),
        "mlp of two classes": lambda: MLPClassifier((8, 4), activation="tanh", max_iter=50, random_state=0),
        "mlp regressor": lambda: MLPRegressor(hidden_layer_sizes=(8,), max_iter=50, random_state=0),
        "logistic": lambda: LogisticRegression(max_iter=200),
        "logistic of two classes": lambda: LogisticRegression(max_iter=200),
        "pipeline": lambda: make_pipeline(StandardScaler(), MinMaxScaler(), LogisticRegression()),
        "normalised": lambda: make_pipeline(Normalizer(), MLPClassifier((8,), max_iter=50, random_state=0)),
        "linear": lambda: LinearRegression(),
    }[name]()


@pytest.mark.parametrize(
    "name",
    [
        "mlp", "mlp of two classes", "mlp regressor", "logistic", "logistic of two classes", "pipeline", "normalised",
        "linear",
    ],
)  # fmt: skip
def test_a_model_of_scikit_learns_gives_the_same_answers_and_a_gradient(name, tmp_path):
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris

    rows, labels = load_iris(return_X_y=True)
    rows = rows.astype(np.float32)
    if "two" in name:
        rows, labels = rows[:100], labels[:100]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = _sklearn(name).fit(rows, labels)
        data = to_onnx(theirs, rows[:1], target_opset={"": 21, "ai.onnx.ml": 3}).SerializeToString()
    (tmp_path / "m.onnx").write_bytes(data)
    ours = load(tmp_path / "m.onnx")
    x = tensor(rows, requires_grad=True)
    found = ours(x)
    expected = theirs.predict_proba(rows) if hasattr(theirs, "predict_proba") else theirs.predict(rows)
    np.testing.assert_allclose(found.detach().numpy().reshape(expected.shape), expected, atol=1e-4)
    found[:, 0].sum().backward()
    step, column = 1e-2, np.eye(4, dtype=np.float32)
    ask = theirs.predict_proba if hasattr(theirs, "predict_proba") else lambda x: theirs.predict(x).reshape(len(x), -1)
    slopes = np.stack([(ask(rows + step * d)[:, 0] - ask(rows - step * d)[:, 0]) / (2 * step) for d in column], 1)
    assert np.median(np.abs(x.grad.detach().numpy() - slopes)) < 1e-3
    assert list(ours.parameters())
