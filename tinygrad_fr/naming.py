"""How classes write themselves: by PyTorch's names, as long as this package stands in its place."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any, ClassVar


class Named(ABCMeta):
    """A class that lessons print: ``print(type(x))``; it may have abstract methods, as ``class Mine(nn.Module, ABC)``.

    Attributes:
        theirs: PyTorch's name of each class here, by its room and its own name; empty outside :func:`tinygrad_fr.lessons.alias.install`.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.lessons.alias import aliased
        >>> with aliased():
        ...     print(tg.Tensor, type(tg.zeros(1).shape))
        <class 'torch.Tensor'> <class 'torch.Size'>
        >>> print(tg.Tensor)
        <class 'tinygrad_fr.handles.tensor.Tensor'>
    """

    theirs: ClassVar[dict[str, str]] = {}

    def __repr__(cls) -> str:
        room = ".".join(cls.__module__.split(".", 2)[:2])
        name = Named.theirs.get(f"{room}.{cls.__qualname__}")
        return super().__repr__() if name is None else f"<class '{name}'>"

    def __instancecheck__(cls, held: Any) -> bool:
        return type.__instancecheck__(cls, held)  # by its bases alone, which is what is asked at every call

    def __subclasscheck__(cls, other: type) -> bool:
        return type.__subclasscheck__(cls, other)
