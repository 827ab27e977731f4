"""Which parameters of an operation are inputs and which are attributes, and how a call gives them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tinygrad_fr.arguments.fits import in_own_names, listed
from tinygrad_fr.arguments.kinds import checked, kinds_of
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Signature:
    """The parameters of a function whose first ones, annotated ``Array``, are inputs; ``Arrays`` are any number of them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.shown = inspect.signature(function)
        parameters = [p.replace(annotation=_text(p.annotation)) for p in self.shown.parameters.values()]
        inputs = [p for p in parameters if p.annotation.startswith(_ARRAYS)]
        attributes = [p for p in parameters if p not in inputs]
        if not inputs:
            raise UsageError(
                _("{op}: expected a parameter that is annotated Array, got {parameters}").format(
                    op=getattr(function, "__name__", "?"), parameters=self.shown
                )
            )
        self.variadic = any(p.annotation in ("Arrays", "Sequence[Array]") for p in inputs)
        self.inputs, self.attrs = tuple(p.name for p in inputs), tuple(p.name for p in attributes)
        self.optional, self.defaults = _defaults(inputs), _defaults(attributes)
        self.kinds = kinds_of(attributes)
        self.names = (*self.inputs, *self.attrs)

    def bind(
        self, name: str, args: tuple[Any, ...], attrs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """Split the arguments of a call into inputs, in order, and attributes, complete."""
        if attrs:
            attrs = in_own_names(attrs, self.names, dict(zip(("input", "other"), self.inputs, strict=False)))
        told = {**dict(zip(self.names, args, strict=False)), **attrs}
        given = {**self.optional, **self.defaults, **told}
        if len(told) != len(args) + len(attrs) or given.keys() != set(self.names):
            try:
                self.shown.bind(*args, **attrs)
            except TypeError as error:
                raise TypeError(f"{name}(): {error}") from None
        inputs = tuple([given[x] for x in self.inputs])
        if self.variadic:
            listed(name, inputs[0])
        return tuple(inputs[0]) if self.variadic else inputs, self.checked(name, {x: given[x] for x in self.attrs})

    def checked(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The attributes, each of a kind that its annotation allows."""
        for argument, kind in self.kinds.items():
            value = given[argument]
            if value.__class__ not in kind.usual:
                checked(name, argument, value, kind)
        return given


# How inputs are annotated: by name, or by the type itself where a module evaluates its annotations.
_ARRAYS = ("Array", "Sequence[Array]", "numpy.ndarray", "np.ndarray", "npt.NDArray")


def _text(annotation: Any) -> str:
    """An annotation as it is written, whether its module evaluates annotations or not."""
    if isinstance(annotation, str):
        return annotation
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _defaults(parameters: list[inspect.Parameter]) -> dict[str, Any]:
    return {p.name: p.default for p in parameters if p.default is not p.empty}
