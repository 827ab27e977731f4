"""``torch.compiler`` as lessons ask it: marks for a compiler whose work, if any, never changes a number."""

from __future__ import annotations

from typing import Any

__all__ = ["allow_in_graph", "disable", "is_compiling", "is_dynamo_compiling", "reset"]


def is_compiling() -> bool:
    """False: Python itself runs the function.

    Example:
        >>> is_compiling()
        False
    """
    return False


is_dynamo_compiling = is_compiling


def disable(fn: Any = None, recursive: bool = True, **_options: Any) -> Any:
    """The function as it stands: ``@disable`` or ``@disable()``.

    Example:
        >>> disable(len)([1, 2]), disable(recursive=False)(len)([1])
        (2, 1)
    """
    return fn if fn is not None else lambda function: function


def allow_in_graph(fn: Any) -> Any:
    """The function as it stands.

    Example:
        >>> allow_in_graph(len)([1, 2])
        2
    """
    return fn


def reset() -> None:
    """Forget what was compiled: nothing was.

    Example:
        >>> reset()
    """
