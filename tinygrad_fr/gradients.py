"""Gradients with respect to chosen values, leaves or not, that leave ``.grad`` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shapes.joining import stack
from tinygrad_fr.record.backward import nodes_of, propagate, records, roots_of
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence


def grad(
    outputs: Node | Sequence[Node],
    inputs: Node | Sequence[Node],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of the outputs' sum with respect to the inputs, leaving ``.grad`` alone.

    Args:
        outputs: one node or several.
        inputs: leaves or intermediate nodes.
        grad_outputs: upstream gradients, as in :func:`backward`.
        retain_graph: accepted for PyTorch's sake: a record may always be gone through again.
        create_graph: record the computation of the gradients.
        only_inputs: accepted for PyTorch's sake, which no longer reads it.
        allow_unused: give None for an input that the outputs do not depend on, instead of raising.
        is_grads_batched: the first dimension of each upstream gradient counts several; so does that of each answer.
        materialize_grads: give zeros instead of None.

    Example:
        >>> from tinygrad_fr import tensor
        >>> from tinygrad_fr.autograd import grad
        >>> x = tensor(2.0, requires_grad=True)
        >>> (dx,) = grad(x**3, x, create_graph=True)
        >>> (d2x,) = grad(dx, x)
        >>> float(dx.item()), float(d2x.item())
        (12.0, 12.0)
    """
    if is_grads_batched:
        return _of_each(outputs, inputs, grad_outputs, create_graph, allow_unused, materialize_grads)
    if materialize_grads and allow_unused is False:
        raise UsageError(
            _("grad: materialize_grads gives zeros for inputs that are unused, which allow_unused=False refuses")
        )
    targets, record = nodes_of(inputs), records(create_graph)
    if not targets:
        raise GradientError(_("grad: expected at least one input, got none"))
    with setting(grad=create_graph):
        roots = roots_of(outputs, grad_outputs, record)
        found = propagate(roots, record=record, wanted=frozenset(node.id for node in targets))
        for node in targets:
            if node.id in found:
                found[node.id] = node.handle_of(found[node.id])
            elif materialize_grads:
                found[node.id] = node.handle_of(np.zeros_like(node.value))
                found[node.id].requires_grad = create_graph
            elif not allow_unused:
                raise GradientError(
                    _("the output does not depend on {node}; pass allow_unused=True to get None").format(
                        node=node.describe()
                    )
                )
    return tuple(found.get(node.id) for node in targets)


def _of_each(
    outputs: Any, inputs: Any, grad_outputs: Any, create_graph: bool, unused: Any, zeros: bool
) -> tuple[Any, ...]:
    """The gradients for each of several upstream gradients, stacked."""
    seeds = [grad_outputs] if isinstance(grad_outputs, Node) else list(grad_outputs or ())
    if not seeds:
        raise UsageError(_("grad: is_grads_batched needs grad_outputs, whose first dimension it goes through"))
    one = isinstance(outputs, Node)
    several = [
        grad(
            outputs,
            inputs,
            each[0] if one else each,
            create_graph=create_graph,
            allow_unused=unused,
            materialize_grads=zeros,
        )
        for each in zip(*seeds, strict=True)
    ]
    return tuple(None if parts[0] is None else stack(parts) for parts in zip(*several, strict=True))
