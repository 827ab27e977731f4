"""The dtypes that an operation takes, where PyTorch has no kernel for the others."""

from __future__ import annotations

from functools import cache
from typing import Any

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.shared.untracked import dtype_of

FLOATS = ("float16", "float32", "float64")
NUMBERS = (*FLOATS, "int8", "int16", "int32", "int64", "uint8")


@cache
def _name(dtype: Any) -> str:
    """A dtype's name, which numpy puts together each time."""
    name: str = dtype.name
    return name


def takes(name: str, x: Any, *dtypes: str) -> None:
    """Refuse a tensor of another dtype than these.

    Raises:
        DtypeError: it is of another.

    Example:
        >>> import tinygrad_fr as tg
        >>> takes("avg_pool2d", tg.ones(2), *FLOATS, "int64")
    """
    found = _name(dtype_of(x))
    if found not in dtypes:
        raise DtypeError(
            tr("{name}: expected elements of {expected}, got {found} ({where})").format(
                name=name, expected=", ".join(dtypes), found=found, where=here()
            )
        )


def same(name: str, x: Any, other: Any) -> None:
    """Refuse two tensors of different dtypes, which PyTorch does not convert here.

    Raises:
        DtypeError: they differ.

    Example:
        >>> import tinygrad_fr as tg
        >>> same("scatter", tg.ones(2), tg.zeros(2))
    """
    if dtype_of(x) != dtype_of(other):
        raise DtypeError(
            tr("{name}: expected tensors of one dtype, got {expected} and {found} ({where})").format(
                name=name, expected=dtype_of(x), found=dtype_of(other), where=here()
            )
        )
