"""Maps: layers of one product."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.init import calculate_gain
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.random import uniform


def drawn_map(shape: tuple[int, ...], outputs: int, inputs: int, bias: bool) -> tuple[Parameter, Parameter | None]:
    """A weight, and then a bias, drawn as PyTorch draws them: uniform in ±1/√inputs."""
    bound = math.sqrt(3) * (calculate_gain("leaky_relu", math.sqrt(5)) / math.sqrt(inputs)) if inputs else 0.0
    weight = Parameter(uniform(shape, -bound, bound))
    bound = 1 / math.sqrt(inputs) if inputs else 0.0
    return weight, Parameter(uniform((outputs,), -bound, bound)) if bias else None


class Identity(Module):
    """The input itself: what takes the place of a layer that is left out.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Identity()(tensor([1.0, 2.0]))
        tensor([1., 2.])
        >>> nn.Identity(54, unused=0.1)  # arguments of the layer that it replaces may stay
        Identity()
    """

    def __init__(self, *_unused: Any, **_more: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Tensor:
        """Give the input back."""
        return input


@placed
class Linear(Module):
    """y = W x + b, on the last dimension: (…, in_features) → (…, out_features).

    Weights and biases start uniform in ±1/√in_features, as PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Linear(3, 2)(tg.zeros(5, 3)).shape
        torch.Size([5, 2])
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight, drawn = drawn_map((out_features, in_features), out_features, in_features, bias)
        self.register_parameter("bias", drawn)

    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Apply the map to (…, in_features)."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


@placed
class Bilinear(Module):
    """y = x₁ᵀ W x₂ + b for each output: (…, in1_features) and (…, in2_features) → (…, out_features).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> layer = nn.Bilinear(2, 2, 1, bias=False)
        >>> nn.init.ones_(layer.weight).shape
        torch.Size([1, 2, 2])
        >>> layer(tensor([1.0, 2.0]), tensor([3.0, 4.0])).item()  # (1 + 2) (3 + 4)
        21.0
    """

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        bound = 1 / math.sqrt(in1_features)
        self.weight = Parameter(uniform((out_features, in1_features, in2_features), -bound, bound))
        self.register_parameter("bias", Parameter(uniform((out_features,), -bound, bound)) if bias else None)

    bias: Parameter | None

    def forward(self, input1: Any, input2: Any) -> Tensor:
        """Apply the map to both inputs."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        sizes = f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"
