"""Clipping of gradients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.record.mode import escapes
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable


def _gradients(parameters: Node | Iterable[Node]) -> list[tuple[Any, Any]]:
    nodes = [parameters] if isinstance(parameters, Node) else list(parameters)
    pairs = [(node.current, node.current.gradient) for node in nodes]
    for node, _g in pairs:
        escapes(node)
    return [(node, g.current.value if isinstance(g, Node) else g) for node, g in pairs if g is not None]


def _set(node: Any, gradient: Any) -> None:
    node._grad = float(gradient) if node.value.__class__ is float else np.asarray(gradient)


@np.errstate(over="ignore", invalid="ignore")  # a gradient too long for its type has an infinite norm
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
    norm_type = float(norm_type)
    pairs = _gradients(parameters)
    norms = [np.float64(np.linalg.norm(np.ravel(g), norm_type)) for _node, g in pairs]
    total = (
        max(norms, default=0.0) if math.isinf(norm_type) else float(sum(n**norm_type for n in norms) ** (1 / norm_type))
    )
    if error_if_nonfinite and not math.isfinite(total):
        raise GradientError(
            _("clip_grad_norm_: the joint norm of the gradients is {norm}: nothing was clipped").format(norm=total)
        )
    scale = min(1.0, max_norm / (total + 1e-6))
    for node, g in pairs:
        _set(node, g * np.asarray(scale, np.asarray(g).dtype))
    return tensor(
        np.asarray(total, np.result_type(*(np.asarray(g).dtype for _node, g in pairs)) if pairs else np.float32)
    )


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
    for node, g in _gradients(parameters):
        _set(node, np.clip(g, -clip_value, clip_value))
