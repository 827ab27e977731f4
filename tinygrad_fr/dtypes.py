"""Types of elements under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import DtypeError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.promotion.dtype import as_dtype, castable
from tinygrad_fr.promotion.dtype import get_default_dtype as _default
from tinygrad_fr.promotion.dtype import result_type as _result_type
from tinygrad_fr.promotion.elements import dtype, shown

bool = shown(np.bool_)
uint8 = shown(np.uint8)
uint16 = shown(np.uint16)
uint32 = shown(np.uint32)
uint64 = shown(np.uint64)
int8 = shown(np.int8)
int16 = short = shown(np.int16)
int32 = int = shown(np.int32)
int64 = long = shown(np.int64)
float16 = half = shown(np.float16)
float32 = float = shown(np.float32)
float64 = double = shown(np.float64)


def get_default_dtype() -> dtype:
    """The float dtype of new tensors, float32 unless changed.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.get_default_dtype()
        torch.float32
    """
    return shown(_default())


class finfo:  # noqa: N801 - PyTorch's name
    """Limits of a float dtype, the default one if none is said.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.finfo(tg.float16).max, tg.finfo(tg.float32).eps == 2**-23
        (65504.0, True)
    """

    def __init__(self, type: Any = None) -> None:
        kind = as_dtype(type if type is not None else _default())
        if kind.kind != "f":
            raise DtypeError(_("finfo: expected a float dtype, got {found}").format(found=shown(kind)))
        limits = np.finfo(kind)
        self.bits, self.dtype = limits.bits, kind.name
        self.min, self.max = limits.min.item(), limits.max.item()
        self.eps, self.resolution = limits.eps.item(), 10.0**-limits.precision
        self.smallest_normal = self.tiny = limits.smallest_normal.item()

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{name}={getattr(self, name):g}' for name in names)}, dtype={self.dtype})"


class iinfo:  # noqa: N801 - PyTorch's name
    """Limits of an integer dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.iinfo(tg.int8).min, tg.iinfo(tg.int8).max
        (-128, 127)
    """

    def __init__(self, type: Any) -> None:
        kind = as_dtype(type)
        if kind.kind not in "iu":
            raise DtypeError(_("iinfo: expected an integer dtype, got {found}").format(found=shown(kind)))
        limits = np.iinfo(kind)
        self.bits, self.dtype, self.min, self.max = limits.bits, kind.name, limits.min, limits.max

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


@in_words
def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The dtype that an operation on two tensors or numbers gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.result_type(tg.tensor([1]), tg.tensor([1.0])), tg.result_type(tg.tensor([1], dtype=tg.int8), 1)
        (torch.float32, torch.int8)
    """
    return shown(_result_type(value_of(tensor1), value_of(tensor2)))


@in_words
def promote_types(type1: Any, type2: Any) -> Any:
    """The dtype that an operation on tensors of two dtypes gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.promote_types(tg.int8, tg.uint8), tg.promote_types(tg.int64, tg.float16)
        (torch.int16, torch.float16)
    """
    return shown(_result_type(np.zeros(1, as_dtype(type1)), np.zeros(1, as_dtype(type2))))


@in_words
def can_cast(from_: Any, to: Any) -> Any:
    """Whether one dtype can be written into another in place: no float into an integer, no number into a bool.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.can_cast(tg.int64, tg.float32), tg.can_cast(tg.float32, tg.int64)
        (True, False)
    """
    return castable(as_dtype(from_), as_dtype(to))
