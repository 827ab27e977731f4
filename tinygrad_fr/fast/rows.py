"""Sparse row gradients: the gradient of a table, kept as the rows that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.record.accelerator import LazyGradient

if TYPE_CHECKING:
    from tinygrad_fr.ops.definition.op import Array

FEW = 4  # rows of a table for each that is chosen: from there, keeping the chosen ones costs less than the table


class Rows(LazyGradient):
    """A table's gradient, 0 but in some rows.

    Numbers come out as they would of the whole array: each row holds its own sum, added in the same order.

    Attributes:
        places: the rows, in order, each once (r,).
        values: what they are (r, D).
        count: how many rows the table has.
    """

    __slots__ = ("count", "places", "values")

    def __init__(self, places: Array, values: Array, count: int) -> None:
        self.places, self.values, self.count = places, values, count

    @property
    def dtype(self) -> Any:
        """Type of the numbers."""
        return self.values.dtype

    def materialize(self) -> Array:
        """The whole table."""
        out = np.zeros((self.count, *self.values.shape[1:]), self.values.dtype)
        out[self.places] = self.values
        return out

    def add_to(self, array: Array) -> Array:
        """Add the rows to a table that nobody else holds."""
        array[self.places] += self.values
        return array

    # The arithmetic of an optimizer's step: what it leaves at 0 it leaves out.

    def __neg__(self) -> Rows:
        return Rows(self.places, -self.values, self.count)

    def __mul__(self, number: float) -> Rows:
        return Rows(self.places, self.values * number, self.count)

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Rows):
            return self.add_to(np.array(other))
        places = np.union1d(self.places, other.places)
        values = np.zeros((len(places), *self.values.shape[1:]), np.result_type(self.values, other.values))
        values[np.searchsorted(places, self.places)] = self.values
        values[np.searchsorted(places, other.places)] += other.values
        return Rows(places, values, self.count)

    __radd__ = __add__

    def __rsub__(self, other: Any) -> Any:
        return -self + other


def chosen(index: Array, count: int) -> tuple[Array, Array]:
    """The rows of a table that an index chooses, in order, each once; and the index among these."""
    seen = np.zeros(count, np.bool_)
    seen[index] = True
    places = np.flatnonzero(seen)
    own = np.empty(count, np.int64)
    own[places] = np.arange(len(places))
    return places, own[index]


def gradient_of_rows(index: Array, count: int, summed: Any) -> Any:
    """A table's gradient, as an array, or as :class:`Rows` where few of many rows were read.

    Args:
        index: the rows that were read.
        count: how many rows the table has.
        summed: ``f(index, rows)`` → what rows of an index into so many receive.
    """
    if FEW * index.size > count:
        return summed(index, count)
    places, own = chosen(index, count)
    return Rows(places, summed(own, len(places)), count)
