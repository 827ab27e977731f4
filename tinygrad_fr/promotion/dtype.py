"""Which dtype a result has: PyTorch's rules, not numpy's.

Categories bool < integer < float decide first, then whether an operand has dimensions (a number or a 0-d tensor does
not widen an array of its own category), then the wider of the two.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError, DtypeError, WordError
from tinygrad_fr.locale import _
from tinygrad_fr.promotion import elements

if TYPE_CHECKING:
    from collections.abc import Iterator

DType = np.dtype[Any]

_default: DType = np.dtype(np.float32)
_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2}
_WEAK_INTEGER = np.dtype(np.int64)
_BOOL = np.dtype(np.bool_)
_TYPES = np.bool_, np.uint8, np.int8, np.int16, np.int32, np.int64, np.float16, np.float32, np.float64
_KNOWN: dict[Any, DType] = {key: np.dtype(each) for each in _TYPES for key in (each, np.dtype(each))}


def get_default_dtype() -> DType:
    """The float dtype of new tensors, float32 unless changed.

    Example:
        >>> get_default_dtype().name
        'float32'
    """
    return _default


def set_default_dtype(d: Any) -> None:
    """Make ``d`` the float dtype of new tensors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_default_dtype("float64")
        >>> tg.tensor([1.0]).dtype
        torch.float64
        >>> tg.set_default_dtype("float32")
    """
    global _default
    found = as_dtype(d)
    if found.kind != "f":
        raise DtypeError(_("the default dtype must be a float dtype, got {found}").format(found=found))
    _default = found


@contextmanager
def drawn_in(dtype: Any) -> Iterator[None]:
    """Make ``dtype`` the float dtype of new tensors inside a block; a dtype of no floats, or None, changes nothing."""
    before = _default
    if dtype is not None and as_dtype(dtype).kind == "f":
        set_default_dtype(dtype)
    try:
        yield
    finally:
        set_default_dtype(before)


def as_dtype(dtype: Any) -> DType:
    """Read a dtype given as numpy's, a name or a Python type. Its bytes are in this machine's order, whatever they were in.

    Example:
        >>> as_dtype(float).name, as_dtype(int).name, as_dtype(bool).name
        ('float64', 'int64', 'bool')
        >>> as_dtype(np.dtype(">f4")) is np.dtype("float32")
        True
    """
    if dtype.__class__ is elements.dtype:
        dtype = dtype.dtype
    found: DType | None = _KNOWN.get(dtype) if isinstance(dtype, np.dtype | type) else None
    if found is not None:  # most
        return found
    try:
        found = np.dtype(dtype)
    except DtypeError:  # of a type that is not here, with what to do instead
        raise
    except TypeError:
        found = None  # said below
    if found is None or found.kind not in _CATEGORY:
        raise DtypeError(
            _("expected a dtype such as float32, float64, int64 or bool, got {found}").format(found=dtype)
        ) from None
    return np.dtype(found.type)


def _weak(value: Any) -> DType:
    """The dtype of a plain number."""
    if isinstance(value, bool):
        return _BOOL
    return _WEAK_INTEGER if isinstance(value, int) else _default


_WIDE = frozenset(np.dtype(name) for name in ("uint16", "uint32", "uint64"))


def promoted(a: DType, b: DType) -> DType:
    """The narrowest dtype that holds both."""
    if a == b:
        return a
    if a.kind != "f" and b.kind != "f" and (a in _WIDE or b in _WIDE):  # numpy makes floats of uint64 with int64
        raise DtypeError(
            _("{first} and {second} have no common dtype: convert one of them first").format(first=a, second=b)
        )
    if (a.kind == "f") != (b.kind == "f"):  # an integer does not widen a float
        return a if a.kind == "f" else b
    return np.promote_types(a, b)


def result_type(*operands: Any) -> DType:
    """The dtype that PyTorch gives to an operation on these arrays and numbers.

    Example:
        >>> result_type(np.zeros(2, np.int64), 0.5).name
        'float32'
        >>> result_type(np.zeros(2, np.float32), np.zeros((), np.float64)).name
        'float32'
    """
    best: dict[int, DType] = {}  # rank of the operand's kind → the dtype of all of that rank
    for operand in operands:
        if isinstance(operand, np.ndarray | np.generic):  # what numpy makes of an array without dimensions
            rank, dtype = (2 if operand.ndim else 1), operand.dtype
        else:
            rank, dtype = 0, _weak(operand)
        best[rank] = promoted(best[rank], dtype) if rank in best else dtype
    result: DType | None = None
    for rank in sorted(best, reverse=True):
        if result is None:
            result = best[rank]
        elif _CATEGORY[best[rank].kind] > _CATEGORY[result.kind]:
            result = promoted(result, best[rank])
    assert result is not None
    return result


def castable(source: DType, target: DType) -> bool:
    """Whether a result of one dtype may be written in place into a tensor of another: a category never shrinks.

    Example:
        >>> castable(np.dtype("int64"), np.dtype("float32")), castable(np.dtype("float32"), np.dtype("int64"))
        (True, False)
    """
    return _CATEGORY[source.kind] <= _CATEGORY[target.kind]


# What a Python number becomes among the elements of a tensor: in arithmetic it wraps, where it fills it must fit.

_WORD = 1 << 64


def wrapped(number: Any, dtype: DType) -> Any:
    """A Python number as an operand of arithmetic in a dtype: integers wrap around, as those of the elements do.

    Raises:
        WordError: an integer of more than 64 bits.

    Example:
        >>> wrapped(300, np.dtype("int8")), wrapped(-1, np.dtype("uint8"))
        (np.int8(44), np.uint8(255))
    """
    _in_a_word(number)
    if dtype.kind in "iu":
        return np.uint64(int(number) % _WORD).astype(dtype)
    return np.bool_(number) if dtype.kind == "b" else number


def _in_a_word(number: Any) -> None:
    if isinstance(number, int) and not -(_WORD >> 1) <= number < _WORD:
        raise WordError(_("expected an integer of 64 bits, got {found}").format(found=number))


_SMALL_FLOAT, _SMALL_INTEGER = 65504.0, 127  # what every dtype of floats, or every one of numbers, holds


def converted(number: Any, dtype: DType) -> Any:
    """A Python number as an element of a tensor that is created or filled: it must fit.

    Negative integers wrap into unsigned ones, and fractions are cut, as in PyTorch.

    Raises:
        DataError: it does not fit; a WordError if it fits in no dtype.

    Example:
        >>> converted(2.7, np.dtype("int64")), converted(-1, np.dtype("uint8"))
        (np.int64(2), np.uint8(255))
    """
    kind = number.__class__
    if (kind is float and dtype.kind == "f" and abs(number) <= _SMALL_FLOAT) or (
        kind is int and 0 <= number <= _SMALL_INTEGER
    ):
        return dtype.type(number)  # most
    _in_a_word(number)
    if dtype.kind == "b":
        return np.bool_(number)
    fits: bool
    if dtype.kind == "f":
        wide = np.float64(number)
        fits = not np.isfinite(wide) or abs(wide) <= np.finfo(dtype).max
        with np.errstate(over="ignore"):
            cast = wide.astype(dtype)
    else:
        ends = np.iinfo(dtype)
        low = -ends.max if dtype.kind == "u" and isinstance(number, int) else ends.min
        fits = low <= number <= ends.max
        cast = np.uint64(int(number) % _WORD).astype(dtype) if fits else None
    if not fits:
        raise DataError(_("{found} does not fit in {dtype}").format(found=number, dtype=dtype))
    return cast
