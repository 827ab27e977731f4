"""What PyTorch lets one choose about how it computes: accepted where it changes no number, refused where it would."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.devices.device import device, is_device
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

_CHOSEN: dict[str, Any] = {"threads": 1, "deterministic": False, "precision": "highest"}


def get_num_threads() -> int:
    """How many threads were asked for.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.get_num_threads() >= 1
        True
    """
    found: int = _CHOSEN["threads"]
    return found


def set_num_threads(num: int) -> None:
    """Accepted: how work is cut over cores changes no number.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_num_threads(1)
    """
    if num < 1:
        raise UsageError(_("set_num_threads: expected a positive number, got {found}").format(found=num))
    _CHOSEN["threads"] = num


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: every computation here is deterministic.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.use_deterministic_algorithms(False)
    """
    _CHOSEN["deterministic"] = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What was asked for; computations here are deterministic all the same.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.are_deterministic_algorithms_enabled()
        False
    """
    return bool(_CHOSEN["deterministic"])


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted: products of float32 are computed in float32.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_float32_matmul_precision("high")
    """
    if precision not in ("highest", "high", "medium"):
        raise UsageError(
            _("set_float32_matmul_precision: expected highest, high or medium, got {found}").format(found=precision)
        )
    _CHOSEN["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What was asked for.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_float32_matmul_precision("highest")
        >>> tg.get_float32_matmul_precision()
        'highest'
    """
    return str(_CHOSEN["precision"])


def set_default_device(device: Any) -> None:
    """Accepted for the CPU; another device is refused.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_default_device("cpu")
    """
    is_device("cpu" if device is None else device)


def get_default_device() -> device:
    """The CPU.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.get_default_device()
        device(type='cpu')
    """
    return device("cpu")
