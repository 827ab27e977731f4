"""A live module of PyTorch in the record: its values, and the gradients of all its parameters, are torch's."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tinygrad_fr.bridges.torch import record
from tinygrad_fr.explain import attentions, flow, gates


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x):
        return F.relu(self.two(F.relu(self.norm(self.one(x)), inplace=True)) + x)


class Spectrum(nn.Module):
    """fft and a special function: neither is here, and the first gives complex numbers."""

    def __init__(self):
        super().__init__()
        self.fc, self.out = nn.Linear(6, 8), nn.Linear(5, 2)

    def forward(self, x):
        z = torch.fft.rfft(self.fc(x)).abs()
        return self.out(torch.special.i1e(z))


class Shuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8)

    def forward(self, x):
        return F.pixel_shuffle(self.norm(self.conv(x)), 2)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.gru, self.head = nn.Embedding(7, 4), nn.GRU(4, 5, 2, batch_first=True), nn.Linear(5, 3)

    def forward(self, tokens):
        return self.head(self.gru(self.table(tokens))[0][:, -1])


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 4, num_layers=2, bidirectional=True), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


class Looks(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)[0]


class Writes(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        y = self.fc(x)
        y = y.clone()
        y[:, 0] = y[:, 1] * 2
        y += 1
        return y.mul_(3).clamp_(min=0)


MODULES = {
    "mlp": (lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3)), (5, 4)),
    "cnn": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2)), (2, 3, 8, 8)),
    "lstm": (Tagger, (5, 2, 3)),
    "gru": (Words, None),
    "rnn": (lambda: nn.RNN(3, 4, nonlinearity="relu"), (5, 2, 3)),
    "mha": (Looks, (2, 5, 8)),
    "encoder": (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2), (2, 5, 8)),
    "residual": (Residual, (2, 3, 6, 6)),
    "exotic": (Spectrum, (4, 6)),
    "shuffle": (Shuffle, (2, 3, 6, 6)),
    "in place": (Writes, (4, 3)),
    "random": (lambda: nn.Sequential(nn.Linear(4, 8), nn.RReLU(), nn.Linear(8, 2), nn.Dropout(0.3)), (5, 4)),
}  # fmt: skip


def example(name):
    make, shape = MODULES[name]
    torch.manual_seed(0)
    module = make()
    return module, torch.randn(shape) if shape else torch.randint(0, 7, (2, 5))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", list(MODULES))
def test_values_and_gradients_are_torchs(name, training):
    module, x = example(name)
    module.train(training)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    torch.manual_seed(3)
    run = record(module, x)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    torch.manual_seed(3)
    answer = module(x)
    answers = answer if isinstance(answer, tuple) else (answer,)
    for mine, known in zip(run.answers, answers, strict=True):
        assert np.allclose(mine.detach().numpy(), known.detach().numpy(), rtol=1e-4, atol=1e-5)
    sum(each.square().mean() for each in answers).backward()
    own = dict(run.module.named_parameters())
    for key, parameter in module.named_parameters():
        assert np.allclose(own[key].grad.detach().numpy(), parameter.grad.detach().numpy(), rtol=1e-3, atol=1e-5), key


def test_only_what_has_no_counterpart_is_opaque():
    for name in ("mlp", "cnn", "lstm", "gru", "rnn", "mha", "residual", "shuffle", "in place"):
        module, x = example(name)
        assert record(module, x).opaque == (), name
    module, x = example("exotic")
    assert record(module, x).opaque == ("abs", "special_i1e")


def test_every_lens_sees_it_with_the_modules_own_paths_and_lines():
    module, x = example("lstm")
    run = record(module, x, loss=lambda y: F.cross_entropy(y.reshape(-1, 2), torch.zeros(10, dtype=torch.long)))
    assert "layer 2 of 2, reverse" in gates(run, layer=2, direction="reverse").which
    assert flow(run, layer=1).start == 4
    lines = {vertex.site.text for vertex in run.graph.nodes if vertex.scope.path.startswith("Tagger/head")}
    assert lines == {"return self.head(self.lstm(x)[0])"}
    module, x = example("encoder")
    found = attentions(record(module.eval(), x))
    assert [each.path.split("/")[:3] for each in found] == [
        ["TransformerEncoder", f"layers.{i}", "self_attn"] for i in (0, 1)
    ]
    assert {each.heads for each in found} == {2}


def test_a_gradient_that_hides_from_the_record_is_refused():
    class Hidden(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 5

    class Uses(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return Hidden.apply(self.fc(x))

    with pytest.raises(RuntimeError, match=r"another gradient than PyTorch|depends on no parameter"):
        record(Uses(), torch.ones(1, 2))
