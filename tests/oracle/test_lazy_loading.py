"""Lazy layers take their sizes from weights that are loaded: their outputs are PyTorch's, and nothing is drawn."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

LAYERS = {
    "linear": (lambda nn: nn.LazyLinear(3), (4, 5)),
    "convolution": (lambda nn: nn.LazyConv2d(6, 3, groups=2), (2, 4, 7, 7)),
    "transposed": (lambda nn: nn.LazyConvTranspose1d(4, 3), (2, 3, 7)),
    "norm": (lambda nn: nn.LazyBatchNorm1d(), (4, 5)),
    "network": (lambda nn: nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2)), (3, 5)),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", LAYERS)
def test_a_lazy_layer_is_loaded_before_its_first_batch(name):
    make, shape = LAYERS[name]
    found, written = [], []
    for library in (tg, torch):
        library.manual_seed(0)
        x = library.randn(*shape)
        first, second = make(library.nn), make(library.nn)
        y = first(x)
        second.load_state_dict(first.state_dict())
        second.load_state_dict(first.state_dict())
        written.append(repr(second))
        found += [y, second.eval()(x) if name != "norm" else second(x), library.rand(3)]
    for mine, other in zip(found[:3], found[3:], strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[0].detach().numpy(), found[1].detach().numpy(), rtol=1e-5, atol=1e-6)
    assert written[0] == written[1]
