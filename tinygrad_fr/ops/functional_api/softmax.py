"""Softmax with PyTorch's further arguments: a dtype, an implied dimension."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.ops import arithmetic
from tinygrad_fr.ops import softmax as operations
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.promotion.dtype import as_dtype


def _in(x: Any, dtype: Any) -> Any:
    return x if dtype is None else cast(x, as_dtype(dtype))


def _floats(name: str, x: Any, dtype: Any) -> Any:
    x = x if dtype is None else _in(x, dtype)
    if dtype_of(x).kind != "f" and 0 not in x.shape:
        takes(name, x, *FLOATS)
    return x


def _third(given: Any, dtype: Any) -> Any:
    """The dtype, which is the third argument of the method, and the fourth of the function in ``nn.functional``."""
    return dtype if given is None or isinstance(given, int) else given


def _implied(x: Any) -> int:
    """The dimension that PyTorch takes where none is said: the batch's of three, the channels' of two or four."""
    return 0 if len(x.shape) in (0, 1, 3) else 1


@overload
def softmax(input: Any, dim: int | None = None, _stacklevel: Any = 3, dtype: Any = None) -> Any:
    """Exponentials of x that sum to 1 along ``dim``; unless told, along the first of one or three dimensions and the second of others.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.softmax(tg.tensor([0.0, 1.0986]))  # e¹·⁰⁹⁸⁶ = 3
        tensor([0.2500, 0.7500])
    """
    dtype = _third(_stacklevel, dtype)
    return operations.softmax.call(_floats("softmax", input, dtype), _implied(input) if dim is None else dim)


@overload
def log_softmax(input: Any, dim: int | None = None, _stacklevel: Any = 3, dtype: Any = None) -> Any:
    """Logarithm of :func:`softmax`, along the same dimension where none is told.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.log_softmax(tg.tensor([0.0, 1.0986])).exp()
        tensor([0.2500, 0.7500])
    """
    dtype = _third(_stacklevel, dtype)
    return operations.log_softmax.call(_floats("log_softmax", input, dtype), _implied(input) if dim is None else dim)


@function
def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """:func:`softmax` of −x: the smallest gets the largest share.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.softmin(tg.tensor([0.0, 1.0986]))
        tensor([0.7500, 0.2500])
    """
    return operations.softmax(arithmetic.neg(_in(input, dtype)), _implied(input) if dim is None else dim)
