"""Plain values: those that any program may treat as the same if they are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

EXACT = frozenset((int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range))


def plain(value: Any) -> bool:
    """Whether a value is plain: not of a user's class, whose objects may have further attributes.

    Example:
        >>> class Unit(float): ...
        >>> plain(2.0), plain(Unit(2.0)), plain((1, "a")), plain(slice([]))
        (True, False, True, False)
    """
    kind = value.__class__
    if kind in EXACT:
        return True
    if kind is slice:
        return plain(value.start) and plain(value.stop) and plain(value.step)
    if kind is tuple:
        return all(map(plain, value))
    if isinstance(value, np.dtype):
        return not value.hasobject
    return isinstance(value, np.generic) and kind.__module__ == "numpy" and kind is not np.void


def same(a: Any, b: Any) -> bool:
    """Whether two values are one to any program: the same object, or plain, of one type and equal to the last sign."""
    if a is b:
        return True
    return a.__class__ is b.__class__ and plain(a) and repr(a) == repr(b)
