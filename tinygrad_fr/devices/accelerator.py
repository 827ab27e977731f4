"""``torch.accelerator``: there is none."""

from __future__ import annotations

from tinygrad_fr.devices.absent import absent


def is_available() -> bool:
    """False: there is the CPU alone.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.accelerator.current_accelerator() if tg.accelerator.is_available() else "cpu"
        'cpu'
    """
    return False


def device_count() -> int:
    """0.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.accelerator.device_count()
        0
    """
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None: there is no accelerator.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.accelerator.current_accelerator() is None
        True
    """


__getattr__ = absent("torch.accelerator")
