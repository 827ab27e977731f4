"""``torch.jit`` as lessons ask for it: what its compiler would speed up runs as it stands, with the same numbers."""

from __future__ import annotations

from typing import Any, TypeVar

__all__ = ["export", "ignore", "is_scripting", "is_tracing", "script", "unused"]

F = TypeVar("F")


def is_scripting() -> bool:
    """False: functions run as they stand.

    Example:
        >>> is_scripting()
        False
    """
    return False


def is_tracing() -> bool:
    """False: functions run as they stand.

    Example:
        >>> is_tracing()
        False
    """
    return False


def script(obj: F, *_settings: Any, **_options: Any) -> F:
    """The function or the module itself.

    Example:
        >>> script(len)([1, 2])
        2
    """
    return obj


def unused(fn: F) -> F:
    """The function, which the compiler would leave out.

    Example:
        >>> unused(len)([1, 2])
        2
    """
    return fn


def export(fn: F) -> F:
    """The function, which the compiler would look at.

    Example:
        >>> export(len)([1, 2])
        2
    """
    return fn


def ignore(drop: Any = False, **_options: Any) -> Any:
    """The function, which the compiler would leave to Python: ``@ignore`` or ``@ignore(drop=True)``.

    Example:
        >>> ignore(len)([1, 2]), ignore(drop=True)(len)([1, 2])
        (2, 2)
    """
    return drop if callable(drop) else unused
