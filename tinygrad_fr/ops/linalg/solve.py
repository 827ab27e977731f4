"""Square matrices: inverse, systems of equations, determinant. Derivatives in matrix form, after Giles (2008) and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import LinAlgError, ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, log, mul, neg
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.diagonals import tril, triu
from tinygrad_fr.ops.shapes.permutation import mT as _mT
from tinygrad_fr.ops.shapes.shape import squeeze, unsqueeze
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample


def _square(draw: Draw) -> Array:
    """A matrix, or a stack of them, far from singular."""
    n = draw.integer(1, 3)
    batch = draw.choice([(), (2,)])
    return draw.array((*batch, n, n)) + 6 * np.eye(n)


def _square_sample(draw: Draw) -> Sample:
    return Sample((_square(draw),), {})


def check_square(name: str, x: Any) -> None:
    """Refuse what is no square matrix, nor a stack of them."""
    if len(x.shape) < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            tr("{name}: expected square matrices (…, n, n), got shape {shape} ({where})").format(
                name=name, shape=tuple(x.shape), where=here()
            )
        )


def check_finite(name: str, x: Array) -> None:
    """Refuse NaN and infinities, with which LAPACK's iterations fail, or never end."""
    if not np.isfinite(x).all():
        raise LinAlgError(
            tr("{name}: expected a matrix of finite numbers, got NaN or an infinity ({where})").format(
                name=name, where=here()
            )
        )


def eye_like(x: Any, n: int) -> Array:
    """The identity, of the dtype of another."""
    return np.eye(n, dtype=dtype_of(x))


@structured(symbol="A⁻¹", latex=r"A^{-1}", reads="output", sample=_square_sample, method=False)
def inv(x: Array) -> Array:
    """Inverse of square matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.inv(tg.tensor([[2.0, 0.0], [0.0, 4.0]])).tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """
    check_square("inv", x)
    return np.linalg.inv(x)


@inv.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return neg(matmul(matmul(_mT(y), g), _mT(y)))


@overload
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
    check_square("solve", a)
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
    check_square("solve", A)
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
    return solve_matrix(add(triangle, eye_like(a, a.shape[-1])) if unitriangular else triangle, b)


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
    check_square("det", x)
    with np.errstate(all="ignore"):
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
        return np.ones_like(value_of(x))
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
    check_square("slogdet", x)
    with np.errstate(all="ignore"):
        return tuple(np.asarray(part, x.dtype) for part in np.linalg.slogdet(x))  # type: ignore[return-value]


@slogdet.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    if g[1] is None:
        return np.zeros_like(value_of(x))
    return mul(unsqueeze(unsqueeze(g[1], -1), -1), _mT(inv(x)))


@overload
def logdet(x: Any) -> Any:
    """Logarithm of the determinant; NaN where it is negative.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.logdet(tg.tensor([[2.0, 0.0], [0.0, 2.0]]))  # ln 4
        tensor(1.3863)
    """
    return log(det(x)) if np.any(value_of(det(value_of(x))) <= 0) else slogdet(x)[1]
