"""Norms of vectors and matrices, rank and condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import abs, div, mul
from tinygrad_fr.ops.indexing import getitem
from tinygrad_fr.ops.linalg.decomposition import svdvals
from tinygrad_fr.ops.linalg.solve import check_finite, inv
from tinygrad_fr.ops.overloads import function, overload
from tinygrad_fr.ops.reduction import amax, amin, sum, vector_norm
from tinygrad_fr.ops.shape import cast, movedim, reshape_to
from tinygrad_fr.ops.untracked import constant, value_of


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
