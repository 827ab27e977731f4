"""Images cut into windows, and windows put together."""

from __future__ import annotations

from tinygrad_fr.nn.applied import Applied


class Fold(Applied, function="fold", output_size=..., kernel_size=..., dilation=1, padding=0, stride=1):
    """Columns added up where their windows meet: (N, C · window, windows) → (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Fold((1, 3), kernel_size=(1, 2))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))  # 3 + 2 in the middle
        tensor([[[[1., 5., 4.]]]])
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
