"""Norms of vectors and matrices, rank and condition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import abs, div, mul, pow, sign
from tinygrad_fr.ops.comparison import eq, where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.linalg.decomposition import svdvals
from tinygrad_fr.ops.linalg.solve import check_finite, inv
from tinygrad_fr.ops.reductions.dims import Dims, axes, dims_sample, unreduced
from tinygrad_fr.ops.reductions.extremes import amax, amin
from tinygrad_fr.ops.reductions.sums import array_sum, sum, sum_of_squares
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample


def _norm_sample(draw: Draw) -> Sample:
    sample = dims_sample(draw)
    return Sample(sample.inputs, {"ord": draw.choice([2.0, 1.0, 3.0, 0.5, np.inf, -np.inf, -1.0]), **sample.attrs})


@structured(
    symbol="‖x‖",
    latex=r"\left(\sum |x|^{p}\right)^{1/p}",
    reads="inputs output",
    sample=_norm_sample,
    kinks=("0, and ties for p = ±∞",),
    at_kink="0 at x = 0; ties share the gradient equally.",
    method=False,
)
def vector_norm(x: Array, ord: float = 2.0, dim: Dims = None, keepdim: bool = False) -> Array:
    """Norm of order p along ``dim``; order 0 counts the elements that are not zero, ±∞ take the extreme.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.vector_norm(tg.tensor([1.0, -2.0, 2.0]))
        tensor(3.)
    """
    if x.dtype.char == "e":
        return in_single(vector_norm)(x, ord, dim, keepdim)
    axis = axes(x, dim)
    if ord == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdim).astype(x.dtype)
    if ord == 2 and axis is None and x.size > 1:
        return np.sqrt(sum_of_squares(x, axis, keepdim))
    # PyTorch does not look at a number whose dimension is named.
    alone = {x.shape[i] for i in axis or range(x.ndim)} <= {1} and (x.ndim > 0 or dim is None)
    if ord == 2 and not alone:
        return np.sqrt(sum_of_squares(x, axis, keepdim))
    size = np.abs(x)
    if np.isinf(ord) or alone:  # of one element the size, whatever the order is
        return (np.min if ord < 0 else np.max)(size, axis=axis, keepdims=keepdim)
    result: Any = array_sum(size**ord, axis, None, keepdim) ** (1 / ord)
    return np.asarray(result)


@vector_norm.derivative("x")
def _(g: Any, y: Any, x: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    if ord == 2 and g.__class__ is np.ndarray and y.all():
        return x * unreduced(g / y, x.shape, dim, keepdim)
    g, y = unreduced(g, x.shape, dim, keepdim), unreduced(y, x.shape, dim, keepdim)
    if ord == 0:
        return np.zeros_like(value_of(x))
    if ord == 1:
        return mul(g, sign(x))
    if np.isinf(ord):
        at = value_of(eq(abs(x), y))
        number = at.sum(axis=axes(x, dim), keepdims=True)
        return where(at, mul(div(g, number.astype(dtype_of(g))), sign(x)), 0)
    still = value_of(eq(y, 0))  # where there is no direction, nothing is sent
    if ord == 2:
        return mul(g, where(still, 0, div(x, y)))
    if ord < 1:
        return mul(mul(mul(sign(x), where(eq(x, 0), 0, pow(abs(x), ord - 1))), g), pow(y, 1 - ord))
    scale = where(still, 0, div(g, pow(y, ord - 1)))
    return mul(mul(sign(x), pow(abs(x), ord - 1)) if ord < 2 else mul(x, pow(abs(x), ord - 2)), scale)


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


@overload
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
    return vector_norm.call(x, 2.0 if p == "fro" or p is None else float(p), dim, keepdim)


@function
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:  # noqa: N803 - PyTorch's name
    """Number of singular values that are not zero.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.matrix_rank(tg.tensor([[1.0, 2.0], [2.0, 4.0]])).item()
        1
    """
    if not hermitian:
        check_finite("matrix_rank", value_of(A))
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
    """Condition number: the norm times the norm of the inverse, ∞ of a singular matrix.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.cond(tg.tensor([[4.0, 0.0], [0.0, 0.5]])).item()
        8.0
    """
    if p in (None, 2, -2):
        s = svdvals(A)
        ends = getitem(s, (Ellipsis, 0)), getitem(s, (Ellipsis, -1))
        return div(*ends) if p != -2 else div(*ends[::-1])
    if p == "nuc":
        s = svdvals(A)
        return mul(sum(s, -1), sum(div(1, s), -1))
    singular = computed(lambda a: np.linalg.slogdet(a)[0] == 0, A)  # where a pivot is 0
    if not np.any(singular):
        return mul(matrix_norm(A, p), matrix_norm(inv(A), p))
    one = np.eye(A.shape[-1], dtype=dtype_of(A))
    return where(singular, math.inf, cond(where(singular[..., None, None], one, A), p))


@function
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """Inner products along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.vecdot(tg.tensor([[3.0, 4.0], [1.0, 1.0]]), tg.tensor([[3.0, 4.0], [5.0, -5.0]]))
        tensor([25.,  0.])
    """
    return sum(mul(x, y), dim)
