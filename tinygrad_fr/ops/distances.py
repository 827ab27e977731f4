"""Norms of differences: between two tensors, or between the rows of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import sub
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.linalg.norms import vector_norm
from tinygrad_fr.ops.shapes.shape import unsqueeze
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of


@overload
def dist(x: Any, other: Any, p: float = 2) -> Any:
    """Norm of the difference.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.dist(tg.tensor([0.0, 0.0]), tg.tensor([3.0, 4.0]))
        tensor(5.)
    """
    return vector_norm(sub(x, other), float(p))


@function
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """Distances between every row of one matrix and every row of another.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cdist(tg.tensor([[0.0, 0.0]]), tg.tensor([[3.0, 4.0], [0.0, 1.0]]))
        tensor([[5., 1.]])
    """
    if p < 0:
        raise refusal("cdist", tr("p of at least 0"), p)
    if len(x1.shape) < 2 or len(x2.shape) < 2 or x1.shape[-1] != x2.shape[-1]:
        raise refusal("cdist", tr("rows of one length"), (tuple(x1.shape), tuple(x2.shape)))
    return vector_norm(sub(unsqueeze(x1, -2), unsqueeze(x2, -3)), float(p), -1)


@function
def pdist(input: Any, p: float = 2.0) -> Any:
    """Distances between every two rows of a matrix, in the order of the upper triangle.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.pdist(tg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
        tensor([5.0000, 1.0000, 4.2426])
    """
    if p < 0:
        raise refusal("pdist", tr("p of at least 0"), p)
    if len(input.shape) != 2 or dtype_of(input).kind != "f":
        raise refusal("pdist", tr("a matrix of floats"), (tuple(input.shape), str(dtype_of(input))))
    first, second = np.triu_indices(input.shape[0], 1)
    return vector_norm(sub(getitem(input, first), getitem(input, second)), float(p), -1)
