"""The fused sequences, called on raw arrays, against torch's modules: values and every gradient."""

import numpy as np
import pytest
import torch

from tinygrad_fr.kernels.layers import recurrent

PAIRS = {
    "RNN": (recurrent.rnn_forward, recurrent.rnn_backward, ("tanh",), 1),
    "LSTM": (recurrent.lstm_forward, recurrent.lstm_backward, (), 2),
    "GRU": (recurrent.gru_forward, recurrent.gru_backward, (), 1),
}
NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 2e-4)])
@pytest.mark.parametrize("sizes", [(6, 3, 4, 5), (1, 1, 4, 5), (20, 8, 16, 16)])
@pytest.mark.parametrize("kind", PAIRS)
def test_kernels_equal_torch(kind, sizes, dtype, tolerance):
    steps, rows, features, width = sizes
    forward, backward, extra, count = PAIRS[kind]
    generator = np.random.default_rng(4)
    x, *states = (
        generator.normal(size=side).astype(dtype) for side in [(steps, rows, features), *[(rows, width)] * count]
    )
    torch.manual_seed(0)
    module = getattr(torch.nn, kind)(features, width).to(getattr(torch, dtype))
    weights = [getattr(module, name).detach().numpy() for name in NAMES]
    inputs = [torch.tensor(a, requires_grad=True) for a in (x, *states)]
    start = [s[None] for s in inputs[1:]]
    theirs, last = module(inputs[0], tuple(start) if count == 2 else start[0])
    outputs = [theirs, *(s[0] for s in (last if count == 2 else (last,)))]

    found, saved = forward(x, *states, *weights, *extra)
    for a, b in zip(found, outputs, strict=True):
        assert np.allclose(a, b.detach().numpy(), rtol=tolerance, atol=tolerance)

    pulls = [generator.normal(size=o.shape).astype(dtype) for o in found]
    torch.autograd.backward(outputs, [torch.tensor(p) for p in pulls])
    wanted = [*inputs, *(getattr(module, name) for name in NAMES)]
    gradients = backward(tuple(pulls), saved, x, *weights[:2], *extra, True)
    gradients = gradients if len(gradients) == len(wanted) else (*gradients, gradients[-1])
    for a, b in zip(gradients, wanted, strict=True):
        assert np.allclose(a, b.grad.detach().numpy(), rtol=tolerance, atol=tolerance)
