"""Images made larger or smaller."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.nn.applied import Applied


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
        given = self._chosen["scale_factor"]
        if given is not None:
            self.scale_factor = tuple(map(float, given)) if isinstance(given, tuple | list) else float(given)

    def extra_repr(self) -> str:
        """Size or factor, and the way."""
        chosen = self._chosen
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
