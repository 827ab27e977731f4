"""Plain values: what is one to any program where it is equal."""

from __future__ import annotations

from typing import Any

import numpy as np

PLAIN = (
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
    type(Ellipsis),
    type(NotImplemented),
    np.generic,
    np.dtype,
    slice,
    range,
)


def same(a: Any, b: Any) -> bool:
    """Whether two values are one to any program: the same object, or plain, of one type and equal to the last sign."""
    if a is b:
        return True
    return a.__class__ is b.__class__ and isinstance(a, PLAIN) and repr(a) == repr(b)
