"""An update of a parameter, said once as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.expression.expression import Expression
from tinygrad_fr.record.accelerator import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable

KERNEL_SIZE = 32_768  # numbers: from there each of numpy's passes leaves the cache, and fills an array of its own


class Formula:
    """An expression of arrays and numbers: numpy's passes, or for large arrays one kernel, which gives the same bits.

    Args:
        text: in the vocabulary of the operations.
        arguments: its names, in the order of the call.
    """

    def __init__(self, text: str, *arguments: str) -> None:
        self.text, self.arguments = text, arguments
        self.plain = Expression(text).of_arrays(arguments)
        self._kernel: Callable[..., Any] | None = None

    def __call__(self, *values: Any) -> Any:
        """Compute it; what is neither array nor number (a node, rows of a table) goes through Python's operators."""
        first = values[0]
        if first.__class__ is not np.ndarray or first.size < KERNEL_SIZE or not accelerator().kernels:
            return self.plain(*values)
        if not all(isinstance(v, np.ndarray | float | int) for v in values):
            return self.plain(*values)
        if self._kernel is None:
            from tinygrad_fr.kernels.elementwise import kernel

            self._kernel = kernel(self.arguments, self.text)
        result = self._kernel(*values)
        return self.plain(*values) if result is None else result


RUNNING_MEAN = Formula("keep * mean + take * g", "mean", "g", "keep", "take")
RUNNING_SQUARE = Formula("keep * square + take * g * g", "square", "g", "keep", "take")
