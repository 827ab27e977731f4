"""Of a matrix that is not symmetric one triangle is read, and the gradient is symmetric: numbers that PyTorch gave."""

import numpy as np
import pytest

import tinygrad_fr as tg

A = [[2.0, 9.0], [1.0, 3.0]]


def test_the_triangle_that_is_read():
    a = tg.tensor(A, dtype=tg.float64)
    low, high = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[2.0, 9.0], [9.0, 3.0]])
    for side, whole in (("L", low), ("U", high), ("l", low), ("u", high)):
        assert np.allclose(tg.linalg.eigvalsh(a, UPLO=side).detach().numpy(), np.linalg.eigvalsh(whole))
        assert np.allclose(tg.linalg.eigh(a, UPLO=side).eigenvalues.detach().numpy(), np.linalg.eigvalsh(whole))
    assert np.allclose(tg.linalg.cholesky(a).detach().numpy(), np.linalg.cholesky(low))
    b = tg.tensor([[2.0, 1.0], [9.0, 3.0]], dtype=tg.float64)
    assert np.allclose(tg.linalg.cholesky(b, upper=True).detach().numpy(), np.linalg.cholesky(low).T)
    with pytest.raises(RuntimeError):
        tg.linalg.eigh(a, UPLO="X")


def test_the_gradient_is_symmetric():
    a = tg.tensor(A, dtype=tg.float64, requires_grad=True)
    tg.linalg.cholesky(a)[1, 0].backward()
    assert np.allclose(a.grad.detach().numpy(), [[-0.17677670, 0.35355339], [0.35355339, 0.0]])


def test_the_other_triangle_of_a_factor_is_not_read():
    b, factor = tg.tensor([[8.0], [9.0]]), [[2.0, 0.0], [0.0, 3.0]]
    spoiled = tg.tensor([[2.0, 7.0], [0.0, 3.0]])
    assert tg.cholesky_solve(b, spoiled).tolist() == tg.cholesky_solve(b, tg.tensor(factor)).tolist()
    assert tg.cholesky_inverse(spoiled.mT, True).tolist() == tg.cholesky_inverse(tg.tensor(factor)).tolist()
