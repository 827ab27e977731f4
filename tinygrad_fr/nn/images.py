"""Modules that cut images into windows, move pixels and channels, and stretch: torch's vision layers."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.nn.applied import Applied


class LocalResponseNorm(
    Applied,
    function="local_response_norm",
    size=...,
    alpha=1e-4,
    beta=0.75,
    k=1.0,
    said="{size}, alpha={alpha}, beta={beta}, k={k}",
):
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


class Upsample(
    Applied,
    function="interpolate",
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
):
    """Images stretched to a size, or by a factor.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Upsample(scale_factor=2)(tensor([[[1.0, 3.0]]]))
        tensor([[[1., 1., 3., 3.]]])
        >>> nn.Upsample(scale_factor=2, mode="linear")(tensor([[[1.0, 3.0]]]))
        tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        given = self.chosen["scale_factor"]
        if given is not None:
            self.scale_factor = tuple(map(float, given)) if isinstance(given, tuple | list) else float(given)

    def extra_repr(self) -> str:
        """Size or factor, and the way."""
        chosen = self.chosen
        name = "size" if chosen["scale_factor"] is None else "scale_factor"
        return f"{name}={chosen[name]}, mode={chosen['mode']!r}"


class UpsamplingNearest2d(Upsample):
    """Images stretched, each pixel to several of its value.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.UpsamplingNearest2d(scale_factor=2)(tensor([[[[1.0, 3.0]]]])).shape
        torch.Size([1, 1, 2, 4])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Images stretched along straight lines between the pixels, the corners kept.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.UpsamplingBilinear2d(size=(1, 3))(tensor([[[[1.0, 3.0]]]]))
        tensor([[[[1., 2., 3.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)


class ChannelShuffle(Applied, function="channel_shuffle", groups=...):
    """Channels of groups dealt out in turn, as cards: (N, C, …) → (N, C, …).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ChannelShuffle(2)(tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1)).flatten()
        tensor([1., 3., 2., 4.])
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
