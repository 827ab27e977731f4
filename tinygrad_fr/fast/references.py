"""Whether an array is uniquely referenced: if only its node references it, a change in place is invisible.

Views, tensors of other libraries, graphs and saved states all reference the array that they show, so Python's reference count tells.
"""

from __future__ import annotations

from sys import getrefcount
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tinygrad_fr.record.node import Node


class _Holder:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = np.zeros(1)


def _count(node: Any) -> int:
    return getrefcount(node.value)


_ALONE = _count(_Holder())  # the node, and the references that this version of Python counts during the call


def uniquely_referenced(node: Node) -> bool:
    """Whether this node alone references its array. The caller must hold no reference to it either."""
    if node.value.__class__ is not np.ndarray or _count(node) != _ALONE:
        return False
    flags = node.value.flags
    return bool(flags.owndata and flags.writeable)
