"""Gradients with respect to chosen values, leaves or not, that leave ``.grad`` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.record.backward import nodes_of, propagate, records, roots_of
from tinygrad_fr.record.mode import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.record.node import Node


def grad(
    outputs: Node | Sequence[Node],
    inputs: Node | Sequence[Node],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    *,
    only_inputs: bool = True,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of the outputs' sum with respect to the inputs, leaving ``.grad`` alone.

    Args:
        outputs: one node or several.
        inputs: leaves or intermediate nodes.
        grad_outputs: upstream gradients, as in :func:`backward`.
        retain_graph: accepted for PyTorch's sake: a record may always be gone through again.
        create_graph: record the computation of the gradients.
        allow_unused: give None for an input that the outputs do not depend on, instead of raising.
        only_inputs: accepted for PyTorch's sake.
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
    targets, record = nodes_of(inputs), records(create_graph)
    with setting(grad=create_graph):
        roots = roots_of(outputs, grad_outputs, record)
        found = propagate(roots, record=record, wanted=frozenset(node.id for node in targets))
        for node in targets:
            if node.id in found:
                found[node.id] = node.handle_of(found[node.id])
            elif materialize_grads:
                found[node.id] = node.handle_of(np.zeros_like(node.value))
            elif not allow_unused:
                raise GradientError(
                    _("the output does not depend on {node}; pass allow_unused=True to get None").format(
                        node=node.describe()
                    )
                )
    return tuple(found.get(node.id) for node in targets)
