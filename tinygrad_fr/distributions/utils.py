"""What distributions of one's own are made with, under the names of ``torch.distributions.utils``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tinygrad_fr.distributions.discrete import inside as clamp_probs
from tinygrad_fr.distributions.distribution import tensors
from tinygrad_fr.distributions.transforms import summed as _sum_rightmost
from tinygrad_fr.modes import enable_grad
from tinygrad_fr.ops import registry

__all__ = ["_sum_rightmost", "broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits"]


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape.

    Example:
        >>> import tinygrad_fr as tg
        >>> broadcast_all(1.0, tg.zeros(2))
        (tensor([1., 1.]), tensor([0., 0.]))
    """
    return tensors(*values)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """Probabilities of success, or of classes.

    Example:
        >>> import tinygrad_fr as tg
        >>> logits_to_probs(tg.zeros(2)), logits_to_probs(tg.zeros(1), is_binary=True)
        (tensor([0.5000, 0.5000]), tensor([0.5000]))
    """
    return logits.sigmoid() if is_binary else registry["softmax"](logits, -1)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """Log-odds of success, or logarithms of the probabilities of classes.

    Example:
        >>> import tinygrad_fr as tg
        >>> probs_to_logits(tg.tensor([0.5]), is_binary=True)
        tensor([0.])
    """
    kept = clamp_probs(probs)
    return kept.log() - registry["log1p"](-kept) if is_binary else kept.log()


class lazy_property(cached_property[Any]):  # noqa: N801 - PyTorch's name
    """An attribute that is computed when it is first read, with gradients.

    Example:
        >>> class Twice:
        ...     @lazy_property
        ...     def value(self):
        ...         return 2
        >>> Twice().value
        2
    """

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            return super().__get__(instance, owner)
