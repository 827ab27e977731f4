"""The operations as methods, for Tensor and Scalar to inherit.

Types are in ``methods.pyi``, generated from the same definitions by ``python -m tinygrad_fr.ops.signatures``.
"""

from __future__ import annotations

from typing import Any

from tinygrad_fr.ops import fronts, registry
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.record.node import Node


class ScalarMethods(Node):
    """Every element-wise operation as a method."""

    __slots__ = ()


class TensorMethods(Node):
    """Every operation that PyTorch has as a method of Tensor."""

    __slots__ = ()


for _name, _op in registry.items():
    if _op.facts.method:
        setattr(TensorMethods, _name, _op.call)
        if isinstance(_op, Elementwise):
            setattr(ScalarMethods, _name, _op.call)
for _name, _front in fronts.items():
    setattr(TensorMethods, _name, _front)


def reflected(op: Any) -> Any:
    """The operation with its operands exchanged, as ``2 - x`` calls it."""
    call = op.call

    def exchanged(self: Any, other: Any) -> Any:
        return call(other, self)

    return exchanged
