"""Gradients that are worked out when somebody reads them."""

from __future__ import annotations

from typing import Any


class Deferred:
    """The gradient of a leaf, said in fewer numbers than the array that it stands for.

    Sums with arrays are arrays; sums of two may stay deferred. Whoever reads ``.grad``, a hook, an observer or
    :func:`~tinygrad_fr.record.backward.grad` finds the array; an optimizer without a memory may do without it.
    """

    __slots__ = ()
    __array_ufunc__ = None  # an array leaves its sums with this to this

    @property
    def dtype(self) -> Any:
        """Type of the numbers."""
        raise NotImplementedError

    def dense(self) -> Any:
        """The array."""
        raise NotImplementedError

    def add_to(self, array: Any) -> Any:
        """The sum with an array that nobody else holds, written into it."""
        array += self.dense()
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.dense()
        return array if dtype is None else array.astype(dtype, copy=False)


def worked_out(gradient: Any) -> Any:
    """A gradient as an array; others, and None, stay themselves."""
    return gradient.dense() if isinstance(gradient, Deferred) else gradient
