"""Operations under the names of ``torch.nn.functional``."""

from __future__ import annotations

from functools import wraps
from typing import Any

from tinygrad_fr.nn.functional.attention import scaled_dot_product_attention
from tinygrad_fr.nn.functional.dropouts import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
    gumbel_softmax,
)
from tinygrad_fr.nn.functional.embeddings import embedding
from tinygrad_fr.nn.functional.embeddings import embedding_bag as embedding_bag
from tinygrad_fr.ops import overloaded, registry
from tinygrad_fr.ops.activation import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    rrelu,
    selu,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from tinygrad_fr.ops.contraction import bilinear
from tinygrad_fr.ops.distances import pdist
from tinygrad_fr.ops.functional_api.softmax import log_softmax, softmax, softmin
from tinygrad_fr.ops.indexing.lookup import one_hot
from tinygrad_fr.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cross_entropy,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    nll_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from tinygrad_fr.ops.loss.ctc import ctc_loss
from tinygrad_fr.ops.normalization import (
    batch_norm,
    cosine_similarity,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    normalize,
    pairwise_distance,
    rms_norm,
)
from tinygrad_fr.ops.products import linear
from tinygrad_fr.ops.shapes.padding import pad
from tinygrad_fr.ops.shapes.rearranging import channel_shuffle, pixel_shuffle, pixel_unshuffle
from tinygrad_fr.ops.spatial.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from tinygrad_fr.ops.spatial.folding import col2im as fold
from tinygrad_fr.ops.spatial.folding import im2col as unfold
from tinygrad_fr.ops.spatial.grids import affine_grid, grid_sample
from tinygrad_fr.ops.spatial.interpolation import interpolate, upsample_bilinear, upsample_nearest
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.node import Node

# Poolings are made for 1, 2 and 3 dimensions at once.
max_pool1d = overloaded["max_pool1d"]
avg_pool1d = registry["avg_pool1d"]
adaptive_max_pool1d = overloaded["adaptive_max_pool1d"]
adaptive_avg_pool1d = registry["adaptive_avg_pool1d"]
max_unpool1d = overloaded["max_unpool1d"]
lp_pool1d = overloaded["lp_pool1d"]
max_pool2d = overloaded["max_pool2d"]
avg_pool2d = registry["avg_pool2d"]
adaptive_max_pool2d = overloaded["adaptive_max_pool2d"]
adaptive_avg_pool2d = registry["adaptive_avg_pool2d"]
max_unpool2d = overloaded["max_unpool2d"]
lp_pool2d = overloaded["lp_pool2d"]
fractional_max_pool2d = overloaded["fractional_max_pool2d"]
max_pool3d = overloaded["max_pool3d"]
avg_pool3d = registry["avg_pool3d"]
adaptive_max_pool3d = overloaded["adaptive_max_pool3d"]
adaptive_avg_pool3d = registry["adaptive_avg_pool3d"]
max_unpool3d = overloaded["max_unpool3d"]
lp_pool3d = overloaded["lp_pool3d"]
fractional_max_pool3d = overloaded["fractional_max_pool3d"]


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "affine_grid",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "elu_",
    "embedding",
    "feature_alpha_dropout",
    "fold",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "grid_sample",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rms_norm",
    "rrelu",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample_bilinear",
    "upsample_nearest",
]


def _in_place_too(op: Any) -> Any:
    """An activation that may also take the place of its input, as PyTorch's ``inplace=True`` says."""
    own = len(op.args)

    @wraps(op)
    def call(input: Any, *args: Any, inplace: bool = False, **options: Any) -> Any:
        if not inplace and not args and not options and isinstance(input, Node):
            return op.call(input)
        if len(args) == own:  # PyTorch's last argument, by its place
            args, inplace = args[:-1], args[-1]
        if not inplace or not isinstance(input, Node):
            return op(input, *args, **options)
        handle: Any = input
        return handle._replace(lambda me: op(me, *args, **options))

    call.__module__, call.__qualname__ = __name__, op.name  # where a copy of a module finds it
    call.in_place = op  # type: ignore[attr-defined]  # a function's
    return accelerator().call(call, call)


celu, elu, hardsigmoid, hardswish, hardtanh, leaky_relu, mish, relu, relu6, selu, silu, threshold = map(
    _in_place_too, (celu, elu, hardsigmoid, hardswish, hardtanh, leaky_relu, mish, relu, relu6, selu, silu, threshold)
)


def _in_place(function: Any) -> Any:
    """PyTorch's name with a line under its end: the activation takes the place of its input."""

    def call(input: Any, *args: Any, **options: Any) -> Any:
        return function(input, *args, inplace=True, **options)

    call.__name__ = call.__qualname__ = f"{function.__name__}_"
    said, more = f"{function.__doc__}".partition("\n\n")[0], ", 0.0, 3.0" if function.__name__ == "threshold" else ""
    call.__doc__ = f"""In place: {said}

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([-1.0, 2.0])
        >>> tg.nn.functional.{call.__name__}(x{more}) is x
        True
    """
    return call


celu_, elu_, hardtanh_, leaky_relu_, relu_, selu_, threshold_ = map(
    _in_place, (celu, elu, hardtanh, leaky_relu, relu, selu, threshold)
)
for _name in __all__:  # what these functions refuse is said in one sentence here too
    _spoken = overloaded.get(_name)
    if getattr(_spoken, "__wrapped__", None) is globals()[_name]:
        globals()[_name] = _spoken
