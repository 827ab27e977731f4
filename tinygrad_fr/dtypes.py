"""Types of elements under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.ops.definition import as_dtype, castable, value_of
from tinygrad_fr.ops.definition import result_type as _result_type

bool = np.dtype(np.bool_)
uint8 = np.dtype(np.uint8)
uint16 = np.dtype(np.uint16)
uint32 = np.dtype(np.uint32)
uint64 = np.dtype(np.uint64)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)


def finfo(dtype: Any = np.float32) -> Any:
    """Limits of a float dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.finfo(tg.float16).max.item(), tg.finfo(tg.float32).eps.item() == 2**-23
        (65504.0, True)
    """
    return np.finfo(as_dtype(dtype))


def iinfo(dtype: Any) -> Any:
    """Limits of an integer dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.iinfo(tg.int8).min, tg.iinfo(tg.int8).max
        (-128, 127)
    """
    return np.iinfo(as_dtype(dtype))


def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The dtype that an operation on two tensors or numbers gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.result_type(tg.tensor([1]), tg.tensor([1.0])), tg.result_type(tg.tensor([1], dtype=tg.int8), 1)
        (dtype('float32'), dtype('int8'))
    """
    return _result_type(value_of(tensor1), value_of(tensor2))


def promote_types(type1: Any, type2: Any) -> Any:
    """The dtype that an operation on tensors of two dtypes gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.promote_types(tg.int8, tg.uint8), tg.promote_types(tg.int64, tg.float16)
        (dtype('int16'), dtype('float16'))
    """
    return _result_type(np.zeros(1, as_dtype(type1)), np.zeros(1, as_dtype(type2)))


def can_cast(from_: Any, to: Any) -> Any:
    """Whether one dtype can be written into another in place: no float into an integer, no number into a bool.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.can_cast(tg.int64, tg.float32), tg.can_cast(tg.float32, tg.int64)
        (True, False)
    """
    return castable(as_dtype(from_), as_dtype(to))
