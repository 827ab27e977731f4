"""Decompositions of a matrix: Cholesky, eigenvectors, singular values, QR. Derivatives after Giles (2008) and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, mul, neg, reciprocal, sub
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.linalg.solve import check_finite, check_square, eye_like, solve_matrix
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.diagonals import diag_embed, diagonal, tril
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shapes.permutation import mT as _mT
from tinygrad_fr.ops.shapes.shape import unsqueeze
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import constant, dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample

SVD, USV, QR = named("linalg_svd", "U", "S", "Vh"), named("svd", "U", "S", "V"), named("linalg_qr", "Q", "R")


def _symmetric_sample(draw: Draw) -> Sample:
    """Positive definite, with eigenvalues that stand apart."""
    n = draw.integer(1, 3)
    a = draw.array((n, n)) / 4
    return Sample((a + a.T + np.diag(3.0 + 2 * np.arange(n)),), {})


def tall_sample(draw: Draw) -> Sample:
    """Of full rank, with singular values that stand apart."""
    n = draw.integer(1, 3)
    m = n + draw.integer(0, 1)
    return Sample((draw.array((m, n)) / 4 + np.eye(m, n) * (3.0 + 2 * np.arange(n)),), {})


def _sym(x: Any) -> Any:
    return div(add(x, _mT(x)), 2.0)


def _half_tril(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return sub(tril(x), div(diag_embed(diagonal(x, 0, -2, -1)), 2.0))


@structured(
    symbol="L",
    latex=r"A = L L^{\top}",
    reads="output",
    sample=_symmetric_sample,
    method=False,
    symmetric=True,
    explained=Explanation(shown_as="cholesky"),
)
def cholesky_lower(x: Array) -> Array:
    """Lower triangular L with A = L Lᵀ; of A the lower triangle is read, and the gradient is symmetric, as PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cholesky_lower"](tg.tensor([[9.0, 3.0], [3.0, 5.0]]))
        tensor([[3., 0.],
                [1., 2.]])
    """
    check_square("cholesky", x)
    return np.linalg.cholesky(x)


@cholesky_lower.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    middle = _half_tril(matmul(_mT(y), g))
    inner = solve_matrix(_mT(y), middle)
    return _sym(_mT(solve_matrix(_mT(y), _mT(inner))))


@overload
def cholesky(x: Any, upper: bool = False) -> Any:
    """Triangular factor of a symmetric positive definite matrix: A = L Lᵀ, or Uᵀ U with ``upper``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.cholesky(tg.tensor([[4.0, 2.0], [2.0, 5.0]])).tolist()
        [[2.0, 0.0], [1.0, 2.0]]
    """
    return _mT(cholesky_lower(_mT(x))) if upper else cholesky_lower(x)


@structured(
    symbol="λ, V",
    latex=r"A = V \Lambda V^{\top}",
    reads="output",
    sample=_symmetric_sample,
    method=False,
    fields=("eigenvalues", "eigenvectors"),
    symmetric=True,
    explained=Explanation(shown_as="eigh"),
)
def eigh_lower(x: Array) -> tuple[Array, Array]:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices: the lower triangle is read, the gradient is symmetric.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["eigh_lower"](tg.tensor([[5.0, 2.0], [2.0, 5.0]])).eigenvalues  # along (1, −1) and (1, 1)
        tensor([3., 7.])
    """
    check_square("eigh", x)
    values, vectors = np.linalg.eigh(x, "L")
    return values, vectors


def _apart(values: Any) -> Any:
    """1 / (v_j − v_i), 0 on the diagonal."""
    n = values.shape[-1]
    gaps = sub(unsqueeze(values, -2), unsqueeze(values, -1))
    return mul(reciprocal(add(gaps, eye_like(values, n))), 1 - eye_like(values, n))


@eigh_lower.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    (g_values, g_vectors), (values, vectors) = g, y
    middle = None if g_values is None else diag_embed(g_values)
    if g_vectors is not None:
        turned = mul(matmul(_mT(vectors), g_vectors), _apart(values))
        middle = turned if middle is None else add(middle, turned)
    return _sym(matmul(matmul(vectors, middle), _mT(vectors)))


@function
def eigh(A: Any, UPLO: str = "L") -> Any:  # noqa: N803 - PyTorch's names
    """Eigenvalues, in ascending order, and eigenvectors of symmetric matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, vectors = tg.linalg.eigh(tg.tensor([[2.0, 1.0], [1.0, 2.0]]))
        >>> values
        tensor([1., 3.])
        >>> vectors.abs()
        tensor([[0.7071, 0.7071],
                [0.7071, 0.7071]])
    """
    return eigh_lower(_triangle(A, UPLO))


def _triangle(A: Any, UPLO: str) -> Any:  # noqa: N803 - PyTorch's names
    """The matrix whose lower triangle is the one to read."""
    if UPLO.upper() not in ("L", "U"):
        raise UsageError(tr("expected UPLO of “L” or “U”, got “{found}” ({where})").format(found=UPLO, where=here()))
    return A if UPLO.upper() == "L" else _mT(A)


@function
def eigvalsh(A: Any, UPLO: str = "L") -> Any:  # noqa: N803 - PyTorch's names
    """Eigenvalues of symmetric matrices, in ascending order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.eigvalsh(tg.tensor([[0.0, 1.0], [1.0, 0.0]]))
        tensor([-1.,  1.])
    """
    return eigh_lower(_triangle(A, UPLO))[0]


@structured(
    symbol="U, S, V",
    latex=r"A = U S V^{\top}",
    reads="inputs output",
    sample=tall_sample,
    method=False,
    fields=("U", "S", "Vh"),
    explained=Explanation(shown_as="svd"),
)
def svd_thin(x: Array) -> tuple[Array, Array, Array]:
    """U, singular values in descending order, and Vᵀ, without the vectors that no singular value has.

    Example:
        >>> import tinygrad_fr as tg
        >>> U, S, Vh = tg.ops.registry["svd_thin"](tg.tensor([[3.0], [4.0]]))
        >>> S, U.abs()  # a column of length 5
        (tensor([5.]), tensor([[0.6000],
                [0.8000]]))
    """
    check_finite("svd", x)
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return u, s, vh


@svd_thin.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    (g_u, g_s, g_vh), (u, s, vh) = g, y
    v = _mT(vh)
    gaps = _apart(mul(s, s))
    left, right = unsqueeze(s, -2), unsqueeze(s, -1)  # × S from the right, and from the left
    middle = None if g_s is None else diag_embed(g_s)
    rest = None
    if g_u is not None:
        skew = matmul(_mT(u), g_u)
        middle = _plus(middle, mul(mul(sub(skew, _mT(skew)), gaps), left))
        if u.shape[-2] > u.shape[-1]:
            outside = div(g_u, left)
            rest = matmul(sub(outside, matmul(u, matmul(_mT(u), outside))), vh)
    if g_vh is not None:
        g_v = _mT(g_vh)
        skew = matmul(vh, g_v)
        middle = _plus(middle, mul(mul(sub(skew, _mT(skew)), gaps), right))
        if v.shape[-2] > v.shape[-1]:
            outside = div(g_v, left)
            rest = _plus(rest, matmul(u, _mT(sub(outside, matmul(v, matmul(vh, outside))))))
    return _plus(matmul(matmul(u, middle), vh), rest)


def _plus(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else add(a, b)


def _completed(u: Any) -> Any:
    """Orthonormal columns completed to a basis; the completion is constant."""
    m, k = u.shape[-2:]
    if m == k:
        return u
    full = np.linalg.svd(value_of(u), full_matrices=True)[0][..., k:]
    return cat([u, constant(full) if u is not value_of(u) else full], -1)


@function
def linalg_svd(A: Any, full_matrices: bool = True) -> Any:  # noqa: N803 - PyTorch's name
    """U, S, Vᵀ of A = U S Vᵀ; U and V square unless ``full_matrices=False``.

    Example:
        >>> import tinygrad_fr as tg
        >>> U, S, Vh = tg.linalg.svd(tg.tensor([[3.0, 0.0], [0.0, 2.0]]))
        >>> S.tolist()
        [3.0, 2.0]
    """
    u, s, vh = svd_thin(A)
    return SVD((_completed(u), s, _mT(_completed(_mT(vh))))) if full_matrices else SVD((u, s, vh))


@overload
def svd(x: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S, V of A = U S Vᵀ; without ``compute_uv`` U and V are zeros.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.svd(tg.tensor([[3.0, 0.0], [0.0, -4.0]]))[1]
        tensor([4., 3.])
    """
    if not compute_uv:
        rows, columns = x.shape[-2:]
        zeros = (
            np.zeros((*x.shape[:-2], rows, rows), dtype_of(x)),
            np.zeros((*x.shape[:-2], columns, columns), dtype_of(x)),
        )
        return USV((constant(zeros[0]), svdvals(x), constant(zeros[1])))
    u, s, vh = linalg_svd(x, not some)
    return USV((u, s, _mT(vh)))


@function
def svdvals(A: Any) -> Any:  # noqa: N803 - PyTorch's name
    """Singular values in descending order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.svdvals(tg.tensor([[3.0, 0.0], [0.0, -4.0]]))
        tensor([4., 3.])
    """
    return svd_thin(A)[1]


@structured(
    symbol="Q, R",
    latex=r"A = Q R",
    reads="output",
    sample=tall_sample,
    method=False,
    fields=("Q", "R"),
    explained=Explanation(shown_as="qr"),
)
def qr_tall(x: Array) -> tuple[Array, Array]:
    """Orthonormal Q and upper triangular R of matrices with at least as many rows as columns.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["qr_tall"](tg.tensor([[3.0, 1.0], [4.0, 3.0]])).R.abs()
        tensor([[5., 3.],
                [0., 1.]])
    """
    q, r = np.linalg.qr(x)
    return q, r


@qr_tall.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    """(g_Q + Q copyltu(M)) R⁻ᵀ with M = R g_Rᵀ − g_Qᵀ Q, copyltu making it symmetric by its lower triangle."""
    (g_q, g_r), (q, r) = g, y
    m = None if g_r is None else matmul(r, _mT(g_r))
    if g_q is not None:
        m = _plus(m, neg(matmul(_mT(g_q), q)))
    symmetric = add(tril(m), _mT(tril(m, -1)))
    total = _plus(g_q, matmul(q, symmetric))
    return _mT(solve_matrix(r, _mT(total)))


@overload
def qr(x: Any, some: bool = True) -> Any:
    """Q and R of A = Q R.

    Example:
        >>> import tinygrad_fr as tg
        >>> Q, R = tg.qr(tg.tensor([[1.0, 2.0], [3.0, 4.0]]))
        >>> tg.allclose(Q.T @ Q, tg.eye(2), atol=1e-6), tg.allclose(Q @ R, tg.tensor([[1.0, 2.0], [3.0, 4.0]]))
        (True, True)
    """
    return linalg_qr(x, "reduced" if some else "complete")


@function
def linalg_qr(A: Any, mode: str = "reduced") -> Any:  # noqa: N803 - PyTorch's name
    """Q and R of A = Q R: ``reduced``, ``complete`` or ``r`` alone.

    Example:
        >>> import tinygrad_fr as tg
        >>> A = tg.tensor([[3.0, 5.0], [4.0, 0.0]])
        >>> Q, R = tg.linalg.qr(A)
        >>> R.abs()
        tensor([[5., 3.],
                [0., 4.]])
        >>> bool(((Q @ R - A).abs() < 1e-5).all())
        True
    """
    if mode not in ("reduced", "complete", "r"):
        raise refusal("qr", tr("mode reduced, complete or r"), mode)
    m, n = A.shape[-2:]
    if m >= n:
        q, r = qr_tall(A)
        if mode == "complete" and m > n:
            full, triangle = np.linalg.qr(value_of(A), mode="complete")
            return QR((constant(full), constant(triangle)))
    else:
        q, square = qr_tall(getitem(A, (Ellipsis, slice(None), slice(0, m))))
        r = cat([square, matmul(_mT(q), getitem(A, (Ellipsis, slice(None), slice(m, None))))], -1)
    if mode == "r":
        return QR((constant(np.zeros(0, dtype_of(A))), r))
    return QR((q, r))
