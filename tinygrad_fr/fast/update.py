"""The optimizer's update of a table of which few rows were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.fast.references import uniquely_referenced
from tinygrad_fr.fast.rows import Rows

if TYPE_CHECKING:
    from tinygrad_fr.record.node import Node


def update(optimizer: Any, node: Node, group: dict[str, Any]) -> bool:
    """Move a parameter whose gradient is lazy, where a step depends on no step before it; False for any other.

    A table that its node alone holds is written in place by plain descent: nobody can see it change.
    """
    gradient = node._grad
    if not isinstance(gradient, Rows) or optimizer.remembers(group):
        return False
    from tinygrad_fr.optim.sgd import SGD

    if type(optimizer).update is SGD.update and not group["weight_decay"] and uniquely_referenced(node):
        rate = group["lr"] if group["maximize"] else -group["lr"]
        node.rebind((gradient * rate).add_to(node.value))
    else:
        node.rebind(np.asarray(optimizer.update(node.value, gradient, {}, group), node.value.dtype))
    return True
