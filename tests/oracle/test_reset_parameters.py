"""Layers start anew as PyTorch's do: the same layers can, from the same draws, in place; and a subclass says how it starts."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

LAYERS = {
    "Linear": (3, 2), "Bilinear": (2, 3, 2), "Conv1d": (2, 3, 2), "Conv2d": (2, 3, 2), "Conv3d": (2, 3, 2), "ConvTranspose2d": (2, 3, 2),
    "BatchNorm1d": (3,), "BatchNorm2d": (3,), "InstanceNorm2d": (3,), "LayerNorm": (3,), "GroupNorm": (1, 3), "RMSNorm": (3,),
    "Embedding": (4, 3), "EmbeddingBag": (4, 3), "RNN": (3, 2), "LSTM": (3, 2), "GRU": (3, 2), "RNNCell": (3, 2), "LSTMCell": (3, 2),
    "GRUCell": (3, 2), "PReLU": (), "AdaptiveLogSoftmaxWithLoss": (4, 6, [2]), "MultiheadAttention": (4, 2), "TransformerEncoderLayer": (4, 2),
    "TransformerDecoderLayer": (4, 2), "Transformer": (4, 2, 1, 1), "ReLU": (), "Dropout": (),
}  # fmt: skip


def values(module):
    return [p.detach().numpy().copy() for p in module.parameters()]


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")  # torch says it of its own layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_starts_anew(name, dtype):
    found = []
    for root in (torch, tg):
        root.manual_seed(0)
        options = {} if name in ("ReLU", "Dropout") else {"dtype": getattr(root, dtype)}
        layer = getattr(root.nn, name)(*LAYERS[name], **options)
        shown = [p.detach() for p in layer.parameters()]
        with root.no_grad():
            for parameter in layer.parameters():
                parameter.add_(1.0)
        able = hasattr(layer, "reset_parameters")
        if able:
            layer.reset_parameters()
        assert all(np.array_equal(a.numpy(), b) for a, b in zip(shown, values(layer), strict=True))
        found.append((able, values(layer)))
    assert found[0][0] == found[1][0]
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6)


def test_a_subclass_says_how_it_starts():
    found = []
    for root in (torch, tg):
        root.manual_seed(0)

        class Own(root.nn.Linear):
            def reset_parameters(self):
                root.nn.init.xavier_uniform_(self.weight)  # noqa: B023 - called here
                root.nn.init.zeros_(self.bias)  # noqa: B023

        class After(root.nn.Linear):
            def reset_parameters(self):
                super().reset_parameters()
                root.nn.init.ones_(self.bias)  # noqa: B023

        class Plain(root.nn.Linear):
            def __init__(self, size):
                super().__init__(size, size)

        layers = [Own(3, 2), After(3, 2), Plain(2), root.nn.Linear(2, 2)]
        for layer in layers:
            layer.reset_parameters()
        found.append([value for layer in layers for value in values(layer)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6)
