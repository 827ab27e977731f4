"""Which dtype a result has: PyTorch's rules, not numpy's.

Categories bool < integer < float decide first, then whether an operand has dimensions (a number or a 0-d tensor does
not widen an array of its own category), then the wider of the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DtypeError
from tinygrad_fr.locale import _

DType = np.dtype[Any]

_default: DType = np.dtype(np.float32)
_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2}
_WEAK_INTEGER = np.dtype(np.int64)


def get_default_dtype() -> DType:
    """The float dtype of new tensors, float32 unless changed.

    Example:
        >>> get_default_dtype().name
        'float32'
    """
    return _default


def set_default_dtype(dtype: Any) -> None:
    """Make ``dtype`` the float dtype of new tensors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_default_dtype("float64")
        >>> tg.tensor([1.0]).dtype
        dtype('float64')
        >>> tg.set_default_dtype("float32")
    """
    global _default
    found = as_dtype(dtype)
    if found.kind != "f":
        raise DtypeError(_("the default dtype must be a float dtype, got {found}").format(found=found))
    _default = found


def as_dtype(dtype: Any) -> DType:
    """Read a dtype given as numpy's, a name or a Python type.

    Example:
        >>> as_dtype("float64").name, as_dtype(int).name, as_dtype(bool).name
        ('float64', 'int64', 'bool')
    """
    if dtype is float:
        return _default
    found: DType | None
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None  # said below
    if found is None or found.kind not in _CATEGORY:
        raise DtypeError(
            _("expected a dtype such as float32, float64, int64 or bool, got {found}").format(found=dtype)
        ) from None
    return found


def _weak(value: Any) -> tuple[int, DType]:
    """Category and dtype of a plain number."""
    if isinstance(value, bool):
        return 0, np.dtype(np.bool_)
    if isinstance(value, int):
        return 1, _WEAK_INTEGER
    return 2, _default


def result_type(*operands: Any) -> DType:
    """The dtype that PyTorch gives to an operation on these arrays and numbers.

    Example:
        >>> result_type(np.zeros(2, np.int64), 0.5).name
        'float32'
        >>> result_type(np.zeros(2, np.float32), np.zeros((), np.float64)).name
        'float32'
    """
    best: dict[int, tuple[int, DType]] = {}  # rank of the operand's kind → highest category and its dtype
    for operand in operands:
        if isinstance(operand, np.ndarray | np.generic):  # what numpy makes of an array without dimensions
            rank, (category, dtype) = (2 if operand.ndim else 1), (_CATEGORY[operand.dtype.kind], operand.dtype)
        else:
            rank, (category, dtype) = 0, _weak(operand)
        held = best.get(rank)
        if held is None or category > held[0]:
            best[rank] = category, dtype
        elif category == held[0]:
            best[rank] = category, np.promote_types(held[1], dtype)
    result: tuple[int, DType] | None = None
    for rank in sorted(best, reverse=True):
        if result is None or best[rank][0] > result[0]:
            result = best[rank]
    assert result is not None
    return result[1]
