"""Divisions and powers of integers, where numpy's answer is not PyTorch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable


def divided(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A division of integers that refuses 0, of which numpy makes 0."""

    def divide(a: Any, b: Any) -> Any:
        if not np.all(b):
            raise ZeroDivisionError
        with np.errstate(over="ignore"):  # the least integer by -1 wraps
            return function(a, b)

    return divide


def power_of_integers(a: Any, b: Any) -> Any:
    """A power of integers; one whose exponent is negative is 0, unless the base is 1 or -1.

    Raises:
        DataError: the exponent is a negative number, for all elements.
    """
    least = np.min(b, initial=0)
    if least >= 0:
        return np.power(a, b)
    if not isinstance(b, np.ndarray):
        raise DataError(_("an integer has no power of {found} among integers: convert it to a float").format(found=b))
    sign = np.where(b % 2 == 0, np.ones_like(a), a)
    inverse = np.where((a == 1) | (a == -1), sign, np.zeros_like(a))
    return np.where(b < 0, inverse, np.power(a, np.where(b < 0, np.zeros_like(b), b)))
