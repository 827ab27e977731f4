"""Layers without weights, and losses: operations with their settings, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module

if TYPE_CHECKING:
    from tinygrad_fr.handles.tensor import Tensor


class Identity(Module):
    """The input itself: what takes the place of a layer that is left out.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Identity()(tensor([1.0, 2.0]))
        tensor([1., 2.])
    """

    def forward(self, x: Any) -> Tensor:
        """Give the input back."""
        return x


class Flatten(Module):
    """Dimensions joined into one: all but the first, unless told.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Flatten()(zeros(5, 3, 4, 4)).shape
        (5, 48)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Tensor:
        """(N, …) → (N, product)."""
        return x.flatten(self.start_dim, self.end_dim)


class Unflatten(Module):
    """One dimension cut into several, whose product it must be.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Unflatten(1, (3, 4))(zeros(5, 12)).shape
        (5, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, x: Any) -> Tensor:
        """Cut the dimension."""
        return x.unflatten(self.dim, self.unflattened_size)


class _Applied(Module):
    """A function of :mod:`tinygrad_fr.nn.functional` with settings.

    A class names its function, and the arguments of its constructor in PyTorch's order, with their defaults.
    """

    function: str
    settings: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, function: str = "", **settings: Any) -> None:
        super().__init_subclass__()
        if function:  # a class made from one of ours keeps what that one names
            cls.function, cls.settings = function, settings

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__()
        unknown = options.keys() - self.settings
        if unknown or len(args) > len(self.settings):
            raise TypeError(f"{type(self).__name__}() takes {', '.join(self.settings) or 'no arguments'}")
        self.chosen = {**self.settings, **dict(zip(self.settings, args, strict=False)), **options}

    def forward(self, *inputs: Any) -> Any:
        """Apply the function."""
        chosen = {key: value for key, value in self.chosen.items() if key != "inplace"}
        return getattr(F, self.function)(*inputs, **chosen)

    def extra_repr(self) -> str:
        """Settings."""
        return ", ".join(f"{key}={value}" for key, value in self.chosen.items())


class CELU(_Applied, function="celu", alpha=1.0, inplace=False):
    """x for x > 0, α (exp(x/α) − 1) below: never under −α.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CELU(alpha=2.0)(tensor([-100.0, 3.0]))
        tensor([-2.,  3.])
    """


class ELU(_Applied, function="elu", alpha=1.0, inplace=False):
    """x for x > 0, α (eˣ − 1) below.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ELU()(tensor([-100.0, -0.6931, 3.0]))  # 0.6931 = ln 2
        tensor([-1. , -0.5,  3. ])
    """


class GELU(_Applied, function="gelu", approximate="none"):
    """x Φ(x), Φ the distribution function of the normal law.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.GELU()(tensor([-1.0, 0.0, 1.0]))  # Φ(1) = 0.8413
        tensor([-0.1587,  0.    ,  0.8413])
    """


class GLU(_Applied, function="glu", dim=-1):
    """Half of the input gated by the other half: a σ(b). The dimension must be even.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.GLU()(tensor([4.0, 6.0, 0.0, 100.0]))  # 4 σ(0), 6 σ(100)
        tensor([2., 6.])
    """


class Hardshrink(_Applied, function="hardshrink", lambd=0.5):
    """0 between −λ and λ, x elsewhere.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardshrink()(tensor([-2.0, 0.3, 0.6]))
        tensor([-2. ,  0. ,  0.6])
    """


class Hardsigmoid(_Applied, function="hardsigmoid", inplace=False):
    """Sigmoid made of three straight lines: x/6 + 1/2, kept between 0 and 1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardsigmoid()(tensor([-4.0, 0.0, 1.5, 4.0]))
        tensor([0.  , 0.5 , 0.75, 1.  ])
    """


class Hardswish(_Applied, function="hardswish", inplace=False):
    """silu with a hard sigmoid: x (x/6 + 1/2), the factor kept between 0 and 1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardswish()(tensor([-1.5, 1.5, 4.0]))
        tensor([-0.375,  1.125,  4.   ])
    """


class Hardtanh(_Applied, function="hardtanh", min_val=-1.0, max_val=1.0, inplace=False):
    """x between two bounds.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Hardtanh()(tensor([-2.0, 0.5, 2.0]))
        tensor([-1. ,  0.5,  1. ])
    """


class LeakyReLU(_Applied, function="leaky_relu", negative_slope=0.01, inplace=False):
    """relu with a small slope for x < 0.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LeakyReLU(0.1)(tensor([-3.0, 2.0]))
        tensor([-0.3,  2. ])
    """


class LogSigmoid(_Applied, function="logsigmoid"):
    """Logarithm of the sigmoid, which does not overflow.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LogSigmoid()(tensor([-100.0, 0.0]))  # ln ½ = −0.6931
        tensor([-100.    ,   -0.6931])
    """


class LogSoftmax(_Applied, function="log_softmax", dim=None):
    """Logarithm of softmax along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LogSoftmax(dim=0)(tensor([5.0, 5.0]))  # ln ½ = −0.6931
        tensor([-0.6931, -0.6931])
    """


class Mish(_Applied, function="mish", inplace=False):
    """x tanh(ln(1 + exp(x))).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Mish()(tensor([0.0, 0.6931]))  # at ln 2: tanh(ln 3) = 0.8
        tensor([0.    , 0.5545])
    """


class ReLU(_Applied, function="relu", inplace=False):
    """Rectified linear unit: x for x > 0, else 0.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReLU()(tensor([-1.0, 0.0, 2.0]))
        tensor([0., 0., 2.])
    """


class ReLU6(_Applied, function="relu6", inplace=False):
    """relu that saturates at 6.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReLU6()(tensor([-1.0, 2.0, 8.0]))
        tensor([0., 2., 6.])
    """


class SELU(_Applied, function="selu", inplace=False):
    """Self-normalising unit: λ x for x > 0, λ α (eˣ − 1) below, with λ = 1.0507 and λ α = 1.7581.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SELU()(tensor([-100.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """


class SiLU(_Applied, function="silu", inplace=False):
    """x σ(x).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SiLU()(tensor([-1.0986, 0.0, 1.0986]))  # σ(ln 3) = 0.75
        tensor([-0.2747,  0.    ,  0.8239])
    """


class Sigmoid(_Applied, function="sigmoid"):
    """Logistic sigmoid: 1 / (1 + exp(−x)).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Sigmoid()(tensor([-1.0986, 0.0, 1.0986]))  # 1.0986 = ln 3
        tensor([0.25, 0.5 , 0.75])
    """


class Softmax(_Applied, function="softmax", dim=None):
    """Exponentials that sum to 1 along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softmax(dim=1)(tensor([[0.0, 1.0986]]))  # 1 : 3
        tensor([[0.25, 0.75]])
    """


class Softmin(_Applied, function="softmin", dim=None):
    """softmax of −x along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softmin(dim=1)(tensor([[0.0, 1.0986]]))  # 3 : 1
        tensor([[0.75, 0.25]])
    """


class Softplus(_Applied, function="softplus", beta=1.0, threshold=20.0):
    """Smooth form of relu: ln(1 + exp(β x)) / β; x itself where β x passes the threshold.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softplus()(tensor([0.0, 1.0986, 30.0]))  # ln 2, ln(1 + 3), 30
        tensor([ 0.6931,  1.3863, 30.    ])
    """


class Softshrink(_Applied, function="softshrink", lambd=0.5):
    """x moved by λ towards 0.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softshrink()(tensor([-2.0, 0.3, 2.0]))
        tensor([-1.5,  0. ,  1.5])
    """


class Softsign(_Applied, function="softsign"):
    """x / (1 + |x|).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Softsign()(tensor([-3.0, 0.0, 1.0]))
        tensor([-0.75,  0.  ,  0.5 ])
    """


class Tanh(_Applied, function="tanh"):
    """Hyperbolic tangent.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Tanh()(tensor([-100.0, 0.0, 0.6931]))  # tanh(ln 2) = 3/5
        tensor([-1. ,  0. ,  0.6])
    """


class Tanhshrink(_Applied, function="tanhshrink"):
    """x − tanh(x).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Tanhshrink()(tensor([0.6931, 10.0]))  # tanh(ln 2) = 0.6
        tensor([0.0931, 9.    ])
    """


class Threshold(_Applied, function="threshold", threshold=0.0, value=0.0):
    """x above a threshold, one value elsewhere.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Threshold(1.0, -5.0)(tensor([0.5, 2.0]))
        tensor([-5.,  2.])
    """


class CosineSimilarity(_Applied, function="cosine_similarity", dim=1, eps=1e-8):
    """Cosine of the angle of two vectors along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CosineSimilarity()(tensor([[3.0, 4.0], [1.0, 0.0]]), tensor([[4.0, 3.0], [0.0, 9.0]]))  # 24/25 and 0
        tensor([0.96, 0.  ])
    """


class PairwiseDistance(_Applied, function="pairwise_distance", p=2.0, eps=1e-6, keepdim=False):
    """p-norm of the difference of two vectors: (N, D) and (N, D) → (N).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.PairwiseDistance()(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
        tensor([5.])
    """


class LocalResponseNorm(_Applied, function="local_response_norm", size=5, alpha=1e-4, beta=0.75, k=1.0):
    """AlexNet's normalisation: x / (k + α/size Σ x²)^β, the sum over ``size`` channels around its own.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.LocalResponseNorm(1, alpha=1.0, beta=1.0)(tensor([[[3.0]]]))  # 3 / (1 + 9)
        tensor([[[0.3]]])
    """


class PixelShuffle(_Applied, function="pixel_shuffle", upscale_factor=1):
    """Channels become finer pixels: (N, C r², H, W) → (N, C, H r, W r).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.PixelShuffle(2)(tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1, 1))
        tensor([[[[1., 2.],
                  [3., 4.]]]])
    """


class PixelUnshuffle(_Applied, function="pixel_unshuffle", downscale_factor=1):
    """Pixels become channels: (N, C, H r, W r) → (N, C r², H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> x = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> nn.PixelUnshuffle(2)(x).shape, nn.PixelUnshuffle(2)(x)[0, :, 0, 0]
        ((1, 4, 1, 1), tensor([1., 2., 3., 4.]))
    """


class Upsample(_Applied, function="interpolate", size=None, scale_factor=None, mode="nearest", align_corners=None):
    """Images stretched to a size, or by a factor.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Upsample(scale_factor=2)(tensor([[[1.0, 3.0]]]))
        tensor([[[1., 1., 3., 3.]]])
        >>> nn.Upsample(scale_factor=2, mode="linear")(tensor([[[1.0, 3.0]]]))
        tensor([[[1. , 1.5, 2.5, 3. ]]])
    """


class Unfold(_Applied, function="unfold", kernel_size=1, dilation=1, padding=0, stride=1):
    """Windows as columns: (N, C, H, W) → (N, C · window, windows).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Unfold(kernel_size=2)(tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]))  # two windows
        tensor([[[1., 2.],
                 [2., 3.],
                 [4., 5.],
                 [5., 6.]]])
    """


class Fold(_Applied, function="fold", output_size=1, kernel_size=1, dilation=1, padding=0, stride=1):
    """Columns added up where their windows meet: (N, C · window, windows) → (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.Fold((1, 3), kernel_size=(1, 2))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))  # 3 + 2 in the middle
        tensor([[[[1., 5., 4.]]]])
    """


_MAX: Any = {"kernel_size": 1, "stride": None, "padding": 0, "dilation": 1, "return_indices": False, "ceil_mode": False}
_AVG: Any = {"kernel_size": 1, "stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}


class MaxPool1d(_Applied, function="max_pool1d", **_MAX):
    """Largest element of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MaxPool1d(2)(tensor([[[1.0, 3.0, 2.0, 5.0]]]))
        tensor([[[3., 5.]]])
    """


class MaxPool2d(_Applied, function="max_pool2d", **_MAX):
    """Largest element of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MaxPool2d(2)(tensor([[[[1.0, 2.0, 0.0, 1.0], [3.0, 4.0, 5.0, 0.0]]]]))
        tensor([[[[4., 5.]]]])
    """


class MaxPool3d(_Applied, function="max_pool3d", **_MAX):
    """Largest element of windows of (N, C, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.MaxPool3d(2)(zeros(1, 3, 4, 8, 8)).shape
        (1, 3, 2, 4, 4)
    """


class AvgPool1d(_Applied, function="avg_pool1d", **_AVG):
    """Mean of windows of (N, C, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AvgPool1d(2, stride=1)(tensor([[[1.0, 3.0, 7.0]]]))
        tensor([[[2., 5.]]])
    """


class AvgPool2d(_Applied, function="avg_pool2d", **_AVG, divisor_override=None):
    """Mean of windows of (N, C, H, W).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AvgPool2d(2)(tensor([[[[1.0, 3.0], [5.0, 7.0]]]]))
        tensor([[[[4.]]]])
    """


class AvgPool3d(_Applied, function="avg_pool3d", **_AVG, divisor_override=None):
    """Mean of windows of (N, C, D, H, W).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.AvgPool3d(2)(arange(8.0).reshape(1, 1, 2, 2, 2))  # mean of 0 to 7
        tensor([[[[[3.5]]]]])
    """


class AdaptiveAvgPool1d(_Applied, function="adaptive_avg_pool1d", output_size=1):
    """Means that make a given size: (N, C, L) → (N, C, output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveAvgPool1d(2)(tensor([[[1.0, 2.0, 3.0, 5.0, 6.0, 7.0]]]))
        tensor([[[2., 6.]]])
    """


class AdaptiveAvgPool2d(_Applied, function="adaptive_avg_pool2d", output_size=1):
    """Means that make a given size: (N, C, H, W) → (N, C, *output_size), whatever the image's.

    Example:
        >>> from tinygrad_fr import nn, tensor, zeros
        >>> nn.AdaptiveAvgPool2d(1)(tensor([[[[1.0, 3.0], [5.0, 7.0]], [[0.0, 0.0], [0.0, 8.0]]]]))[0, :, 0, 0]
        tensor([4., 2.])
        >>> nn.AdaptiveAvgPool2d((2, 3))(zeros(1, 8, 7, 5)).shape
        (1, 8, 2, 3)
    """


class AdaptiveAvgPool3d(_Applied, function="adaptive_avg_pool3d", output_size=1):
    """Means that make a given size: (N, C, D, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.AdaptiveAvgPool3d((1, 2, 2))(zeros(1, 8, 5, 6, 7)).shape
        (1, 8, 1, 2, 2)
    """


class AdaptiveMaxPool1d(_Applied, function="adaptive_max_pool1d", output_size=1):
    """Maxima that make a given size: (N, C, L) → (N, C, output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveMaxPool1d(2)(tensor([[[1.0, 9.0, 3.0, 5.0, 6.0, 2.0]]]))
        tensor([[[9., 6.]]])
    """


class AdaptiveMaxPool2d(_Applied, function="adaptive_max_pool2d", output_size=1):
    """Maxima that make a given size: (N, C, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.AdaptiveMaxPool2d((1, 2))(tensor([[[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]]]))
        tensor([[[[8., 6.]]]])
    """


class AdaptiveMaxPool3d(_Applied, function="adaptive_max_pool3d", output_size=1):
    """Maxima that make a given size: (N, C, D, H, W) → (N, C, *output_size).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.AdaptiveMaxPool3d(1)(arange(8.0).reshape(1, 1, 2, 2, 2)).item()
        7.0
    """


class _Padding(Module):
    """A border around the last dimensions, as pairs from the last one."""

    dims: int
    mode: str

    def __init_subclass__(cls, mode: str = "", dims: int = 0) -> None:
        super().__init_subclass__()
        if mode:
            cls.mode, cls.dims = mode, dims

    def __init__(self, padding: Any, value: float | None = None) -> None:
        super().__init__()
        self.padding = (padding,) * 2 * self.dims if isinstance(padding, int) else tuple(padding)
        self.value = value

    def forward(self, x: Any) -> Tensor:
        """Put the border on."""
        return F.pad(x, self.padding, self.mode, self.value)


class _Zero(_Padding):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)


class ConstantPad1d(_Padding, mode="constant", dims=1):
    """A border of one value around (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ConstantPad1d((1, 2), 9.0)(tensor([[1.0, 2.0]]))  # 1 before, 2 after
        tensor([[9., 1., 2., 9., 9.]])
    """


class ConstantPad2d(_Padding, mode="constant", dims=2):
    """A border of one value around (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ConstantPad2d((1, 0, 0, 1), 9.0)(tensor([[1.0, 2.0]]))
        tensor([[9., 1., 2.],
                [9., 9., 9.]])
    """


class ConstantPad3d(_Padding, mode="constant", dims=3):
    """A border of one value around (…, D, H, W): left, right, top, bottom, front, back.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.ConstantPad3d((1, 1, 0, 2, 0, 3), 9.0)(zeros(1, 2, 2, 2)).shape
        (1, 5, 4, 4)
    """


class ZeroPad1d(_Zero, mode="constant", dims=1):
    """A border of zeros around (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ZeroPad1d(1)(tensor([[1.0, 2.0]]))
        tensor([[0., 1., 2., 0.]])
    """


class ZeroPad2d(_Zero, mode="constant", dims=2):
    """A border of zeros around (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ZeroPad2d(1)(tensor([[5.0]]))
        tensor([[0., 0., 0.],
                [0., 5., 0.],
                [0., 0., 0.]])
    """


class ZeroPad3d(_Zero, mode="constant", dims=3):
    """A border of zeros around (…, D, H, W): left, right, top, bottom, front, back.

    Example:
        >>> from tinygrad_fr import nn, ones
        >>> y = nn.ZeroPad3d(1)(ones(1, 2, 2, 2))
        >>> y.shape, y.sum().item()
        ((1, 4, 4, 4), 8.0)
    """


class ReflectionPad1d(_Padding, mode="reflect", dims=1):
    """A border that mirrors (…, L), the edge itself not repeated; it must be thinner than the input.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReflectionPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """


class ReflectionPad2d(_Padding, mode="reflect", dims=2):
    """A border that mirrors (…, H, W), the edge itself not repeated: left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReflectionPad2d((1, 0, 0, 1))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[2., 1., 2.],
                 [4., 3., 4.],
                 [2., 1., 2.]]])
    """


class ReflectionPad3d(_Padding, mode="reflect", dims=3):
    """A border that mirrors (…, D, H, W), the edge itself not repeated.

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.ReflectionPad3d(1)(arange(8.0).reshape(1, 2, 2, 2))[0, 0, 0]  # from the far corner, 7
        tensor([7., 6., 7., 6.])
    """


class ReplicationPad1d(_Padding, mode="replicate", dims=1):
    """A border that repeats the edge of (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReplicationPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[1., 1., 1., 2., 3., 3., 3.]])
    """


class ReplicationPad2d(_Padding, mode="replicate", dims=2):
    """A border that repeats the edge of (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReplicationPad2d((1, 0, 0, 1))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[1., 1., 2.],
                 [3., 3., 4.],
                 [3., 3., 4.]]])
    """


class ReplicationPad3d(_Padding, mode="replicate", dims=3):
    """A border that repeats the edge of (…, D, H, W).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.ReplicationPad3d(1)(arange(8.0).reshape(1, 2, 2, 2))[0, 0, 0]  # from the near corner, 0
        tensor([0., 0., 1., 1.])
    """


class CircularPad1d(_Padding, mode="circular", dims=1):
    """A border that goes on at the other end of (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CircularPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[2., 3., 1., 2., 3., 1., 2.]])
    """


class CircularPad2d(_Padding, mode="circular", dims=2):
    """A border that goes on at the other side of (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CircularPad2d((2, 0, 0, 1))(tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]))
        tensor([[[2., 3., 1., 2., 3.],
                 [5., 6., 4., 5., 6.],
                 [2., 3., 1., 2., 3.]]])
    """


class CircularPad3d(_Padding, mode="circular", dims=3):
    """A border that goes on at the other side of (…, D, H, W).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.CircularPad3d((1, 0, 0, 0, 0, 0))(arange(4.0).reshape(1, 1, 1, 4))
        tensor([[[[3., 0., 1., 2., 3.]]]])
    """


class _Dropping(_Applied):
    """Dropout acts while training alone."""

    def forward(self, *inputs: Any) -> Any:
        """Drop elements while training."""
        return getattr(F, self.function)(*inputs, self.chosen["p"], self.training)


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
        tensor([[0.  , 1.25, 1.25, 0.  , 1.25, 1.25]])
    """


class AlphaDropout(_Dropping, function="alpha_dropout", p=0.5, inplace=False):
    """Dropout that keeps mean and variance under selu.

    Example:
        >>> from tinygrad_fr import manual_seed, nn, randn
        >>> y = nn.AlphaDropout(0.5)(randn(10000, generator=manual_seed(0)))
        >>> abs(y.mean().item()) < 0.05, abs(y.std().item() - 1) < 0.05
        (True, True)
    """


_OLD: Any = {"size_average": None, "reduce": None, "reduction": "mean"}


class L1Loss(_Applied, function="l1_loss", reduction="mean"):
    """Mean absolute error.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.L1Loss()(tensor([1.0, 5.0]), tensor([2.0, 2.0]))  # (1 + 3) / 2
        tensor(2.)
    """


class MSELoss(_Applied, function="mse_loss", reduction="mean"):
    """Mean squared error.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MSELoss()(tensor([1.0, 5.0]), tensor([2.0, 2.0]))  # (1 + 9) / 2
        tensor(5.)
    """


class HuberLoss(_Applied, function="huber_loss", reduction="mean", delta=1.0):
    """d²/2 for errors d under δ, δ (d − δ/2) further.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.HuberLoss(reduction="none")(tensor([0.5, 3.0]), tensor([0.0, 0.0]))
        tensor([0.125, 2.5  ])
    """


class SmoothL1Loss(_Applied, function="smooth_l1_loss", **_OLD, beta=1.0):
    """d²/(2β) for errors d under β, d − β/2 further.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SmoothL1Loss(reduction="none", beta=2.0)(tensor([1.0, 3.0]), tensor([0.0, 0.0]))
        tensor([0.25, 2.  ])
    """


class CrossEntropyLoss(
    _Applied,
    function="cross_entropy",
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    """Cross-entropy of the softmax of scores (N, C, …) with labels (N, …) or probabilities (N, C, …).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CrossEntropyLoss()(tensor([[0.0, 1.0986]]), tensor([1]))  # −ln ¾: softmax makes 1 : 3
        tensor(0.2877)
    """


class NLLLoss(
    _Applied, function="nll_loss", weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):
    """Negative log-likelihood of labels (N, …) under log-probabilities (N, C, …).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.NLLLoss()(tensor([[-0.5, -2.0], [-3.0, -0.1]]), tensor([0, 1]))  # (0.5 + 0.1) / 2
        tensor(0.3)
    """


class BCELoss(_Applied, function="binary_cross_entropy", weight=None, **_OLD):
    """Cross-entropy of probabilities: −t ln p − (1 − t) ln(1 − p).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.BCELoss(reduction="none")(tensor([0.5, 0.25]), tensor([1.0, 0.0]))  # −ln ½, −ln ¾
        tensor([0.6931, 0.2877])
    """


class BCEWithLogitsLoss(_Applied, function="binary_cross_entropy_with_logits", weight=None, **_OLD, pos_weight=None):
    """Cross-entropy of the sigmoid of scores, which does not overflow.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.BCEWithLogitsLoss(reduction="none")(tensor([0.0, 100.0]), tensor([1.0, 0.0]))  # ln 2, 100
        tensor([  0.6931, 100.    ])
    """


class KLDivLoss(_Applied, function="kl_div", **_OLD, log_target=False):
    """Divergence of Kullback and Leibler of log-probabilities x from probabilities t: t (ln t − x).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> half = tensor([[0.5, 0.5]])
        >>> nn.KLDivLoss(reduction="batchmean")(half.log(), tensor([[1.0, 0.0]]))  # ln 2, one bit
        tensor(0.6931)
    """


class PoissonNLLLoss(
    _Applied,
    function="poisson_nll_loss",
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
):
    """Negative log-likelihood of counts t under a Poisson law of mean exp(x): exp(x) − t x.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.PoissonNLLLoss(reduction="none")(tensor([0.0, 1.0]), tensor([3.0, 2.0]))  # 1 and e − 2
        tensor([1.    , 0.7183])
    """


class GaussianNLLLoss(_Applied, function="gaussian_nll_loss", full=False, eps=1e-6, reduction="mean"):
    """Negative log-likelihood of normal laws of mean x and variance v: (ln v + (x − t)²/v) / 2.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.GaussianNLLLoss()(tensor([1.0]), tensor([3.0]), tensor([1.0]))  # 2² / 2
        tensor(2.)
    """


class HingeEmbeddingLoss(_Applied, function="hinge_embedding_loss", margin=1.0, **_OLD):
    """Distances x where t = 1, what they lack to a margin where t = −1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.HingeEmbeddingLoss(reduction="none")(tensor([0.25, 0.25]), tensor([1.0, -1.0]))
        tensor([0.25, 0.75])
    """


class SoftMarginLoss(_Applied, function="soft_margin_loss", **_OLD):
    """ln(1 + exp(−t x)), t being 1 or −1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SoftMarginLoss(reduction="none")(tensor([0.0, 100.0]), tensor([1.0, -1.0]))  # ln 2, 100
        tensor([  0.6931, 100.    ])
    """


class MarginRankingLoss(_Applied, function="margin_ranking_loss", margin=0.0, **_OLD):
    """Which of two should stand higher, the first for t = 1: max(0, margin − t (x₁ − x₂)).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MarginRankingLoss(0.5, reduction="none")(tensor([1.0, 2.0]), tensor([3.0, 0.0]), tensor([1.0, 1.0]))
        tensor([2.5, 0. ])
    """


class CosineEmbeddingLoss(_Applied, function="cosine_embedding_loss", margin=0.0, **_OLD):
    """1 − cos of pairs that belong together (t = 1), max(0, cos − margin) of others (t = −1).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> x, y = tensor([[3.0, 4.0], [3.0, 4.0]]), tensor([[4.0, 3.0], [4.0, 3.0]])  # cos = 0.96
        >>> nn.CosineEmbeddingLoss(reduction="none")(x, y, tensor([1.0, -1.0]))
        tensor([0.04, 0.96])
    """


class MultiMarginLoss(_Applied, function="multi_margin_loss", p=1, margin=1.0, weight=None, **_OLD):
    """Margins of the other classes: Σ max(0, margin − x_label + x_j)^p / C.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MultiMarginLoss()(tensor([[1.0, 0.5, 0.0, 1.5]]), tensor([0]))  # (0.5 + 0 + 1.5) / 4
        tensor(0.5)
    """


class MultiLabelMarginLoss(_Applied, function="multilabel_margin_loss", **_OLD):
    """Margins of several labels, listed up to the first −1: Σ max(0, 1 − x_label + x_j) / C.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MultiLabelMarginLoss()(tensor([[1.0, 0.5]]), tensor([[0, -1]]))  # (1 − 1 + 0.5) / 2
        tensor(0.25)
    """


class MultiLabelSoftMarginLoss(_Applied, function="multilabel_soft_margin_loss", weight=None, **_OLD):
    """Binary cross-entropy of the sigmoid of scores (N, C), a mean over classes.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MultiLabelSoftMarginLoss()(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))  # ln 2
        tensor(0.6931)
    """


class TripletMarginLoss(_Applied, function="triplet_margin_loss", margin=1.0, p=2.0, eps=1e-6, swap=False, **_OLD):
    """A positive nearer than a negative: max(0, ‖a − p‖ − ‖a − n‖ + margin).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.TripletMarginLoss()(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[0.0, 5.5]]))  # 5 − 5.5 + 1
        tensor(0.5)
    """


class CTCLoss(_Applied, function="ctc_loss", blank=0, reduction="mean", zero_infinity=False):
    """Sequences of unknown alignment: −ln of the probability of all that read as the target without repeats and blanks.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> even = tensor([[[0.5, 0.5]]] * 2).log()  # two steps, each blank or 1
        >>> nn.CTCLoss()(even, tensor([[1]]), tensor([2]), tensor([1]))  # −ln ¾: 11, 1–, –1
        tensor(0.2877)
    """
