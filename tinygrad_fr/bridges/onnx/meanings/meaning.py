"""What a meaning is and declares, and what meanings share."""

from __future__ import annotations

import inspect
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.reader import LARGEST
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


ML = "ai.onnx.ml"
NUMBERS, TEXT, RARE, LIST, NOTHING = "numbers", "text", "rare", "list", "nothing"  # kinds of operands
ANY = (NUMBERS, TEXT, RARE)
EVERY = -1  # of fixed operands: no gradient reaches any of them


class Meaning(NamedTuple):
    """What an operator is here, and all that it understands: what a node says beyond this is refused before it runs.

    Attributes:
        run: takes the place of the operator and its operands, gives its values.
        operands: the most that it takes, None for any number.
        needs: how many of them, from the first on, cannot be left out.
        values: the most that it gives, None for any number.
        attributes: those that it reads.
        fixed: places of operands that no gradient should move: masks, first states, scales, bounds, whatever gives a shape.
        kinds: what operands may be: numbers, texts, numbers of rare types that no tensor holds, lists.
    """

    run: Callable[..., Any]
    operands: int | None
    needs: int
    values: int | None
    attributes: frozenset[str]
    fixed: frozenset[int]
    kinds: frozenset[str]

    def moves(self, place: int) -> bool:
        """Whether a gradient reaches the operand at a place."""
        return place not in self.fixed and EVERY not in self.fixed


MEANINGS: dict[tuple[str, str], Meaning] = {}
Weights: TypeAlias = "Callable[..., dict[str, Any]]"
# What a node's own parameters are, by name, of operands that no input changes: gates in our order, coefficients.
WEIGHTS: dict[tuple[str, str], Weights] = {}


class At(NamedTuple):
    """Where an operator stands.

    Attributes:
        operator: its operator.
        name: what messages call it.
        attributes: those that its meaning reads, with what the file says of them or ONNX's default at this opset.
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

    def get(self, name: str) -> Any:
        """An attribute that the meaning declares; None where neither the file nor ONNX says anything."""
        return self.attributes[name]

    def one_of(self, name: str, *known: str) -> str:
        """An attribute that is a word, if it is a known one."""
        found: str = self.attributes[name]
        if found not in known:
            raise self.refuse(
                _("expected “{name}” to be one of {known}, got “{found}”").format(
                    name=name, known=", ".join(known), found=found
                )
            )
        return found

    def refuse(self, what: str) -> OnnxError:
        """The error for a use of the operator that has no counterpart."""
        return OnnxError(_("{node}: {what}").format(node=self.name, what=what))


def means(
    *operators: str,
    domain: str = "",
    takes: str = "",
    gives: int | None = 1,
    fixed: Iterable[int] = (),
    kinds: Iterable[str] = (NUMBERS,),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the meaning of some operators: the function's parameters are their operands, ``takes`` names its attributes."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        operands = list(inspect.signature(function).parameters.values())[1:]
        several = any(operand.kind is operand.VAR_POSITIONAL for operand in operands)
        places = sum(operand.kind is operand.POSITIONAL_OR_KEYWORD for operand in operands)
        meaning = Meaning(
            function,
            None if several else places,
            sum(
                operand.default is operand.empty and operand.kind is not operand.VAR_POSITIONAL for operand in operands
            ),
            gives,
            frozenset(takes.split()),
            frozenset(fixed),
            frozenset((*kinds, NOTHING)),
        )
        MEANINGS.update({(domain, operator): meaning for operator in operators})
        return function

    return enter


def declared(
    meaning: Meaning, node: Any, name: str, domain: str, opset: int, said: Mapping[str, Any]
) -> dict[str, Any]:
    """The attributes that a meaning reads, out of those that a node carries.

    Args:
        meaning: the meaning.
        node: the node of the file.
        name: what messages call it.
        domain: of its operator.
        opset: version of that domain.
        said: the node's attributes.

    Raises:
        OnnxError: the node says something that the meaning does not read, other than ONNX's default.
    """
    defaults = _defaults(node.op_type, opset, domain)
    for key, value in said.items():
        if key not in meaning.attributes and not _same(value, defaults.get(key)):
            raise OnnxError(
                _("{node}: {what}").format(
                    node=name, what=_("the attribute “{attribute}” has no counterpart here").format(attribute=key)
                )
            )
    given = [place for place, operand in enumerate(node.input, 1) if operand]
    missing = set(range(1, meaning.needs + 1)) - set(given)
    if missing:
        raise OnnxError(
            _("{node}: {what}").format(node=name, what=_("its input {place} is left out").format(place=min(missing)))
        )
    if meaning.operands is not None and given and given[-1] > meaning.operands:
        raise OnnxError(
            _("{node}: {what}").format(
                node=name, what=_("its input {place} has no counterpart here").format(place=given[-1])
            )
        )
    asked = [place for place, value in enumerate(node.output, 1) if value]
    if meaning.values is not None and asked and asked[-1] > meaning.values:
        raise OnnxError(
            _("{node}: {what}").format(
                node=name, what=_("its output {place} has no counterpart here").format(place=asked[-1])
            )
        )
    return {key: said.get(key, defaults.get(key)) for key in meaning.attributes}


@cache
def _defaults(operator: str, opset: int, domain: str) -> dict[str, Any]:
    """ONNX's defaults of an operator's attributes, in a version."""
    from onnx import defs, helper

    try:
        schema = defs.get_schema(operator, opset, domain)
    except defs.SchemaError:
        return {}
    found = {}
    for key, attribute in schema.attributes.items():
        if attribute.default_value.type:
            found[key] = plain(helper.get_attribute_value(attribute.default_value))
    return found


def plain(value: Any) -> Any:
    """An attribute's value with text as text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list | tuple) or type(value).__name__.startswith("Repeated"):
        return [plain(part) for part in value]
    return value


def _same(value: Any, default: Any) -> bool:
    try:
        return default is not None and bool(np.all(value == default))
    except (TypeError, ValueError):
        return False


def kind_of(x: Any) -> str:
    """What an operand is, for what a meaning declares."""
    if x is None:
        return NOTHING
    if isinstance(x, list):
        return LIST
    dtype = x.dtype
    if dtype.kind in "biuf" and dtype.isbuiltin == 1:
        return NUMBERS
    return TEXT if dtype.kind in "OUS" else RARE


def whole(x: Any) -> list[int]:
    """Whole numbers of an operand that gives a shape, axes or a count."""
    return [int(v) for v in np.asarray(value_of(x)).reshape(-1)]


def axis_of(at: At, axis: int, ndim: int) -> int:
    """An axis counted from the front."""
    if not -ndim <= axis < ndim:
        raise at.refuse(
            _("expected an axis from {low} to {high}, got {axis}").format(low=-ndim, high=ndim - 1, axis=axis)
        )
    return axis % ndim


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
    if axes is None or not x.ndim:
        return None
    return tuple(axis_of(at, int(axis), x.ndim) for axis in axes)


def tensor_of(x: Any) -> Any:
    """An operand as a tensor."""
    return x if isinstance(x, Tensor) else tg.tensor(x)


def array_of(x: Any) -> Any:
    """An operand as an array, for what no gradient goes through."""
    return np.asarray(value_of(x))


def typed(x: Any, dtype: Any) -> Any:
    """An operand in a type."""
    if x.dtype == dtype:
        return x
    return x.to(dtype) if isinstance(x, Tensor) else np.asarray(x).astype(dtype)
