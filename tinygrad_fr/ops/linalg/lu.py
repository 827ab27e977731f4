"""Triangular factors of a matrix whose rows are exchanged: LU, and what is solved with it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import AbsentError, LinAlgError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.linalg.solve import check_square, eye_like, inv, solve_matrix, solve_triangular
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.diagonals import tril, triu
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shapes.permutation import mT as _mT
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample

PLU, FACTORS = named("linalg_lu", "P", "L", "U"), named("linalg_lu_factor", "LU", "pivots")
INVERSE = named("linalg_inv_ex", "inverse", "info")
CHECKED, UNPACKED = named("linalg_lu_factor_ex", "LU", "pivots", "info"), named("lu_unpack", "P", "L", "U")


def _dominant_sample(draw: Draw) -> Sample:
    n = draw.integer(1, 3)
    return Sample((draw.array((n, n)) / 4 + 3 * np.eye(n),), {})


@structured(
    symbol="LU",
    latex=r"A = L U",
    reads="output",
    sample=_dominant_sample,
    method=False,
    explained=Explanation(shown_as="lu"),
)
def lu_in_order(x: Array) -> Array:
    """L under the diagonal and U from it on, of square matrices A = L U whose rows are not exchanged.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["lu_in_order"](tg.tensor([[4.0, 2.0], [2.0, 5.0]])).tolist()
        [[4.0, 2.0], [0.5, 4.0]]
    """
    found = np.array(x)
    for k in range(x.shape[-1] - 1):
        below, pivot = found[..., k + 1 :, k], found[..., k, k, None]
        np.divide(below, pivot, out=below, where=pivot != 0)
        found[..., k + 1 :, k + 1 :] -= below[..., None] * found[..., k, None, k + 1 :]
    return found


@lu_in_order.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    lower, upper = _unit(y), triu(y)
    middle = add(tril(matmul(_mT(lower), tril(g, -1)), -1), triu(matmul(triu(g), _mT(upper))))
    return _mT(solve_matrix(upper, _mT(solve_matrix(_mT(lower), middle))))


def _unit(packed: Any) -> Any:
    """L of a square that holds L and U."""
    return add(tril(packed, -1), eye_like(packed, packed.shape[-1]))


def _factored(value: Array) -> tuple[Array, Array]:
    """Which rows LAPACK exchanges at each step, from 1 on, and the first pivot that is 0, or 0."""
    (factor,) = import_module("scipy.linalg").lapack.get_lapack_funcs(("getrf",), (value,))
    m, n = value.shape[-2:]
    batch = value.shape[:-2]
    pivots, info = np.zeros((*batch, min(m, n)), np.int32), np.zeros(batch, np.int32)
    for place in np.ndindex(batch) if min(m, n) else ():
        _lu, steps, said = factor(value[place])
        pivots[place], info[place] = steps + 1, said
    return pivots, info


def _pivots(value: Array) -> Array:
    return _factored(value)[0]


def _info(value: Array) -> Array:
    return _factored(value)[1]


def _order(pivots: Array, rows: int) -> Array:
    """The rows of A in the order of those of L U."""
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for place in np.ndindex(pivots.shape[:-1]):
        for i, j in enumerate(pivots[place] - 1):
            order[(*place, i)], order[(*place, j)] = order[(*place, j)], order[(*place, i)]
    return order


def _rows(x: Any, order: Array) -> Any:
    """The rows of matrices in an order of each."""
    batch = np.broadcast_shapes(order.shape[:-1], tuple(x.shape[:-2]))
    places: Any = np.indices(batch, sparse=True) if batch else ()
    return getitem(x, (*(each[..., None] for each in places), order)) if batch else getitem(x, order)


def _permutation(pivots: Array, rows: int, kind: Any) -> Array:
    return np.swapaxes(np.eye(rows, dtype=kind)[_order(pivots, rows)], -1, -2)


def _packed(x: Any, pivots: Array) -> Any:
    """L and U in one, of the matrices whose rows were exchanged."""
    m, n = x.shape[-2:]
    k = min(m, n)
    turned = _rows(x, computed(lambda steps: _order(steps, m), pivots))
    square = lu_in_order(getitem(turned, (..., slice(k), slice(k))))
    if m > k:
        below = getitem(turned, (..., slice(k, None), slice(None)))
        return cat((square, solve_triangular(triu(square), below, upper=True, left=False)), -2)
    if n > k:
        beside = getitem(turned, (..., slice(None), slice(k, None)))
        return cat((square, solve_triangular(square, beside, upper=False, unitriangular=True)), -1)
    return square


def _pivoting(pivot: bool) -> None:
    if not pivot:
        raise AbsentError(tr("lu: rows are always exchanged on the processor ({where})").format(where=here()))


@function
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:  # noqa: N803 - PyTorch's name
    """:func:`lu_factor`, and at which step a pivot was 0: 0 where none was.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.lu_factor_ex(tg.tensor([[1.0, 2.0], [2.0, 4.0]])).info
        tensor(2, dtype=torch.int32)
    """
    _pivoting(pivot)
    info = computed(_info, A)
    if check_errors and info.any():
        raise LinAlgError(
            tr("lu_factor_ex: the pivot of step {step} is 0 ({where})").format(step=int(info.max()), where=here())
        )
    pivots = computed(_pivots, A)
    return CHECKED((_packed(A, pivots), constant(pivots), constant(info)))


@function
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:  # noqa: N803 - PyTorch's name
    """The inverses of square matrices, and at which step a pivot was 0: 0 where none was. What has no inverse gives NaN.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.inv_ex(tg.tensor([[[2.0, 0.0], [0.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]])).info
        tensor([0, 2], dtype=torch.int32)
    """
    info = computed(_info, A)
    if check_errors and info.any():
        raise LinAlgError(
            tr("inv_ex: the pivot of step {step} is 0 ({where})").format(step=int(info.max()), where=here())
        )
    singular = (info != 0)[..., None, None]
    regular = where(singular, np.eye(A.shape[-1], dtype=value_of(A).dtype), A) if info.any() else A
    inverse = inv(regular)
    return INVERSE((where(singular, float("nan"), inverse) if info.any() else inverse, constant(info)))


@function
def lu_factor(A: Any, *, pivot: bool = True) -> Any:  # noqa: N803 - PyTorch's name
    """L and U of A = P L U in one matrix, and which rows were exchanged at each step, from 1 on.

    Example:
        >>> import tinygrad_fr as tg
        >>> LU, pivots = tg.linalg.lu_factor(tg.tensor([[1.0, 4.0], [2.0, 4.0]]))
        >>> LU.tolist(), pivots.tolist()
        ([[2.0, 4.0], [0.5, 2.0]], [2, 2])
    """
    found = lu_factor_ex(A, pivot=pivot)
    return FACTORS(found[:2])


@function
def linalg_lu(A: Any, *, pivot: bool = True) -> Any:  # noqa: N803 - PyTorch's name
    """A permutation, a lower triangle with ones on its diagonal and an upper one whose product is A.

    Example:
        >>> import tinygrad_fr as tg
        >>> P, L, U = tg.linalg.lu(tg.tensor([[1.0, 4.0], [2.0, 4.0]]))
        >>> (P @ L @ U).tolist(), L.tolist()
        ([[1.0, 4.0], [2.0, 4.0]], [[1.0, 0.0], [0.5, 1.0]])
    """
    return PLU(_unpacked(*lu_factor(A, pivot=pivot)))


def _unpacked(packed: Any, pivots: Any) -> tuple[Any, Any, Any]:
    m, n = packed.shape[-2:]
    k, kind = min(m, n), dtype_of(packed)
    lower = add(tril(getitem(packed, (..., slice(None), slice(k))), -1), np.eye(m, k, dtype=kind))
    turned = computed(lambda steps: _permutation(steps, m, kind), pivots)
    return constant(turned), lower, triu(getitem(packed, (..., slice(k), slice(None))))


@function
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:  # noqa: N803 - PyTorch's names
    """P, L and U of what :func:`lu_factor` gives; empty tensors in the place of those that are not asked for.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.lu_unpack(*tg.linalg.lu_factor(tg.tensor([[1.0, 4.0], [2.0, 4.0]]))).U.tolist()
        [[2.0, 4.0], [0.0, 2.0]]
    """
    turned, lower, upper = _unpacked(LU_data, LU_pivots)
    nothing = constant(np.zeros(0, dtype_of(LU_data)))
    return UNPACKED((turned if unpack_pivots else nothing, *((lower, upper) if unpack_data else (nothing, nothing))))


@function
def linalg_lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:  # noqa: N803 - PyTorch's names
    """The X of A X = B, of what :func:`lu_factor` gives of A; of X A = B with ``left=False``, of Aᵀ with ``adjoint``.

    Example:
        >>> import tinygrad_fr as tg
        >>> LU, pivots = tg.linalg.lu_factor(tg.tensor([[1.0, 4.0], [2.0, 4.0]]))
        >>> tg.linalg.lu_solve(LU, pivots, tg.tensor([[9.0], [10.0]])).tolist()
        [[1.0], [2.0]]
    """
    check_square("lu_solve", LU)
    if not left:
        return _mT(linalg_lu_solve(LU, pivots, _mT(B), adjoint=not adjoint))
    turned = constant(computed(lambda steps: _permutation(steps, LU.shape[-1], dtype_of(LU)), pivots))
    if adjoint:  # Aᵀ = Uᵀ Lᵀ Pᵀ
        inner = solve_triangular(_mT(LU), B, upper=False)
        return matmul(turned, solve_triangular(_mT(LU), inner, upper=True, unitriangular=True))
    inner = solve_triangular(LU, matmul(_mT(turned), B), upper=False, unitriangular=True)
    return solve_triangular(LU, inner, upper=True)


@overload
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:  # noqa: N803 - PyTorch's names
    """:func:`linalg_lu_solve` with its arguments in another order.

    Example:
        >>> import tinygrad_fr as tg
        >>> LU, pivots = tg.linalg.lu_factor(tg.tensor([[1.0, 4.0], [2.0, 4.0]]))
        >>> tg.lu_solve(tg.tensor([[9.0], [10.0]]), LU, pivots).tolist()
        [[1.0], [2.0]]
    """
    return linalg_lu_solve(LU_data, LU_pivots, b)


@overload
def lu(x: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """What :func:`lu_factor` gives, under the older name.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.lu(tg.tensor([[1.0, 4.0], [2.0, 4.0]]))[1]
        tensor([2, 2], dtype=torch.int32)
    """
    found = lu_factor_ex(x, pivot=pivot)
    return found if get_infos else found[:2]
