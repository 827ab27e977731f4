"""What losses share: reductions, and the checks of their arguments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import DtypeError, ShapeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array
from tinygrad_fr.ops.reductions.sums import mean, sum
from tinygrad_fr.ops.shapes.shape import shape_of
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.sums import added, squares_added

_TOTALS = ("mean", "sum")


def reduced(values: Any, reduction: str) -> Any:
    """The losses of the elements as ``reduction`` says: their mean, their sum, or as they are."""
    if values.__class__ is np.ndarray and values.dtype.char in "fd" and reduction in _TOTALS:
        total = added(values)
        return total / values.dtype.type(values.size) if reduction == "mean" else total
    if reduction == "mean":
        return mean(values)
    if reduction == "sum":
        return sum(values)
    if reduction == "none":
        return values
    raise UsageError(
        tr("reduction: expected “mean”, “sum” or “none”, got “{found}” ({where})").format(found=reduction, where=here())
    )


def squares_reduced(values: Array, reduction: str) -> Any:
    """The same of the squares of an array's numbers."""
    if values.dtype.char not in "fd" or reduction not in _TOTALS:
        return reduced(values * values, reduction)
    total = squares_added(values)
    return total / values.dtype.type(values.size) if reduction == "mean" else total


def reduction_of(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction that PyTorch's old flags ask for, where one is given; a reduction in their place warns, as there."""
    if size_average is None and reduce is None:
        return reduction
    if isinstance(size_average, str) or isinstance(reduce, str):
        warnings.warn(
            tr("size_average and reduce are on or off: say reduction={given}, by name").format(
                given=repr(size_average if isinstance(size_average, str) else reduce)
            ),
            UserWarning,
            stacklevel=4,
        )
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"


def same_shape(name: str, input: Any, target: Any) -> None:
    """Refuse an input and a target of different shapes."""
    if shape_of(input) != shape_of(target):
        raise ShapeError(
            tr("{name}: input and target must have the same shape, got {input} and {target} ({where})").format(
                name=name, input=tuple(input.shape), target=tuple(target.shape), where=here()
            )
        )


def same_count(name: str, *tensors: Any) -> None:
    """Refuse tensors that do not all have the same number of dimensions."""
    if len({len(x.shape) for x in tensors}) > 1:
        raise refusal(name, tr("tensors of as many dimensions"), ", ".join(str(tuple(x.shape)) for x in tensors))


def of_floats(name: str, target: Any) -> None:
    """Refuse integer targets, which PyTorch does not convert."""
    if dtype_of(target).kind != "f":
        raise DtypeError(
            tr("{name}: expected targets of a float dtype, got {found} ({where})").format(
                name=name, found=dtype_of(target), where=here()
            )
        )
