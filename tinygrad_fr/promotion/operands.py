"""How the operands of an element-wise operation are brought to one dtype: which kinds it takes, and what its numbers become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.devices.layout import laid_by
from tinygrad_fr.promotion.dtype import converted, get_default_dtype, result_type, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.expression.expression import Expression


class Kinds(NamedTuple):
    """What an operation does with elements of each kind, as numpy's letters say it: b, i, u, f.

    Attributes:
        operands: kinds that each operand may have.
        common: kinds that the common dtype of the operands may have.
        filling: operands whose numbers must fit in the common dtype, as those that fill a tensor; others wrap around.
        same: whether its tensors must have one dtype, because PyTorch promotes none here.
        integers: what it is on integers, where that is not what numpy makes of the same text.
    """

    operands: str = "biuf"
    common: str = "biuf"
    filling: tuple[str, ...] = ()
    integers: Callable[..., Any] | None = None
    same: bool = False

    def widens(self, expression: Expression, forward: Expression) -> bool:
        """Whether halves are widened for the forward expression of an operation, or for one of its derivatives.

        PyTorch computes each in one kernel, which does; but what takes integers besides floats is several operations there where it is
        an activation, and has a derivative of several where it is none.
        """
        kinds = self.operands != "iuf" if expression is forward else self.operands == "f"
        return kinds and expression.passes > 1


FLOAT = Kinds(operands="f", common="f")  # PyTorch has no kernel for other dtypes
NUMBER = Kinds(operands="iuf", common="iuf")  # nor for booleans


class Operands:
    """The operands of an operation, by their names.

    Attributes:
        names: of the operands.
        counts: for each, whether it takes part in the arithmetic; a condition does not.
        kinds: what the operation takes.
    """

    def __init__(self, names: Sequence[str], counts: Sequence[bool], kinds: Kinds) -> None:
        self.names, self.counts, self.kinds = names, counts, kinds

    def common(self, values: Sequence[Any]) -> np.dtype[Any]:
        """The dtype that the operands have in common.

        Raises:
            TypeError: PyTorch does not take operands of these dtypes here.
        """
        counted = [v for v, counts in zip(values, self.counts, strict=True) if counts]
        wanted, kinds = result_type(*counted), self.kinds
        if wanted.kind not in kinds.common or not all(_kind(v) in kinds.operands or self._beside(v) for v in counted):
            raise TypeError
        if kinds.same and len({v.dtype for v in values if isinstance(v, np.ndarray)}) > 1:
            raise TypeError
        return wanted

    def _beside(self, value: Any) -> bool:
        """Whether a plain number stands beside tensors, whose dtype it takes."""
        return type(value) is int or (type(value) is bool and self.kinds.operands == "f")

    def cast(self, values: Sequence[Any], dtype: np.dtype[Any]) -> list[Any]:
        """The operands in the common dtype. Numbers beside floats stay Python's, whose powers numpy knows."""
        return [
            self._cast(*each, dtype) if each[2] else each[1]
            for each in zip(self.names, values, self.counts, strict=True)
        ]

    def whole(self, values: Sequence[Any], dtype: np.dtype[Any]) -> list[Any]:
        """The operands of an operation on integers; a number that fills stays Python's, and is refused where it does not fit."""
        cast = self.cast(values, dtype)
        return [v if self._fills(x, v) else c for x, v, c in zip(self.names, values, cast, strict=True)]

    def promoted(
        self, function: Callable[..., Any], values: Sequence[Any], attrs: Mapping[str, Any], *, truths: bool
    ) -> Any:
        """What a function gives for operands of any dtypes, in the dtype that PyTorch gives the result.

        Args:
            function: the operation on arrays of one dtype.
            values: arrays and numbers.
            attrs: its other arguments.
            truths: whether truths stay truths, as those of a comparison do.
        """
        wanted = self.common(values)
        if self.kinds.integers is not None and wanted.kind != "f":
            return np.asarray(self.kinds.integers(*self.whole(values, wanted), **attrs))
        result = np.asarray(function(*self.cast(values, wanted), **attrs))
        if wanted.kind != "f" and result.dtype.kind == "f":  # of integers it gives floats, of their own width
            wanted = get_default_dtype()
            result = np.asarray(function(*self.cast(values, wanted), **attrs))
        if result.ndim > 1 and not all(v.flags.c_contiguous for v in values if v.__class__ is np.ndarray):
            result = laid_by(result, values)
        return result if truths and result.dtype.kind == "b" else result.astype(wanted, copy=False)

    def _fills(self, name: str, value: Any) -> bool:
        """Whether a number stands where numbers must fit, as those that fill a tensor."""
        return name in self.kinds.filling and not isinstance(value, np.ndarray)

    def _cast(self, name: str, value: Any, _counts: bool, dtype: np.dtype[Any]) -> Any:
        if isinstance(value, np.ndarray):
            return value.astype(dtype, copy=False)
        if self._fills(name, value):
            found = converted(value, dtype)
            return value if dtype.kind == "f" else found
        if value.__class__ is bool and dtype.kind == "f":
            return float(value)  # of which numpy's functions make float64; of True they make float16
        return wrapped(value, dtype)


_HALF = np.dtype(np.float16)


def widened(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays in several passes that computes those of halves in single precision, and rounds once, as PyTorch does.

    Example:
        >>> twice = widened(lambda x: x * 2 - x)
        >>> float(twice(np.array([40000.0], np.float16))[0])
        40000.0
    """

    def call(*values: Any, **attrs: Any) -> Any:
        halves = [value.__class__ is np.ndarray and value.dtype is _HALF for value in values]
        if True not in halves:
            return function(*values, **attrs)
        wide = [value.astype(np.float32) if half else value for value, half in zip(values, halves, strict=True)]
        found = np.asarray(function(*wide, **attrs))
        return found.astype(_HALF) if found.dtype == np.float32 else found

    return call


def _kind(value: Any) -> str:
    """The letter of an operand's kind of dtype."""
    if isinstance(value, np.ndarray):
        return str(value.dtype.kind)
    return "b" if isinstance(value, bool) else "i" if isinstance(value, int) else "f"
