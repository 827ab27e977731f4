"""Weights that are computed: norms in both of PyTorch's ways, and parametrizations of one's own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from both import gradients, same

LAYERS = ("Linear(4, 3)", "Conv2d(2, 3, 2)", "ConvTranspose1d(2, 3, 2)")


def given(t, layer):
    return t.linspace(-1, 1, 8).reshape({"L": (2, 4), "C": (1, 2, 2, 2) if "2d" in layer else (1, 2, 4)}[layer[0]])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("way", ["parametrizations.", ""])
@pytest.mark.parametrize(
    "norm", ["weight_norm", "spectral_norm", "weight_norm, dim=None", "spectral_norm, n_power_iterations=3"]
)
def test_norms(layer, way, norm):
    name, _comma, options = norm.partition(", ")

    def compute(t):
        module = eval(f"t.nn.utils.{way}{name}(t.nn.{layer}, {options})", {"t": t})
        found = []
        optimizer = t.optim.SGD(module.parameters(), lr=0.1)
        for _step in range(3):
            optimizer.zero_grad()
            y = module(given(t, layer))
            (y * y).sum().backward()
            optimizer.step()
            found += [y, *gradients(module)]
        module.eval()
        return found, module(given(t, layer)), [value for _key, value in sorted(module.state_dict().items())]

    same(compute)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("norm", ["weight_norm", "spectral_norm"])
def test_they_are_written_and_removed(layer, norm):
    def compute(t):
        new = getattr(t.nn.utils.parametrizations, norm)(eval(f"t.nn.{layer}", {"t": t}))
        old = getattr(t.nn.utils, norm)(eval(f"t.nn.{layer}", {"t": t}))
        keys = [sorted(new.state_dict()), sorted(old.state_dict()), repr(new), repr(old)]
        new.eval()
        t.nn.utils.parametrize.remove_parametrizations(new, "weight")
        getattr(t.nn.utils, f"remove_{norm}")(old)
        keys += [sorted(new.state_dict()), sorted(old.state_dict()), repr(new), repr(old), type(new).__name__]
        said.append(keys)
        return new(given(t, layer)), old(given(t, layer))

    said = []
    same(compute)
    assert said[0] == said[1]


def test_ones_of_ones_own():
    def compute(t):
        class Symmetric(t.nn.Module):
            def forward(self, x):
                return x.triu() + x.triu(1).transpose(-1, -2)

        class Exponential(t.nn.Module):
            def forward(self, x):
                return x.exp()

            def right_inverse(self, y):
                return y.log()

        layer = t.nn.Linear(3, 3)
        t.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
        other = t.nn.Linear(2, 2)
        with t.no_grad():
            other.weight.copy_(t.tensor([[1.0, 2.0], [3.0, 4.0]]))
        t.nn.utils.parametrize.register_parametrization(other, "weight", Exponential())
        assert t.nn.utils.parametrize.is_parametrized(other, "weight")
        x = t.linspace(-1, 1, 6)
        (layer(x.reshape(2, 3)).sum() + (other(x.reshape(3, 2)) ** 2).sum()).backward()
        before = [layer.weight, other.weight, gradients(layer), gradients(other)]
        other.weight = t.ones(2, 2) * 5
        return before, other.weight, other.parametrizations.weight.original

    same(compute)
