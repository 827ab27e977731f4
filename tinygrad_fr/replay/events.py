"""What a recording holds besides the operations of the step: derivatives that are called, decisions by values, changes of leaves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.explanation import Facts
from tinygrad_fr.ops.definition.op import Op

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.ops.definition import Elementwise
    from tinygrad_fr.record.node import Node


class CalledVJP(Op):
    """The VJP of an operation, as one operation on the incoming gradient: it calls the VJP's code, whose operations are not recorded."""

    def __init__(self, name: str) -> None:
        self.name = self.__name__ = name  # not registered as an operation
        self.facts = Facts("∂", method=False)


class Partial(CalledVJP):
    """The derivative of an element-wise operation for one input: an element-wise operation on (g, y, inputs…)."""

    def __init__(self, op: Elementwise, position: int) -> None:
        super().__init__(f"∂{op.name}/∂{op.inputs[position]}")
        self.expression: Any = op.partials[op.inputs[position]]
        self.inputs = ("g", "y", *op.inputs)
        self.of_floats, self.of_arrays = op.float_partials[position], op.array_partials[position]


CALLED = CalledVJP("vjp")


class Outside(CalledVJP):
    """A computation of the engine on values outside the record, as an operation: it is called again at each replay."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__("outside the record")
        self.function = function

    def _compute(self, values: Any, attrs: Mapping[str, Any]) -> Any:
        return np.asarray(self.function(*values))


class Question(Outside):
    """A decision of the engine by values, with its recorded answer: the program is valid only if the answer is the same."""

    def __init__(self, predicate: Callable[..., Any], answer: bool) -> None:
        super().__init__(predicate)
        self.answer = answer

    def _compute(self, values: Any, attrs: Mapping[str, Any]) -> Any:
        if bool(self.function(*values)) != self.answer:
            raise OtherwiseError
        return np.asarray(self.answer)


STANDING = Outside(np.asarray)  # a node's value as it is before the step changes it


class OtherwiseError(Exception):
    """A decision by values differs from the recording."""


@cache
def partial_of(op: Elementwise, position: int) -> Partial:
    """The derivative of an element-wise operation for one input."""
    return Partial(op, position)


class Change(NamedTuple):
    """A leaf takes the value of a node."""

    leaf: Node
    node: Node


class Update(NamedTuple):
    """An optimizer moves a parameter along the gradient that a node holds."""

    optimizer: Any
    group: int
    handle: Node
    parameter: Node
    gradient: Node
