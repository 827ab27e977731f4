"""Modules that cut images into windows, move pixels and channels, and stretch: torch's vision layers."""

from __future__ import annotations

from tinygrad_fr.nn.applied import Applied


class LocalResponseNorm(Applied, function="local_response_norm", size=..., alpha=1e-4, beta=0.75, k=1.0):
    """AlexNet's normalisation: x / (k + α/size Σ x²)^β, the sum over ``size`` channels around its own.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LocalResponseNorm(1, alpha=1.0, beta=1.0)(tensor([[[3.0]]]))  # 3 / (1 + 9)
        tensor([[[0.3000]]])
    """


class PixelShuffle(Applied, function="pixel_shuffle", upscale_factor=...):
    """Channels become finer pixels: (N, C r², H, W) → (N, C, H r, W r).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.PixelShuffle(2)(tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1, 1))
        tensor([[[[1., 2.],
                  [3., 4.]]]])
    """


class PixelUnshuffle(Applied, function="pixel_unshuffle", downscale_factor=...):
    """Pixels become channels: (N, C, H r, W r) → (N, C r², H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> x = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> nn.PixelUnshuffle(2)(x).shape, nn.PixelUnshuffle(2)(x)[0, :, 0, 0]
        (torch.Size([1, 4, 1, 1]), tensor([1., 2., 3., 4.]))
    """


class Upsample(Applied, function="interpolate", size=None, scale_factor=None, mode="nearest", align_corners=None):
    """Images stretched to a size, or by a factor.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Upsample(scale_factor=2)(tensor([[[1.0, 3.0]]]))
        tensor([[[1., 1., 3., 3.]]])
        >>> nn.Upsample(scale_factor=2, mode="linear")(tensor([[[1.0, 3.0]]]))
        tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """


class Unfold(Applied, function="unfold", kernel_size=..., dilation=1, padding=0, stride=1):
    """Windows as columns: (N, C, H, W) → (N, C · window, windows).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Unfold(kernel_size=2)(tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]))  # two windows
        tensor([[[1., 2.],
                 [2., 3.],
                 [4., 5.],
                 [5., 6.]]])
    """


class Fold(Applied, function="fold", output_size=..., kernel_size=..., dilation=1, padding=0, stride=1):
    """Columns added up where their windows meet: (N, C · window, windows) → (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Fold((1, 3), kernel_size=(1, 2))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))  # 3 + 2 in the middle
        tensor([[[[1., 5., 4.]]]])
    """
