"""Norms of weights as parametrizations, under the names of ``torch.nn.utils.parametrizations``."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.nn.utils.norms import SpectralNorm, WeightNorm, dimension_of
from tinygrad_fr.nn.utils.parametrize import register_parametrization, tensor_of


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Learn a weight as a length and a direction (Salimans and Kingma, 2016).

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.parametrizations.weight_norm(nn.Linear(2, 3)).state_dict())
        ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    tensor_of(module, name)
    return register_parametrization(module, name, WeightNorm(dim))


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value (Miyato et al., 2018).

    Example:
        >>> from tinygrad_fr import linalg, manual_seed, nn
        >>> layer = manual_seed(0) and nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3))
        >>> round(linalg.svdvals(layer.weight)[0].item(), 3)
        1.0
    """
    weight = tensor_of(module, name)
    rule = SpectralNorm(weight, n_power_iterations, dimension_of(module, weight, dim), eps)
    return register_parametrization(module, name, rule)
