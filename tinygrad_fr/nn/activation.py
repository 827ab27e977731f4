"""Activation functions as modules."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.handles.creation import ones
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.applied import Applied
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed


class CELU(Applied, function="celu", alpha=1.0, inplace=False):
    """x for x > 0, α (exp(x/α) − 1) below: never under −α.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CELU(alpha=2.0)(tensor([-100.0, 3.0]))
        tensor([-2.,  3.])
    """


class ELU(Applied, function="elu", alpha=1.0, inplace=False):
    """x for x > 0, α (eˣ − 1) below.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ELU()(tensor([-100.0, -0.6931, 3.0]))  # 0.6931 = ln 2
        tensor([-1.0000, -0.5000,  3.0000])
    """


class GELU(Applied, function="gelu", approximate="none", said="approximate={approximate!r}"):
    """x Φ(x), Φ the distribution function of the normal law.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.GELU()(tensor([-1.0, 0.0, 1.0]))  # Φ(1) = 0.8413
        tensor([-0.1587,  0.0000,  0.8413])
    """


class GLU(Applied, function="glu", dim=-1):
    """Half of the input gated by the other half: a σ(b). The dimension must be even.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.GLU()(tensor([4.0, 6.0, 0.0, 100.0]))  # 4 σ(0), 6 σ(100)
        tensor([2., 6.])
    """


class Hardshrink(Applied, function="hardshrink", lambd=0.5, said="{lambd}"):
    """0 between −λ and λ, x elsewhere.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardshrink()(tensor([-2.0, 0.3, 0.6]))
        tensor([-2.0000,  0.0000,  0.6000])
    """


class Hardsigmoid(Applied, function="hardsigmoid", inplace=False):
    """Sigmoid made of three straight lines: x/6 + 1/2, kept between 0 and 1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardsigmoid()(tensor([-4.0, 0.0, 1.5, 4.0]))
        tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """


class Hardswish(Applied, function="hardswish", inplace=False):
    """silu with a hard sigmoid: x (x/6 + 1/2), the factor kept between 0 and 1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardswish()(tensor([-1.5, 1.5, 4.0]))
        tensor([-0.3750,  1.1250,  4.0000])
    """


class Hardtanh(Applied, function="hardtanh", min_val=-1.0, max_val=1.0, inplace=False):
    """x between two bounds.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardtanh()(tensor([-2.0, 0.5, 2.0]))
        tensor([-1.0000,  0.5000,  1.0000])
    """


class LeakyReLU(Applied, function="leaky_relu", negative_slope=0.01, inplace=False):
    """relu with a small slope for x < 0.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LeakyReLU(0.1)(tensor([-3.0, 2.0]))
        tensor([-0.3000,  2.0000])
    """


class LogSigmoid(Applied, function="logsigmoid"):
    """Logarithm of the sigmoid, which does not overflow.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LogSigmoid()(tensor([-100.0, 0.0]))  # ln ½ = −0.6931
        tensor([-100.0000,   -0.6931])
    """


class LogSoftmax(Applied, function="log_softmax", dim=None):
    """Logarithm of softmax along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LogSoftmax(dim=0)(tensor([5.0, 5.0]))  # ln ½ = −0.6931
        tensor([-0.6931, -0.6931])
    """


class Mish(Applied, function="mish", inplace=False):
    """x tanh(ln(1 + exp(x))).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Mish()(tensor([0.0, 0.6931]))  # at ln 2: tanh(ln 3) = 0.8
        tensor([0.0000, 0.5545])
    """


class RReLU(Applied, function="rrelu", lower=1 / 8, upper=1 / 3, inplace=False):
    """leaky_relu with a slope drawn for each element while training, with the mean slope afterwards (Xu et al., 2015).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.RReLU(0.1, 0.3).eval()(tensor([-5.0, 5.0]))
        tensor([-1.,  5.])
    """

    def forward(self, input: Any) -> Any:
        """Draw slopes while training alone."""
        chosen = self._chosen
        if chosen.pop("inplace") and isinstance(input, Tensor):
            return input._replace(lambda me: F.rrelu(me, **chosen, training=self.training))
        return F.rrelu(input, **chosen, training=self.training)

    def extra_repr(self) -> str:
        """The bounds, and whether it writes into its input."""
        chosen = self._chosen
        return f"lower={chosen['lower']}, upper={chosen['upper']}" + (", inplace=True" if chosen["inplace"] else "")


class ReLU(Applied, function="relu", inplace=False):
    """Rectified linear unit: x for x > 0, else 0.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReLU()(tensor([-1.0, 0.0, 2.0]))
        tensor([0., 0., 2.])
    """


class ReLU6(Applied, function="relu6", inplace=False):
    """relu that saturates at 6.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReLU6()(tensor([-1.0, 2.0, 8.0]))
        tensor([0., 2., 6.])
    """


class SELU(Applied, function="selu", inplace=False):
    """Self-normalising unit: λ x for x > 0, λ α (eˣ − 1) below, with λ = 1.0507 and λ α = 1.7581.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SELU()(tensor([-100.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """


class SiLU(Applied, function="silu", inplace=False):
    """x σ(x).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SiLU()(tensor([-1.0986, 0.0, 1.0986]))  # σ(ln 3) = 0.75
        tensor([-0.2747,  0.0000,  0.8239])
    """


class Sigmoid(Applied, function="sigmoid"):
    """Logistic sigmoid: 1 / (1 + exp(−x)).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Sigmoid()(tensor([-1.0986, 0.0, 1.0986]))  # 1.0986 = ln 3
        tensor([0.2500, 0.5000, 0.7500])
    """


class Softmax(Applied, function="softmax", dim=None):
    """Exponentials that sum to 1 along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softmax(dim=1)(tensor([[0.0, 1.0986]]))  # 1 : 3
        tensor([[0.2500, 0.7500]])
    """


class Softmin(Applied, function="softmin", dim=None):
    """softmax of −x along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softmin(dim=1)(tensor([[0.0, 1.0986]]))  # 3 : 1
        tensor([[0.7500, 0.2500]])
    """


class Softplus(Applied, function="softplus", beta=1.0, threshold=20.0):
    """Smooth form of relu: ln(1 + exp(β x)) / β; x itself where β x passes the threshold.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softplus()(tensor([0.0, 1.0986, 30.0]))  # ln 2, ln(1 + 3), 30
        tensor([ 0.6931,  1.3863, 30.0000])
    """


class Softshrink(Applied, function="softshrink", lambd=0.5, said="{lambd}"):
    """x moved by λ towards 0.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softshrink()(tensor([-2.0, 0.3, 2.0]))
        tensor([-1.5000,  0.0000,  1.5000])
    """


class Softsign(Applied, function="softsign"):
    """x / (1 + |x|).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softsign()(tensor([-3.0, 0.0, 1.0]))
        tensor([-0.7500,  0.0000,  0.5000])
    """


class Tanh(Applied, function="tanh"):
    """Hyperbolic tangent.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Tanh()(tensor([-100.0, 0.0, 0.6931]))  # tanh(ln 2) = 3/5
        tensor([-1.0000,  0.0000,  0.6000])
    """


class Tanhshrink(Applied, function="tanhshrink"):
    """x − tanh(x).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Tanhshrink()(tensor([0.6931, 10.0]))  # tanh(ln 2) = 0.6
        tensor([0.0931, 9.0000])
    """


class Threshold(Applied, function="threshold", threshold=..., value=..., inplace=False):
    """x above a threshold, one value elsewhere.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Threshold(1.0, -5.0)(tensor([0.5, 2.0]))
        tensor([-5.,  2.])
    """


class Softmax2d(Softmax):
    """softmax over the channels of each pixel: (N, C, H, W) or (C, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Softmax2d()(zeros(4, 1, 1)).flatten()
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    def __init__(self) -> None:
        super().__init__(dim=-3)

    def extra_repr(self) -> str:
        """Nothing: there is nothing to choose."""
        return ""


@placed
class PReLU(Module):
    """relu with a slope that is learnt for negative inputs: one, or one for each channel.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.PReLU()(tg.tensor([-1.0, 2.0])).tolist()
        [-0.25, 2.0]
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(ones(num_parameters) * init)

    def forward(self, input: Any) -> Tensor:
        """Apply it to each element."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many slopes."""
        return f"num_parameters={self.num_parameters}"
