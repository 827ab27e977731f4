"""``torch.distributed`` as lessons ask it: no processes learn together here, and code that asks first goes on alone."""

from __future__ import annotations

from typing import NoReturn

from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _

__all__ = ["is_available", "is_initialized"]


def is_available() -> bool:
    """False: one process learns here.

    Example:
        >>> is_available()
        False
    """
    return False


def is_initialized() -> bool:
    """False: no group of processes was made.

    Example:
        >>> is_initialized()
        False
    """
    return False


class _Refused:
    """A part of the module that can be imported, and whose names are refused when they are used."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __getattr__(self, name: str) -> NoReturn:
        raise AbsentError(
            _("{module}.{name} is not here; one process learns here").format(module=self.module, name=name)
        )


nn = _Refused("torch.distributed.nn")
