"""Whether an array is uniquely referenced: where only its node holds it, a change in place is invisible.

Views, tensors of other libraries, graphs that were read and saved states all hold the array that they show, and Python counts
who holds what.
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


_ALONE = _count(_Holder())  # the node itself, and whatever this Python counts of the call


def uniquely_referenced(node: Node) -> bool:
    """Whether a node's array is held by this node alone. The caller must not hold it either."""
    if node.value.__class__ is not np.ndarray or _count(node) != _ALONE:
        return False
    flags = node.value.flags
    return bool(flags.owndata and flags.writeable)
