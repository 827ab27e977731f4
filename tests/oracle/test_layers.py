"""Layers hold torch's weights under torch's names and give torch's values and gradients."""

import inspect

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.nn.applied import Applied

LAYERS = [
    ("Linear", (3, 2), {}, (4, 3)),
    ("Bilinear", (3, 2, 4), {}, None),
    ("Conv1d", (4, 6, 3), {"stride": 2, "groups": 2}, (2, 4, 7)),
    ("Conv2d", (4, 6, 3), {"padding": 1, "dilation": 2, "bias": False}, (2, 4, 6, 5)),
    ("Conv2d", (2, 2, (3, 2)), {"padding": "same"}, (2, 2, 6, 5)),
    ("Conv3d", (1, 2, 2), {}, (1, 1, 3, 3, 3)),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "output_padding": 1}, (2, 4, 5)),
    ("ConvTranspose2d", (4, 2, 3), {"groups": 2, "dilation": 2}, (2, 4, 5, 4)),
    ("ConvTranspose3d", (1, 2, 2), {"stride": 2}, (1, 1, 2, 2, 2)),
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm2d", (3,), {"momentum": 0.5}, (2, 3, 4, 4)),
    ("BatchNorm3d", (2,), {"affine": False}, (2, 2, 2, 3, 2)),
    ("InstanceNorm1d", (3,), {"affine": True}, (2, 3, 4)),
    ("InstanceNorm2d", (3,), {"track_running_stats": True}, (2, 3, 4, 4)),
    ("LayerNorm", ((3, 4),), {}, (2, 3, 4)),
    ("RMSNorm", (4,), {}, (2, 4)),
    ("GroupNorm", (2, 4), {}, (2, 4, 3)),
    ("LocalResponseNorm", (3,), {}, (2, 4, 3, 3)),
    ("PReLU", (3,), {}, (2, 3, 2)),
    ("MaxPool1d", (2,), {"padding": 1}, (1, 2, 6)),
    ("MaxPool2d", (3, 2), {"ceil_mode": True}, (1, 2, 6, 5)),
    ("MaxPool3d", (2,), {}, (1, 1, 4, 4, 4)),
    ("AvgPool2d", (3, 2, 1), {"count_include_pad": False}, (1, 2, 6, 5)),
    ("AdaptiveAvgPool2d", ((2, 3),), {}, (1, 2, 5, 7)),
    ("AdaptiveMaxPool1d", (3,), {}, (1, 2, 7)),
    ("Upsample", (), {"scale_factor": 2, "mode": "bilinear"}, (1, 1, 3, 3)),
    ("PixelShuffle", (2,), {}, (1, 4, 2, 2)),
    ("ReflectionPad2d", (1,), {}, (1, 1, 3, 3)),
    ("ZeroPad2d", ((1, 0, 2, 1),), {}, (1, 1, 3, 3)),
    ("ConstantPad1d", (1, 2.5), {}, (1, 1, 3)),
    ("GLU", (), {}, (2, 4)),
    ("Softmax", (), {"dim": 0}, (2, 4)),
    ("GELU", (), {"approximate": "tanh"}, (2, 4)),
    ("Softplus", (2.0,), {}, (2, 4)),
    ("Hardtanh", (-0.5, 0.5), {}, (2, 4)),
    ("Flatten", (), {}, (2, 3, 4)),
    ("Unflatten", (1, (2, 2)), {}, (2, 4)),
    ("Dropout", (0.5,), {}, (2, 4)),
]


@pytest.mark.parametrize(
    ("name", "args", "options", "shape"), LAYERS, ids=[f"{i}-{row[0]}" for i, row in enumerate(LAYERS)]
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_layer(name, args, options, shape):
    ours, theirs = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    theirs.load_state_dict(
        {key: torch.tensor(np.array(value)) for key, value in ours.state_dict().items()}, strict=True
    )
    generator = np.random.default_rng(0)
    shapes = [shape] if shape is not None else [(5, 3), (5, 2)]
    arrays = [generator.normal(size=s).astype(np.float32) for s in shapes]
    if name == "Dropout":
        ours.eval()
        theirs.eval()
    for _step in range(2):  # running statistics move
        a, b = [tg.tensor(x, requires_grad=True) for x in arrays], [torch.tensor(x, requires_grad=True) for x in arrays]
        y, z = ours(*a), theirs(*b)
        assert np.allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-4, atol=1e-5)
        weights = np.cos(np.arange(y.numel())).reshape(y.shape).astype(np.float32)
        ours.zero_grad()
        theirs.zero_grad()
        y.backward(tg.tensor(weights))
        z.backward(torch.tensor(weights))
        for x, t in zip(a, b, strict=True):
            assert np.allclose(x.grad.detach().numpy(), t.grad.detach().numpy(), rtol=1e-3, atol=1e-4)
        for (key, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert key == other
            assert np.allclose(p.grad.detach().numpy(), q.grad.detach().numpy(), rtol=1e-3, atol=1e-4)
    ours.eval()
    theirs.eval()
    assert np.allclose(ours(*a).detach().numpy(), theirs(*b).detach().numpy(), rtol=1e-4, atol=1e-5)


LOSSES = [
    "L1Loss",
    "MSELoss",
    "HuberLoss",
    "SmoothL1Loss",
    "BCEWithLogitsLoss",
    "SoftMarginLoss",
    "PoissonNLLLoss",
    "KLDivLoss",
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_loss(name, reduction):
    generator = np.random.default_rng(1)
    x, t = generator.normal(size=(4, 3)).astype(np.float32), generator.uniform(0.1, 1, (4, 3)).astype(np.float32)
    ours = getattr(nn, name)(reduction=reduction)(tg.tensor(x), tg.tensor(t))
    theirs = getattr(torch.nn, name)(reduction=reduction)(torch.tensor(x), torch.tensor(t))
    assert np.allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_every_layer_is_one_of_torchs():
    assert not [name for name in nn.__all__ if not hasattr(torch.nn, name) and name != "utils"]


def twins(name, *args, **options):
    ours, theirs = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    theirs.load_state_dict(
        {key: torch.tensor(np.array(value)) for key, value in ours.state_dict().items()}, strict=True
    )
    ours.eval()
    theirs.eval()
    return ours, theirs


def pairs(*shapes):
    generator = np.random.default_rng(2)
    arrays = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
    return [tg.tensor(x, requires_grad=True) for x in arrays], [torch.tensor(x, requires_grad=True) for x in arrays]


def agree(y, z, a, b, ours, theirs):
    assert np.allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-3, atol=1e-4)
    weights = np.cos(np.arange(y.numel())).reshape(y.shape).astype(np.float32)
    y.backward(tg.tensor(weights))
    z.backward(torch.tensor(weights))
    for x, t in zip(a, b, strict=True):
        assert np.allclose(x.grad.detach().numpy(), t.grad.detach().numpy(), rtol=1e-3, atol=1e-4)
    named = dict(ours.named_parameters())
    for key, q in theirs.named_parameters():
        assert np.allclose(named.pop(key).grad.detach().numpy(), q.grad.detach().numpy(), rtol=1e-3, atol=2e-4)
    assert not named


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("mask", ["none", "causal", "padding"])
def test_attention_of_several_heads(batch_first, mask):
    ours, theirs = twins("MultiheadAttention", 8, 2, batch_first=batch_first)
    a, b = pairs((3, 4, 8), (3, 4, 8))
    later = np.triu(np.ones((4, 4) if batch_first else (3, 3), bool), 1)
    padding = np.zeros((3, 4) if batch_first else (4, 3), bool)
    padding[0, -1] = True
    options = {"none": {}, "causal": {"attn_mask": later}, "padding": {"key_padding_mask": padding}}[mask]
    y, w = ours(a[0], a[1], a[1], **{key: tg.tensor(value) for key, value in options.items()})
    z, v = theirs(b[0], b[1], b[1], **{key: torch.tensor(value) for key, value in options.items()})
    assert np.allclose(w.detach().numpy(), v.detach().numpy(), atol=1e-5)
    agree(y, z, a, b, ours, theirs)


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_layer(norm_first):
    ours, theirs = twins("TransformerEncoderLayer", 8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=norm_first)
    a, b = pairs((2, 5, 8))
    agree(ours(*a), theirs(*b), a, b, ours, theirs)


def test_transformer_with_a_causal_mask():
    ours, theirs = twins("Transformer", 8, 2, 2, 2, 16, 0.0, batch_first=True)
    a, b = pairs((2, 5, 8), (2, 3, 8))
    y = ours(*a, tgt_mask=nn.Transformer.generate_square_subsequent_mask(3))
    z = theirs(*b, tgt_mask=torch.nn.Transformer.generate_square_subsequent_mask(3))
    agree(y, z, a, b, ours, theirs)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding", [None, 2])
@pytest.mark.parametrize("offsets", [[0, 2, 2, 5], [0, 3], None])
def test_a_bag_of_rows(mode, padding, offsets):
    table = np.sin(np.arange(30.0)).reshape(10, 3)
    given = [1, 2, 4, 1, 1, 2, 9] if offsets is not None else [[1, 2], [3, 2]]
    ours, theirs = tg.tensor(table, requires_grad=True), torch.tensor(table, requires_grad=True)
    own = None if offsets is None else tg.tensor(offsets)
    other = None if offsets is None else torch.tensor(offsets)
    a = nn.functional.embedding_bag(tg.tensor(given), ours, own, mode=mode, padding_idx=padding)
    b = torch.nn.functional.embedding_bag(torch.tensor(given), theirs, other, mode=mode, padding_idx=padding)
    assert np.allclose(a.detach().numpy(), b.detach().numpy())
    weights = np.arange(float(b.numel())).reshape(b.shape)
    a.backward(tg.tensor(weights))
    b.backward(torch.tensor(weights))
    assert np.allclose(ours.grad.detach().numpy(), theirs.grad.detach().numpy())


ORDERED = [("TransformerEncoderLayer", (8, 2, 16)), ("TransformerDecoderLayer", (8, 2, 16)), ("Transformer", (8, 2, 1, 1, 16)),
           ("MultiheadAttention", (8, 2)), ("LSTM", (3, 4, 2)), ("GRU", (3, 4, 2)), ("RNN", (3, 4, 2)), ("LSTMCell", (3, 4)),
           ("BatchNorm2d", (3,)), ("Bilinear", (2, 3, 4)), ("Conv2d", (2, 3, 3)), ("EmbeddingBag", (4, 3))]  # fmt: skip


@pytest.mark.parametrize(("name", "sizes"), ORDERED)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_parameters_come_in_torch_s_order(name, sizes):
    ours, theirs = getattr(nn, name)(*sizes), getattr(torch.nn, name)(*sizes)
    assert [each for each, _p in ours.named_parameters()] == [each for each, _p in theirs.named_parameters()]
    assert list(ours.state_dict()) == list(theirs.state_dict())


# What torch's constructors take and ours do not have.
NOT_HERE = {"Upsample": {"recompute_scale_factor"}, "Hardtanh": {"min_value", "max_value"}}


@pytest.mark.parametrize(
    "name",
    [name for name in nn.__all__ if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), Applied)],
)
def test_layers_without_weights_show_torchs_arguments(name):
    def shown(module):
        parameters = inspect.signature(getattr(module, name)).parameters.values()
        return [
            (each.name, each.default)
            for each in parameters
            if each.name not in ("args", "kwargs", *NOT_HERE.get(name, ()))
        ]

    assert shown(nn) == shown(torch.nn)


def test_a_layer_names_the_argument_that_is_missing_or_unknown():
    with pytest.raises(TypeError, match=r"MaxPool2d\(\): missing a required argument: 'kernel_size'"):
        nn.MaxPool2d()
    with pytest.raises(TypeError, match=r"ReLU\(\): got an unexpected keyword argument 'slope'"):
        nn.ReLU(slope=1)
