"""Values, dtypes and gradients of operations, optimizers and losses are torch's."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.utils import clip_grad_norm_, clip_grad_value_

UNARY = ["neg", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "square", "reciprocal", "sin",
         "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "atanh", "erf", "erfc", "abs", "sign", "floor",
         "ceil", "trunc", "round", "frac", "sigmoid", "tanh", "relu"]  # fmt: skip
ACTIVATIONS = ["celu", "elu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu", "relu6",
               "selu", "silu", "softplus", "softsign", "tanhshrink"]  # fmt: skip
BINARY = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "hypot"]


def both(*arrays):
    return [tensor(a, requires_grad=True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]


def same(ours, theirs, leaves, oracles, rtol=1e-10):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert str(theirs.dtype).endswith(ours.dtype.name)
    assert np.allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-12, atol=1e-12, equal_nan=True)
    weights = np.cos(np.arange(max(1, np.prod(ours.shape, dtype=int)))).reshape(ours.shape)
    ours.backward(tensor(weights))
    theirs.backward(torch.tensor(weights))
    for a, b in zip(leaves, oracles, strict=True):
        assert np.allclose(a.grad.detach().numpy(), b.grad.detach().numpy(), rtol=rtol, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    inside = name in ("asin", "acos", "atanh")
    (a,), (b,) = both(np.linspace(0.1, 0.9 if inside else 2.9, 12).reshape(3, 4))
    same(getattr(a, name)(), getattr(torch, name)(b), [a], [b])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_kinks_and_ends_included(name):
    points = [-50.0, -6.0, -3.0, -1.0, -0.3, -0.0, 0.0, 0.4, 1.0, 3.0, 6.0, 50.0]
    (a,), (b,) = both(np.array(points))
    rtol = 1e-7 if name == "hardsigmoid" else 1e-10  # torch holds its 1/6 in single precision
    same(getattr(F, name)(a), getattr(torch.nn.functional, name)(b), [a], [b], rtol)


def test_acosh():
    (a,), (b,) = both(np.linspace(1.1, 5.0, 6))
    same(a.acosh(), torch.acosh(b), [a], [b])


def test_lerp():
    (a, b, w), (c, d, v) = both(np.arange(3.0), np.ones(3), np.linspace(0, 1, 3))
    same(tg.lerp(a, b, w), torch.lerp(c, d, v), [a, b, w], [c, d, v])


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (4,)), ((), (2, 2)), ((2, 1, 3), (4, 1))])
def test_binary_with_broadcasting(name, shapes):
    generator = np.random.default_rng(0)
    arrays = [generator.uniform(0.2, 2.0, size) for size in shapes]
    (a, b), (c, d) = both(*arrays)
    same(getattr(tg, name)(a, b), getattr(torch, name)(c, d), [a, b], [c, d])


@pytest.mark.parametrize("point", [0.0, -0.0, float("inf"), float("nan"), -1.0, 1e-320])
@pytest.mark.parametrize("name", ["abs", "relu", "sigmoid", "tanh", "sqrt", "log", "exp", "sign"])
def test_at_kinks_and_ends(name, point):
    (a,), (b,) = both(np.array([point]))
    same(getattr(a, name)(), getattr(torch, name)(b), [a], [b])


@pytest.mark.parametrize("base", [0.0, 2.0, -2.0])
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 0.5, -1])
def test_powers_by_a_number(base, exponent):
    (a,), (b,) = both(np.array([base]))
    same(a**exponent, b**exponent, [a], [b])


REDUCTIONS = [
    (name, dim, keep) for name in ("sum", "mean", "amax", "amin") for dim in (0, -1, (0, 2)) for keep in (0, 1)
]


@pytest.mark.parametrize(("name", "dim", "keepdim"), REDUCTIONS)
def test_reductions(name, dim, keepdim):
    (a,), (b,) = both(np.random.default_rng(1).normal(size=(2, 3, 4)))
    same(getattr(a, name)(dim, bool(keepdim)), getattr(b, name)(dim, bool(keepdim)), [a], [b])


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "amax", "amin"])
def test_ties_share_as_torchs(name):
    (a,), (b,) = both(np.array([[1.0, 3.0, 3.0], [0.0, 0.0, 3.0]]))
    same(getattr(a, name)(), getattr(b, name)(), [a], [b])


@pytest.mark.parametrize("name", ["max", "min"])
def test_extreme_along_a_dimension_gives_values_and_indices(name):
    (a,), (b,) = both(np.array([[1.0, 3.0, 3.0], [0.0, 0.0, -3.0]]))
    values, indices = getattr(a, name)(1)
    expected = getattr(b, name)(1)
    assert indices.tolist() == expected.indices.tolist()
    same(values, expected.values, [a], [b])


@pytest.mark.parametrize("correction", [0, 1])
def test_variance(correction):
    (a,), (b,) = both(np.random.default_rng(2).normal(size=(3, 4)))
    same(a.var(1, correction=correction), b.var(1, correction=correction), [a], [b])


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dim", [0, -1])
def test_softmax(name, dim):
    (a,), (b,) = both(np.random.default_rng(3).normal(size=(3, 4)) * 50)
    same(getattr(a, name)(dim), getattr(b, name)(dim), [a], [b])


@pytest.mark.parametrize(
    "shapes",
    [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((2, 1, 2, 3), (4, 3, 2))],
)
def test_matmul_in_all_ranks(shapes):
    arrays = [np.random.default_rng(4).normal(size=size) for size in shapes]
    (a, b), (c, d) = both(*arrays)
    same(a @ b, c @ d, [a, b], [c, d])


INDICES = [0, -1, slice(None, None, 2), (Ellipsis, 1), (None, 0), ([0, 1, 1], 2), (slice(1), [True, False, True])]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing(index):
    (a,), (b,) = both(np.random.default_rng(5).normal(size=(2, 3, 4)))
    same(a[index], b[index], [a], [b])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(reduction):
    generator = np.random.default_rng(6)
    x, t = generator.normal(size=(5, 3)) * 20, generator.uniform(size=(5, 3))
    labels = np.array([0, 2, 1, 1, 0])
    for ours, theirs, target in (
        (F.mse_loss, torch.nn.functional.mse_loss, t),
        (F.binary_cross_entropy_with_logits, torch.nn.functional.binary_cross_entropy_with_logits, t),
        (F.cross_entropy, torch.nn.functional.cross_entropy, labels),
    ):
        (a,), (b,) = both(x)
        same(
            ours(a, tensor(target), reduction=reduction), theirs(b, torch.tensor(target), reduction=reduction), [a], [b]
        )


DTYPES = ["float32", "float64", "int32", "int64", "bool"]


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", [*DTYPES, "2", "2.5", "0-d float64"])
@pytest.mark.parametrize("name", ["add", "mul", "div"])
def test_promotion(a, b, name):
    x = np.ones(2, a)
    y = (
        np.ones((), "float64")
        if b.startswith("0")
        else np.ones(2, b)
        if b in DTYPES
        else float(b)
        if "." in b
        else int(b)
    )
    ours = getattr(tg, name)(tensor(x), tensor(y) if isinstance(y, np.ndarray) else y)
    theirs = getattr(torch, name)(torch.tensor(x), torch.tensor(y) if isinstance(y, np.ndarray) else y)
    assert str(theirs.dtype).endswith(ours.dtype.name)


OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.2}),
    ("Adam", {"lr": 0.05}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    ("RMSprop", {"lr": 0.05}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.5, "centered": True, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.5, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2}),
]
SCHEDULERS = [
    ("StepLR", {"step_size": 3}),
    ("MultiStepLR", {"milestones": [2, 5], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 6, "eta_min": 0.01}),
    ("LinearLR", {}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
]


@pytest.mark.parametrize(("name", "options"), SCHEDULERS, ids=[name for name, _options in SCHEDULERS])
def test_schedulers_give_torchs_rates(name, options):
    (a,), (b,) = both(np.array([1.0, -2.0, 3.0]))
    ours, theirs = optim.SGD([a], lr=0.4), torch.optim.SGD([b], lr=0.4)
    mine = getattr(optim.lr_scheduler, name)(ours, **options)
    other = getattr(torch.optim.lr_scheduler, name)(theirs, **options)
    for _ in range(9):
        assert mine.get_last_lr() == pytest.approx(other.get_last_lr())
        theirs.step()
        ours.step()
        mine.step()
        other.step()


def test_a_plateau_lowers_the_rate_as_torchs():
    (a,), (b,) = both(np.array([1.0]))
    ours, theirs = optim.SGD([a], lr=0.4), torch.optim.SGD([b], lr=0.4)
    mine = optim.lr_scheduler.ReduceLROnPlateau(ours, patience=1, cooldown=1)
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, patience=1, cooldown=1)
    for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0):
        mine.step(loss)
        other.step(loss)
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"])


def test_groups_of_parameters_and_their_state():
    (a, c), (b, d) = both(np.array([1.0, 2.0]), np.array([3.0]))
    ours = optim.Adam([{"params": [a]}, {"params": [c], "lr": 0.5}], lr=0.1)
    theirs = torch.optim.Adam([{"params": [b]}, {"params": [d], "lr": 0.5}], lr=0.1)
    for i in range(6):
        for optimizer, x, y in ((ours, a, c), (theirs, b, d)):
            optimizer.zero_grad()
            ((x**2).sum() + (y**3).sum()).backward()
            optimizer.step()
        if i == 2:  # a new optimizer that takes the state over goes on as if nothing had been
            fresh = optim.Adam([{"params": [a]}, {"params": [c]}], lr=0.9)
            fresh.load_state_dict(ours.state_dict())
            ours = fresh
    assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10)
    assert np.allclose(c.detach().numpy(), d.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_optimizers_take_torchs_steps(name, options):
    (a,), (b,) = both(np.array([1.0, -2.0, 3.0]))
    ours, theirs = getattr(optim, name)([a], **options), getattr(torch.optim, name)([b], **options)
    for _ in range(10):
        for optimizer, x in ((ours, a), (theirs, b)):
            optimizer.zero_grad()
            (x**2 + x.sin()).sum().backward()
            optimizer.step()
    assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10)


def test_clipping():
    (a, c), (b, d) = both(np.array([3.0, 4.0]), np.array([12.0]))
    for x, y in ((a, c), (b, d)):
        ((x * x).sum() + (y * y).sum()).backward()
    norm = clip_grad_norm_([a, c], 1.0)
    assert norm.item() == pytest.approx(float(torch.nn.utils.clip_grad_norm_([b, d], 1.0)))
    assert np.allclose(a.grad.detach().numpy(), b.grad.detach().numpy())
    clip_grad_value_([a, c], 0.2)
    torch.nn.utils.clip_grad_value_([b, d], 0.2)
    assert np.allclose(c.grad.detach().numpy(), d.grad.detach().numpy())


def test_embedding():
    (a,), (b,) = both(np.random.default_rng(7).normal(size=(5, 3)))
    index = np.array([[0, 4], [4, 4]])
    same(F.embedding(tensor(index), a), torch.nn.functional.embedding(torch.tensor(index), b), [a], [b])


def test_linear_initialisation_has_torchs_bounds():
    layer = nn.Linear(16, 100)
    assert float(np.abs(layer.weight.detach().numpy()).max()) <= 0.25
    assert float(np.abs(layer.weight.detach().numpy()).max()) > 0.24
