"""How classes write themselves: by PyTorch's names, as long as this package stands in its place."""

from __future__ import annotations

from typing import Any


class Named:
    """A class that lessons print: ``print(type(x))``. Its own class is ``type``, as of PyTorch's: classes of one's own choose theirs.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.lessons.alias import aliased
        >>> with aliased():
        ...     print(tg.Tensor, type(tg.zeros(1).shape))
        <class 'torch.Tensor'> <class 'torch.Size'>
        >>> print(tg.Tensor, type(tg.nn.Module))
        <class 'tinygrad_fr.handles.tensor.Tensor'> <class 'type'>
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if _theirs:
            _rename(cls)


_homes: dict[type, str] = {}  # the modules that renamed classes are written in
# PyTorch's name of each class here, by its room and its own name; empty unless we stand in its place.
_theirs: dict[str, str] = {}


def home(kind: Any) -> str:
    """The module that a class is written in, by whatever name it goes.

    Example:
        >>> from tinygrad_fr import nn
        >>> from tinygrad_fr.lessons.alias import aliased
        >>> with aliased():
        ...     nn.Linear.__module__, home(nn.Linear)
        ('torch.nn.modules.linear', 'tinygrad_fr.nn.linear')
    """
    return (_homes.get(kind) if isinstance(kind, type) else None) or str(kind.__module__)


def rename(theirs: dict[str, str]) -> None:
    """Call the classes by these names, those too that are made from now on; by none: by their own again."""
    for kind, module in _homes.items():
        kind.__module__ = module
    _homes.clear()
    _theirs.clear()
    _theirs.update(theirs)
    if theirs:
        _rename_below(Named, set())


def _rename_below(kind: type, seen: set[type]) -> None:
    below: list[type] = type.__subclasses__(kind)
    for each in below:
        if each not in seen:
            seen.add(each)
            _rename(each)
            _rename_below(each, seen)


def _rename(kind: type) -> None:
    home = kind.__module__
    name = _theirs.get(f"{'.'.join(home.split('.', 2)[:2])}.{kind.__qualname__}")
    if name is not None:
        _homes[kind] = home
        kind.__module__ = name.rpartition(".")[0]
