"""A layer and the batch normalisation after it as one layer, once both only evaluate."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.creation import ones_like, zeros_like
from tinygrad_fr.locale import _
from tinygrad_fr.nn.parameter import Parameter


def _evaluating(layer: Any, bn: Any) -> None:
    if layer.training or bn.training:
        raise UsageError(_("layers are fused in evaluation only: call eval() of both first"))


def _fused(w: Any, b: Any, bn: tuple[Any, ...], sides: list[int]) -> tuple[Parameter, Parameter]:
    mean, variance, eps, scale, shift = bn
    b = zeros_like(mean) if b is None else b
    scale = ones_like(mean) if scale is None else scale
    shift = zeros_like(mean) if shift is None else shift
    factor = scale * (variance + eps).rsqrt()
    weight, bias = (w * factor.reshape(sides)).to(w.dtype), ((b - mean) * factor + shift).to(b.dtype)
    return Parameter(weight, w.requires_grad), Parameter(bias, b.requires_grad)


def fuse_conv_bn_weights(
    conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any, transpose: bool = False
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the convolution that does what a convolution and the normalisation after it do.

    Args:
        conv_w: the convolution's weight.
        conv_b: its bias, or None.
        bn_rm: the running mean.
        bn_rv: the running variance.
        bn_eps: what is added to it.
        bn_w: the normalisation's weight, or None.
        bn_b: its bias, or None.
        transpose: whether it is a transposed convolution.

    Example:
        >>> from tinygrad_fr import nn, ones, zeros
        >>> weight, bias = nn.utils.fusion.fuse_conv_bn_weights(ones(1, 1, 1), None, ones(1), ones(1), 0.0, ones(1) * 3, zeros(1))
        >>> weight.tolist(), bias.tolist()
        ([[[3.0]]], [-3.0])
    """
    rest = [1] * (len(conv_w.shape) - 2)
    return _fused(conv_w, conv_b, (bn_rm, bn_rv, bn_eps, bn_w, bn_b), [1, -1, *rest] if transpose else [-1, 1, *rest])


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the linear layer that does what a linear layer and the normalisation after it do: see :func:`fuse_conv_bn_weights`.

    Example:
        >>> from tinygrad_fr import nn, ones, zeros
        >>> weight, bias = nn.utils.fusion.fuse_linear_bn_weights(ones(1, 2), None, ones(1), ones(1), 0.0, ones(1) * 3, zeros(1))
        >>> weight.tolist(), bias.tolist()
        ([[3.0, 3.0]], [-3.0])
    """
    return _fused(linear_w, linear_b, (bn_rm, bn_rv, bn_eps, bn_w, bn_b), [-1, 1])


def _with(layer: Any, weight: Parameter, bias: Parameter) -> Any:
    layer.weight, layer.bias = weight, bias
    return layer


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution that does what a convolution and the normalisation after it do.

    Raises:
        UsageError: one of them is in training.

    Example:
        >>> from tinygrad_fr import nn, ones
        >>> conv, bn = nn.Conv2d(1, 2, 1).eval(), nn.BatchNorm2d(2).eval()
        >>> x = ones(1, 1, 2, 2)
        >>> nn.utils.fusion.fuse_conv_bn_eval(conv, bn)(x).allclose(bn(conv(x)))
        True
    """
    _evaluating(conv, bn)
    held = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    return _with(deepcopy(conv), *fuse_conv_bn_weights(conv.weight, conv.bias, *held, transpose=transpose))


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A linear layer that does what a linear layer and the normalisation after it do.

    Raises:
        UsageError: one of them is in training, or the normalisation is of another number of features.

    Example:
        >>> from tinygrad_fr import nn, ones
        >>> linear, bn = nn.Linear(2, 3).eval(), nn.BatchNorm1d(3).eval()
        >>> x = ones(4, 2)
        >>> nn.utils.fusion.fuse_linear_bn_eval(linear, bn)(x).allclose(bn(linear(x)), atol=1e-6)
        True
    """
    _evaluating(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise UsageError(
            _("fuse_linear_bn_eval: expected a normalisation of {expected} features or of 1, got {found}").format(
                expected=linear.out_features, found=bn.num_features
            )
        )
    held = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    return _with(deepcopy(linear), *fuse_linear_bn_weights(linear.weight, linear.bias, *held))
