"""What ``zero_grad`` does to the gradient of one parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.modes import no_grad
from tinygrad_fr.record.mode import now


def forgotten(parameter: Any, *, to_none: bool) -> None:
    """Take the gradient of a parameter away, or set it to zero where whoever holds it sees it."""
    node = parameter if parameter.rare is None else parameter.current
    tape = now().tape
    if not to_none:
        tape.looked(node)
    gradient: Any = node._grad
    if to_none or gradient is None:
        tape.graded(node, None)
        node._grad = None
    elif isinstance(gradient, Tensor):
        if gradient.is_leaf:
            gradient.requires_grad = False
        else:
            gradient.detach_()
        with no_grad():
            gradient.zero_()
    else:
        parameter.grad = np.zeros_like(node.value) if isinstance(node.value, np.ndarray) else 0.0
