"""Channels that become pixels, and pixels that become channels."""

from __future__ import annotations

from tinygrad_fr.nn.applied import Applied


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
