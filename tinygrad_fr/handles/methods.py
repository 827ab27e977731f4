"""The operations as methods, for Tensor and Scalar to inherit.

Types are in ``methods.pyi``, generated from the same definitions by ``python -m tinygrad_fr.ops.signatures``.
"""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import DtypeError
from tinygrad_fr.handles.reading import stranger
from tinygrad_fr.ops import arithmetic, comparison, methods, registry
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.node import Node

_SEQUENCES = frozenset((list, tuple, str))


def operator(op: Any) -> Any:
    """The operation as an operator. It leaves sequences to Python, as PyTorch does: ``[0] * tensor(3)`` is a list of three.

    It also declines what it has no use for, so that the operators of one's own classes are asked.
    """
    general = op.general

    def declining(self: Any, other: Any, **attrs: Any) -> Any:
        if isinstance(other, list | tuple):
            return NotImplemented
        try:
            return general(self, other, **attrs)
        except DtypeError:
            if stranger(other):
                return NotImplemented
            raise

    return accelerator().call(op, declining)


def reflected(op: Any) -> Any:
    """The operator with its operands exchanged, as ``2 - x`` calls it."""
    call = op.call

    def exchanged(self: Any, other: Any) -> Any:
        if other.__class__ in _SEQUENCES:
            return NotImplemented
        try:
            return call(other, self)
        except DtypeError:
            if stranger(other):
                return NotImplemented
            raise

    exchanged.exchanges = op  # type: ignore[attr-defined] # what a faster call is generated from
    return accelerator().call(exchanged, exchanged)


class Operators(Node):
    """The operators that every handle has."""

    __slots__ = ()

    __add__ = operator(arithmetic.add)
    __radd__ = reflected(arithmetic.add)
    __sub__ = operator(arithmetic.sub)
    __rsub__ = reflected(arithmetic.sub)
    __mul__ = operator(arithmetic.mul)
    __rmul__ = reflected(arithmetic.mul)
    __truediv__ = operator(arithmetic.div)
    __rtruediv__ = reflected(arithmetic.div)
    __pow__ = operator(arithmetic.pow)
    __rpow__ = reflected(arithmetic.pow)
    __neg__ = arithmetic.neg.call
    __abs__ = arithmetic.abs.call
    __mod__ = operator(arithmetic.remainder)
    __rmod__ = reflected(arithmetic.remainder)
    __floordiv__ = operator(comparison.floor_divide)
    __rfloordiv__ = reflected(comparison.floor_divide)
    __lt__ = operator(comparison.lt)
    __le__ = operator(comparison.le)
    __gt__ = operator(comparison.gt)
    __ge__ = operator(comparison.ge)


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
