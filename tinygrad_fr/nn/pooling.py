"""Pooling as modules."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.nn.applied import Applied

_MAX: Any = {
    "kernel_size": ...,
    "stride": None,
    "padding": 0,
    "dilation": 1,
    "return_indices": False,
    "ceil_mode": False,
}
_AVG: Any = {"kernel_size": ..., "stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}


class MaxPool1d(Applied, function="max_pool1d", **_MAX):
    """Largest element of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MaxPool1d(2)(tensor([[[1.0, 3.0, 2.0, 5.0]]]))
        tensor([[[3., 5.]]])
    """


class MaxPool2d(Applied, function="max_pool2d", **_MAX):
    """Largest element of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MaxPool2d(2)(tensor([[[[1.0, 2.0, 0.0, 1.0], [3.0, 4.0, 5.0, 0.0]]]]))
        tensor([[[[4., 5.]]]])
    """


class MaxPool3d(Applied, function="max_pool3d", **_MAX):
    """Largest element of windows of (N, C, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.MaxPool3d(2)(zeros(1, 3, 4, 8, 8)).shape
        torch.Size([1, 3, 2, 4, 4])
    """


class AvgPool1d(Applied, function="avg_pool1d", **_AVG):
    """Mean of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AvgPool1d(2, stride=1)(tensor([[[1.0, 3.0, 7.0]]]))
        tensor([[[2., 5.]]])
    """


class AvgPool2d(Applied, function="avg_pool2d", **_AVG, divisor_override=None):
    """Mean of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AvgPool2d(2)(tensor([[[[1.0, 3.0], [5.0, 7.0]]]]))
        tensor([[[[4.]]]])
    """


class AvgPool3d(Applied, function="avg_pool3d", **_AVG, divisor_override=None):
    """Mean of windows of (N, C, D, H, W).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.AvgPool3d(2)(arange(8.0).reshape(1, 1, 2, 2, 2))  # mean of 0 to 7
        tensor([[[[[3.5000]]]]])
    """


class AdaptiveAvgPool1d(Applied, function="adaptive_avg_pool1d", output_size=...):
    """Means that make a given size: (N, C, L) → (N, C, output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveAvgPool1d(2)(tensor([[[1.0, 2.0, 3.0, 5.0, 6.0, 7.0]]]))
        tensor([[[2., 6.]]])
    """


class AdaptiveAvgPool2d(Applied, function="adaptive_avg_pool2d", output_size=...):
    """Means that make a given size: (N, C, H, W) → (N, C, *output_size), whatever the image's.

    Example:
        >>> from tinygrad_fr import nn, tensor, zeros
        >>> nn.AdaptiveAvgPool2d(1)(tensor([[[[1.0, 3.0], [5.0, 7.0]], [[0.0, 0.0], [0.0, 8.0]]]]))[0, :, 0, 0]
        tensor([4., 2.])
        >>> nn.AdaptiveAvgPool2d((2, 3))(zeros(1, 8, 7, 5)).shape
        torch.Size([1, 8, 2, 3])
    """


class AdaptiveAvgPool3d(Applied, function="adaptive_avg_pool3d", output_size=...):
    """Means that make a given size: (N, C, D, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.AdaptiveAvgPool3d((1, 2, 2))(zeros(1, 8, 5, 6, 7)).shape
        torch.Size([1, 8, 1, 2, 2])
    """


class AdaptiveMaxPool1d(Applied, function="adaptive_max_pool1d", output_size=..., return_indices=False):
    """Maxima that make a given size: (N, C, L) → (N, C, output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveMaxPool1d(2)(tensor([[[1.0, 9.0, 3.0, 5.0, 6.0, 2.0]]]))
        tensor([[[9., 6.]]])
    """


class AdaptiveMaxPool2d(Applied, function="adaptive_max_pool2d", output_size=..., return_indices=False):
    """Maxima that make a given size: (N, C, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveMaxPool2d((1, 2))(tensor([[[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]]]))
        tensor([[[[8., 6.]]]])
    """


class AdaptiveMaxPool3d(Applied, function="adaptive_max_pool3d", output_size=..., return_indices=False):
    """Maxima that make a given size: (N, C, D, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.AdaptiveMaxPool3d(1)(arange(8.0).reshape(1, 1, 2, 2, 2)).item()
        7.0
    """
