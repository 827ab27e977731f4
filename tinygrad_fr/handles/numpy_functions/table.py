"""The table of numpy's functions that are operations here, and how one is entered and looked up."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition.op import registry
from tinygrad_fr.ops.functional_api import ALIASES
from tinygrad_fr.ops.shared.overloads import overloaded
from tinygrad_fr.record.node import KINDS, Node

if TYPE_CHECKING:
    from collections.abc import Callable


NUMPY_FUNCTIONS: dict[str, Callable[..., Any]] = {}
_signature = cache(inspect.signature)  # read when first needed

# Functions that answer with integers, booleans or words: no gradient is lost when they are computed on the values.
ANSWERS = frozenset((
    "all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string", "array_equal", "array_equiv",
    "array_repr", "array_str", "bincount", "can_cast", "common_type", "count_nonzero", "diag_indices_from", "digitize", "flatnonzero",
    "is_busday", "isclose", "iscomplex", "iscomplexobj", "isin", "isreal", "isrealobj", "lexsort", "linalg.matrix_rank",
    "may_share_memory", "min_scalar_type", "nanargmax", "nanargmin", "ndim", "nonzero", "packbits", "ravel_multi_index", "result_type",
    "searchsorted", "shares_memory", "size", "tril_indices_from", "triu_indices_from", "unpackbits", "unravel_index",
    "empty_like", "full_like", "ones_like", "zeros_like",
))  # fmt: skip


def operation(name: str) -> Callable[..., Any]:
    """The operation, or the form, of a name."""
    found = (
        overloaded.get(name) or registry.get(name) or overloaded.get(ALIASES.get(name, "")) or registry[ALIASES[name]]
    )
    return found


def as_tensor(x: Any) -> Any:
    """A tensor: arrays and numbers beside tensors become constants."""
    tensor: Any = KINDS[list]
    if isinstance(x, Node):
        return x
    if isinstance(x, list | tuple):
        return tensor([as_tensor(part) for part in x])
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise _NoNumbersError
    return tensor(array)


class _NoNumbersError(Exception):
    """Texts, dates or objects stand beside a tensor: numpy's own function takes the call."""


def every(parts: Any) -> list[Any]:
    """Tensors out of a sequence, or along the first dimension of one."""
    return [as_tensor(part) for part in parts]


def numpy_function(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function under numpy's names."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            NUMPY_FUNCTIONS[name] = function
        return function

    return enter


def recorded(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What an operation here makes of a call of numpy's; NotImplemented where none means the same."""
    function = NUMPY_FUNCTIONS.get(name)
    if function is None:
        return NotImplemented
    given = {key: value for key, value in options.items() if value is not np._NoValue}
    try:
        bound = _signature(function).bind(*args, **given)
    except TypeError:
        return NotImplemented
    if any(value is np._NoValue for value in bound.arguments.values()):
        return NotImplemented
    try:
        return function(*bound.args, **bound.kwargs)
    except _NoNumbersError:
        return NotImplemented
