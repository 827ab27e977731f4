"""Clipping of gradients, in place: whoever holds ``.grad`` sees it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles.creation import as_tensor
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.ops.linalg.norms import vector_norm
from tinygrad_fr.ops.shapes.joining import stack
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.mode import escapes, now
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def _gradients(parameters: Node | Iterable[Node]) -> list[tuple[Any, Any]]:
    """The parameters that have a gradient, each with it: as an array, or as a tensor where a tape is to see what is done to it."""
    tape, found = now().tape, []
    for parameter in [parameters] if isinstance(parameters, Node) else parameters:
        node = parameter.current
        if node._grad is None:
            tape.looked(node)
        elif tape is NOBODY or node.value.__class__ is float:
            escapes(node)
            found.append((node, np.asarray(node.gradient_value)))
        else:
            tape.looked(node)
            found.append((node, node.gradient))
    return found


def _change(node: Any, gradient: Any, of_arrays: Any, of_tensors: str, *arguments: Any) -> None:
    """Change a gradient in place."""
    if isinstance(gradient, Tensor):
        getattr(gradient, of_tensors)(*arguments)
        return
    new = np.asarray(of_arrays(gradient, *arguments), gradient.dtype)
    if isinstance(node._grad, Tensor):
        node._grad.current.rebind(new)
    else:
        node._grad = float(new) if node.value.__class__ is float else new


def _joint(gradients: Sequence[Any], norm_type: float | str, checked: bool) -> Any:
    """The norm of the norms of arrays or tensors."""
    order = float(norm_type)
    total: Any
    if not gradients:
        return np.float32(0)
    if isinstance(gradients[0], Tensor):
        total = vector_norm.call(stack.call([vector_norm.call(x, order) for x in gradients]), order)
    else:
        total = vector_norm(np.array([vector_norm(x, order) for x in gradients]), order)
    if checked and not math.isfinite(number := float(total)):
        raise GradientError(_("the joint norm of the gradients is {norm}: nothing was clipped").format(norm=number))
    return total


def _shrink(pairs: Sequence[tuple[Any, Any]], max_norm: float, total: Any) -> None:
    """Multiply gradients by what brings a joint norm to at most ``max_norm``."""
    scale = float(max_norm) / (total + 1e-6)
    scale = scale.clamp(max=1.0) if isinstance(scale, Tensor) else np.minimum(scale, 1.0)
    for node, gradient in pairs:
        _change(node, gradient, np.multiply, "mul_", scale)


@in_words
@no_grad()
def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float | str = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of the norms of tensors, as if all their elements were in one vector.

    ``foreach`` chooses a way to compute in PyTorch; it is accepted and changes nothing.

    Raises:
        GradientError: the norm is infinite or no number, with ``error_if_nonfinite``.

    Example:
        >>> import tinygrad_fr as tg
        >>> get_total_norm([tg.tensor([3.0]), tg.tensor([[0.0, 4.0]])])
        tensor(5.)
    """
    return as_tensor(_joint([tensors] if isinstance(tensors, Tensor) else list(tensors), norm_type, error_if_nonfinite))


@in_words
@no_grad()
@np.errstate(over="ignore", invalid="ignore")  # a gradient too long for its type has an infinite norm
def clip_grads_with_norm_(
    parameters: Node | Iterable[Node], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Shrink the gradients by what brings a joint norm to at most ``max_norm``.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> w = nn.Parameter(tg.zeros(2))
        >>> w.grad = tg.tensor([3.0, 4.0])
        >>> clip_grads_with_norm_([w], 1.0, tg.tensor(10.0))
        >>> [round(g, 3) for g in w.grad.tolist()]
        [0.3, 0.4]
    """
    pairs = _gradients(parameters)
    eagerly = isinstance(total_norm, Tensor) and all(not isinstance(g, Tensor) for _node, g in pairs)
    _shrink(pairs, max_norm, value_of(total_norm) if eagerly else total_norm)


@in_words
@no_grad()
@np.errstate(over="ignore", invalid="ignore")
def clip_grad_norm_(
    parameters: Node | Iterable[Node],
    max_norm: float,
    norm_type: float | str = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Shrink the gradients together so that their joint norm is at most ``max_norm``; return the norm before.

    ``foreach`` chooses a way to compute in PyTorch; it is accepted and changes nothing.

    Raises:
        GradientError: the norm is infinite or no number, with ``error_if_nonfinite``; nothing is then changed.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> w = nn.Parameter(tg.zeros(2))
        >>> w.grad = tg.tensor([3.0, 4.0])
        >>> float(clip_grad_norm_([w], 1.0)), [round(g, 3) for g in w.grad.tolist()]
        (5.0, [0.6, 0.8])
    """
    pairs = _gradients(parameters)
    total = _joint([gradient for _node, gradient in pairs], norm_type, error_if_nonfinite)
    _shrink(pairs, max_norm, total)
    return as_tensor(total)


@in_words
@no_grad()
def clip_grad_value_(parameters: Node | Iterable[Node], clip_value: float, foreach: bool | None = None) -> None:
    """Cut each element of the gradients to between −clip_value and clip_value.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> w = nn.Parameter(tg.zeros(2))
        >>> w.grad = tg.tensor([3.0, -0.5])
        >>> clip_grad_value_([w], 1.0)
        >>> w.grad.tolist()
        [1.0, -0.5]
    """
    limit = float(clip_value)
    for node, gradient in _gradients(parameters):
        _change(node, gradient, np.clip, "clamp_", -limit, limit)
