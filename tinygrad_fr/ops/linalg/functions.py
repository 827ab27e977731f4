"""Functions of matrices built on their decompositions: pseudoinverse, exponential, powers, least squares, Vandermonde."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, neg, pow, sub
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.linalg.decomposition import tall_sample
from tinygrad_fr.ops.linalg.solve import check_finite, check_square, inv, solve, solve_matrix
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.diagonals import tril
from tinygrad_fr.ops.shapes.joining import cat, stack
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.permutation import mT as _mT
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import assumed, computed, constant, dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample

Solution = named("linalg_lstsq", "solution")


def _pinv_sample(draw: Draw) -> Sample:
    sample = tall_sample(draw)
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
    check_finite("pinv", x)
    return np.linalg.pinv(x, rcond)


@pinv_of.derivative("x")
def _(g: Any, y: Any, x: Any, rcond: float) -> Any:
    """After Golub and Pereyra (1973), for matrices whose rank does not change."""
    gt = _mT(g)
    direct = neg(matmul(matmul(_mT(y), g), _mT(y)))
    left = matmul(sub(gt, matmul(x, matmul(y, gt))), matmul(y, _mT(y)))
    right = matmul(matmul(_mT(y), y), sub(gt, matmul(matmul(gt, y), x)))
    return add(direct, add(left, right))


@overload
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
    check_finite("pinv", value)
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
    check_square("matrix_exp", x)
    if not x.size:
        return x.copy()
    return np.asarray(import_module("scipy.linalg").expm(x), x.dtype)


@matrix_exp.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    """The upper right block of exp of [Aᵀ g; 0 Aᵀ], which is the derivative in the direction of g."""
    n = x.shape[-1]
    zeros = np.zeros_like(value_of(g))
    block = cat([cat([_mT(x), g], -1), cat([zeros, _mT(x)], -1)], -2)
    return getitem(matrix_exp(block), (Ellipsis, slice(0, n), slice(n, None)))


@overload
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
        return where(np.False_, x, np.eye(x.shape[-1], dtype=dtype_of(x)))
    if n == 1:
        return cast.call(x, dtype_of(x))  # in memory of its own
    half = x if n < 4 else matrix_power(x, n // 2)
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


@overload
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


@function
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803 - PyTorch's name
    """Powers of the elements as columns, the highest first unless told.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.vander(tg.tensor([2, 3]), 3)
        tensor([[4, 2, 1],
                [9, 3, 1]])
    """
    if len(x.shape) != 1:
        raise refusal("vander", tr("a vector"), tuple(x.shape))
    return _powers(x, N, increasing)


def _powers(x: Any, N: int | None, increasing: bool) -> Any:  # noqa: N803
    n = x.shape[-1] if N is None else N
    if dtype_of(x).kind != "f":
        x = cast(x, np.dtype(np.int64))
    columns = [pow(x, i) for i in (range(n) if increasing else range(n - 1, -1, -1))]
    return stack(columns, -1) if columns else reshape_to(x, (*x.shape, 0))


@function
def linalg_vander(x: Any, N: int | None = None) -> Any:  # noqa: N803 - PyTorch's name
    """Powers of the elements as columns, the lowest first.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.vander(tg.tensor([2.0, 3.0]), N=3).tolist()  # x⁰, x¹, x²
        [[1.0, 2.0, 4.0], [1.0, 3.0, 9.0]]
    """
    return _powers(x if len(x.shape) else reshape_to(x, (1,)), N, True)
