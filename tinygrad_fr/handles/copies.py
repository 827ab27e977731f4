"""Copies of a tensor or a scalar, on disk and in memory: a leaf of the same value, never the record that led to it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.views import share, share_as, whole_of

if TYPE_CHECKING:
    from tinygrad_fr.record.node import Node


def rebuilt(kind: type[Node], value: Any, requires_grad: bool, label: str | None) -> Node:
    """A leaf out of what was kept of a node."""
    node = object.__new__(kind)
    node._leaf(value, int(requires_grad), label)
    return node


def reduced(self: Any, protocol: Any) -> tuple[Any, ...]:
    """What ``pickle`` and ``copy.copy`` keep: value, ``requires_grad`` and name; no gradient, hook or operation, as in PyTorch."""
    node = self.current
    return rebuilt, (type(self), node.value, node.needs != 0, node.label), getattr(self, "__dict__", None) or None


def shallow(self: Any) -> Any:
    """A leaf on the same elements."""
    node = self.current
    twin: Any = rebuilt(type(self), node.value, node.needs != 0, node.label)
    share(twin, node)
    for name, held in getattr(self, "__dict__", {}).items():
        setattr(twin, name, held)
    return twin


def deep(self: Any, memo: dict[int, Any], gradient: bool = True) -> Any:
    """A leaf with a copy of value and gradient.

    Raises:
        GradientError: the node is no leaf: a copy would not know where it comes from.
    """
    if id(self) in memo:
        return memo[id(self)]
    node = self.current
    if node.op is not None and node.needs:
        raise GradientError(
            _("{node} is no leaf, and only leaves can be copied deeply; detach() or clone() it").format(
                node=node.describe()
            )
        )
    value = np.array(node.value) if isinstance(node.value, np.ndarray) else node.value
    snapshot: Any = rebuilt(type(self), value, node.needs != 0, node.label)
    memo[id(self)] = snapshot
    whole = whole_of(node)
    if gradient and whole is not None and whole.current.op is None and isinstance(value, np.ndarray):
        share_as(snapshot, copy.deepcopy(whole, memo), node)  # what shares elements shares those of the copy
    if gradient:
        snapshot._grad = copy.deepcopy(node._grad, memo)
        for name, held in getattr(self, "__dict__", {}).items():  # which PyTorch's parameters do not hand on
            setattr(snapshot, name, copy.deepcopy(held, memo))
    return snapshot
