"""Modules of PyTorch that need what is not here: their names are refused in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tinygrad_fr.errors import AbsentError, DeviceError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable


class Unusable(type):
    """A class or a function of PyTorch's that is not here: it can be imported, nothing is an instance of it, and a call is refused.

    Code of others imports at its top what it may never use.

    Attributes:
        refusal: the error that a call raises, with its sentence.
    """

    refusal: Callable[[], AbsentError]

    def __call__(cls, *_args: Any, **_options: Any) -> NoReturn:
        """Refuse, saying what to do instead."""
        raise cls.refusal()

    def __instancecheck__(cls, held: Any) -> bool:
        return False


def unusable(module: str, name: str, refusal: Callable[[], AbsentError]) -> Any:
    """What stands for a name of one of PyTorch's modules that can be imported and not called.

    Example:
        >>> from tinygrad_fr.errors import AbsentError
        >>> reduced = unusable("torch.distributed", "all_reduce", lambda: AbsentError("all_reduce: one process learns here"))
        >>> isinstance(1, reduced)
        False
        >>> try:
        ...     reduced(1)
        ... except AbsentError as error:
        ...     print(error)
        all_reduce: one process learns here
    """
    return Unusable(name, (), {"__module__": module, "refusal": staticmethod(refusal)})


def absent(module: str, types: frozenset[str] = frozenset()) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module whose other names need a device that is not here; its types can be named.

    Example:
        >>> from tinygrad_fr.errors import DeviceError
        >>> try:
        ...     absent("torch.cuda")("Stream")
        ... except DeviceError as error:
        ...     print(type(error).__name__)
        DeviceError
    """

    known: dict[str, Any] = {}

    def refused(name: str) -> DeviceError:
        return DeviceError(
            _("{module}.{name}: there is no such device here, the CPU alone").format(module=module, name=name)
        )

    def refuse(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in types:
            raise refused(name)
        return known.setdefault(name, unusable(module, name, lambda: refused(name)))

    return refuse
