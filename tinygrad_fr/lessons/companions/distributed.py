"""``torch.distributed`` as lessons ask it: no processes learn together here, and code that asks first goes on alone."""

from __future__ import annotations

from functools import partial
from typing import NoReturn

from tinygrad_fr.devices.absent import unusable
from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _

__all__ = ["ReduceOp", "group", "is_available", "is_initialized"]


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


def _absent(module: str, name: str) -> AbsentError:
    return AbsentError(_("{module}.{name} is not here; one process learns here").format(module=module, name=name))


class _Part:
    """A part of the module that can be imported, and whose names are refused when they are used."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __getattr__(self, name: str) -> NoReturn:
        raise _absent(self.module, name)


nn = _Part("torch.distributed.nn")

# What code imports at its top, whether several processes run or not: refused when it is called.
_CALLED = (
    "Backend", "DistBackendError", "ProcessGroup", "Store", "TCPStore", "all_gather", "all_gather_into_tensor", "all_gather_object",
    "all_reduce", "all_to_all", "all_to_all_single", "barrier", "broadcast", "broadcast_object_list", "destroy_process_group", "gather",
    "gather_object", "get_backend", "get_global_rank", "get_process_group_ranks", "get_rank", "get_world_size", "init_process_group",
    "irecv", "isend", "monitored_barrier", "new_group", "recv", "reduce", "reduce_scatter", "reduce_scatter_tensor", "scatter",
    "scatter_object_list", "send",
)  # fmt: skip
globals().update(
    {name: unusable("torch.distributed", name, partial(_absent, "torch.distributed", name)) for name in _CALLED}
)


class ReduceOp:
    """The ways in which processes would put their numbers together, by name.

    Example:
        >>> ReduceOp.SUM
        'SUM'
    """

    SUM, AVG, PRODUCT, MIN, MAX = "SUM", "AVG", "PRODUCT", "MIN", "MAX"


class group:  # noqa: N801 - PyTorch's name
    """The group of all processes, of which none was made.

    Example:
        >>> group.WORLD is None
        True
    """

    WORLD = None
