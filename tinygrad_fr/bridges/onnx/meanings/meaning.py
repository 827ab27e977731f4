"""What a meaning is, and what meanings share."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.reader import LARGEST
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


Meaning: TypeAlias = "Callable[..., Any]"
MEANINGS: dict[tuple[str, str], Meaning] = {}
# What a node's own parameters are, by name, of operands that no input changes: gates in our order, coefficients.
WEIGHTS: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {}
ML = "ai.onnx.ml"


class At(NamedTuple):
    """Where an operator stands.

    Attributes:
        operator: its operator.
        name: what messages call it.
        attributes: what the file says of it.
        opset: version of the operators' meaning.
        outputs: how many of its values are used.
        weights: parameters of its own, those of :data:`WEIGHTS`.
    """

    operator: str
    name: str
    attributes: Mapping[str, Any]
    opset: int
    outputs: int
    weights: Mapping[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def refuse(self, what: str) -> OnnxError:
        """The error for a use of the operator that has no counterpart."""
        return OnnxError(_("{node}: {what}").format(node=self.name, what=what))


def means(*operators: str, domain: str = "") -> Callable[[Meaning], Meaning]:
    """Enter the meaning of some operators."""

    def enter(function: Meaning) -> Meaning:
        MEANINGS.update({(domain, operator): function for operator in operators})
        return function

    return enter


def whole(x: Any) -> list[int]:
    """Whole numbers of an operand that gives a shape, axes or a count."""
    return [int(v) for v in np.atleast_1d(np.asarray(value_of(x)))]


def roomy(at: At, shape: Any) -> tuple[int, ...]:
    """A shape that the file chooses, if it is not larger than anything that it could mean."""
    sides = tuple(int(side) for side in shape)
    if any(side < 0 for side in sides) or prod(sides) > LARGEST:
        raise at.refuse(
            _("expected a value of at most {limit} elements, got shape {shape}").format(limit=LARGEST, shape=sides)
        )
    return sides


def axes_of(at: At, given: Any, x: Any) -> tuple[int, ...] | None:
    """Axes as an operand, or as the attribute that they were before; None for all."""
    axes = whole(given) if given is not None else at.get("axes")
    return None if axes is None else tuple(int(axis) % max(x.ndim, 1) for axis in axes)


def tensor_of(x: Any) -> Any:
    """An operand as a tensor."""
    return x if isinstance(x, Tensor) else tg.tensor(x)
