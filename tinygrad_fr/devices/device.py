"""``torch.device``: the one there is."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import AbsentError, DeviceError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named

# PyTorch's other devices, which exist but not here; any other word is a mistake.
OTHERS = ("cuda", "mps", "xpu", "xla", "hpu", "mtia", "meta", "privateuseone", "ipu", "vulkan", "hip", "ve", "maia")


class device(Named):  # noqa: N801 - PyTorch's name
    """A device by its name. Creation functions and ``.to()`` accept the CPU; others can be named, as in PyTorch, and not used.

    Raises:
        UsageError: no device of PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> here = tg.device("cpu")
        >>> here, str(here), here == tg.zeros(2, device=here).device
        (device(type='cpu'), 'cpu', True)
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        word, _colon, number = f"cuda:{type}".partition(":") if isinstance(type, int) else str(type).partition(":")
        if word not in ("cpu", *OTHERS) or (number and not number.isdecimal()):
            raise UsageError(_("unknown device “{found}”: there is the CPU alone").format(found=type))
        self.type = word
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        place = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{place})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


def _used(found: device) -> None:
    """Refuse a device that is not here."""
    if found.type == "meta":
        raise AbsentError(_("device “meta”: every tensor has its numbers here: make the module on the CPU"))
    if found.type != "cpu":
        raise DeviceError(_("device “{found}”: there is the CPU alone here").format(found=found))


def is_device(x: Any) -> bool:
    """Whether an argument of ``.to()`` names a device.

    Raises:
        DeviceError: one that is not here.

    Example:
        >>> is_device("cpu:0"), is_device("float64"), is_device(None)
        (True, False, False)
    """
    if isinstance(x, device):
        _used(x)
        return True
    if isinstance(x, str) and x.partition(":")[0] in ("cpu", *OTHERS):
        _used(device(x))
        return True
    return False


def checked(x: Any) -> None:
    """Refuse a device that a tensor cannot be made on.

    Raises:
        DeviceError: one that is not here.
        UsageError: no device.

    Example:
        >>> checked(None), checked("cpu")
        (None, None)
    """
    if x is not None:
        _used(x if isinstance(x, device) else device(x))


def set_default_device(device: Any) -> None:
    """Accept the CPU, which is where everything is.

    Raises:
        DeviceError: a device that is not here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_default_device("cpu")
        >>> tg.get_default_device()
        device(type='cpu')
    """
    checked(device)


def get_default_device() -> device:
    """The CPU.

    Example:
        >>> get_default_device().type
        'cpu'
    """
    return device()
