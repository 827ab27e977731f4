"""How classes write themselves: by PyTorch's names, as long as this package stands in its place."""

from __future__ import annotations

from typing import ClassVar


class Named(type):
    """A class that lessons print: ``print(type(x))``.

    Attributes:
        theirs: PyTorch's name of each class here, by its own; empty outside :func:`tinygrad_fr.lessons.alias.install`.

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
        name = Named.theirs.get(f"{cls.__module__}.{cls.__qualname__}")
        return super().__repr__() if name is None else f"<class '{name}'>"
