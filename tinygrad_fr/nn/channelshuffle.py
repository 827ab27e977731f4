"""Channels of groups, interleaved."""

from __future__ import annotations

from tinygrad_fr.nn.applied import Applied


class ChannelShuffle(Applied, function="channel_shuffle", groups=...):
    """Channels of groups dealt out in turn, as cards: (N, C, …) → (N, C, …).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ChannelShuffle(2)(tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1)).flatten()
        tensor([1., 3., 2., 4.])
    """
