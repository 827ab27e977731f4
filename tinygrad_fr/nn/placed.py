"""PyTorch's ``device`` and ``dtype`` as arguments of every layer, and its ``reset_parameters()``."""

from __future__ import annotations

import functools
import inspect
from typing import Any, TypeVar

from tinygrad_fr.modes import no_grad
from tinygrad_fr.promotion.dtype import drawn_in
from tinygrad_fr.random import default

T = TypeVar("T")


def placed(layer: type[T]) -> type[T]:
    """A layer that also takes PyTorch's ``device`` and ``dtype``, after the others that may be given by place, and draws its parameters anew when asked.

    As in PyTorch, the constructor calls ``reset_parameters()``, so that a subclass may say how its parameters start.

    Example:
        >>> from tinygrad_fr import nn
        >>> nn.Linear(2, 1, dtype="float64").weight.dtype.name
        'float64'
    """
    made: Any = layer.__init__
    told = inspect.signature(made)
    words = [p for p in told.parameters.values() if p.kind is p.KEYWORD_ONLY]
    places = [p for p in told.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    more = [inspect.Parameter(name, kind, default=None, annotation=Any) for name in ("device", "dtype")]
    whole = told.replace(parameters=[*places, *more, *words])

    @functools.wraps(made)
    def initialize(self: Any, *args: Any, **options: Any) -> None:
        try:
            given = whole.bind(self, *args, **options)
        except TypeError as error:
            raise TypeError(f"{layer.__name__}(): {error}") from None
        device, dtype = given.arguments.pop("device", None), given.arguments.pop("dtype", None)
        own = getattr(type(self), "reset_parameters", None)
        another = "_made" not in self.__dict__ and own is not getattr(layer, "reset_parameters", None)
        self.__dict__["_made"] = layer, given.args[1:], given.kwargs
        drawn = default.get_state() if another else None
        with drawn_in(dtype):
            made(*given.args, **given.kwargs)
            if another:
                default.set_state(drawn)  # a subclass draws in the place of the layer
                own(self)  # type: ignore[misc]  # it has one, for it is another
        if device is not None or dtype is not None:
            self.to(device, dtype)

    initialize.__signature__ = whole  # type: ignore[attr-defined]
    layer.__init__ = initialize  # type: ignore[method-assign]
    if not hasattr(layer, "reset_parameters") and layer.__name__ not in _OF_LAYERS:
        layer.reset_parameters = _reset  # type: ignore[attr-defined]
    return layer


# Made of other layers, which are reset one by one: PyTorch's have no such method either.
_OF_LAYERS = frozenset(("MultiheadAttention", "Transformer", "TransformerDecoderLayer", "TransformerEncoderLayer"))


def _reset(self: Any) -> None:
    """Draw the parameters anew, in place, as the constructor draws them."""
    layer, args, options = self._made
    own = dict(self.named_parameters())
    with drawn_in(next((x.dtype.name for x in own.values()), None)):
        fresh = dict(layer(*args, **options).named_parameters())
    with no_grad():
        for name, parameter in own.items():
            if name in fresh:
                parameter.copy_(fresh[name])
