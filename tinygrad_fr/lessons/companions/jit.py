"""``torch.jit`` as lessons ask for it: what its compiler would speed up runs as it stands, with the same numbers."""

from __future__ import annotations

from typing import Any, TypeVar

from tinygrad_fr.nn.module import Module

__all__ = ["ScriptModule", "export", "ignore", "is_scripting", "is_tracing", "script", "script_method", "unused"]

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


class ScriptModule(Module):
    """A module, whose methods the compiler would look at.

    Example:
        >>> class Twice(ScriptModule):
        ...     @script_method
        ...     def forward(self, x):
        ...         return 2 * x
        >>> Twice()(3)
        6
    """


script_method = export
