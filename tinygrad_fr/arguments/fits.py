"""Arguments of a call: their names, and the errors that say in one sentence what does not fit, and where."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import (
    DataError,
    DtypeError,
    LinAlgError,
    OutOfMemoryError,
    RangeError,
    ShapeError,
    TinygradError,
)
from tinygrad_fr.locale import _
from tinygrad_fr.source.site import caller

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# Names of arguments that PyTorch takes besides: numpy's, and those of split, whose function and method differ. Theirs → ours.
SYNONYMS = {"axis": "dim", "keepdims": "keepdim", "split_size": "split_size_or_sections", "tensor": "x"}
# What PyTorch calls the second operand of an operation, where that is not "other".
SECOND = {"clamp_max": "max", "clamp_min": "min", "lerp": "end", "pow": "exponent"}


MORE: Mapping[str, str] = MappingProxyType({})


def in_own_names(options: dict[str, Any], names: Collection[str], more: Mapping[str, str] = MORE) -> dict[str, Any]:
    """Arguments given by numpy's names, or by others, under those that the function has.

    Example:
        >>> in_own_names({"axis": 0, "out": 1}, ("x", "dim", "out"))
        {'dim': 0, 'out': 1}
    """
    found = {}
    for word, value in options.items():
        own = word if word in names else more.get(word, SYNONYMS.get(word, word))
        found[own if own in names and own not in options else word] = value
    return found


def here() -> str:
    """The user's line, for a message."""
    return caller().where


def dimension(dim: int, ndim: int) -> int:
    """A dimension counted from the first one.

    Raises:
        RangeError: there is no such dimension.
    """
    sides = ndim if ndim > 1 else 1  # a tensor without dimensions lets itself be called by its only one, as PyTorch's
    if not -sides <= dim < sides:
        raise RangeError(
            _("expected a dimension from {low} to {high}, got {found} ({where})").format(
                low=-sides, high=sides - 1, found=dim, where=here()
            )
        )
    return dim % sides


def shapes_of(values: Sequence[Any]) -> str:
    """The operands' shapes, for a message."""
    return ", ".join(str(value.shape) for value in values if isinstance(value, np.ndarray))


UNFIT = (
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    KeyError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
)  # what numpy and Python raise of what does not fit


def listed(name: str, tensors: Any) -> None:
    """Refuse one tensor, an array or a number where a list of tensors is expected.

    Raises:
        DtypeError: it is one.
    """
    if hasattr(tensors, "shape") or not hasattr(tensors, "__iter__"):
        raise DtypeError(
            _("{op}: expected a list of tensors, got one {found} ({where})").format(
                op=name, found=type(tensors).__name__, where=here()
            )
        )


def misfit(op: Any, values: Sequence[Any], cause: Exception) -> TinygradError:
    """The error for operands that do not fit."""
    if op.facts.expects and not isinstance(cause, np.linalg.LinAlgError | AttributeError | TypeError | MemoryError):
        return refusal(op.shown_as, op.facts.expects, shapes_of(values), _KINDS.get(type(cause), ShapeError))
    return unfit(op.shown_as, values, cause)


_KINDS: dict[type[Exception], type[ShapeError]] = {IndexError: RangeError}


def unfit(name: str, values: Sequence[Any], cause: Exception) -> TinygradError:
    """The error for arguments that do not fit together, for a cause that numpy or Python names."""
    if isinstance(cause, np.linalg.LinAlgError):
        return LinAlgError(_("{op}: {cause} ({where})").format(op=name, cause=cause, where=here()))
    if isinstance(cause, ZeroDivisionError):
        return DataError(_("{op}: integers divided by 0 ({where})").format(op=name, where=here()))
    if isinstance(cause, MemoryError):
        return OutOfMemoryError(
            _("{op}: the result does not fit in memory: {cause} ({where})").format(op=name, cause=cause, where=here())
        )
    if isinstance(cause, AttributeError):
        found = ", ".join(type(x).__name__ for x in values)
        return DtypeError(_("{op}: expected tensors, got {found} ({where})").format(op=name, found=found, where=here()))
    if (
        isinstance(cause, KeyError | TypeError | OverflowError)
        and str(cause)
        and not any(word in str(cause) for word in ("ufunc", "operand type", "boolean"))
    ):
        return DtypeError(_("{op}: {cause} ({where})").format(op=name, cause=cause, where=here()))
    if isinstance(cause, TypeError):
        found = ", ".join(type(x).__name__ if x is None else str(np.asarray(_value(x)).dtype) for x in values)
        return DtypeError(_("{op}: not for elements of {found} ({where})").format(op=name, found=found, where=here()))
    kind = RangeError if isinstance(cause, IndexError) else ShapeError
    return kind(
        _("{op}: shapes {shapes} do not fit together: {cause} ({where})").format(
            op=name, shapes=shapes_of([_value(x) for x in values]), cause=cause, where=here()
        )
    )


def refusal(name: str, expected: str, found: Any, kind: type[TinygradError] = ShapeError) -> TinygradError:
    """The error for an argument of an operation that is not what it expects."""
    return kind(
        _("{op}: expected {expected}, got {shapes} ({where})").format(
            op=name, expected=expected, shapes=found, where=here()
        )
    )


def _value(x: Any) -> Any:
    """The array behind an operand, for a message."""
    return getattr(getattr(x, "current", x), "value", x)


def check_replaced(node: Any, given: Any, replaced: Any) -> None:
    """Refuse what a hook of a node gives in a gradient's place, unless it is of the same kind, shape and dtype."""
    if not hasattr(given, "value"):  # the gradient of a scalar is a number
        if isinstance(replaced, float | int) or hasattr(replaced, "value"):
            return
    elif hasattr(replaced, "value"):
        expected, found = np.asarray(given.value), np.asarray(_value(replaced))
        if expected.shape != found.shape:
            raise ShapeError(
                _("a hook of {node} must give a gradient of shape {expected}, got {found}").format(
                    node=node.describe(), expected=expected.shape, found=found.shape
                )
            )
        if expected.dtype == found.dtype:
            return
        raise DtypeError(
            _("a hook of {node} must give a gradient of dtype {expected}, got {found}").format(
                node=node.describe(), expected=expected.dtype, found=found.dtype
            )
        )
    raise DtypeError(
        _("a hook of {node} must give a gradient or None, got {found}").format(
            node=node.describe(), found=type(replaced).__name__
        )
    )
