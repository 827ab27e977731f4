"""RNN, LSTM and GRU give torch's values and gradients from torch's own weights, to 1e-10 in float64."""

import numpy as np
import pytest
import torch

from tinygrad_fr import nn, opened, tensor

TOLERANCE = {"rtol": 1e-10, "atol": 1e-10}
KINDS = ["RNN", "LSTM", "GRU"]


def pair(kind, *sizes, **options):
    """A torch module in float64 and ours with its weights."""
    torch.manual_seed(0)
    theirs = getattr(torch.nn, kind)(*sizes, **options).double()
    ours = getattr(nn, kind)(*sizes, **options)
    ours = as_double(ours)
    ours.load_state_dict({key: value.detach().numpy() for key, value in theirs.state_dict().items()})
    return ours, theirs


def as_double(module):
    for each in module.modules():
        for name, parameter in list(each._parameters.items()):
            if parameter is not None:
                each.register_parameter(name, nn.Parameter(parameter.detach().numpy().astype(np.float64)))
    return module


def compare(ours, theirs, x, states):
    """Values and every gradient of the two."""
    a, b = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    ha = [tensor(s, requires_grad=True) for s in states]
    hb = [torch.tensor(s, requires_grad=True) for s in states]

    def state(h):
        return tuple(h) if len(h) == 2 else h[0]

    ya, la = ours(a, state(ha))
    yb, lb = theirs(b, state(hb))
    la = la if isinstance(la, tuple) else (la,)
    lb = lb if isinstance(lb, tuple) else (lb,)
    assert np.allclose(ya.detach().numpy(), yb.detach().numpy(), **TOLERANCE)
    total_a, total_b = (ya * ya).sum(), (yb * yb).sum()
    for i, (p, q) in enumerate(zip(la, lb, strict=True)):
        total_a, total_b = total_a + (p * (i + 1)).sum(), total_b + (q * (i + 1)).sum()
    total_a.backward()
    total_b.backward()
    for p, q in zip([a, *ha, *ours.parameters()], [b, *hb, *theirs.parameters()], strict=True):
        assert np.allclose(p.grad.detach().numpy(), q.grad.detach().numpy(), **TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fused", [True, False], ids=["fused", "equations"])
def test_sequence_equals_torch(kind, fused):
    generator = np.random.default_rng(1)
    ours, theirs = pair(kind, 3, 5)
    states = [generator.normal(size=(1, 2, 5)) for _ in range(2 if kind == "LSTM" else 1)]
    with opened(*(() if fused else ("op", "equation"))):
        compare(ours, theirs, generator.normal(size=(7, 2, 3)), states)


@pytest.mark.parametrize("kind", KINDS)
def test_stacked_and_bidirectional_equals_torch(kind):
    generator = np.random.default_rng(2)
    ours, theirs = pair(kind, 3, 4, num_layers=2, bidirectional=True)
    states = [generator.normal(size=(4, 2, 4)) for _ in range(2 if kind == "LSTM" else 1)]
    compare(ours, theirs, generator.normal(size=(5, 2, 3)), states)


@pytest.mark.parametrize("kind", KINDS)
def test_without_bias_and_with_relu(kind):
    options = {"nonlinearity": "relu"} if kind == "RNN" else {}
    generator = np.random.default_rng(3)
    ours, theirs = pair(kind, 3, 4, bias=False, **options)
    states = [generator.normal(size=(1, 2, 4)) for _ in range(2 if kind == "LSTM" else 1)]
    compare(ours, theirs, generator.normal(size=(5, 2, 3)), states)


@pytest.mark.parametrize("kind", KINDS)
def test_batch_first_and_default_state(kind):
    ours, theirs = pair(kind, 3, 4, batch_first=True)
    x = np.random.default_rng(4).normal(size=(2, 6, 3))
    assert np.allclose(ours(tensor(x))[0].detach().numpy(), theirs(torch.tensor(x))[0].detach().numpy(), **TOLERANCE)
    assert np.allclose(
        ours(tensor(x[0]))[0].detach().numpy(), theirs(torch.tensor(x[0]))[0].detach().numpy(), **TOLERANCE
    )


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
def test_cell_equals_torch(kind):
    generator = np.random.default_rng(5)
    ours, theirs = pair(kind, 3, 4)
    x = generator.normal(size=(2, 3))
    states = [generator.normal(size=(2, 4)) for _ in range(2 if kind == "LSTMCell" else 1)]
    a = ours(tensor(x), tuple(map(tensor, states)) if len(states) == 2 else tensor(states[0]))
    b = theirs(torch.tensor(x), tuple(map(torch.tensor, states)) if len(states) == 2 else torch.tensor(states[0]))
    for p, q in zip(a if isinstance(a, tuple) else [a], b if isinstance(b, tuple) else [b], strict=True):
        assert np.allclose(p.detach().numpy(), q.detach().numpy(), **TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
def test_state_dict_has_torchs_keys_and_shapes(kind):
    ours, theirs = getattr(nn, kind)(3, 4, 2, bidirectional=True), getattr(torch.nn, kind)(3, 4, 2, bidirectional=True)
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }


def test_the_courses_gru_is_torchs_with_z_exchanged_where_r_is_one():
    """With r = 1 (a large bias of its gate) the two conventions differ by z ↔ 1 − z alone."""
    generator = np.random.default_rng(6)
    torch_gru, course = nn.GRU(3, 4), nn.GRU(3, 4, convention="course")
    torch_gru, course = as_double(torch_gru), as_double(course)
    weights = {k: generator.normal(size=v.shape) for k, v in torch_gru.state_dict().items()}
    weights["bias_ih_l0"][:4] = 800.0
    torch_gru.load_state_dict(weights)
    exchanged = {k: v.copy() for k, v in weights.items()}
    for v in exchanged.values():
        v[4:8] *= -1
    course.load_state_dict(exchanged)
    x = tensor(generator.normal(size=(5, 2, 3)))
    assert np.allclose(torch_gru(x)[0].detach().numpy(), course(x)[0].detach().numpy(), **TOLERANCE)
