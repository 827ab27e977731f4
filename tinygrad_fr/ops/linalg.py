"""Linear algebra: inverses, determinants, decompositions. Derivatives in matrix form, after Giles (2008) and PyTorch."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import DtypeError, ShapeError, UsageError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import abs, add, div, log, mul, neg, reciprocal, sqrt, sub
from tinygrad_fr.ops.comparison import clamp_min
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing import getitem
from tinygrad_fr.ops.joining import cat
from tinygrad_fr.ops.outside import assumed, computed, constant, dtype_of, value_of
from tinygrad_fr.ops.overloads import front, function
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.rearranging import diag_embed, diagonal, tril, triu
from tinygrad_fr.ops.reduction import amax, amin, sum, vector_norm
from tinygrad_fr.ops.shape import cast, movedim, reshape_to, squeeze, unsqueeze
from tinygrad_fr.ops.shape import mT as _mT
from tinygrad_fr.sampling import Draw, Sample

SVD, USV, QR = named("linalg_svd", "U", "S", "Vh"), named("svd", "U", "S", "V"), named("linalg_qr", "Q", "R")
Solution = named("linalg_lstsq", "solution")


def _square(draw: Draw) -> Array:
    """A matrix, or a stack of them, far from singular."""
    n = draw.integer(1, 3)
    batch = draw.choice([(), (2,)])
    return draw.array((*batch, n, n)) + 6 * np.eye(n)


def _square_sample(draw: Draw) -> Sample:
    return Sample((_square(draw),), {})


def _symmetric_sample(draw: Draw) -> Sample:
    """Positive definite, with eigenvalues that stand apart."""
    n = draw.integer(1, 3)
    a = draw.array((n, n)) / 4
    return Sample((a + a.T + np.diag(3.0 + 2 * np.arange(n)),), {})


def _tall_sample(draw: Draw) -> Sample:
    """Of full rank, with singular values that stand apart."""
    n = draw.integer(1, 3)
    m = n + draw.integer(0, 1)
    return Sample((draw.array((m, n)) / 4 + np.eye(m, n) * (3.0 + 2 * np.arange(n)),), {})


def _check_square(name: str, x: Any) -> None:
    if len(x.shape) < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            tr("{name}: expected square matrices (…, n, n), got shape {shape} ({where})").format(
                name=name, shape=tuple(x.shape), where=here()
            )
        )


def _eye_like(x: Any, n: int) -> Array:
    return np.eye(n, dtype=dtype_of(x))


@structured(symbol="A⁻¹", latex=r"A^{-1}", reads="output", sample=_square_sample, method=False)
def inv(x: Array) -> Array:
    """Inverse of square matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.inv(tg.tensor([[2.0, 0.0], [0.0, 4.0]])).tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """
    _check_square("inv", x)
    return np.linalg.inv(x)


@inv.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return neg(matmul(matmul(_mT(y), g), _mT(y)))


@front
def inverse(x: Any) -> Any:
    """Alias of :func:`inv`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.inverse(tg.tensor([[2.0, 0.0], [0.0, 4.0]])).diagonal()
        tensor([0.5000, 0.2500])
    """
    return inv(x)


def _solve_sample(draw: Draw) -> Sample:
    a = _square(draw)
    return Sample((a, draw.array((*a.shape[:-1], draw.integer(1, 2)))), {})


@structured(
    symbol="A⁻¹B",
    latex=r"A^{-1} B",
    reads="inputs output",
    sample=_solve_sample,
    method=False,
    explained=Explanation(shown_as="solve"),
)
def solve_matrix(a: Array, b: Array) -> Array:
    """The X of A X = B.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["solve_matrix"](tg.tensor([[2.0, 0.0], [0.0, 4.0]]), tg.tensor([[6.0], [20.0]]))
        tensor([[3.],
                [5.]])
    """
    _check_square("solve", a)
    return np.linalg.solve(a, b)


@solve_matrix.derivative("a")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    return neg(matmul(solve_matrix(_mT(a), g), _mT(y)))


@solve_matrix.derivative("b")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    return solve_matrix(_mT(a), g)


@function
def solve(A: Any, B: Any, *, left: bool = True) -> Any:  # noqa: N803 - PyTorch's names
    """The X of A X = B, or of X A = B with ``left=False``; B may be a vector.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.solve(tg.tensor([[2.0, 0.0], [0.0, 4.0]]), tg.tensor([2.0, 4.0])).tolist()
        [1.0, 1.0]
    """
    _check_square("solve", A)
    vector = len(B.shape) == 1 or (len(B.shape) == len(A.shape) - 1 and tuple(B.shape) == tuple(A.shape[:-1]))
    b = unsqueeze(B, -1) if vector else B
    x = solve_matrix(A, b) if left or vector else _mT(solve_matrix(_mT(A), _mT(b)))
    return squeeze(x, -1) if vector else x


def _triangular_sample(draw: Draw) -> Sample:
    upper = draw.choice([False, True])
    a = _square(draw)
    return Sample((a, draw.array((*a.shape[:-1], 2))), {"upper": upper, "unitriangular": draw.choice([False, True])})


@composite(
    symbol="△⁻¹B",
    latex=r"T^{-1} B",
    sample=_triangular_sample,
    method=False,
    explained=Explanation(shown_as="solve_triangular"),
)
def solve_triangular_matrix(a: Array, b: Array, upper: bool, unitriangular: bool = False) -> Array:
    """The X of T X = B, where T is the upper or lower triangle of A.

    Example:
        >>> import tinygrad_fr as tg
        >>> A, B = tg.tensor([[2.0, 99.0], [1.0, 4.0]]), tg.tensor([[2.0], [9.0]])
        >>> tg.ops.registry["solve_triangular_matrix"](A, B, upper=False)  # the 99 is not looked at
        tensor([[1.],
                [2.]])
    """
    triangle = triu(a, 1 if unitriangular else 0) if upper else tril(a, -1 if unitriangular else 0)
    return solve_matrix(add(triangle, _eye_like(a, a.shape[-1])) if unitriangular else triangle, b)


@function
def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:  # noqa: N803 - PyTorch's names
    """The X of T X = B (or X T = B), where T is the upper or lower triangle of A.

    Example:
        >>> import tinygrad_fr as tg
        >>> T, B = tg.tensor([[2.0, 0.0], [1.0, 4.0]]), tg.tensor([[2.0], [9.0]])
        >>> tg.linalg.solve_triangular(T, B, upper=False).tolist()
        [[1.0], [2.0]]
    """
    if left:
        return solve_triangular_matrix(A, B, upper, unitriangular)
    return _mT(solve_triangular_matrix(_mT(A), _mT(B), not upper, unitriangular))


@structured(symbol="det", latex=r"\det A", reads="inputs output", sample=_square_sample)
def det(x: Array) -> Array:
    """Determinant of square matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.det(tg.tensor([[2.0, 0.0], [0.0, 4.0]])).item()
        8.0
    """
    _check_square("det", x)
    return np.asarray(np.linalg.det(x), x.dtype)


@det.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    """g det(A) A⁻ᵀ; the matrix of cofactors where one is singular."""
    g, y = (unsqueeze(unsqueeze(part, -1), -1) for part in (g, y))
    size = np.abs(np.asarray(value_of(x))).max(initial=0.0)
    if np.all(np.abs(value_of(y)) > np.finfo(dtype_of(x)).eps * max(size, 1e-30) ** x.shape[-1]):
        return mul(mul(g, y), _mT(inv(x)))
    return mul(g, cofactors(x))


@composite(
    symbol="cof",
    latex=r"\operatorname{cof} A",
    sample=_square_sample,
    method=False,
    explained=Explanation(shown_as="cofactors"),
)
def cofactors(x: Array) -> Array:
    """Signed determinants of what is left without each row and column.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cofactors"](tg.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[ 4., -3.],
                [-2.,  1.]])
    """
    n = x.shape[-1]
    if n == 1:
        return add(mul(x, 0), 1)
    kept = np.array([[k for k in range(n) if k != i] for i in range(n)])
    minors = getitem(x, (Ellipsis, kept[:, None, :, None], kept[None, :, None, :]))
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    return mul(det(minors), signs.astype(dtype_of(x)))


@structured(symbol="ln|det|", latex=r"\ln \left|\det A\right|", sample=_square_sample, fields=("sign", "logabsdet"))
def slogdet(x: Array) -> tuple[Array, Array]:
    """Sign of the determinant, and the logarithm of its absolute value.

    Example:
        >>> import tinygrad_fr as tg
        >>> sign, size = tg.linalg.slogdet(tg.tensor([[0.0, 2.0], [2.0, 0.0]]))
        >>> sign.item(), round(size.exp().item(), 4)  # the determinant is −4
        (-1.0, 4.0)
    """
    _check_square("slogdet", x)
    return tuple(np.asarray(part, x.dtype) for part in np.linalg.slogdet(x))  # type: ignore[return-value]


@slogdet.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    if g[1] is None:
        return mul(x, 0)
    return mul(unsqueeze(unsqueeze(g[1], -1), -1), _mT(inv(x)))


@front
def logdet(x: Any) -> Any:
    """Logarithm of the determinant; NaN where it is negative.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.logdet(tg.tensor([[2.0, 0.0], [0.0, 2.0]]))  # ln 4
        tensor(1.3863)
    """
    return log(det(x)) if np.any(value_of(det(value_of(x))) <= 0) else slogdet(x)[1]


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
    _check_square("cholesky", x)
    return np.linalg.cholesky(x)


@cholesky_lower.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    middle = _half_tril(matmul(_mT(y), g))
    inner = solve_matrix(_mT(y), middle)
    return _sym(_mT(solve_matrix(_mT(y), _mT(inner))))


@front
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
    _check_square("eigh", x)
    values, vectors = np.linalg.eigh(x, "L")
    return values, vectors


def _apart(values: Any) -> Any:
    """1 / (v_j − v_i), 0 on the diagonal."""
    n = values.shape[-1]
    gaps = sub(unsqueeze(values, -2), unsqueeze(values, -1))
    return mul(reciprocal(add(gaps, _eye_like(values, n))), 1 - _eye_like(values, n))


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
    sample=_tall_sample,
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


@front
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
    sample=_tall_sample,
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


@front
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


def _pinv_sample(draw: Draw) -> Sample:
    sample = _tall_sample(draw)
    a = sample.inputs[0]
    return Sample((a if draw.choice([True, False]) else a.T,), {})


@structured(
    symbol="A⁺",
    latex=r"A^{+}",
    reads="inputs output",
    sample=_pinv_sample,
    method=False,
    explained=Explanation(shown_as="pinv"),
)
def pinv_of(x: Array, rcond: float = 1e-15) -> Array:
    """Pseudo-inverse of Moore and Penrose.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["pinv_of"](tg.tensor([[3.0], [4.0]]))  # over 3² + 4²
        tensor([[0.1200, 0.1600]])
    """
    return np.linalg.pinv(x, rcond)


@pinv_of.derivative("x")
def _(g: Any, y: Any, x: Any, rcond: float) -> Any:
    """After Golub and Pereyra (1973), for matrices whose rank does not change."""
    gt = _mT(g)
    direct = neg(matmul(matmul(_mT(y), g), _mT(y)))
    left = matmul(sub(gt, matmul(x, matmul(y, gt))), matmul(y, _mT(y)))
    right = matmul(matmul(_mT(y), y), sub(gt, matmul(matmul(gt, y), x)))
    return add(direct, add(left, right))


@front
def pinverse(x: Any, rcond: float = 1e-15) -> Any:
    """Pseudo-inverse of Moore and Penrose.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.pinverse(tg.tensor([[3.0], [4.0]]))  # over 3² + 4²
        tensor([[0.1200, 0.1600]])
    """
    return pinv_of(x, rcond)


@function
def pinv(A: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:  # noqa: N803 - PyTorch's name
    """Pseudo-inverse of Moore and Penrose; singular values under rtol times the largest count as zero.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.pinv(tg.tensor([[2.0, 0.0], [0.0, 0.0]])).tolist()
        [[0.5, 0.0], [0.0, 0.0]]
    """
    if hermitian:
        A = add(tril(A), _mT(tril(A, -1)))  # noqa: N806
    value = value_of(A)
    if rtol is None:  # PyTorch's: none where an absolute bound is given
        rtol = (
            0.0 if atol is not None and float(value_of(atol)) > 0 else max(value.shape[-2:]) * np.finfo(value.dtype).eps
        )
    cut = float(value_of(rtol))
    if atol is None or not float(value_of(atol)) > 0 or not value.size:
        return pinv_of(A, cut)
    largest = np.linalg.svd(value, compute_uv=False).max(-1)
    if largest.size > 1:
        raise UsageError(
            tr("pinv: atol is not supported for several matrices at once; give rtol, or one matrix ({where})").format(where=here())
        )  # fmt: skip
    return pinv_of(A, max(cut, float(value_of(atol)) / max(float(largest.item()), 1e-300)))


def _expm_sample(draw: Draw) -> Sample:
    n = draw.integer(1, 3)
    return Sample((draw.array((n, n)) / 2,), {})


@structured(symbol="eᴬ", latex=r"e^{A}", sample=_expm_sample)
def matrix_exp(x: Array) -> Array:
    """Exponential of square matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.matrix_exp(tg.tensor([[0.0, 3.0], [0.0, 0.0]])).tolist()  # 1 + A, as A² = 0
        [[1.0, 3.0], [0.0, 1.0]]
    """
    _check_square("matrix_exp", x)
    if not x.size:
        return x.copy()
    return np.asarray(import_module("scipy.linalg").expm(x), x.dtype)


@matrix_exp.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    """The upper right block of exp of [Aᵀ g; 0 Aᵀ], which is the derivative in the direction of g."""
    n = x.shape[-1]
    zeros = mul(g, 0)
    block = cat([cat([_mT(x), g], -1), cat([zeros, _mT(x)], -1)], -2)
    return getitem(matrix_exp(block), (Ellipsis, slice(0, n), slice(n, None)))


@front
def matrix_power(x: Any, n: int) -> Any:
    """A square matrix multiplied n times by itself; the inverse's power for n < 0.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.matrix_power(tg.tensor([[1.0, 1.0], [1.0, 0.0]]), 10).tolist()  # Fibonacci
        [[89.0, 55.0], [55.0, 34.0]]
    """
    if not isinstance(n, int):
        raise DtypeError(tr("matrix_power: expected an integer, got {found} ({where})").format(found=n, where=here()))
    if n < 0:
        return matrix_power(inv(x), -n)
    if n == 0:
        side = np.eye(x.shape[-1], dtype=dtype_of(x))
        return add(mul(x, 0), side)
    half = matrix_power(x, n // 2) if n > 1 else None
    if half is None:
        return x
    square = matmul(half, half)
    return matmul(square, x) if n % 2 else square


@function
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:  # noqa: N803 - PyTorch's names
    """The X of A X = B, from the Cholesky factor of A.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cholesky_solve(tg.tensor([[8.0], [9.0]]), tg.tensor([[2.0, 0.0], [0.0, 3.0]]))  # 2² x = 8, 3² y = 9
        tensor([[2.],
                [1.]])
    """
    lower = _only_lower(_mT(L) if upper else L)
    return solve_matrix(matmul(lower, _mT(lower)), B)


def _only_lower(x: Any) -> Any:
    """A factor whose other triangle is not read; what is sent back to it is not cut, as in PyTorch."""
    if not assumed(lambda x: np.any(np.triu(x, 1)), x):
        return x
    return sub(x, constant(computed(lambda x: np.triu(x, 1), x)))


@front
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """Inverse of A from its Cholesky factor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cholesky_inverse(tg.tensor([[2.0, 0.0], [0.0, 4.0]])).diagonal()  # 1 / 2², 1 / 4²
        tensor([0.2500, 0.0625])
    """
    lower = _only_lower(_mT(x) if upper else x)
    return inv(matmul(lower, _mT(lower)))


@function
def lstsq(A: Any, B: Any) -> Any:  # noqa: N803 - PyTorch's names
    """The X that makes ‖A X − B‖ smallest, alone in a tuple.

    Example:
        >>> import tinygrad_fr as tg
        >>> x, y = tg.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), tg.tensor([[1.0], [3.0], [5.0]])
        >>> tg.linalg.lstsq(x, y)[0].flatten()  # the line 1 + 2 t
        tensor([1.0000, 2.0000])
    """
    return Solution((matmul(pinv(A), B),))


def _two_dims(x: Any, dim: Any) -> Any:
    return movedim(x, tuple(dim), (-2, -1))


@function
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:  # noqa: N803 - PyTorch's name
    """Norm of matrices: fro, nuc, ±1, ±2, ±inf.

    Example:
        >>> import tinygrad_fr as tg
        >>> A = tg.tensor([[3.0, 0.0], [0.0, 4.0]])
        >>> tg.linalg.matrix_norm(A).item(), tg.linalg.matrix_norm(A, "nuc").item(), tg.linalg.matrix_norm(A, 2).item()
        (5.0, 7.0, 4.0)
    """
    rows = _two_dims(A if dtype is None else cast(A, dtype), dim)
    if ord == "fro":
        result = vector_norm(rows, 2.0, (-2, -1))
    elif ord == "nuc":
        result = sum(svdvals(rows), -1)
    elif ord in (2, -2):
        result = (amax if ord > 0 else amin)(svdvals(rows), -1)
    elif ord in (1, -1, float("inf"), float("-inf")):
        size = sum(abs(rows), -2 if ord in (1, -1) else -1)
        result = (amax if ord > 0 else amin)(size, -1)
    else:
        raise UsageError(
            tr("matrix_norm: expected fro, nuc, ±1, ±2 or ±inf, got {found} ({where})").format(found=ord, where=here())
        )
    if keepdim:
        n = len(A.shape)
        kept = {d % n for d in dim}
        return reshape_to(result, tuple(1 if i in kept else side for i, side in enumerate(A.shape)))
    return result


@function
def linalg_norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:  # noqa: N803 - PyTorch's name
    """Norm of vectors or matrices, as numpy's: of all elements without ``ord`` and ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([3.0, 4.0])
        >>> tg.linalg.norm(x).item(), tg.linalg.norm(x, 1).item()
        (5.0, 7.0)
    """
    if dtype is not None:
        A = cast(A, dtype)  # noqa: N806
    if dim is None and ord is None:
        result = vector_norm(reshape_to(A, (-1,)), 2.0)
        return reshape_to(result, (1,) * len(A.shape)) if keepdim else result
    dims = tuple(range(len(A.shape))) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) == 1 or (ord is None):
        return vector_norm(A, 2.0 if ord is None else float(ord), dims, keepdim)
    return matrix_norm(A, "fro" if ord is None else ord, dims, keepdim)


@front
def norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """Norm of order p along ``dim``, of all elements by default.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.norm(tg.tensor([[3.0], [-4.0]])), tg.norm(tg.tensor([3.0, -4.0]), 1)
        (tensor(5.), tensor(7.))
    """
    dim = tuple(dim) if isinstance(dim, list) else dim
    if dtype is not None:
        x = cast(x, dtype)
    if p == "nuc":
        return matrix_norm(x, "nuc", (-2, -1) if dim is None else dim, keepdim)
    return vector_norm(x, 2.0 if p in ("fro", None) else float(p), dim, keepdim)


@function
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:  # noqa: N803 - PyTorch's name
    """Number of singular values that are not zero.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.matrix_rank(tg.tensor([[1.0, 2.0], [2.0, 4.0]])).item()
        1
    """
    s = np.abs(np.linalg.eigvalsh(value_of(A))) if hermitian else np.linalg.svd(value_of(A), compute_uv=False)
    top = s.max(-1, keepdims=True, initial=0.0)
    share = value_of(
        rtol
        if rtol is not None
        else 0.0
        if tol is not None or atol is not None
        else max(A.shape[-2:]) * np.finfo(s.dtype).eps
    )
    least = value_of(tol if tol is not None else 0.0 if atol is None else atol)
    return constant((s > np.maximum(np.asarray(least)[..., None], np.asarray(share)[..., None] * top)).sum(-1))


@function
def cond(A: Any, p: Any = None) -> Any:  # noqa: N803 - PyTorch's name
    """Condition number: the norm times the norm of the inverse.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.cond(tg.tensor([[4.0, 0.0], [0.0, 0.5]])).item()
        8.0
    """
    if p in (None, 2, -2):
        s = svdvals(A)
        ends = getitem(s, (Ellipsis, 0)), getitem(s, (Ellipsis, -1))
        return div(*ends) if p != -2 else div(*ends[::-1])
    return mul(matrix_norm(A, p), matrix_norm(inv(A), p))


@function
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """Inner products along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.vecdot(tg.tensor([[3.0, 4.0], [1.0, 1.0]]), tg.tensor([[3.0, 4.0], [5.0, -5.0]]))
        tensor([25.,  0.])
    """
    return sum(mul(x, y), dim)


@function
def tensorinv(A: Any, ind: int = 2) -> Any:  # noqa: N803 - PyTorch's name
    """Inverse for tensordot over the first ``ind`` dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.tensorinv(tg.eye(6).reshape(2, 3, 6)).shape
        torch.Size([6, 2, 3])
    """
    n = int(np.prod(A.shape[ind:], dtype=np.int64))
    return reshape_to(inv(reshape_to(A, (n, n))), (*A.shape[ind:], *A.shape[:ind]))


@function
def tensorsolve(A: Any, B: Any, dims: Any = None) -> Any:  # noqa: N803 - PyTorch's names
    """The X of tensordot(A, X, X.ndim) = B.

    Example:
        >>> import tinygrad_fr as tg
        >>> A = 2 * tg.eye(4).reshape(2, 2, 2, 2)
        >>> tg.linalg.tensorsolve(A, tg.tensor([[2.0, 4.0], [6.0, 8.0]])).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(len(A.shape) - len(dims), len(A.shape))))  # noqa: N806
    n = int(np.prod(B.shape, dtype=np.int64))
    x = solve(reshape_to(A, (n, n)), reshape_to(B, (n,)))
    return reshape_to(x, tuple(A.shape[len(B.shape) :]))


@front
def cov(x: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """Covariances of the rows, which are variables, over the columns, which are observations.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cov(tg.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
        tensor([[1., 2.],
                [2., 4.]])
    """
    if len(x.shape) > 2:
        raise refusal("cov", tr("at most 2 dimensions"), tuple(x.shape))
    rows = reshape_to(x, (1, -1)) if len(x.shape) < 2 else x
    weights: Any = np.ones(rows.shape[1], dtype_of(x))
    for given in (fweights, aweights):
        if given is not None:
            weights = mul(given, weights)
    total = sum(weights, 0)
    lost = correction if aweights is None else div(mul(sum(mul(weights, aweights), 0), correction), total)
    centred = sub(rows, div(sum(mul(rows, weights), 1, True), total))
    result = div(matmul(mul(centred, weights), _mT(centred)), clamp_min(sub(total, lost), 0.0))
    return reshape_to(result, ()) if rows.shape[0] == 1 else result


@front
def corrcoef(x: Any) -> Any:
    """Correlations of the rows.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.corrcoef(tg.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    c = cov(x)
    if not len(c.shape):
        return div(c, c)
    scale = sqrt(diagonal(c))
    return div(div(c, unsqueeze(scale, 1)), unsqueeze(scale, 0))
