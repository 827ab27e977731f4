"""Normalisations of one sample, and of neighbouring channels."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.creation import ones, zeros
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.applied import Applied
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed


@placed
class LayerNorm(Module):
    """Each sample with mean 0 and variance 1 over its last dimensions, then scaled and shifted by weights learnt.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.LayerNorm(2)(tg.tensor([[1.0, 3.0]])).tolist()[0][1] > 0.999
        True
    """

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True
    ) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape)) if elementwise_affine else None)
        self.register_parameter(
            "bias", Parameter(zeros(self.normalized_shape)) if elementwise_affine and bias else None
        )

    weight: Parameter | None
    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Normalise (…, normalized_shape)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


@placed
class RMSNorm(Module):
    """Each sample divided by the root of its mean square over its last dimensions, then scaled.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.RMSNorm(2)(tg.tensor([[3.0, 3.0]])).shape
        torch.Size([1, 2])
    """

    def __init__(self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape)) if elementwise_affine else None)

    weight: Parameter | None

    def forward(self, x: Any) -> Tensor:
        """Normalise (…, normalized_shape)."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


@placed
class GroupNorm(Module):
    """Each group of channels of each sample with mean 0 and variance 1, then channels scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.GroupNorm(2, 4)(tg.zeros(1, 4, 8, 8)).shape  # 2 groups of 2 channels
        torch.Size([1, 4, 8, 8])
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, bias: bool = True
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise UsageError(
                _("GroupNorm: {groups} groups do not divide {channels} channels").format(
                    groups=num_groups, channels=num_channels
                )
            )
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.register_parameter("weight", Parameter(ones(num_channels)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels)) if affine and bias else None)

    weight: Parameter | None
    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Normalise (N, C, …)."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        said = f"{self.num_groups}, {self.num_channels}, eps={self.eps}"
        return f"{said}, affine={self.affine}, bias={self.bias is not None}"


class LocalResponseNorm(
    Applied,
    function="local_response_norm",
    size=...,
    alpha=1e-4,
    beta=0.75,
    k=1.0,
    said="{size}, alpha={alpha}, beta={beta}, k={k}",
):
    """AlexNet's normalisation: x / (k + α/size Σ x²)^β, the sum over ``size`` channels around its own.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LocalResponseNorm(1, alpha=1.0, beta=1.0)(tensor([[[3.0]]]))  # 3 / (1 + 9)
        tensor([[[0.3000]]])
    """
