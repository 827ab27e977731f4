"""Half precision computed in single precision and rounded once, as PyTorch's kernels do: sums of squares would overflow otherwise."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition import registry
from tinygrad_fr.promotion.dtype import result_type
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable

_HALF = np.dtype(np.float16)


def _array(x: Any) -> Any:
    """The elements of an operand, None of a number of Python's."""
    value = x.value if isinstance(x, Node) else x
    return value if isinstance(value, np.ndarray | np.generic) else None


def _half(x: Any) -> bool:
    return getattr(_array(x), "dtype", None) == _HALF


def in_single(equations: Callable[..., Any]) -> Callable[..., Any]:
    """Equations of an operation that are computed in single precision where the first input is of halves, and the result with it.

    Example:
        >>> squares = in_single(lambda x: registry["sqrt"](registry["sum"](registry["square"](x))))
        >>> float(squares(np.array([300.0, 400.0], np.float16)))
        500.0
    """

    @wraps(equations)
    def call(x: Any, *others: Any, **attrs: Any) -> Any:
        value = x.value if isinstance(x, Node) else x
        if value.dtype.char != "e" if value.__class__ is np.ndarray else not _half(x):  # most calls
            return equations(x, *others, **attrs)
        arrays = [found for each in (x, *others) if (found := _array(each)) is not None]
        if len(arrays) > 1 and result_type(*arrays) != _HALF:  # wide enough as it is
            return equations(x, *others, **attrs)
        cast: Any = registry["cast"]
        wide = [cast(each, dtype=np.dtype(np.float32)) if _half(each) else each for each in (x, *others)]
        found = equations(
            *wide, **{name: cast(y, dtype=np.dtype(np.float32)) if _half(y) else y for name, y in attrs.items()}
        )
        if isinstance(found, tuple):
            return tuple(cast(y, dtype=_HALF) for y in found)
        return cast(found, dtype=_HALF)

    return call
