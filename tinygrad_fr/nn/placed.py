"""PyTorch's ``device`` and ``dtype`` as arguments of every layer."""

from __future__ import annotations

import functools
import inspect
from typing import Any, TypeVar

from tinygrad_fr.promotion.dtype import drawn_in

T = TypeVar("T")


def placed(layer: type[T]) -> type[T]:
    """A layer that also takes PyTorch's ``device`` and ``dtype``, after its other arguments.

    Example:
        >>> from tinygrad_fr import nn
        >>> nn.Linear(2, 1, dtype="float64").weight.dtype.name
        'float64'
    """
    made: Any = layer.__init__
    told = inspect.signature(made)
    words = [p for p in told.parameters.values() if p.kind is p.KEYWORD_ONLY]
    places = [p for p in told.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    kind = inspect.Parameter.KEYWORD_ONLY if words else inspect.Parameter.POSITIONAL_OR_KEYWORD
    more = [inspect.Parameter(name, kind, default=None, annotation=Any) for name in ("device", "dtype")]
    whole = told.replace(parameters=[*places, *words, *more])

    @functools.wraps(made)
    def initialize(self: Any, *args: Any, **options: Any) -> None:
        try:
            given = whole.bind(self, *args, **options)
        except TypeError as error:
            raise TypeError(f"{layer.__name__}(): {error}") from None
        device, dtype = given.arguments.pop("device", None), given.arguments.pop("dtype", None)
        with drawn_in(dtype):
            made(*given.args, **given.kwargs)
        if device is not None or dtype is not None:
            self.to(device, dtype)

    initialize.__signature__ = whole  # type: ignore[attr-defined]
    layer.__init__ = initialize  # type: ignore[method-assign]
    return layer
