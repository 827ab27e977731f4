"""The one interface through which faster code plugs into the core.

The core computes everything by one general path. An accelerator may answer the same questions faster; where it has no
answer it gives back the general one. ``tinygrad_fr.fast`` is ours; with ``TINYGRAD_FR_PLAIN=1`` in the environment, or
without that package, the core runs alone.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.memory import laid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PACKAGE = "tinygrad_fr.fast"


class LazyGradient:
    """The gradient of a leaf in fewer numbers than its array, which is materialized when somebody reads it.

    A sum with an array is an array; a sum of two may stay lazy.
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy leaves ``array + self`` to ``self.__radd__``

    def materialize(self) -> Any:
        """The array."""
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.materialize()
        return array if dtype is None else array.astype(dtype, copy=False)


def materialized(gradient: Any) -> Any:
    """A gradient as an array where it is lazy; others, and None, stay themselves."""
    return gradient.materialize() if isinstance(gradient, LazyGradient) else gradient


class Accelerator:
    """What may be computed faster. Each method gives back the general answer, or refuses, unless it has a better one.

    Attributes:
        compiles: whether a compiled step is kept and replayed; it runs eagerly otherwise.
        kernels: whether kernels may stand for numpy's passes.
    """

    compiles = kernels = False

    def call(self, op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """How an operation, or a function that chooses among operations, is called."""
        return general

    def call_on_arrays(self, op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """How an operation is called by place with an array first, for its value alone."""
        return general

    def vjp(self, op: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """What an operation sends back."""
        return general

    def on_arrays(self, args: tuple[str, ...], expression: Any, general: Callable[..., Any]) -> Callable[..., Any]:
        """An expression as a function of arrays."""
        return general

    def sweep(self, general: Callable[..., Any]) -> Callable[..., Any]:
        """The loop of a backward pass."""
        return general

    def fused(self, op: Any, inputs: Sequence[Any], attrs: Any) -> Any:
        """The value of a composite, and what its VJP needs, by a fused kernel; None where its equations are to say it."""
        return None

    def reads(self, op: Any, node: Any, position: int) -> bool:
        """Whether what a composite sends back depends on the elements of an input."""
        return True

    def rows(self, index: Any, count: int, summed: Callable[[Any, int], Any]) -> Any:
        """The gradient of a table of ``count`` rows of which those of an index were read; ``summed`` adds them up."""
        return summed(index, count)

    def laid(self, gradient: Any, like: Any) -> Any:
        """A gradient as its leaf lies in memory."""
        return laid(gradient, like)

    def stays_lazy(self, gradient: Any, leaf: Any) -> bool:
        """Whether a gradient may wait at a leaf as it is."""
        return False

    def update(self, optimizer: Any, node: Any, group: dict[str, Any]) -> bool:
        """Update a parameter whose gradient is no plain array; False if the optimizer's own formula is to do it."""
        return False


def plain() -> bool:
    """Whether ``TINYGRAD_FR_PLAIN`` asks for the core alone.

    Raises:
        UsageError: it has another value than 0 or 1.
    """
    value = os.environ.get("TINYGRAD_FR_PLAIN", "")
    if value not in ("", "0", "1"):
        raise UsageError(_("TINYGRAD_FR_PLAIN: expected 0 or 1, got {found}").format(found=value))
    return value == "1"


@cache
def accelerator() -> Accelerator:
    """The accelerator in force, chosen once per process."""
    if plain():
        return Accelerator()
    try:
        import_module(PACKAGE)
    except ModuleNotFoundError as error:
        if error.name != PACKAGE:
            raise
        return Accelerator()
    found: Accelerator = import_module(f"{PACKAGE}.paths").ACCELERATOR
    return found
