"""Modules made of one function of :mod:`tinygrad_fr.nn.functional` and its settings."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any, ClassVar

from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module


def _signature(settings: dict[str, Any]) -> Signature:
    """What a constructor takes: the settings in their order; a default of ``...`` means that there is none."""
    return Signature(
        [
            Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=Parameter.empty if value is ... else value)
            for name, value in settings.items()
        ]
    )


class Applied(Module):
    """A function of :mod:`tinygrad_fr.nn.functional` with settings.

    A class names its function, and the arguments of its constructor in PyTorch's order, with their defaults (``...`` where
    there is none).
    """

    function: str
    settings: ClassVar[Signature] = Signature()
    __signature__: ClassVar[Signature | None] = None

    def __init_subclass__(cls, function: str = "", **settings: Any) -> None:
        super().__init_subclass__()
        if function:  # a class made from one of ours keeps what that one names
            cls.function, cls.settings = function, _signature(settings)
        # What inspect.signature() and editors show; a class with a constructor of its own shows that one.
        cls.__signature__ = cls.settings if cls.__init__ is Applied.__init__ else None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__()
        try:
            bound = self.settings.bind(*args, **options)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}(): {error}") from None
        bound.apply_defaults()
        self.chosen = bound.arguments

    def forward(self, *inputs: Any) -> Any:
        """Apply the function."""
        chosen = {key: value for key, value in self.chosen.items() if key != "inplace"}
        return getattr(F, self.function)(*inputs, **chosen)

    def extra_repr(self) -> str:
        """Settings."""
        return ", ".join(f"{key}={value}" for key, value in self.chosen.items())
