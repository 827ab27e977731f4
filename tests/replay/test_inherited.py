"""A class of the user's inherits the code of a layer: what that code reads of an object is held to, as the layer's own is."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import distributions, nn, tensor
from tinygrad_fr.replay.guards.environment import Environment

LAYERS = [
    nn.BatchNorm1d(4),
    nn.Bilinear(4, 4, 2),
    nn.Conv1d(4, 2, 3),
    nn.CosineSimilarity(),
    nn.CrossEntropyLoss(),
    nn.Dropout(0.5),
    nn.Embedding(5, 4),
    nn.Flatten(),
    nn.GELU(),
    nn.GRU(4, 3),
    nn.GRUCell(4, 3),
    nn.GroupNorm(2, 4),
    nn.HuberLoss(),
    nn.InstanceNorm1d(4),
    nn.LayerNorm(4),
    nn.LeakyReLU(),
    nn.Linear(4, 3),
    nn.MSELoss(),
    nn.MaxPool2d(2),
    nn.MultiheadAttention(4, 2),
    nn.PReLU(),
    nn.Sequential(nn.Linear(4, 3)),
    nn.Softmax(1),
    nn.TransformerEncoderLayer(4, 2),
    nn.Upsample(2),
    nn.ZeroPad2d(1),
]


def inherited(layer):
    """The layer as one of a class that somebody derived from its class."""
    kind = type(layer)
    made = object.__new__(type("Derived", (kind,), {"__module__": "lesson"}))
    vars(made).update(vars(layer))
    return made


class Net(nn.Module):
    def forward(self, x):
        return x


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_each_setting_of_a_base_is_held_to(layer):
    made = inherited(layer)
    around = Environment(made, (), {})
    assert around.why is None
    assert around.holds()
    for name in [*vars(made)]:
        before = vars(made)[name]
        vars(made)[name] = object()
        assert not around.holds(), name
        vars(made)[name] = before
        assert around.holds(), name


@pytest.mark.parametrize("kind", ["forward", "forward_pre", "full_backward", "full_backward_pre"])
@pytest.mark.parametrize("make", [Net, lambda: inherited(nn.Linear(4, 4)), lambda: nn.Sequential(Net())])
def test_a_hook_that_comes_later_is_seen(make, kind):
    module = make()
    around = Environment(module, (), {})
    owner = module[0] if isinstance(module, nn.Sequential) else module
    assert around.holds()
    getattr(owner, f"register_{kind}_hook")(lambda *given: None)
    assert not around.holds()


def test_an_attribute_that_nobody_reads_is_free():
    """The step's code does not name it, nor does that of a module."""
    net = Net()
    net.steps = 0
    around = Environment(net, (), {})
    net.steps = 1
    assert around.holds()


def test_an_object_of_a_derived_class_is_held_to():
    class Narrow(distributions.Normal):
        pass

    spread = Narrow(tensor([0.0]), tensor([1.0]))
    around = Environment(lambda x: spread.log_prob(x), (), {})
    assert around.holds()
    spread.scale = tensor([2.0])
    assert not around.holds()


X = tensor(np.linspace(-1, 1, 8).reshape(2, 4).astype(np.float32))
CHANGES = {
    "BatchNorm1d": (lambda base: base(4), "eps", 10.0),
    "CrossEntropyLoss": (lambda base: base(), "reduction", "sum"),
    "Dropout": (lambda base: base(0.5), "p", 0.0),
    "GELU": (lambda base: base(), "approximate", "tanh"),
    "LayerNorm": (lambda base: base(4), "eps", 10.0),
    "LeakyReLU": (lambda base: base(0.5), "negative_slope", 0.1),
    "MSELoss": (lambda base: base(), "reduction", "sum"),
    "Softmax": (lambda base: base(1), "dim", 0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_derived_layer_computes_with_its_settings_of_now(name):
    make, setting, value = CHANGES[name]
    layer = make(type("Derived", (getattr(nn, name),), {"__module__": "lesson"}))
    compiled, given = tg.compile(layer), (X, X.softmax(1)) if name.endswith("Loss") else (X,)
    for _call in range(2):
        compiled(*given)
    setattr(layer, setting, value)
    tg.manual_seed(0)
    expected = layer(*given)
    tg.manual_seed(0)
    np.testing.assert_allclose(compiled(*given).detach(), expected.detach(), rtol=1e-6)
