"""The same numbers in another dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.devices.layout import laid_in, order_of
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.promotion import elements
from tinygrad_fr.sampling import Sample


@structured(
    symbol="≡",
    latex=r"x",
    reads="",
    sample=lambda d: Sample((d.array(d.shape()),), {"dtype": np.dtype("float64")}),
    method=False,
    explained=Explanation(shown_as="to", letters=("x",), sends=("G",)),
)
def cast(x: Array, dtype: Any) -> Array:
    """The same numbers in another dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cast"](tg.tensor([1.9, -1.9]), tg.int64)
        tensor([ 1, -1])
    """
    kind = dtype.dtype if isinstance(dtype, elements.dtype) else dtype
    if x.__class__ is not np.ndarray:
        return np.asarray(x).astype(kind, copy=False)
    if x.dtype is kind:
        return x
    if 0 in x.strides and x.dtype != kind:  # repeated elements lie in PyTorch's order, not in numpy's
        return laid_in(x.astype(kind), order_of(x.shape, x.strides))
    return x.astype(kind, copy=False)


cast.lays_out = False  # a copy keeps the memory layout of its original


@cast.derivative("x")
def _(g: Any, y: Any, x: Any, dtype: Any) -> Any:
    return cast(g, dtype_of(x))
