"""What depends on the form of arrays and on plain numbers alone, found once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLAIN = frozenset((int, bool, float, type(None)))
_INT = frozenset((int,))
_KEPT = 256  # answers, each a few numbers or tables


class Known:
    """Answers of a function that reads the shapes and dtypes of its arrays alone; where an argument is no plain number, it is asked again.

    Args:
        find: ``find(*arrays, **attrs)``; an array may be None.

    Example:
        >>> import numpy as np
        >>> known = Known(lambda x, times: [x.size * times])
        >>> known((np.zeros(2),), {"times": 3}) is known((np.ones(2),), {"times": 3})
        True
        >>> known((np.zeros(2),), {"times": 3.0})
        [6.0]
    """

    def __init__(self, find: Callable[..., Any]) -> None:
        self.find = find
        self.found: dict[Any, Any] = {}

    def __call__(self, arrays: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """What the function gives."""
        key: list[Any] = []
        for x in arrays:
            key += (None,) if x is None else (x.shape, x.dtype)
        for value in attrs.values():
            kind = value.__class__
            if kind not in _PLAIN and not (kind is tuple and _INT.issuperset(map(type, value))):
                return self.find(*arrays, **attrs)
            key += (kind, value)
        found = self.found.get(known := tuple(key))
        if found is None:
            if len(self.found) >= _KEPT:
                self.found.clear()
            found = self.found[known] = self.find(*arrays, **attrs)
        return found
