"""Activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.generators import drawn
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import mul
from tinygrad_fr.ops.definition import FLOAT, NUMBER, Array, Kinds, composite, elementwise
from tinygrad_fr.ops.shapes.joining import split
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.promotion.dtype import converted, get_default_dtype
from tinygrad_fr.sampling import Draw, Sample


def _sigmoid(x: Array) -> Array:
    """That of integers, and of booleans, of which numpy has no opposite."""
    return sigmoid.of_arrays(np.asarray(x).astype(get_default_dtype()))


def _between(x: Array, min_val: float, max_val: float) -> Array:
    """Integers between two bounds stay integers; a number below 0 bounds none without a sign."""
    low, high = int(min_val), int(max_val)
    if x.dtype.kind == "u" and (low < 0 or high < 0):
        raise TypeError
    ends = np.iinfo(x.dtype)
    return np.minimum(np.maximum(x, x.dtype.type(max(low, ends.min))), x.dtype.type(min(high, ends.max)))


def _softsign(x: Array) -> Array:
    """That of integers: what is added to them wraps, as PyTorch's."""
    kind = get_default_dtype()
    below = np.abs(x) + x.dtype.type(1)
    return np.divide(x.astype(kind), below.astype(kind))


sigmoid = elementwise(
    "sigmoid",
    "1 / (1 + exp(-x))",
    {"x": "g * y * (1 - y)"},
    symbol="σ",
    latex=r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    doc="Logistic sigmoid.",
    example={"tg.tensor([-2.0, 0.0, 2.0]).sigmoid()": "tensor([0.1192, 0.5000, 0.8808])"},
    kinds=Kinds(integers=_sigmoid),
    explained=Explanation(
        word=message("sigmoid"), forward=message("Squash every number into the interval from 0 to 1."), steepest=0.25
    ),
)
tanh = elementwise(
    "tanh",
    "tanh(x)",
    {"x": "g * (1 - y * y)"},
    symbol="tanh",
    doc="Hyperbolic tangent.",
    example={"tg.tensor([-1.0, 0.0, 1.0]).tanh()": "tensor([-0.7616,  0.0000,  0.7616])"},
    explained=Explanation(
        word=message("hyperbolic tangent"),
        forward=message("Squash every number into the interval from −1 to 1."),
        steepest=1.0,
    ),
)
relu = elementwise(
    "relu",
    "maximum(x, 0)",
    {"x": "where(x <= 0, 0, g)"},
    symbol="ReLU",
    kinks=("x",),
    at_kink="relu'(0) = 0.",
    doc="Rectified linear unit; saturates at 0 for x < 0.",
    example={"tg.tensor([-1.0, 0.0, 2.0]).relu()": "tensor([0., 0., 2.])"},
    kinds=NUMBER,
    explained=Explanation(
        word=message("rectifier"), forward=message("Keep what is positive, replace the rest by 0."), steepest=1.0
    ),
)
leaky_relu = elementwise(
    "leaky_relu",
    "where(x > 0, x, negative_slope * x)",
    {"x": "where(x > 0, g, negative_slope * g)"},
    symbol="LReLU",
    attrs={"negative_slope": 0.01},
    kinks=("x",),
    at_kink="leaky_relu'(0) = negative_slope.",
    method=False,
    doc="Rectified linear unit with a small slope for x < 0.",
    example={"tg.nn.functional.leaky_relu(tg.tensor([-10.0, 10.0]), 0.1)": "tensor([-1., 10.])"},
    kinds=FLOAT,
)
softplus = elementwise(
    "softplus",
    "where(beta * x > threshold, x, (maximum(beta * x, 0) + log1p(exp(-abs(beta * x)))) / beta)",
    {"x": "where(beta * x > threshold, g, g * sigmoid(beta * x))"},
    symbol="softplus",
    latex=r"\frac{1}{\beta} \ln\left(1 + e^{\beta x}\right)",
    attrs={"beta": 1.0, "threshold": 20.0},
    method=False,
    doc="Smooth form of relu, ln(1 + exp(βx)) / β; x itself where βx passes the threshold, as PyTorch's.",
    example={"tg.nn.functional.softplus(tg.tensor([0.0, 30.0]))": "tensor([ 0.6931, 30.0000])"},
    kinds=FLOAT,
)


softsign = elementwise(
    "softsign",
    "x / (1 + abs(x))",
    {"x": "g / (1 + abs(x)) - g * (y / (1 + abs(x))) * sign(x)"},
    symbol="softsign",
    method=False,
    doc="x / (1 + |x|), a slower saturation than tanh's.",
    example={"tg.nn.functional.softsign(tg.tensor([-1.0, 0.0, 3.0]))": "tensor([-0.5000,  0.0000,  0.7500])"},
    kinds=NUMBER._replace(integers=_softsign),
)
logsigmoid = elementwise(
    "logsigmoid",
    "minimum(x, 0) - log1p(exp(-abs(x)))",
    {"x": "g * sigmoid(-x)"},
    symbol="ln σ",
    latex=r"\ln \sigma(x)",
    method=False,
    doc="Logarithm of the sigmoid, exact where the sigmoid underflows.",
    example={"tg.nn.functional.logsigmoid(tg.tensor([-200.0, 0.0]))": "tensor([-200.0000,   -0.6931])"},
    kinds=FLOAT,
)
silu = elementwise(
    "silu",
    "x * sigmoid(x)",
    {"x": "g * sigmoid(x) * (1 + x * (1 - sigmoid(x)))"},
    symbol="SiLU",
    method=False,
    doc="x σ(x), also called swish.",
    example={"tg.nn.functional.silu(tg.tensor([-1.2785, 0.0, 6.0]))": "tensor([-0.2785,  0.0000,  5.9852])"},
    kinds=FLOAT,
)
mish = elementwise(
    "mish",
    "x * tanh(maximum(x, 0) + log1p(exp(-abs(x))))",
    {
        # With s = σ(−x), tanh(ln(1 + eˣ)) is (1 − s²) / (1 + s²): smooth at 0, where the derivatives of abs are not.
        "x": "g * sigmoid(x) * ((1 + sigmoid(-x)) / (1 + sigmoid(-x) ** 2)"
        " + x * (2 * sigmoid(-x) / (1 + sigmoid(-x) ** 2)) ** 2)"
    },
    symbol="mish",
    latex=r"x \tanh\left(\ln(1 + e^{x})\right)",
    method=False,
    doc="x tanh(ln(1 + exp(x))).",
    example={"tg.nn.functional.mish(tg.tensor([-1.0, 0.0, 1.0]))": "tensor([-0.3034,  0.0000,  0.8651])"},
    kinds=FLOAT,
)

elu = elementwise(
    "elu",
    "where(x > 0, x, alpha * expm1(minimum(x, 0)))",
    {"x": "where(x > 0, g, g * alpha * exp(where(x >= 0, 0, x)))"},
    symbol="ELU",
    attrs={"alpha": 1.0},
    kinks=("x",),
    at_kink="elu'(0) = alpha.",
    method=False,
    doc="x for x > 0, α (eˣ − 1) below.",
    example={"tg.nn.functional.elu(tg.tensor([-100.0, 1.0]), alpha=2.0)": "tensor([-2.,  1.])"},
    kinds=FLOAT,
)
celu = elementwise(
    "celu",
    "where(x > 0, x, alpha * expm1(minimum(x, 0) / alpha))",
    {"x": "where(x > 0, g, g * exp(where(x >= 0, 0, x) / alpha))"},
    symbol="CELU",
    attrs={"alpha": 1.0},
    method=False,
    doc="x for x > 0, α (exp(x/α) − 1) below: smooth for every α.",
    example={"tg.nn.functional.celu(tg.tensor([-100.0, 0.0, 1.0]), alpha=0.5)": "tensor([-0.5000,  0.0000,  1.0000])"},
    kinds=FLOAT,
)
selu = elementwise(
    "selu",
    "1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * expm1(minimum(x, 0)))",
    {"x": "1.0507009873554805 * where(x > 0, g, 1.6732632423543772 * g * exp(where(x >= 0, 0, x)))"},
    symbol="SELU",
    latex=r"\lambda \begin{cases} x & x > 0 \\ \alpha (e^{x} - 1) & \end{cases}",
    kinks=("x",),
    at_kink="selu'(0) is the slope from the left, λα, as PyTorch's.",
    method=False,
    doc="Self-normalising unit: ELU with the two constants of its authors.",
    example={"tg.nn.functional.selu(tg.tensor([-100.0, 0.0, 1.0]))": "tensor([-1.7581,  0.0000,  1.0507])"},
    kinds=FLOAT,
)
relu6 = elementwise(
    "relu6",
    "minimum(maximum(x, 0), 6)",
    {"x": "where((x > 0) & (x < 6), g, 0)"},
    symbol="ReLU6",
    kinks=("x", "x - 6"),
    at_kink="relu6'(0) = relu6'(6) = 0.",
    method=False,
    doc="relu that saturates at 6.",
    example={"tg.nn.functional.relu6(tg.tensor([-1.0, 3.0, 8.0]))": "tensor([0., 3., 6.])"},
    kinds=NUMBER,
)
hardtanh = elementwise(
    "hardtanh",
    "minimum(maximum(x, min_val), max_val)",
    {"x": "where((x > min_val) & (x < max_val), g, 0)"},
    symbol="hardtanh",
    attrs={"min_val": -1.0, "max_val": 1.0},
    kinks=("x - min_val", "x - max_val"),
    at_kink="The derivative at both ends is 0.",
    method=False,
    doc="x between two bounds, which it never leaves.",
    example={"tg.nn.functional.hardtanh(tg.tensor([-5.0, 0.5, 5.0]))": "tensor([-1.0000,  0.5000,  1.0000])"},
    kinds=Kinds(common="iuf", integers=_between),
)
hardsigmoid = elementwise(
    "hardsigmoid",
    "minimum(maximum(x + 3, 0), 6) / 6",
    {"x": "where((x > -3) & (x < 3), g / 6, 0)"},
    symbol="hσ",
    kinks=("x + 3", "x - 3"),
    at_kink="The derivative at both ends is 0.",
    method=False,
    doc="Sigmoid made of three straight lines.",
    example={
        "tg.nn.functional.hardsigmoid(tg.tensor([-3.0, 0.0, 1.5, 3.0]))": "tensor([0.0000, 0.5000, 0.7500, 1.0000])"
    },
    kinds=FLOAT,
)
hardswish = elementwise(
    "hardswish",
    "x * minimum(maximum(x + 3, 0), 6) / 6",
    {"x": "where(x <= -3, 0, where(x >= 3, g, g * (x / 3 + 0.5)))"},
    symbol="hswish",
    kinks=("x + 3", "x - 3"),
    at_kink="0 at −3 and 1 at 3.",
    method=False,
    doc="silu with a hard sigmoid.",
    example={"tg.nn.functional.hardswish(tg.tensor([-1.5, 0.0, 3.0]))": "tensor([-0.3750,  0.0000,  3.0000])"},
    kinds=FLOAT,
)
tanhshrink = elementwise(
    "tanhshrink",
    "x - tanh(x)",
    {"x": "g * tanh(x) * tanh(x)"},
    symbol="x−tanh",
    method=False,
    doc="x − tanh(x).",
    example={"tg.nn.functional.tanhshrink(tg.tensor([0.0, 10.0]))": "tensor([0., 9.])"},
    kinds=NUMBER,
)


gelu_exact = elementwise(
    "gelu_exact",
    "x * ndtr(x)",
    {"x": "g * (ndtr(x) + 0.3989422804014327 * x * exp(-0.5 * x * x))"},
    symbol="GELU",
    latex=r"x \, \Phi(x)",
    method=False,
    doc="x Φ(x), Φ being the distribution function of the standard normal law.",
    example={"tg.nn.functional.gelu(tg.tensor([0.0, 1.0, 10.0]))": "tensor([ 0.0000,  0.8413, 10.0000])"},
    kinds=FLOAT,
    explained=Explanation(shown_as="gelu"),
)
gelu_tanh = elementwise(
    "gelu_tanh",
    "0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))",
    {
        "x": "g * (0.5 * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))"
        " + 0.5 * x * (1 - tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)) ** 2)"
        " * 0.7978845608028654 * (1 + 0.134145 * x * x))"
    },
    symbol="GELU",
    latex=r"\tfrac{x}{2} \left(1 + \tanh\left(\sqrt{\tfrac{2}{\pi}} (x + 0.044715 x^3)\right)\right)",
    method=False,
    doc="The approximation of GELU by a hyperbolic tangent.",
    example={
        'tg.nn.functional.gelu(tg.tensor([0.0, 1.0, 10.0]), approximate="tanh")': "tensor([ 0.0000,  0.8412, 10.0000])"
    },
    kinds=FLOAT,
    explained=Explanation(shown_as="gelu"),
)


def _threshold_of_integers(x: Array, *, threshold: float, value: float) -> Array:
    """Both numbers lose their fractions, as PyTorch's."""
    return np.where(x <= converted(threshold, x.dtype), converted(value, x.dtype), x)


threshold = elementwise(
    "threshold",
    "where(x <= threshold, value, x)",
    {"x": "where(x <= threshold, 0, g)"},
    symbol="thr",
    attrs={"threshold": 0.0, "value": 0.0},
    kinks=("x - threshold",),
    at_kink="The derivative at the threshold is 0.",
    method=False,
    doc="x above a threshold, one value elsewhere.",
    example={"tg.nn.functional.threshold(tg.tensor([0.5, 2.0]), 1.0, -7.0)": "tensor([-7.,  2.])"},
    kinds=NUMBER._replace(integers=_threshold_of_integers),
)
hardshrink = elementwise(
    "hardshrink",
    "where((x >= -lambd) & (x <= lambd), 0, x)",
    {"x": "where(abs(x) > lambd, g, 0)"},
    symbol="hshrink",
    attrs={"lambd": 0.5},
    kinks=("x - lambd", "x + lambd"),
    at_kink="The derivative at ±λ is 0.",
    doc="0 between −λ and λ, x elsewhere.",
    example={"tg.tensor([-1.0, 0.3, 2.0]).hardshrink()": "tensor([-1.,  0.,  2.])"},
    kinds=FLOAT,
)
softshrink = elementwise(
    "softshrink",
    "where(x > lambd, x - lambd, where(x < -lambd, x + lambd, x * 0))",
    {"x": "where(abs(x) > lambd, g, 0)"},
    symbol="sshrink",
    attrs={"lambd": 0.5},
    kinks=("x - lambd", "x + lambd"),
    at_kink="The derivative at ±λ is 0.",
    method=False,
    doc="x moved by λ towards 0, where it stays.",
    example={"tg.nn.functional.softshrink(tg.tensor([-2.0, 0.3, 2.0]))": "tensor([-1.5000,  0.0000,  1.5000])"},
    kinds=FLOAT,
)
parametric_relu = elementwise(
    "parametric_relu",
    "where(x > 0, x, a * x)",
    {"x": "where(x > 0, g, g * a)", "a": "where(x > 0, 0, g * x)"},
    symbol="PReLU",
    kinks=("x",),
    at_kink="The derivative at 0 is a.",
    method=False,
    doc="x for x > 0, a x below, a being learnt.",
    example={"tg.nn.functional.prelu(tg.tensor([-2.0, 3.0]), tg.tensor(0.25))": "tensor([-0.5000,  3.0000])"},
    kinds=FLOAT._replace(same=True),
    explained=Explanation(shown_as="prelu"),
)


@function
def gelu(x: Any, approximate: str = "none") -> Any:
    """x Φ(x), or its approximation by a hyperbolic tangent.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.gelu(tg.tensor([0.0, 1.0, 10.0]))
        tensor([ 0.0000,  0.8413, 10.0000])
    """
    if approximate not in ("none", "tanh"):
        raise UsageError(
            tr("gelu: expected “none” or “tanh”, got “{found}” ({where})").format(found=approximate, where=here())
        )
    return gelu_exact(x) if approximate == "none" else gelu_tanh(x)


@overload
def prelu(x: Any, weight: Any) -> Any:
    """x for x > 0, weight · x below; a weight for each channel (dimension 1), or one for all.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.prelu(tg.tensor([-2.0, 3.0]), tg.tensor([0.25]))
        tensor([-0.5000,  3.0000])
    """
    sides, own = shape_of(x), shape_of(weight)
    channels = sides[1] if len(sides) > 1 else 1
    if own not in ((), (1,), (channels,)):
        raise ShapeError(
            tr("prelu: expected 1 weight or {channels}, got shape {found} ({where})").format(
                channels=channels, found=own, where=here()
            )
        )
    shape = (own[0] if own else 1, *(1,) * (len(sides) - 2)) if len(sides) > 1 else (1,) * len(sides)
    return parametric_relu.call(x, weight if own == shape else reshape_to.call(weight, shape))


@function
def rrelu(x: Any, lower: float = 0.125, upper: float = 1 / 3, training: bool = False) -> Any:
    """leaky_relu with a slope drawn for each element that is not above 0; without ``training``, with the mean slope.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.rrelu(tg.tensor([-5.0, 5.0]), 0.1, 0.3)
        tensor([-1.,  5.])
        >>> y = F.rrelu(-tg.ones(1000), 0.1, 0.3, training=True)
        >>> round(y.mean().item(), 1), bool((y >= -0.3).all())
        (-0.2, True)
    """
    if not lower <= upper:
        raise UsageError(
            tr("rrelu: expected two slopes, the lower one first, got {lower} and {upper} ({where})").format(
                lower=lower, upper=upper, where=here()
            )
        )
    if not training:
        return leaky_relu(x, (lower + upper) / 2)
    below = value_of(x) <= 0

    def draw(source: Any) -> Array:
        slopes = np.ones(below.shape)
        slopes[below] = lower + (upper - lower) * source.unit(int(below.sum()), np.float64)
        return slopes.astype(x.dtype)

    return mul(x, drawn(draw))


def _halves_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    dim = draw.integer(0, len(shape) - 1)
    return Sample((draw.array((*shape[:dim], 2 * shape[dim], *shape[dim + 1 :])),), {"dim": dim})


@composite(symbol="GLU", latex=r"a \, \sigma(b)", sample=_halves_sample, method=False)
def glu(x: Array, dim: int = -1) -> Array:
    """The first half along ``dim`` gated by the sigmoid of the second.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.glu(tg.tensor([6.0, 8.0, 0.0, 100.0]))  # half open, open
        tensor([3., 8.])
    """
    if not len(x.shape) or x.shape[dim] % 2:
        raise ValueError("glu needs a dimension of even length")
    a, b = split(x, [x.shape[dim] // 2] * 2, dim)
    return mul(a, sigmoid(b))
