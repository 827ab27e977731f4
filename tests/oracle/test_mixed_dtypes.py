"""Products and norms of tensors of two dtypes are refused where PyTorch refuses them."""

import itertools

import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError

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
