"""Layers without weights, and losses: operations with their settings, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module

if TYPE_CHECKING:
    from tinygrad_fr.handles.tensor import Tensor


class Identity(Module):
    """The input itself."""

    def forward(self, x: Any) -> Tensor:
        """Give the input back."""
        return x


class Flatten(Module):
    """Dimensions joined into one: all but the first, unless told."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Tensor:
        """(N, …) → (N, product)."""
        return x.flatten(self.start_dim, self.end_dim)


class Unflatten(Module):
    """One dimension cut into several."""

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, x: Any) -> Tensor:
        """Cut the dimension."""
        return x.unflatten(self.dim, self.unflattened_size)


class _Applied(Module):
    """A function of :mod:`tinygrad_fr.nn.functional` with settings.

    Settings are class attributes that name the arguments of the constructor, in order, with their defaults.
    """

    function: str
    settings: ClassVar[dict[str, Any]] = {}

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


def _layer(name: str, function: str, doc: str, base: type[_Applied] = _Applied, **settings: Any) -> Any:
    """A layer class for a function; settings with their defaults, in PyTorch's order."""
    return type(name, (base,), {"function": function, "settings": settings, "__doc__": doc, "__module__": __name__})


CELU = _layer("CELU", "celu", "x for x > 0, α (exp(x/α) − 1) below.", alpha=1.0, inplace=False)
ELU = _layer("ELU", "elu", "x for x > 0, α (eˣ − 1) below.", alpha=1.0, inplace=False)
GELU = _layer("GELU", "gelu", "x Φ(x).", approximate="none")
GLU = _layer("GLU", "glu", "Half of the input gated by the other half.", dim=-1)
Hardshrink = _layer("Hardshrink", "hardshrink", "0 between −λ and λ, x elsewhere.", lambd=0.5)
Hardsigmoid = _layer("Hardsigmoid", "hardsigmoid", "Sigmoid made of three straight lines.", inplace=False)
Hardswish = _layer("Hardswish", "hardswish", "silu with a hard sigmoid.", inplace=False)
Hardtanh = _layer("Hardtanh", "hardtanh", "x between two bounds.", min_val=-1.0, max_val=1.0, inplace=False)
LeakyReLU = _layer("LeakyReLU", "leaky_relu", "relu with a small slope for x < 0.", negative_slope=0.01, inplace=False)
LogSigmoid = _layer("LogSigmoid", "logsigmoid", "Logarithm of the sigmoid.")
LogSoftmax = _layer("LogSoftmax", "log_softmax", "Logarithm of softmax along a dimension.", dim=None)
Mish = _layer("Mish", "mish", "x tanh(ln(1 + exp(x))).", inplace=False)
ReLU = _layer("ReLU", "relu", "Rectified linear unit.", inplace=False)
ReLU6 = _layer("ReLU6", "relu6", "relu that saturates at 6.", inplace=False)
SELU = _layer("SELU", "selu", "Self-normalising unit.", inplace=False)
SiLU = _layer("SiLU", "silu", "x σ(x).", inplace=False)
Sigmoid = _layer("Sigmoid", "sigmoid", "Logistic sigmoid.")
Softmax = _layer("Softmax", "softmax", "Exponentials that sum to 1 along a dimension.", dim=None)
Softmin = _layer("Softmin", "softmin", "softmax of −x along a dimension.", dim=None)
Softplus = _layer("Softplus", "softplus", "Smooth form of relu.", beta=1.0, threshold=20.0)
Softshrink = _layer("Softshrink", "softshrink", "x moved by λ towards 0.", lambd=0.5)
Softsign = _layer("Softsign", "softsign", "x / (1 + |x|).")
Tanh = _layer("Tanh", "tanh", "Hyperbolic tangent.")
Tanhshrink = _layer("Tanhshrink", "tanhshrink", "x − tanh(x).")
Threshold = _layer("Threshold", "threshold", "x above a threshold, one value elsewhere.", threshold=0.0, value=0.0)

CosineSimilarity = _layer("CosineSimilarity", "cosine_similarity", "Cosine of the angle.", dim=1, eps=1e-8)
PairwiseDistance = _layer(
    "PairwiseDistance", "pairwise_distance", "Norm of the difference.", p=2.0, eps=1e-6, keepdim=False
)
LocalResponseNorm = _layer(
    "LocalResponseNorm", "local_response_norm", "AlexNet's normalisation.", size=5, alpha=1e-4, beta=0.75, k=1.0
)
PixelShuffle = _layer("PixelShuffle", "pixel_shuffle", "Channels become finer pixels.", upscale_factor=1)
PixelUnshuffle = _layer("PixelUnshuffle", "pixel_unshuffle", "Pixels become channels.", downscale_factor=1)
Upsample = _layer(
    "Upsample", "interpolate", "Images stretched.", size=None, scale_factor=None, mode="nearest", align_corners=None
)
Unfold = _layer("Unfold", "unfold", "Windows as columns.", kernel_size=1, dilation=1, padding=0, stride=1)
Fold = _layer("Fold", "fold", "Columns added up.", output_size=1, kernel_size=1, dilation=1, padding=0, stride=1)

_MAX: Any = {"kernel_size": 1, "stride": None, "padding": 0, "dilation": 1, "return_indices": False, "ceil_mode": False}
_AVG: Any = {"kernel_size": 1, "stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}
MaxPool1d = _layer("MaxPool1d", "max_pool1d", "Largest element of windows of (N, C, L).", **_MAX)
MaxPool2d = _layer("MaxPool2d", "max_pool2d", "Largest element of windows of (N, C, H, W).", **_MAX)
MaxPool3d = _layer("MaxPool3d", "max_pool3d", "Largest element of windows of (N, C, D, H, W).", **_MAX)
AvgPool1d = _layer("AvgPool1d", "avg_pool1d", "Mean of windows of (N, C, L).", **_AVG)
AvgPool2d = _layer("AvgPool2d", "avg_pool2d", "Mean of windows of (N, C, H, W).", **_AVG, divisor_override=None)
AvgPool3d = _layer("AvgPool3d", "avg_pool3d", "Mean of windows of (N, C, D, H, W).", **_AVG, divisor_override=None)
AdaptiveAvgPool1d = _layer("AdaptiveAvgPool1d", "adaptive_avg_pool1d", "Means that make a given size.", output_size=1)
AdaptiveAvgPool2d = _layer("AdaptiveAvgPool2d", "adaptive_avg_pool2d", "Means that make a given size.", output_size=1)
AdaptiveAvgPool3d = _layer("AdaptiveAvgPool3d", "adaptive_avg_pool3d", "Means that make a given size.", output_size=1)
AdaptiveMaxPool1d = _layer("AdaptiveMaxPool1d", "adaptive_max_pool1d", "Maxima that make a given size.", output_size=1)
AdaptiveMaxPool2d = _layer("AdaptiveMaxPool2d", "adaptive_max_pool2d", "Maxima that make a given size.", output_size=1)
AdaptiveMaxPool3d = _layer("AdaptiveMaxPool3d", "adaptive_max_pool3d", "Maxima that make a given size.", output_size=1)


class _Padding(Module):
    """A border around the last dimensions, as pairs from the last one."""

    dims: int
    mode: str

    def __init__(self, padding: Any, value: float | None = None) -> None:
        super().__init__()
        self.padding = (padding,) * 2 * self.dims if isinstance(padding, int) else tuple(padding)
        self.value = value

    def forward(self, x: Any) -> Tensor:
        """Put the border on."""
        return F.pad(x, self.padding, self.mode, self.value)


def _padding(kind: str, mode: str, dims: int, value: float | None = None) -> Any:
    name = f"{kind}Pad{dims}d"
    doc = f"A border of mode {mode} around the last {dims} dimensions."
    members: dict[str, Any] = {"dims": dims, "mode": mode, "__doc__": doc, "__module__": __name__}
    if value is not None:
        members["__init__"] = lambda self, padding: _Padding.__init__(self, padding, value)
    return type(name, (_Padding,), members)


ConstantPad1d, ConstantPad2d, ConstantPad3d = (_padding("Constant", "constant", n) for n in (1, 2, 3))
ZeroPad1d, ZeroPad2d, ZeroPad3d = (_padding("Zero", "constant", n, 0.0) for n in (1, 2, 3))
ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = (_padding("Reflection", "reflect", n) for n in (1, 2, 3))
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = (_padding("Replication", "replicate", n) for n in (1, 2, 3))
CircularPad1d, CircularPad2d, CircularPad3d = (_padding("Circular", "circular", n) for n in (1, 2, 3))


class _Dropping(_Applied):
    """Dropout acts while training alone."""

    def forward(self, *inputs: Any) -> Any:
        """Drop elements while training."""
        return getattr(F, self.function)(*inputs, self.chosen["p"], self.training)


Dropout = _layer(
    "Dropout", "dropout", "Elements set to 0 with probability p while training.", _Dropping, p=0.5, inplace=False
)
Dropout1d = _layer(
    "Dropout1d", "dropout1d", "Channels set to 0 with probability p while training.", _Dropping, p=0.5, inplace=False
)
Dropout2d = _layer(
    "Dropout2d", "dropout2d", "Channels set to 0 with probability p while training.", _Dropping, p=0.5, inplace=False
)
Dropout3d = _layer(
    "Dropout3d", "dropout3d", "Channels set to 0 with probability p while training.", _Dropping, p=0.5, inplace=False
)
AlphaDropout = _layer(
    "AlphaDropout", "alpha_dropout", "Dropout that keeps mean and variance under selu.", _Dropping, p=0.5, inplace=False
)

_OLD: Any = {"size_average": None, "reduce": None, "reduction": "mean"}
L1Loss = _layer("L1Loss", "l1_loss", "Mean absolute error.", reduction="mean")
MSELoss = _layer("MSELoss", "mse_loss", "Mean squared error.", reduction="mean")
HuberLoss = _layer("HuberLoss", "huber_loss", "Squared near 0, absolute further.", reduction="mean", delta=1.0)
SmoothL1Loss = _layer("SmoothL1Loss", "smooth_l1_loss", "Squared near 0, absolute further.", **_OLD, beta=1.0)
CrossEntropyLoss = _layer(
    "CrossEntropyLoss", "cross_entropy", "Cross-entropy of the softmax of scores with labels or probabilities.",
    weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0,
)  # fmt: skip
NLLLoss = _layer(
    "NLLLoss", "nll_loss", "Negative log-likelihood of labels.",
    weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
)  # fmt: skip
BCELoss = _layer("BCELoss", "binary_cross_entropy", "Cross-entropy of probabilities.", weight=None, **_OLD)
BCEWithLogitsLoss = _layer(
    "BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "Cross-entropy of the sigmoid of scores.",
    weight=None, **_OLD, pos_weight=None,
)  # fmt: skip
KLDivLoss = _layer("KLDivLoss", "kl_div", "Divergence of Kullback and Leibler.", **_OLD, log_target=False)
PoissonNLLLoss = _layer(
    "PoissonNLLLoss", "poisson_nll_loss", "Negative log-likelihood of counts.",
    log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean",
)  # fmt: skip
GaussianNLLLoss = _layer(
    "GaussianNLLLoss",
    "gaussian_nll_loss",
    "Negative log-likelihood of normal laws.",
    full=False,
    eps=1e-6,
    reduction="mean",
)
HingeEmbeddingLoss = _layer(
    "HingeEmbeddingLoss", "hinge_embedding_loss", "Distances, and what they lack to a margin.", margin=1.0, **_OLD
)
SoftMarginLoss = _layer("SoftMarginLoss", "soft_margin_loss", "ln(1 + exp(−t x)).", **_OLD)
MarginRankingLoss = _layer(
    "MarginRankingLoss", "margin_ranking_loss", "Which of two should stand higher.", margin=0.0, **_OLD
)
CosineEmbeddingLoss = _layer("CosineEmbeddingLoss", "cosine_embedding_loss", "Angles of pairs.", margin=0.0, **_OLD)
MultiMarginLoss = _layer(
    "MultiMarginLoss", "multi_margin_loss", "Margins of the other classes.", p=1, margin=1.0, weight=None, **_OLD
)
MultiLabelMarginLoss = _layer("MultiLabelMarginLoss", "multilabel_margin_loss", "Margins of several labels.", **_OLD)
MultiLabelSoftMarginLoss = _layer(
    "MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", "Binary cross-entropy over classes.", weight=None, **_OLD
)
TripletMarginLoss = _layer(
    "TripletMarginLoss", "triplet_margin_loss", "A positive nearer than a negative.",
    margin=1.0, p=2.0, eps=1e-6, swap=False, **_OLD,
)  # fmt: skip
CTCLoss = _layer(
    "CTCLoss", "ctc_loss", "Sequences of unknown alignment.", blank=0, reduction="mean", zero_infinity=False
)
