"""Modules of PyTorch that need what is not here: their names are refused in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tinygrad_fr.errors import DeviceError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable


def absent(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module whose other names need a device that is not here.

    Example:
        >>> from tinygrad_fr.errors import DeviceError
        >>> try:
        ...     absent("torch.cuda")("Stream")
        ... except DeviceError as error:
        ...     print(type(error).__name__)
        DeviceError
    """

    def refuse(name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise DeviceError(
            _("{module}.{name}: there is no such device here, the CPU alone").format(module=module, name=name)
        )

    return refuse
