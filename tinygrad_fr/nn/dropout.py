"""Dropout as modules."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.applied import Applied


class _Dropping(Applied):
    """Dropout acts while training alone."""

    p: float

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not 0 <= self.p <= 1:
            raise UsageError(_("dropout: expected a probability from 0 to 1, got {found}").format(found=self.p))

    def forward(self, input: Any) -> Any:
        """Drop elements while training."""
        function, p = getattr(F, self._function), self.p
        if self.inplace and isinstance(input, Tensor):
            return input._replace(lambda me: function(me, p, self.training))
        return function(input, p, self.training)

    _said = "p={p}, inplace={inplace}"


class Dropout(_Dropping, function="dropout", p=0.5, inplace=False):
    """Elements set to 0 with probability p while training, the others divided by 1 − p.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, ones
        >>> drop = manual_seed(0) and nn.Dropout(0.5)
        >>> drop(ones(6)), drop.eval()(ones(6))
        (tensor([0., 0., 2., 0., 0., 0.]), tensor([1., 1., 1., 1., 1., 1.]))
    """


class Dropout1d(_Dropping, function="dropout1d", p=0.5, inplace=False):
    """Channels of (N, C, L) set to 0 with probability p while training, the others divided by 1 − p.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, ones
        >>> drop = manual_seed(0) and nn.Dropout1d(0.5)
        >>> drop(ones(1, 3, 4))
        tensor([[[0., 0., 0., 0.],
                 [0., 0., 0., 0.],
                 [2., 2., 2., 2.]]])
    """


class Dropout2d(_Dropping, function="dropout2d", p=0.5, inplace=False):
    """Channels of (N, C, H, W) set to 0 with probability p while training, the others divided by 1 − p.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, ones
        >>> drop = manual_seed(0) and nn.Dropout2d(0.5)
        >>> drop(ones(1, 6, 5, 5)).sum((2, 3))  # 25 pixels of 0, or of 2
        tensor([[ 0.,  0., 50.,  0.,  0.,  0.]])
    """


class Dropout3d(_Dropping, function="dropout3d", p=0.5, inplace=False):
    """Channels of (N, C, D, H, W) set to 0 with probability p while training, the others divided by 1 − p.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, ones
        >>> drop = manual_seed(0) and nn.Dropout3d(0.2)
        >>> drop(ones(1, 6, 2, 2, 2)).mean((2, 3, 4))  # 1 / (1 − 0.2)
        tensor([[0.0000, 1.2500, 1.2500, 0.0000, 1.2500, 1.2500]])
    """


class AlphaDropout(_Dropping, function="alpha_dropout", p=0.5, inplace=False):
    """Dropout that keeps mean and variance under selu.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, randn
        >>> y = nn.AlphaDropout(0.5)(randn(10000, generator=manual_seed(0)))
        >>> abs(y.mean().item()) < 0.05, abs(y.std().item() - 1) < 0.05
        (True, True)
    """


class FeatureAlphaDropout(_Dropping, function="feature_alpha_dropout", p=0.5, inplace=False):
    """Alpha dropout of whole channels.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, ones
        >>> drop = manual_seed(0) and nn.FeatureAlphaDropout(0.5)
        >>> len(drop(ones(1, 8, 2, 2)).flatten().unique())  # channels are kept or dropped whole
        2
    """
