"""The operations as methods, for Tensor and Scalar to inherit.

Types are in ``methods.pyi``, generated from the same definitions by ``python -m tinygrad_fr.ops.signatures``.
"""

from __future__ import annotations

from typing import Any

from tinygrad_fr.ops import arithmetic, comparison, methods, registry
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.record.node import Node


def reflected(op: Any) -> Any:
    """The operation with its operands exchanged, as ``2 - x`` calls it."""
    call = op.call

    def exchanged(self: Any, other: Any) -> Any:
        return call(other, self)

    return exchanged


class Operators(Node):
    """The operators that every handle has."""

    __slots__ = ()

    __add__ = arithmetic.add.call
    __radd__ = reflected(arithmetic.add)
    __sub__ = arithmetic.sub.call
    __rsub__ = reflected(arithmetic.sub)
    __mul__ = arithmetic.mul.call
    __rmul__ = reflected(arithmetic.mul)
    __truediv__ = arithmetic.div.call
    __rtruediv__ = reflected(arithmetic.div)
    __pow__ = arithmetic.pow.call
    __rpow__ = reflected(arithmetic.pow)
    __neg__ = arithmetic.neg.call
    __abs__ = arithmetic.abs.call
    __mod__ = arithmetic.remainder.call
    __rmod__ = reflected(arithmetic.remainder)
    __floordiv__ = comparison.floor_divide.call
    __rfloordiv__ = reflected(comparison.floor_divide)
    __lt__ = comparison.lt.call
    __le__ = comparison.le.call
    __gt__ = comparison.gt.call
    __ge__ = comparison.ge.call


class ScalarMethods(Operators):
    """Every element-wise operation as a method."""

    __slots__ = ()


class TensorMethods(Operators):
    """Every operation that PyTorch has as a method of Tensor."""

    __slots__ = ()


for _name, _op in registry.items():
    if _op.facts.method:
        setattr(TensorMethods, _name, _op.call)
        if isinstance(_op, Elementwise):
            setattr(ScalarMethods, _name, _op.call)
for _name, _front in methods.items():
    setattr(TensorMethods, _name, _front)
