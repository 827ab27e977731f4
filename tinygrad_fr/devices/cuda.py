"""``torch.cuda``: there is none."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.devices.absent import absent


def is_available() -> bool:
    """False: there is the CPU alone.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.device("cuda" if tg.cuda.is_available() else "cpu").type
        'cpu'
    """
    return False


def is_bf16_supported() -> bool:
    """False.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.is_bf16_supported()
        False
    """
    return False


def device_count() -> int:
    """0.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.device_count()
        0
    """
    return 0


def manual_seed(seed: int) -> None:
    """Seed a device that is not here: nothing to do, as in PyTorch.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.manual_seed(0)
    """


def manual_seed_all(seed: int) -> None:
    """Seed devices that are not here: nothing to do, as in PyTorch.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.manual_seed_all(0)
    """


def empty_cache() -> None:
    """Free the memory of a device that is not here: nothing to do, as in PyTorch.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.empty_cache()
    """


def is_initialized() -> bool:
    """False: there is nothing to initialize.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.is_initialized()
        False
    """
    return False


def memory_allocated(device: Any = None) -> int:
    """0 bytes: a device that is not here holds none, as in PyTorch.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cuda.memory_allocated()
        0
    """
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated

_KINDS = ("BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short")
__getattr__ = absent("torch.cuda", frozenset(f"{kind}Tensor" for kind in _KINDS))
