"""Covariance and correlation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import div, mul, sqrt, sub
from tinygrad_fr.ops.comparison import clamp_min
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.diagonals import diagonal
from tinygrad_fr.ops.shapes.permutation import mT as _mT
from tinygrad_fr.ops.shapes.shape import reshape_to, unsqueeze
from tinygrad_fr.ops.shared.overloads import overload
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of


@overload
def cov(x: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """Covariances of the rows, which are variables, over the columns, which are observations.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cov(tg.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
        tensor([[1., 2.],
                [2., 4.]])
    """
    if len(x.shape) > 2:
        raise refusal("cov", tr("at most 2 dimensions"), tuple(x.shape))
    rows = reshape_to(x, (1, -1)) if len(x.shape) < 2 else x
    weights: Any = np.ones(rows.shape[1], dtype_of(x))
    for given, kinds in ((fweights, "iu"), (aweights, "f")):
        if given is not None:
            if dtype_of(given).kind not in kinds or (value_of(given) < 0).any():
                raise refusal("cov", tr("fweights of whole numbers, aweights of floats, none negative"), given)
            weights = mul(given, weights)
    total = sum(weights, 0)
    lost = correction if aweights is None else div(mul(sum(mul(weights, aweights), 0), correction), total)
    centred = sub(rows, div(sum(mul(rows, weights), 1, True), total))
    result = div(matmul(mul(centred, weights), _mT(centred)), clamp_min(sub(total, lost), 0.0))
    return reshape_to(result, ()) if rows.shape[0] == 1 else result


@overload
def corrcoef(x: Any) -> Any:
    """Correlations of the rows.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.corrcoef(tg.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    c = cov(x)
    if not len(c.shape):
        return div(c, c)
    scale = sqrt(diagonal(c))
    return div(div(c, unsqueeze(scale, 1)), unsqueeze(scale, 0))
