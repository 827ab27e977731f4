"""Modules made of one function of :mod:`tinygrad_fr.nn.functional` and its settings."""

from __future__ import annotations

import inspect
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, ClassVar

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module

if TYPE_CHECKING:
    from collections.abc import Callable

# Tensors are no settings: they go with the module into another dtype.
BUFFERS = ("weight", "pos_weight", "_random_samples")


def signature(settings: dict[str, Any]) -> Signature:
    """What a constructor takes: the settings in their order; a default of ``...`` means that there is none."""
    return Signature(
        [
            Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=Parameter.empty if value is ... else value)
            for name, value in settings.items()
        ]
    )


def _in_place(function: Callable[[Any], Any], input: Any) -> Any:
    """The function, written into its input where that is a tensor."""
    return input._replace(function) if isinstance(input, Tensor) else function(input)


class Applied(Module):
    """A function of :mod:`tinygrad_fr.nn.functional` with settings.

    A class names its function, and the arguments of its constructor in PyTorch's order, with their defaults (``...`` where
    there is none). Each argument becomes an attribute, which ``forward`` reads, so that it may be changed later. ``said`` is
    what a module writes of itself; all its settings by default.
    """

    _function: str
    _said: ClassVar[str | None] = None
    _settings: ClassVar[Signature] = Signature()
    _names: ClassVar[tuple[str, ...]] = ()  # of the settings
    _taken: ClassVar[tuple[str, ...]] = ()  # of those that the function takes
    _changes: ClassVar[bool] = False  # whether it may be written into its input
    inplace: bool
    __signature__: ClassVar[Signature | None] = None

    def __init_subclass__(cls, function: str = "", said: str | None = None, **settings: Any) -> None:
        super().__init_subclass__()
        if said is not None:
            cls._said = said
        if function:  # a class made from one of ours keeps what that one names
            cls._function, cls._settings, cls._names = function, signature(settings), tuple(settings)
            cls._taken = tuple([name for name in settings if name != "inplace"])
            cls._changes = "inplace" in settings
        # What inspect.signature() and editors show; a class whose constructor names its arguments shows that one.
        names = set(inspect.signature(cls.__init__).parameters)
        cls.__signature__ = cls._settings if names == {"self", "args", "options"} else None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__()
        try:
            bound = self._settings.bind(*args, **options)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}(): {error}") from None
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if name in BUFFERS:
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    @property
    def _chosen(self) -> dict[str, Any]:
        """The settings as they are now."""
        return {name: getattr(self, name) for name in self._names}

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Apply the function to what it takes beside the settings, by place or under PyTorch's names."""
        function = getattr(F, self._function)
        if self._taken:
            chosen = {name: getattr(self, name) for name in self._taken}
            if self._changes and self.inplace:
                return _in_place(lambda x: function(x, **chosen), *inputs, **named)
            return function(*inputs, **named, **chosen)
        if self._changes and self.inplace:
            return _in_place(function, *inputs, **named)
        return function(*inputs, **named) if named else function(*inputs)

    def extra_repr(self) -> str:
        """Settings."""
        chosen = self._chosen
        if self._said is not None:
            return self._said.format(**chosen)
        if not chosen.get("inplace", True):
            del chosen["inplace"]
        return ", ".join(f"{key}={value}" for key, value in chosen.items())
