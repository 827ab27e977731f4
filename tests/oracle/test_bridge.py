"""A live module of PyTorch in the record: its values, and the gradients of all its parameters, are torch's."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tinygrad_fr.bridges.torch import record
from tinygrad_fr.bridges.torch.mirror import tensors
from tinygrad_fr.errors import TinygradError
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


class Llama(nn.Module):
    """As transformers write it: rotations, fewer heads of keys than of queries, one table for both ends, a dictionary."""

    def __init__(self, width=16, heads=4, groups=2):
        super().__init__()
        self.heads, self.groups, self.side = heads, groups, width // heads
        self.table, self.head = nn.Embedding(11, width), nn.Linear(width, 11, bias=False)
        self.head.weight = self.table.weight
        self.q, self.o = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.k, self.v = (nn.Linear(width, groups * self.side, bias=False) for _ in range(2))
        self.norm = nn.RMSNorm(width)
        self.register_buffer("turns", 1 / 10_000 ** (torch.arange(0, self.side, 2) / self.side), persistent=False)

    def rotated(self, x, angles):
        a, b = x.chunk(2, -1)
        return x * angles.cos() + torch.cat((-b, a), -1) * angles.sin()

    def forward(self, tokens):
        x = self.table(tokens)
        rows, steps, _width = x.shape
        angles = torch.outer(torch.arange(steps).float(), self.turns).repeat(1, 2)
        h = self.norm(x)
        q, k, v = (each(h).view(rows, steps, -1, self.side).transpose(1, 2) for each in (self.q, self.k, self.v))
        q, k = self.rotated(q, angles), self.rotated(k, angles)
        k, v = (each.repeat_interleave(self.heads // self.groups, 1) for each in (k, v))
        mask = torch.full((steps, steps), float("-inf")).triu(1)
        seen = (q @ k.transpose(-1, -2) / self.side**0.5 + mask).softmax(-1, dtype=torch.float32)
        x = x + self.o((seen @ v).transpose(1, 2).contiguous().view(rows, steps, -1))
        return {"logits": self.head(x), "hidden": (x, seen)}


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(3, 3), nn.Linear(3, 2)
        self.one.register_forward_hook(lambda _module, _inputs, output: output * 2)
        self.two.register_forward_pre_hook(lambda _module, inputs: (inputs[0] + 1,))

    def forward(self, x):
        return self.two(torch.relu(self.one(x)))


class Averages(nn.Module):
    """Buffers that are written, and a part without gradients."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("steps", torch.tensor(0))

    def forward(self, x):
        self.steps += 1
        y = self.fc(x)
        self.mean.mul_(0.9).add_(y.detach().mean(0) * 0.1)
        with torch.no_grad():
            still = self.fc(x + 1)
        return (y - self.mean) / self.steps * still


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.GRUCell(3, 4), nn.LSTMCell(4, 4), nn.RNNCell(4, 2)

    def forward(self, x):
        h, state, last = torch.zeros(2, 4), (torch.zeros(2, 4), torch.zeros(2, 4)), torch.zeros(2, 2)
        for step in x:
            h = self.first(step, h)
            state = self.second(h, state)
            last = self.third(state[0], last)
        return last


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True)

    def forward(self, x):
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 3]), batch_first=True)
        return nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(4, 3), nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        weights, chosen = self.gate(x).softmax(-1).topk(2, -1)
        out = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            rows, places = torch.where(chosen == number)
            out.index_add_(0, rows, expert(x[rows]) * weights[rows, places, None])
        return out


class Pair(nn.Module):
    """Attention of one sequence to another, of other widths, with learned and zero keys."""

    def __init__(self, **more):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True, **more)

    def forward(self, x):
        other = x[:, :3, : self.attention.kdim]
        return self.attention(x, other, other, average_attn_weights=False)


class Dropped(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        q, k, v = self.qkv(x).view(2, 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=0.2)


def parametrized():
    weighted = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3))
    return nn.Sequential(weighted, nn.Flatten(), nn.utils.parametrizations.spectral_norm(nn.Linear(12, 2)))


def layer(**more):
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **more)


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
    "llama": (Llama, None),
    "hooks": (Hooked, (2, 3)),
    "averages": (Averages, (2, 3)),
    "cells": (Cells, (4, 2, 3)),
    "packed": (Packed, (2, 5, 3)),
    "experts": (Experts, (6, 4)),
    "two widths": (lambda: Pair(kdim=6, vdim=6), (2, 5, 8)),
    "keys of its own": (lambda: Pair(add_bias_kv=True, add_zero_attn=True, dropout=0.2), (2, 5, 8)),
    "dropped attention": (Dropped, (2, 5, 8)),
    "layers with dropout": (lambda: nn.LSTM(3, 4, 3, dropout=0.3, batch_first=True, bidirectional=True), (2, 5, 3)),
    "projected": (lambda: nn.LSTM(3, 4, 2, proj_size=2), (5, 2, 3)),
    "gru without biases": (lambda: nn.GRU(3, 4, 2, bias=False, bidirectional=True), (5, 2, 3)),
    "norm first": (lambda: nn.TransformerEncoder(layer(norm_first=True, activation="gelu"), 2, enable_nested_tensor=False), (2, 5, 8)),
    "parametrized": (parametrized, (3, 2, 6)),
    "activations": (lambda: nn.Sequential(nn.Linear(4, 8), nn.SELU(), nn.GLU(), nn.Softsign(), nn.LogSigmoid(), nn.Threshold(-0.5, 0.2)), (3, 4)),
    "pictures": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3, padding="same", padding_mode="reflect"), nn.Upsample(scale_factor=2), nn.LPPool2d(2, 2), nn.Dropout2d()), (2, 3, 8, 8)),
    "random": (lambda: nn.Sequential(nn.Linear(4, 8), nn.RReLU(), nn.Linear(8, 2), nn.Dropout(0.3)), (5, 4)),
}  # fmt: skip


def flat(answer):
    if isinstance(answer, torch.Tensor):
        return [answer]
    parts = answer.values() if isinstance(answer, dict) else answer
    return [each for part in parts for each in flat(part)]


def example(name):
    make, shape = MODULES[name]
    torch.manual_seed(0)
    module = make()
    return module, torch.randn(shape) if shape else torch.randint(0, 7, (2, 5))


@pytest.mark.filterwarnings("ignore:LSTM with projections")  # torch's, once a process
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
    answers = flat(answer)
    for mine, known in zip(run.answers, answers, strict=True):
        assert np.allclose(mine.detach().numpy(), known.detach().numpy(), rtol=1e-4, atol=1e-5)
    sum(each.square().mean() for each in answers).backward()
    own = dict(run.module.named_parameters())
    for key, parameter in module.named_parameters():
        assert np.allclose(own[key].grad.detach().numpy(), parameter.grad.detach().numpy(), rtol=1e-3, atol=1e-5), key


@pytest.mark.parametrize("training", [True, False])
def test_only_what_has_no_counterpart_is_opaque(training):
    found = {name: record(module.train(training), x).opaque for name in MODULES for module, x in [example(name)]}
    assert {name: opaque for name, opaque in found.items() if opaque} == {
        "exotic": ("abs", "special_i1e"),
        **({"random": ("rrelu",)} if training else {}),
    }


def test_roundings_do_not_add_up_behind_many_normalisations():
    torch.manual_seed(0)
    layers = [(nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU()) for _ in range(30)]
    module, x = nn.Sequential(*(each for layer in layers for each in layer)), torch.randn(2, 3, 4, 4)
    run = record(module, x)
    known = module(x)
    assert np.array_equal(run.answers[0].detach().numpy(), known.detach().numpy())
    known.square().mean().backward()
    for key, parameter in module.named_parameters():
        mine = dict(run.module.named_parameters())[key].grad.detach().numpy()
        assert np.abs(mine - parameter.grad.numpy()).max() <= 1e-3 * parameter.grad.abs().max() + 1e-9, key


def test_a_type_that_numpy_lacks_is_named():
    with pytest.raises(
        ValueError, match=r"^0\.weight is of torch.bfloat16, which has no counterpart here; module.float\(\) gives"
    ):
        record(nn.Sequential(nn.Linear(2, 2)).bfloat16(), torch.ones(1, 2, dtype=torch.bfloat16))


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

    with pytest.raises(RuntimeError, match=r"hides from it"):
        record(Uses(), torch.ones(1, 2))


class Tripled(torch.autograd.Function):
    """A function with a derivative of its own, which shows itself to no mode of torch's."""

    @staticmethod
    def forward(ctx, x):
        return x * 3

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 3


class Asks(nn.Module):
    """Calls something with its layer and its input."""

    def __init__(self, ask):
        super().__init__()
        self.fc, self.ask = nn.Linear(3, 3), ask

    def forward(self, x):
        return self.ask(self.fc, x)


def slope(fc, x):
    x = x.clone().requires_grad_()
    (found,) = torch.autograd.grad(fc(x).tanh().sum(), x, create_graph=True)
    return found


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda fc, x: Tripled.apply(fc(x)), "hides from it"),
        (slope, "gradients of its own"),
        (lambda fc, x: torch.func.vmap(lambda row: fc(row).tanh())(x), "torch.func"),
        (lambda fc, x: torch.func.grad(lambda y: fc(y).sin().sum())(x), "torch.func"),
    ],
)
def test_what_computes_out_of_sight_is_refused_in_one_sentence(ask, sentence):
    with pytest.raises(TinygradError, match=sentence):
        record(Asks(ask), torch.randn(2, 3))


def checkpointed(fc, x):
    return torch.utils.checkpoint.checkpoint(lambda y: fc(y).relu(), x, use_reentrant=False)


def rows_read(fc, x):
    packed = nn.utils.rnn.pack_padded_sequence(fc(x)[:, None].repeat(1, 3, 1), [3, 2], batch_first=True)
    return nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)[0]


def mixed(fc, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return fc(x).float()


@pytest.mark.parametrize(
    "ask",
    [
        checkpointed,
        rows_read,
        mixed,
        lambda fc, x: torch.func.functional_call(fc, {key: value * 2 for key, value in fc.named_parameters()}, (x,)),
        lambda fc, x: torch.view_as_real(torch.complex(fc(x), x) * torch.complex(x, fc(x))).sum(-1),
        lambda fc, x: fc(x) * fc(x).detach() + torch.from_numpy(fc(x).detach().numpy()),
        lambda fc, x: torch.sparse.mm(torch.eye(2).to_sparse(), fc(x)),
        lambda fc, x: {"whole": fc(x).argmax(1), "parts": [fc(x), (fc(x).relu_(),)]},
    ],
)
@pytest.mark.parametrize("training", [False, True])
def test_what_other_people_write_is_torchs_value(ask, training):
    module = Asks(ask).train(training)
    x = torch.randn(2, 3)
    expected = [each.detach() for each in tensors(torch, module(x))]
    found = record(module, x).answers
    assert [each.tolist() for each in found] == [each.tolist() for each in expected]


class Quantized(nn.Module):
    """Whole numbers with a scale between two stubs."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.enter, self.leave = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()
        self.conv, self.relu = nn.Conv2d(3, 4, 3), nn.ReLU()

    def forward(self, x):
        return self.leave(self.relu(self.conv(self.enter(x)))) * self.scale


def whole(training=False):
    settings = torch.ao.quantization
    module, make = Quantized().train(training), settings.get_default_qat_qconfig if training else settings.get_default_qconfig  # fmt: skip
    module.qconfig = make(torch.backends.quantized.engine)
    (settings.prepare_qat if training else settings.prepare)(module, inplace=True)
    if training:
        return module
    module(torch.randn(1, 3, 8, 8))
    return settings.convert(module, inplace=True)


@pytest.mark.filterwarnings("ignore")  # torch deprecates its own quantization
@pytest.mark.parametrize("training", [False, True])
def test_quantized_convolutions_give_torchs_values(training):
    module, x = whole(training), torch.randn(1, 3, 8, 8)
    before = {key: value.clone() for key, value in module.named_buffers()}
    run = record(module, x)
    assert all(torch.equal(value, before[key]) for key, value in module.named_buffers())
    assert np.array_equal(run.answers[0].detach().numpy(), module(x).detach().numpy())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["LSTM", "Linear"])
def test_layers_that_quantize_as_they_run_are_torchs_or_one_sentence(kind):
    torch.manual_seed(0)
    net = nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 3)) if kind == "Linear" else nn.LSTM(4, 6)
    module = torch.ao.quantization.quantize_dynamic(nn.Sequential(net).eval(), {nn.LSTM, nn.Linear})
    x = torch.randn(2, 5, 4)
    if kind == "LSTM":
        with pytest.raises(ValueError, match=r"^Sequential: the loss depends on no parameter and no input"):
            record(module, x)
    run = record(module, x.requires_grad_())
    for mine, known in zip(run.answers, tensors(torch, module(x)), strict=True):
        assert np.array_equal(mine.detach().numpy(), known.detach().numpy())
