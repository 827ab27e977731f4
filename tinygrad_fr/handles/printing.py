"""Tensors as text, character by character as PyTorch writes them, and the options of it."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.promotion.dtype import get_default_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["get_printoptions", "printoptions", "set_printoptions"]


@dataclass
class Options:
    """How tensors are written; see :func:`set_printoptions`."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}
OPTIONS = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are written; what is not given stays as it is, but for ``sci_mode``.

    Args:
        precision: digits after the point.
        threshold: a tensor of more elements than this is summarized.
        edgeitems: how many elements of each end of a dimension a summary shows.
        linewidth: characters a line.
        profile: ``"default"``, ``"short"`` or ``"full"``, which the other arguments correct.
        sci_mode: whether floats are written with an exponent; None lets their sizes decide.

    Raises:
        DataError: there is no such profile.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_printoptions(precision=2)
        >>> tg.tensor([1.12345])
        tensor([1.12])
        >>> tg.set_printoptions(profile="default")
    """
    if profile is not None:
        if profile not in PROFILES:
            raise DataError(
                _("set_printoptions: expected one of the profiles {expected}, got {found}").format(
                    expected=", ".join(PROFILES), found=profile
                )
            )
        vars(OPTIONS).update(asdict(PROFILES[profile]))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    vars(OPTIONS).update({name: value for name, value in given.items() if value is not None}, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """The options of :func:`set_printoptions` as they are now.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.get_printoptions()["precision"]
        4
    """
    return asdict(OPTIONS)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Other options of :func:`set_printoptions` within a block.

    Example:
        >>> import tinygrad_fr as tg
        >>> with tg.printoptions(precision=1):
        ...     print(tg.tensor([1.25, 3.0]))
        tensor([1.2, 3.0])
    """
    before = replace(OPTIONS)
    set_printoptions(**options)
    try:
        yield
    finally:
        vars(OPTIONS).update(asdict(before))


class _Column:
    """How the elements of one array are written, all at the same width."""

    def __init__(self, array: Any) -> None:
        self.floats = array.dtype.kind == "f"
        self.whole, self.exponent, self.width = True, False, 1
        if not self.floats:
            self.width = max((len(str(value)) for value in array.ravel().tolist()), default=1)
            return
        known = array[np.isfinite(array) & (array != 0)]
        if not known.size:
            return
        sizes = np.abs(known).astype(np.float64)
        low, high = sizes.min(), sizes.max()
        self.whole = bool((known == np.ceil(known)).all())
        with np.errstate(over="ignore"):
            spread = bool(high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4)
        self.exponent = spread if OPTIONS.sci_mode is None else OPTIONS.sci_mode
        more = 1 if self.whole and not self.exponent else 0  # the point
        self.width = max(1, *(len(self._said(value)) + more for value in known.tolist()))

    def _said(self, value: float) -> str:
        if self.exponent:
            return f"{value:.{OPTIONS.precision}e}"
        return f"{value:.0f}" if self.whole else f"{value:.{OPTIONS.precision}f}"

    def __call__(self, value: Any) -> str:
        """One element."""
        if not self.floats:
            return str(value).rjust(self.width)
        said = self._said(value)
        if self.whole and not self.exponent and math.isfinite(value):
            said += "."
        return said.rjust(self.width)


def _ends(array: Any) -> Any:
    """The elements of an array that its summary shows."""
    n = OPTIONS.edgeitems
    for axis, side in enumerate(array.shape):
        if side > 2 * n:
            array = np.take(array, [*range(n), *range(side - n, side)], axis)
    return array


def _line(array: Any, indent: int, short: bool, column: _Column) -> str:
    """One row, in lines of as many elements as fit."""
    n = OPTIONS.edgeitems
    if short and not n:
        said = ["..."]
    elif short and len(array) > 2 * n:
        said = [*map(column, array[:n].tolist()), " ...", *map(column, array[-n:].tolist())]
    else:
        said = [column(value) for value in array.tolist()]
    many = max(1, math.floor((OPTIONS.linewidth - indent) / (column.width + 2)))
    lines = [", ".join(said[i : i + many]) for i in range(0, len(said), many)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _block(array: Any, indent: int, short: bool, column: _Column) -> str:
    """An array of any number of dimensions."""
    if array.ndim == 0:
        return column(array.item())
    if array.ndim == 1:
        return _line(array, indent, short, column)
    n, side = OPTIONS.edgeitems, len(array)
    cut = short and side > 2 * n
    shown = [*range(n), *range(side - n, side)] if cut else range(side)
    parts = [_block(array[i], indent + 1, short, column) for i in shown]
    if cut:
        parts.insert(n, "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def elements(array: Any, indent: int = 0) -> str:
    """The elements of an array in their brackets.

    Example:
        >>> elements(np.array([[1.0, -2.5], [0.0, 10.0]]))
        '[[ 1.0000, -2.5000],\\n [ 0.0000, 10.0000]]'
    """
    if not array.size:
        return "[]"
    short = array.size > OPTIONS.threshold
    return _block(array, indent, short, _Column(_ends(array) if short else array))


def written(array: Any, name: str, more: list[str]) -> str:
    """An array as a tensor is written: its kind, its elements, then its size and dtype where they do not speak for
    themselves, and what else there is to say.

    Example:
        >>> print(written(np.zeros((2, 0), np.int32), "tensor", []))
        tensor([], size=(2, 0), dtype=torch.int32)
    """
    indent = len(name) + 1
    after = []
    if (not array.size and array.ndim != 1) or (array.size and not OPTIONS.edgeitems):
        after.append(f"size={array.shape}")
    usual = (get_default_dtype(),) if not array.size else (get_default_dtype(), np.int64, np.bool_)
    if array.dtype not in usual:
        after.append(f"dtype=torch.{array.dtype.name}")
    text = f"{name}({elements(array, indent)}"
    last = len(text) - text.rfind("\n") + 1
    for suffix in (*after, *more):
        if last + len(suffix) + 2 > OPTIONS.linewidth:
            text += ",\n" + " " * indent + suffix
            last = indent + len(suffix)
        else:
            text += ", " + suffix
            last += len(suffix) + 2
    return text + ")"
