"""Normalisations of each channel of each sample."""

from __future__ import annotations

from tinygrad_fr.nn.batchnorm import _NormBase
from tinygrad_fr.nn.placed import placed


class _InstanceNorm(_NormBase):
    _per_sample = True

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)


@placed
class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of (N, C, L) with mean 0 and variance 1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.InstanceNorm1d(2)(tensor([[[1.0, 3.0], [10.0, 50.0]]]))
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """

    _ranks = (2, 3)


@placed
class InstanceNorm2d(_InstanceNorm):
    """Each channel of each sample of (N, C, H, W) with mean 0 and variance 1.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.InstanceNorm2d(3)(tg.zeros(4, 3, 8, 8)).shape
        torch.Size([4, 3, 8, 8])
    """

    _ranks = (3, 4)


@placed
class InstanceNorm3d(_InstanceNorm):
    """Each channel of each sample of (N, C, D, H, W) with mean 0 and variance 1.

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> y = nn.InstanceNorm3d(2)(arange(16.0).reshape(1, 2, 1, 2, 4))
        >>> bool((y[0, 0] == y[0, 1]).all())  # 0 to 7 and 8 to 15 differ in their mean alone
        True
    """

    _ranks = (4, 5)
