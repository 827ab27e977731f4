"""Windows of images as columns (``unfold``), and columns added up where their windows lie (``fold``)."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.shapes.shape import reshape_to, squeeze, unsqueeze
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.ops.spatial.convolution import convolution, convolution_input
from tinygrad_fr.ops.spatial.sides import each, output_sides


@function
def im2col(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Every window of (N, C, H, W) as a column: (N, C · kernel, positions); ``unfold`` of torch.nn.functional.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.unfold(tg.arange(9.0).reshape(1, 1, 3, 3), 2)[0, :, 0]  # the window at the upper left
        tensor([0., 1., 3., 4.])
    """
    kernel, stride, padding, dilation = (
        each(name, value, 2)
        for name, value in (
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("padding", padding),
            ("dilation", dilation),
        )
    )
    alone = len(input.shape) == 3
    x = unsqueeze(input, 0) if alone else input
    c, size = x.shape[1], prod(kernel)
    if min(output_sides(tuple(x.shape[2:]), kernel, stride, padding, dilation)) < 1:
        raise ShapeError(
            tr("unfold: the window {kernel} is larger than the padded input {sides} ({where})").format(
                kernel=kernel, sides=tuple(x.shape[2:]), where=here()
            )
        )
    picks = np.eye(size, dtype=dtype_of(x)).reshape(size, 1, *kernel)
    y = convolution(x, np.tile(picks, (c, 1, 1, 1)), stride, padding, dilation, c)
    columns = rows(reshape_to(y, (x.shape[0], c * size, prod(y.shape[2:]))))
    return squeeze(columns, 0) if alone else columns


@function
def col2im(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns added up where their windows lie: the transpose of :func:`im2col`, ``fold`` of torch.nn.functional.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.fold(tg.ones(1, 4, 4), 3, 2).tolist()  # four windows of 2 × 2 meet in the middle
        [[[[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]]]
    """
    sides = each("output_size", output_size, 2)
    kernel, stride, padding, dilation = (
        each(name, value, 2)
        for name, value in (
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("padding", padding),
            ("dilation", dilation),
        )
    )
    alone = len(input.shape) == 2
    x = unsqueeze(input, 0) if alone else input
    size = prod(kernel)
    out = output_sides(sides, kernel, stride, padding, dilation)
    if x.shape[1] % size or x.shape[2] != prod(out):
        raise ShapeError(
            tr("fold: columns of shape {found} do not fit windows {kernel} of an output {sides} ({where})").format(
                found=tuple(x.shape), kernel=kernel, sides=sides, where=here()
            )
        )
    c = x.shape[1] // size
    picks = np.eye(size, dtype=dtype_of(x)).reshape(size, 1, *kernel)
    y = convolution_input(
        reshape_to(x, (x.shape[0], c * size, *out)), np.tile(picks, (c, 1, 1, 1)), sides, stride, padding, dilation, c
    )
    return rows(squeeze(y, 0) if alone else y)
