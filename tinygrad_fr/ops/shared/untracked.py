"""Untracked values: operations read or compute them outside the record, and tell the recorder, so that a compiled step repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.memory import apart
from tinygrad_fr.record.mode import escapes, thread
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable


def value_of(x: Any) -> Any:
    """The array or number behind an operand, for what is computed outside the record: indices, masks, counts.

    Example:
        >>> from tinygrad_fr import tensor
        >>> value_of(tensor([1.0, 2.0])), value_of(3.0)
        (array([1., 2.], dtype=float32), 3.0)
    """
    if not isinstance(x, Node):
        return x
    escapes(x)
    return x.current.value


def lent(x: Any) -> Any:
    """The array behind an operand, for an argument of an operation that is not an input: an index for example.

    Whoever takes it hands it on as it is; a step that is replayed gives the operation the newest one.

    Example:
        >>> from tinygrad_fr import tensor
        >>> lent(tensor([1, 0]))
        array([1, 0])
    """
    if not isinstance(x, Node):
        return x
    node = x if x.rare is None else x.current
    if (tape := thread.state.tape) is not NOBODY:
        tape.lent(node)
    return apart(node.value)


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of an operand.

    Example:
        >>> from tinygrad_fr import tensor
        >>> dtype_of(tensor([1.0]))
        dtype('float32')
    """
    value = (x if x.rare is None else x.current).value if isinstance(x, Node) else x
    return value.dtype if value.__class__ is np.ndarray else np.asarray(value).dtype


class Saved(NamedTuple):
    """What a composite saved for its backward pass, as an operand of :func:`computed`; None where it saved nothing."""

    of: Node


def _given(operand: Any) -> Any:
    if isinstance(operand, Node):
        return (operand if operand.rare is None else operand.current).value
    if operand.__class__ is Saved:
        return operand.of.rare.saved if operand.of.rare is not None else None
    return operand


def computed(function: Callable[..., Any], *operands: Any) -> Any:
    """What a function of arrays gives for the values of operands: a step that is replayed computes it again.

    Its shape may not depend on values.

    Example:
        >>> from tinygrad_fr import tensor
        >>> computed(np.negative, tensor([1, 2]))
        array([-1, -2])
    """
    array = function(*map(_given, operands))
    if array.__class__ is not np.ndarray:
        array = np.asarray(array)
    if (tape := thread.state.tape) is not NOBODY:
        tape.computed(function, operands, array)
    return array


def assumed(predicate: Callable[..., Any], *operands: Any) -> bool:
    """What a question about the values of operands is answered: a step is replayed only where the answer is the same.

    Example:
        >>> from tinygrad_fr import tensor
        >>> assumed(np.any, tensor([0, 1]))
        True
    """
    answer = bool(predicate(*map(_given, operands)))
    if (tape := thread.state.tape) is not NOBODY:
        tape.assumed(predicate, operands, answer)
    return answer


def constant(array: Any) -> Any:
    """An array that was computed outside the record, as a tensor."""
    tensor: Any = KINDS[np.ndarray]
    return tensor.wrap(np.asarray(array))
