"""Pooling as modules."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.applied import Applied
from tinygrad_fr.ops.spatial.sides import each

_MAX: Any = {
    "kernel_size": ...,
    "stride": None,
    "padding": 0,
    "dilation": 1,
    "return_indices": False,
    "ceil_mode": False,
}
_WINDOWS = "kernel_size={kernel_size}, stride={stride}, padding={padding}"
_AVG: Any = {"kernel_size": ..., "stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}


class _Windows(Applied):
    """A stride that is not given is the size of the window."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self._chosen["stride"] is None:
            self.stride = self._chosen["kernel_size"]


class MaxPool1d(
    _Windows, function="max_pool1d", said=_WINDOWS + ", dilation={dilation}, ceil_mode={ceil_mode}", **_MAX
):
    """Largest element of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MaxPool1d(2)(tensor([[[1.0, 3.0, 2.0, 5.0]]]))
        tensor([[[3., 5.]]])
    """


class MaxPool2d(
    _Windows, function="max_pool2d", said=_WINDOWS + ", dilation={dilation}, ceil_mode={ceil_mode}", **_MAX
):
    """Largest element of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MaxPool2d(2)(tensor([[[[1.0, 2.0, 0.0, 1.0], [3.0, 4.0, 5.0, 0.0]]]]))
        tensor([[[[4., 5.]]]])
    """


class MaxPool3d(
    _Windows, function="max_pool3d", said=_WINDOWS + ", dilation={dilation}, ceil_mode={ceil_mode}", **_MAX
):
    """Largest element of windows of (N, C, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.MaxPool3d(2)(zeros(1, 3, 4, 8, 8)).shape
        torch.Size([1, 3, 2, 4, 4])
    """


class _Single(_Windows):
    """Sizes of one dimension are tuples of one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("kernel_size", "stride", "padding"):
            size = getattr(self, name)
            setattr(self, name, tuple(size) if isinstance(size, tuple | list) else (size,))


class AvgPool1d(_Single, function="avg_pool1d", said=_WINDOWS, **_AVG):
    """Mean of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AvgPool1d(2, stride=1)(tensor([[[1.0, 3.0, 7.0]]]))
        tensor([[[2., 5.]]])
    """


class AvgPool2d(_Windows, function="avg_pool2d", said=_WINDOWS, **_AVG, divisor_override=None):
    """Mean of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AvgPool2d(2)(tensor([[[[1.0, 3.0], [5.0, 7.0]]]]))
        tensor([[[[4.]]]])
    """


class AvgPool3d(_Windows, function="avg_pool3d", said=_WINDOWS, **_AVG, divisor_override=None):
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


class AdaptiveMaxPool1d(
    Applied, function="adaptive_max_pool1d", output_size=..., return_indices=False, said="output_size={output_size}"
):
    """Maxima that make a given size: (N, C, L) → (N, C, output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveMaxPool1d(2)(tensor([[[1.0, 9.0, 3.0, 5.0, 6.0, 2.0]]]))
        tensor([[[9., 6.]]])
    """


class AdaptiveMaxPool2d(
    Applied, function="adaptive_max_pool2d", output_size=..., return_indices=False, said="output_size={output_size}"
):
    """Maxima that make a given size: (N, C, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveMaxPool2d((1, 2))(tensor([[[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]]]))
        tensor([[[[8., 6.]]]])
    """


class AdaptiveMaxPool3d(
    Applied, function="adaptive_max_pool3d", output_size=..., return_indices=False, said="output_size={output_size}"
):
    """Maxima that make a given size: (N, C, D, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.AdaptiveMaxPool3d(1)(arange(8.0).reshape(1, 1, 2, 2, 2)).item()
        7.0
    """


class _Unpool(_Windows):
    """What max pooling left, put back where it was."""

    _dims = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("kernel_size", "stride", "padding"):
            setattr(self, name, each(name, getattr(self, name), self._dims))

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """Put the elements where the indices say, zeros elsewhere."""
        return getattr(F, self._function)(input, indices, **self._chosen, output_size=output_size)


class MaxUnpool1d(_Unpool, function="max_unpool1d", said=_WINDOWS, kernel_size=..., stride=None, padding=0):
    """Maxima of windows of (N, C, L) put back where they were found.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> values, places = nn.MaxPool1d(2, return_indices=True)(tensor([[[1.0, 3.0, 5.0, 2.0]]]))
        >>> nn.MaxUnpool1d(2)(values, places)
        tensor([[[0., 3., 5., 0.]]])
    """

    _dims = 1


class MaxUnpool2d(_Unpool, function="max_unpool2d", said=_WINDOWS, kernel_size=..., stride=None, padding=0):
    """Maxima of windows of (N, C, H, W) put back where they were found.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> values, places = nn.MaxPool2d(2, return_indices=True)(tensor([[[[1.0, 3.0], [5.0, 2.0]]]]))
        >>> nn.MaxUnpool2d(2)(values, places)
        tensor([[[[0., 0.],
                  [5., 0.]]]])
    """

    _dims = 2


class MaxUnpool3d(_Unpool, function="max_unpool3d", said=_WINDOWS, kernel_size=..., stride=None, padding=0):
    """Maxima of windows of (N, C, D, H, W) put back where they were found.

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> values, places = nn.MaxPool3d(2, return_indices=True)(arange(8.0).reshape(1, 1, 2, 2, 2))
        >>> nn.MaxUnpool3d(2)(values, places).flatten()
        tensor([0., 0., 0., 0., 0., 0., 0., 7.])
    """

    _dims = 3


class _Fractional(Applied):
    """One number for each dimension; the windows' places are drawn anew at each call unless they are given."""

    _dims = 0
    kernel_size: Any
    output_size: Any
    output_ratio: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name = type(self).__name__
        if (self.output_size is None) == (self.output_ratio is None):
            raise UsageError(_("{name}: expected either output_size or output_ratio").format(name=name))
        self.kernel_size = each("kernel_size", self.kernel_size, self._dims)
        if self.output_size is not None:
            self.output_size = each("output_size", self.output_size, self._dims)
            return
        given = self.output_ratio
        ratios = self.output_ratio = (given,) * self._dims if isinstance(given, float | int) else tuple(given)
        if not all(0 < ratio < 1 for ratio in ratios):
            raise UsageError(_("{name}: expected ratios between 0 and 1, got {found}").format(name=name, found=given))


_FRACTIONAL: Any = {
    "kernel_size": ...,
    "output_size": None,
    "output_ratio": None,
    "return_indices": False,
    "_random_samples": None,
}


class FractionalMaxPool2d(_Fractional, function="fractional_max_pool2d", said="", **_FRACTIONAL):
    """Largest element of windows at random places: (N, C, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.FractionalMaxPool2d(2, output_size=(1, 2))(arange(9.0).reshape(1, 1, 3, 3))
        tensor([[[[7., 8.]]]])
    """

    _dims = 2


class FractionalMaxPool3d(_Fractional, function="fractional_max_pool3d", said="", **_FRACTIONAL):
    """Largest element of windows at random places: (N, C, D, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.FractionalMaxPool3d(2, output_ratio=0.5)(zeros(1, 3, 8, 8, 6)).shape
        torch.Size([1, 3, 4, 4, 3])
    """

    _dims = 3


class LPPool1d(Applied, function="lp_pool1d", norm_type=..., kernel_size=..., stride=None, ceil_mode=False):
    """p-norm of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LPPool1d(2, 2)(tensor([[[3.0, 4.0, 6.0, 8.0]]]))
        tensor([[[ 5., 10.]]])
    """


class LPPool2d(Applied, function="lp_pool2d", norm_type=..., kernel_size=..., stride=None, ceil_mode=False):
    """p-norm of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LPPool2d(2, (1, 2))(tensor([[[[3.0, 4.0, 6.0, 8.0]]]]))
        tensor([[[[ 5., 10.]]]])
    """


class LPPool3d(Applied, function="lp_pool3d", norm_type=..., kernel_size=..., stride=None, ceil_mode=False):
    """p-norm of windows of (N, C, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LPPool3d(2, (1, 1, 2))(tensor([[[[[3.0, 4.0]]]]]))
        tensor([[[[[5.]]]]])
    """
