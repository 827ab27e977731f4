"""Arithmetic with PyTorch's further arguments: a factor, a way of rounding, decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops import arithmetic
from tinygrad_fr.ops.comparison import div_floor, floor_divide, logical_and, lt, ne
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.promotion.dtype import result_type
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence


@overload
def add(x: Any, other: Any, *, alpha: float = 1) -> Any:
    """x + α other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.add(tg.tensor([1, 2]), tg.tensor([10, 20]), alpha=2)
        tensor([21, 42])
    """
    return arithmetic.add(x, _times(x, other, alpha))


def _times(x: Any, other: Any, alpha: Any) -> Any:
    """α other in other's own kind: integers are multiplied by no fraction, and truths by a truth."""
    if alpha is True or (alpha == 1 and not isinstance(alpha, bool)):
        return other
    common = result_type(*(v.current.value if isinstance(v, Node) else v for v in (x, other)))
    if common.kind != "f" and isinstance(alpha, float):
        raise UsageError(
            tr("expected an integer alpha beside elements of {found}, got {alpha} ({where})").format(
                found=common, alpha=alpha, where=here()
            )
        )
    return arithmetic.mul(other, bool(alpha) if common.kind == "b" else alpha)


@overload
def sub(x: Any, other: Any, *, alpha: float = 1) -> Any:
    """x − α other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.sub(tg.tensor([10, 20]), tg.tensor([1, 2]), alpha=2)
        tensor([ 8, 16])
    """
    return arithmetic.sub(x, _times(x, other, alpha))


@function
def rsub(x: Any, other: Any, *, alpha: float = 1) -> Any:
    """other − α x.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.rsub(tg.tensor([1, 2]), 10)
        tensor([9, 8])
    """
    return sub(other, x, alpha=alpha)


@overload
def div(x: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """x / other; rounded towards 0 with ``"trunc"``, down with ``"floor"``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.div(tg.tensor([7, -7]), 2), tg.div(tg.tensor([7, -7]), 2, rounding_mode="trunc")
        (tensor([ 3.5000, -3.5000]), tensor([ 3, -3]))
        >>> tg.div(tg.tensor([7, -7]), 2, rounding_mode="floor")
        tensor([ 3, -4])
    """
    if rounding_mode is None:
        return arithmetic.div(x, other)
    if rounding_mode not in ("trunc", "floor"):
        raise UsageError(
            tr("div: expected rounding_mode None, “trunc” or “floor”, got “{found}” ({where})").format(
                found=rounding_mode, where=here()
            )
        )
    values = tuple(v.current.value if isinstance(v, Node) else v for v in (x, other))  # of which the dtypes are read
    if all(np.asarray(v).dtype.kind in "iub" for v in values):
        if rounding_mode == "floor":
            return floor_divide(x, other)
        down = floor_divide(x, other)
        below = logical_and(ne(arithmetic.remainder(x, other), 0), ne(lt(x, 0), lt(other, 0)))
        return add(down, cast(below, dtype_of(down)))
    return div_floor(x, other) if rounding_mode == "floor" else arithmetic.trunc(arithmetic.div(x, other))


def _together(*operands: Any) -> Sequence[Any]:
    """Operands of several types in the one in which all are computed."""
    try:
        dtype = operands[0].value.dtype
        for x in operands:
            if x.value.dtype is not dtype:
                break
        else:
            return operands
    except AttributeError:  # numbers stand among them
        pass
    nodes = [x for x in operands if isinstance(x, Node)]
    whole = result_type(*(x.current.value for x in nodes))
    return [cast(x, whole) if isinstance(x, Node) and dtype_of(x) != whole else x for x in operands]


@overload
@in_single
def addcmul(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value · tensor1 · tensor2.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addcmul(tg.tensor([1, 1]), tg.tensor([2, 3]), tg.tensor([10, 10]), value=2)
        tensor([41, 61])
    """
    x, tensor1, tensor2 = _together(x, tensor1, tensor2)
    product = arithmetic.mul.call(tensor1, tensor2)
    if value == 1:
        return arithmetic.add.call(x, product)
    kinds = {dtype_of(each).kind for each in (x, product)}
    return add(x, product, alpha=value if "f" in kinds else int(value))


@overload
@in_single
def addcdiv(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value · tensor1 / tensor2.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addcdiv(tg.tensor([1.0]), tg.tensor([6.0]), tg.tensor([3.0]), value=10)
        tensor([21.])
    """
    if (
        isinstance(tensor1, Node)
        and isinstance(tensor2, Node)
        and "f" not in (dtype_of(tensor1).kind, dtype_of(tensor2).kind)
    ):
        raise DtypeError(
            tr("addcdiv: expected floats to divide, got {found} ({where})").format(
                found=dtype_of(tensor1), where=here()
            )
        )
    x, tensor1, tensor2 = _together(x, tensor1, tensor2)
    return add(x, arithmetic.div(tensor1, tensor2), alpha=value)


@overload
def round(x: Any, *, decimals: int = 0) -> Any:
    """Nearest number of so many decimals, halves to the even one.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([0.5, 1.5, 2.5]).round()
        tensor([0., 2., 2.])
        >>> tg.tensor([0.126]).round(decimals=2)
        tensor([0.1300])
    """
    if not isinstance(decimals, int):
        raise DtypeError(
            tr("round: expected an integer of decimals, got {found} ({where})").format(found=decimals, where=here())
        )
    if not decimals:
        return arithmetic.round.call(x)
    scale = 10.0**decimals
    return arithmetic.div(arithmetic.round(arithmetic.mul(x, scale)), scale)


@overload
def float_power(x: Any, exponent: Any) -> Any:
    """Power of elements in float64.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.float_power(tg.tensor([2, 3]), 2)
        tensor([4., 9.], dtype=torch.float64)
    """
    return arithmetic.pow(
        cast(x, np.dtype(np.float64)) if hasattr(x, "dtype") else x,
        cast(exponent, np.dtype(np.float64)) if hasattr(exponent, "dtype") else float(exponent),
    )


@overload
def ldexp(x: Any, other: Any) -> Any:
    """x · 2 to the power other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ldexp(tg.tensor([1.0, 3.0]), tg.tensor([4, -1]))
        tensor([16.0000,  1.5000])
    """
    whole = result_type(*(each.current.value if isinstance(each, Node) else each for each in (x, other)))
    integers = isinstance(other, Node) and dtype_of(other).kind in "iu"
    exponent = cast(other, whole) if integers and whole.kind == "f" else other
    return arithmetic.mul(x, arithmetic.pow(2.0, exponent))


@overload
def positive(x: Any) -> Any:
    """x itself.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.positive(tg.tensor([-1.0, 2.0]))
        tensor([-1.,  2.])
    """
    return x
