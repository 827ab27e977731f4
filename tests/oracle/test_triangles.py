"""Matrices that are not symmetric: the triangle that torch reads, and its gradient."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

RNG = np.random.default_rng(0)
CALLS = {
    "cholesky": lambda lib, a: lib.linalg.cholesky(a),
    "cholesky upper": lambda lib, a: lib.linalg.cholesky(a, upper=True),
    "eigvalsh": lambda lib, a: lib.linalg.eigvalsh(a),
    **{f"eigvalsh {u}": lambda lib, a, u=u: lib.linalg.eigvalsh(a, UPLO=u) for u in "LUlu"},
    **{f"eigh {u}": lambda lib, a, u=u: lib.linalg.eigh(a, UPLO=u)[0] for u in "LU"},
    **{f"projectors {u}": lambda lib, a, u=u: lib.linalg.eigh(a, UPLO=u)[1][..., :1] ** 2 for u in "LU"},
    "solve_triangular": lambda lib, a: lib.linalg.solve_triangular(a, a[..., :2] * 1, upper=False),
    "solve_triangular upper": lambda lib, a: lib.linalg.solve_triangular(a, a[..., :2] * 1, upper=True),
    "unitriangular": lambda lib, a: lib.linalg.solve_triangular(a, a[..., :2] * 1, upper=True, unitriangular=True),
    "on the right": lambda lib, a: lib.linalg.solve_triangular(a, a[..., :2, :] * 1, upper=True, left=False),
    "cholesky_solve": lambda lib, a: lib.cholesky_solve(a.detach()[..., :2] * 1, a),
    "cholesky_solve upper": lambda lib, a: lib.cholesky_solve(a.detach()[..., :2] * 1, a, True),
    "cholesky_inverse": lambda lib, a: lib.cholesky_inverse(a),
    "cholesky_inverse upper": lambda lib, a: lib.cholesky_inverse(a, True),
    "slogdet": lambda lib, a: lib.linalg.slogdet(a)[1],
    "qr": lambda lib, a: lib.linalg.qr(a)[1] ** 2,
    "svdvals": lambda lib, a: lib.linalg.svdvals(a),
    "inv": lambda lib, a: lib.linalg.inv(a),
}


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 3, 3), (0, 3, 3)])
@pytest.mark.parametrize("name", CALLS)
def test_the_triangle_read_and_what_is_sent_to_it(name, shape):
    n = shape[-1]
    x = RNG.normal(size=shape) + np.diag(3.0 + 3 * np.arange(n))
    a, b = torch.tensor(x, requires_grad=True), tg.tensor(x, requires_grad=True)
    theirs, ours = CALLS[name](torch, a), CALLS[name](tg, b)
    assert ours.shape == tuple(theirs.shape)
    assert np.allclose(ours.detach().numpy(), theirs.detach().numpy(), 1e-9)
    if name.startswith(("cholesky_solve", "cholesky_inverse")):
        return  # torch's derivative reads the triangle that its value does not
    weights = np.cos(np.arange(theirs.numel())).reshape(theirs.shape)
    (theirs * torch.tensor(weights)).sum().backward()
    (ours * tg.tensor(weights)).sum().backward()
    assert np.allclose(b.grad.detach().numpy(), a.grad.detach().numpy(), 1e-8, 1e-9)
