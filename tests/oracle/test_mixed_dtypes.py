"""Products and norms of tensors of two dtypes are refused where PyTorch refuses them."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import Elementwise

# (what is computed of a first dtype's tensors and a second's)
PRODUCTS = {
    "matmul": lambda lib, f, a, b: a(2, 3) @ b(3, 2),
    "mm": lambda lib, f, a, b: lib.mm(a(2, 3), b(3, 2)),
    "mv": lambda lib, f, a, b: lib.mv(a(2, 3), b(3)),
    "dot": lambda lib, f, a, b: lib.dot(a(3), b(3)),
    "vdot": lambda lib, f, a, b: lib.vdot(a(3), b(3)),
    "inner": lambda lib, f, a, b: lib.inner(a(2, 3), b(2, 3)),
    "linear": lambda lib, f, a, b: f.linear(a(2, 3), b(4, 3)),
    "bias": lambda lib, f, a, b: f.linear(a(2, 3), a(4, 3), b(4)),
    "bilinear": lambda lib, f, a, b: f.bilinear(a(2, 3), a(2, 3), b(2, 3, 3)),
    "addmm": lambda lib, f, a, b: lib.addmm(a(2, 2), a(2, 3), b(3, 2)),
    "addmm onto": lambda lib, f, a, b: lib.addmm(b(2, 2), a(2, 3), a(3, 2)),
    "addmv": lambda lib, f, a, b: lib.addmv(a(2), a(2, 3), b(3)),
    "bmm": lambda lib, f, a, b: lib.bmm(a(1, 2, 3), b(1, 3, 2)),
    "baddbmm": lambda lib, f, a, b: lib.baddbmm(a(1, 2, 2), a(1, 2, 3), b(1, 3, 2)),
    "einsum": lambda lib, f, a, b: lib.einsum("ij,jk->ik", a(2, 3), b(3, 2)),
    "tensordot": lambda lib, f, a, b: lib.tensordot(a(2, 3), b(3, 2), 1),
    "multi_dot": lambda lib, f, a, b: lib.linalg.multi_dot([a(2, 3), b(3, 2), a(2, 2)]),
    "conv1d": lambda lib, f, a, b: f.conv1d(a(1, 2, 3), b(2, 2, 2)),
    "conv2d": lambda lib, f, a, b: f.conv2d(a(1, 1, 3, 3), b(2, 1, 2, 2)),
    "conv2d bias": lambda lib, f, a, b: f.conv2d(a(1, 1, 3, 3), a(2, 1, 2, 2), b(2)),
    "conv_transpose2d": lambda lib, f, a, b: f.conv_transpose2d(a(1, 1, 3, 3), b(1, 1, 2, 2)),
    "cdist": lambda lib, f, a, b: lib.cdist(a(2, 3), b(2, 3)),
    "layer_norm": lambda lib, f, a, b: f.layer_norm(a(2, 3), (3,), b(3), b(3)),
    "solve": lambda lib, f, a, b: lib.linalg.solve(lib.eye(3, dtype=a(1).dtype), b(3, 2)),
    "matrix_rank": lambda lib, f, a, b: lib.linalg.matrix_rank(a(2, 2)),
    "outer": lambda lib, f, a, b: lib.outer(a(2), b(3)),
    "kron": lambda lib, f, a, b: lib.kron(a(2, 2), b(2, 2)),
}
DTYPES = ["float16", "float32", "float64", "int64", "bool"]
REFUSED_HERE = {
    ("layer_norm", "float16", "float32")
}  # PyTorch's kernel for halves takes parameters in single precision


def outcome(lib, f, name, first, second):
    def ones(kind):
        return lambda *shape: lib.ones(*shape, dtype=getattr(lib, kind))

    try:
        return str(PRODUCTS[name](lib, f, ones(first), ones(second)).dtype).rpartition(".")[2]
    except RuntimeError as error:
        return error


@pytest.mark.parametrize("name", PRODUCTS)
def test_two_dtypes(name):
    for first, second in itertools.product(DTYPES, DTYPES):
        expected = outcome(torch, torch.nn.functional, name, first, second)
        found = outcome(tg, tg.nn.functional, name, first, second)
        if isinstance(expected, RuntimeError) or (name, first, second) in REFUSED_HERE:
            assert isinstance(found, TinygradError), (first, second, found)
        else:
            assert found == expected, (first, second)


# An operation with an operand of another dtype beside the one that a gradient goes to: its derivative is computed in the common one.
CURVED = sorted(
    name
    for name, op in registry.items()
    if isinstance(op, Elementwise) and sum(op.counts) > 1 and op.differentiable and hasattr(torch, name)
)
# torch squares operands of atan2 in their own types; and it has NaN for the second derivative where the exponential overflowed.
TORCHS_OWN = {
    "atan2": ("uint8", "int8", "float16", "float32"),
    "logaddexp": (),
    "logaddexp2": (),
    "remainder": ("float16",),
}
SECOND = {"logaddexp", "logaddexp2"}
OTHERS = {
    "bool": [True, True, False], "uint8": [251, 3, 100], "int8": [101, 3, 120], "int16": [101, 3, 120], "int64": [101, 3, 120],
    "float16": [300.0, 3.1, 1000.7], "float32": [101.0, 3.1, 120.7], "float64": [101.0, 3.1, 120.7],
}  # fmt: skip


def gradient(lib, name, place, dtype, other, order):
    operands = []
    for i, counts in enumerate(registry[name].counts):
        if not counts:
            operands.append(lib.tensor([True, False, True]))
        elif i == place:
            operands.append(lib.tensor([0.7, 1.3, 2.9], dtype=getattr(lib, dtype), requires_grad=True))
        else:
            operands.append(lib.tensor(OTHERS[other], dtype=getattr(lib, other)))
    x = operands[place]
    y = getattr(lib, name)(*operands)
    if order == 0:
        y.sum().backward()
        return np.asarray(x.grad.numpy())
    (g,) = lib.autograd.grad((y * y).sum(), x, create_graph=True)
    if order == 2:
        (g,) = lib.autograd.grad((g * g).sum(), x)
    return np.asarray(g.detach().numpy())


@pytest.mark.parametrize("name", CURVED)
def test_gradients_beside_another_dtype(name):
    compared = 0
    places = [i for i, counts in enumerate(registry[name].counts) if counts]
    for place, dtype, other, order in itertools.product(places, ("float32", "float64"), OTHERS, (0, 1, 2)):
        if other in TORCHS_OWN.get(name, ()) or (name in SECOND and order == 2) or (name == "pow" and other == "bool"):
            continue
        try:
            expected = gradient(torch, name, place, dtype, other, order)
        except RuntimeError:
            continue
        found = gradient(tg, name, place, dtype, other, order)
        near = 3e-6 if dtype == "float32" else 1e-10
        assert np.allclose(found, expected, rtol=near, atol=1e-12, equal_nan=True), (place, dtype, other, order)
        compared += 1
    assert compared


DTYPES = ("float16", "float32", "float64", "int32", "int64", "bool", "uint8")
THREE_SHAPES = [((2,), (2,), (2,)), ((2,), (), (2,)), ((), (2,), (2,)), ((2,), (2,), ()), ((), (), ())]


@pytest.mark.parametrize("name", ["addcmul", "addcdiv"])
def test_three_operands_of_any_dtypes(name):
    """The result's dtype is PyTorch's, or both refuse."""

    def found(m, shapes, dtypes):
        try:
            operands = [m.ones(s, dtype=getattr(m, d)) for s, d in zip(shapes, dtypes, strict=True)]
            return str(getattr(m, name)(*operands).dtype)
        except (RuntimeError, TypeError):
            return "refused"

    for shapes in THREE_SHAPES:
        for dtypes in itertools.product(DTYPES, repeat=3):
            assert found(tg, shapes, dtypes) == found(torch, shapes, dtypes), (shapes, dtypes)


@pytest.mark.filterwarnings("ignore:reduction")
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "soft_margin_loss",
                                  "binary_cross_entropy", "binary_cross_entropy_with_logits", "poisson_nll_loss"])  # fmt: skip
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3)])
def test_losses_of_halves(name, shape):
    for reduction in ("mean", "sum", "none"):
        results = []
        for m in (tg, torch):
            x, t = (m.full(shape, value, dtype=m.float16) for value in (0.25, 0.5))
            results.append(getattr(m.nn.functional, name)(x.requires_grad_(), t, reduction=reduction))
            results[-1].sum().backward()
            results.append(x.grad)
        ours, own, theirs, its = (np.asarray(x.detach().numpy()) for x in results)
        assert ours.dtype == theirs.dtype
        assert own.dtype == its.dtype
        assert np.allclose(ours, theirs, 2e-3, equal_nan=True)
        assert np.allclose(own, its, 2e-3, equal_nan=True)
