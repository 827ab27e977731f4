"""Copies on disk and in memory: leaves of the same value, as PyTorch's."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import Value, nn, optim, tensor
from tinygrad_fr.errors import GradientError


def through_bytes(x):
    return pickle.loads(pickle.dumps(x))


WAYS = [through_bytes, copy.copy, copy.deepcopy]
MODULES = {
    "linear": lambda: nn.Linear(3, 2), "mlp": lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)),
    "batch norm": lambda: nn.BatchNorm1d(3), "lstm": lambda: nn.LSTM(3, 2), "dropout": lambda: nn.Dropout(0.5),
    "encoder": lambda: nn.TransformerEncoderLayer(4, 2, 8),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_a_leaf(way, dtype, shape):
    x = tensor(np.ones(shape, dtype), requires_grad=dtype.startswith("float"), name="x")
    y = way(x)
    assert (type(y), y.dtype, y.shape, y.name, y.is_leaf) == (tg.Tensor, x.dtype, shape, "x", True)
    assert y.requires_grad == x.requires_grad
    assert y.tolist() == x.tolist()
    assert y is not x


@pytest.mark.parametrize("way", WAYS)
def test_gradients_stay_except_in_deep_copies_of_what_is_no_parameter(way):
    for x in (tensor([1.0, 2.0], requires_grad=True), nn.Parameter(tensor([1.0, 2.0]))):
        (x * x).sum().backward()
        y = way(x)
        assert type(y) is type(x)
        kept = way is copy.deepcopy and not isinstance(x, nn.Parameter)
        assert (y.grad is not None) == kept
        (3 * y).sum().backward()
        assert x.grad.tolist() == [2.0, 4.0]
        assert y.grad.tolist() == ([5.0, 7.0] if kept else [3.0, 3.0])


def test_what_is_no_leaf_becomes_one():
    x = tensor([1.0, 2.0], requires_grad=True)
    for way in (through_bytes, copy.copy):
        y = way(x * 2)
        assert y.is_leaf
        assert y.requires_grad
        assert y.tolist() == [2.0, 4.0]
    for node in (x * 2, Value(2.0) * 3):
        with pytest.raises(GradientError, match="is no leaf, and only leaves can be copied deeply") as caught:
            copy.deepcopy(node)
        assert isinstance(caught.value, RuntimeError)
    assert copy.deepcopy((x * 2).detach()).tolist() == [2.0, 4.0]


def test_what_is_one_stays_one():
    w = nn.Parameter(tensor([1.0]))
    for way in (through_bytes, copy.deepcopy):
        one, other, pair = way([w, w, {"w": w}])
        assert one is other is pair["w"]
        assert one is not w


@pytest.mark.parametrize("way", WAYS)
def test_a_value(way):
    a = Value(3.0, label="a")
    b = way(a)
    (b * b).backward()
    assert (b.data, b.label, b.grad, a.grad) == (3.0, "a", 6.0, 0.0)


def test_truth_and_identity_of_values_are_micrograds():
    assert not Value(0.0)
    assert Value(-2.0)
    assert Value(float("nan"))
    a, b = Value(1.0), Value(1.0)
    assert a != b
    assert len({a, b, a}) == 2


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("way", [through_bytes, copy.deepcopy])
def test_a_module_and_its_state(name, way):
    tg.manual_seed(0)
    module = MODULES[name]().eval()
    x = tg.randn(5, 2, 4) if name == "encoder" else tg.randn(5, 3)
    twin = way(module)
    assert not twin.training
    outputs = [m(x)[0] if name == "lstm" else m(x) for m in (module, twin)]
    assert np.array_equal(outputs[0].detach().numpy(), outputs[1].detach().numpy())
    assert [path for path, _p in twin.named_parameters()] == [path for path, _p in module.named_parameters()]
    for (_p, a), (_q, b) in zip(module.named_parameters(), twin.named_parameters(), strict=True):
        assert a is not b
    state = through_bytes(module.state_dict())
    twin.load_state_dict(state)
    if list(twin.parameters()):
        (twin(x)[0] if name == "lstm" else twin(x)).sum().backward()
        assert all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1, momentum=0.9), lambda p: optim.Adam(p, 0.1)])
def test_an_optimizer_with_its_parameters(make):
    w = nn.Parameter(tensor([1.0, -2.0]))

    def trained(optimizer, w):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        return w.tolist()

    optimizer = make([w])
    trained(optimizer, w)
    other, twin = through_bytes((optimizer, w))
    assert other.param_groups[0]["params"][0] is twin
    assert trained(other, twin) == trained(optimizer, w)
    fresh = make([twin])
    fresh.load_state_dict(through_bytes(optimizer.state_dict()))
    assert trained(fresh, twin) == trained(optimizer, w)
