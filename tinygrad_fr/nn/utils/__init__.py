"""``torch.nn.utils``: gradients clipped, parameters as one vector, sequences of different lengths, weights normalised."""

from typing import Any

from tinygrad_fr.nn.utils import rnn
from tinygrad_fr.nn.utils.clip import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from tinygrad_fr.nn.utils.vector import parameters_to_vector, vector_to_parameters

_FUSIONS = ("fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights")
_NORMS = ("remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm")

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "fuse_conv_bn_eval",
    "fuse_conv_bn_weights",
    "fuse_linear_bn_eval",
    "fuse_linear_bn_weights",
    "fusion",
    "get_total_norm",
    "init",
    "parameters_to_vector",
    "parametrizations",
    "parametrize",
    "prune",
    "remove_spectral_norm",
    "remove_weight_norm",
    "rnn",
    "skip_init",
    "spectral_norm",
    "vector_to_parameters",
    "weight_norm",
]


def __getattr__(name: str) -> Any:
    # These need the modules, which need this package.
    from importlib import import_module

    if name in _NORMS:
        return getattr(import_module("tinygrad_fr.nn.utils.norms"), name)
    if name in _FUSIONS:
        return getattr(import_module("tinygrad_fr.nn.utils.fusion"), name)
    if name == "skip_init":
        return import_module("tinygrad_fr.nn.utils.init").skip_init
    if name in ("fusion", "init", "parametrizations", "parametrize", "prune"):
        return import_module(f"tinygrad_fr.nn.utils.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
