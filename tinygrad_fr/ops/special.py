"""Special functions: the error function and the normal distribution, gamma, Bessel, entropy."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.ops.arithmetic import log, mul, sub
from tinygrad_fr.ops.comparison import gt, logical_or, lt, where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import POSITIVE, elementwise
from tinygrad_fr.ops.shared.overloads import overload
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.promotion.dtype import get_default_dtype
from tinygrad_fr.sampling import Sample

erf = elementwise(
    "erf",
    "erf(x)",
    {"x": "1.1283791670955126 * g * exp(-x * x)"},
    symbol="erf",
    doc="Error function of Gauss.",
    example={"tg.tensor([-10.0, 0.0, 0.5]).erf()": "tensor([-1.0000,  0.0000,  0.5205])"},
)
erfc = elementwise(
    "erfc",
    "erfc(x)",
    {"x": "-1.1283791670955126 * g * exp(-x * x)"},
    symbol="erfc",
    doc="1 minus the error function.",
    example={"tg.tensor([-10.0, 0.0, 1.0]).erfc()": "tensor([2.0000, 1.0000, 0.1573])"},
)
erfinv = elementwise(
    "erfinv",
    "erfinv(x)",
    {"x": "0.886226925452758 * g * exp(y * y)"},
    symbol="erf⁻¹",
    domain={"x": (-1.0, 1.0)},
    doc="Inverse of the error function.",
    example={"tg.tensor([0.0, 0.5205]).erfinv()": "tensor([0.0000, 0.5000])"},
)
ndtr = elementwise(
    "ndtr",
    "ndtr(x)",
    {"x": "0.3989422804014327 * g * exp(-0.5 * x * x)"},
    symbol="Φ",
    method=False,
    doc="Distribution function of the standard normal law.",
    example={"tg.special.ndtr(tg.tensor([-1.96, 0.0, 1.96]))": "tensor([0.0250, 0.5000, 0.9750])"},
)
log_ndtr = elementwise(
    "log_ndtr",
    "log_ndtr(x)",
    {"x": "0.3989422804014327 * g * exp(-0.5 * x * x - y)"},
    symbol="ln Φ",
    method=False,
    doc="Logarithm of the distribution function of the standard normal law.",
    example={"tg.special.log_ndtr(tg.tensor([-20.0, 0.0]))": "tensor([-203.9172,   -0.6931])"},
)
lgamma = elementwise(
    "lgamma",
    "lgamma(x)",
    {"x": "g * polygamma(0, x)"},
    symbol="ln Γ",
    domain={"x": POSITIVE},
    doc="Logarithm of the absolute value of the gamma function.",
    example={"tg.tensor([1.0, 5.0]).lgamma().exp()": "tensor([ 1., 24.])"},
)
digamma = elementwise(
    "digamma",
    "polygamma(0, x)",
    {"x": "g * polygamma(1, x)"},
    symbol="ψ",
    latex=r"\psi(x)",
    domain={"x": POSITIVE},
    doc="Derivative of the logarithm of the gamma function.",
    example={"tg.tensor([1.0, 2.0]).digamma()": "tensor([-0.5772,  0.4228])"},
)
polygamma = elementwise(
    "polygamma",
    "polygamma(n, x)",
    {"n": None, "x": "g * polygamma(n + 1, x)"},
    symbol="ψ⁽ⁿ⁾",
    domain={"x": POSITIVE},
    method=False,
    doc="n-th derivative of the digamma function.",
    example={"tg.special.polygamma(1, tg.tensor([1.0]))": "tensor([1.6449])"},
    sample=lambda draw: Sample((draw.integer(0, 3), draw.array(draw.shape(), 0.5, 3.0)), {}),
)
i0 = elementwise(
    "i0",
    "i0(x)",
    {"x": "g * i1(x)"},
    symbol="I₀",
    doc="Modified Bessel function of order 0.",
    example={"tg.tensor([0.0, 1.0]).i0()": "tensor([1.0000, 1.2661])"},
)
i1 = elementwise(
    "i1",
    "i1(x)",
    {"x": "g * where(abs(x) > 1e-8, i0(x) - y / where(abs(x) > 1e-8, x, 1), 0.5)"},
    symbol="I₁",
    method=False,
    doc="Modified Bessel function of order 1.",
    example={"tg.special.i1(tg.tensor([0.0, 1.0]))": "tensor([0.0000, 0.5652])"},
)
xlogy = elementwise(
    "xlogy",
    "where((a == 0) & (b == b), 0, a * log(b))",
    {"a": "where((a == 0) & (b <= 0), 0, g * log(b))", "b": "g * a / b"},
    symbol="a ln b",
    latex=r"a \ln b",
    domain={"b": POSITIVE},
    doc="a ln(b), 0 where a = 0.",
    example={"tg.tensor([0.0, 2.0]).xlogy(tg.tensor([0.0, 2.7183]))": "tensor([0.0000, 2.0000])"},
)
xlog1py = elementwise(
    "xlog1py",
    "where((a == 0) & (b == b), 0, a * log1p(b))",
    {"a": "where((a == 0) & (b <= -1), 0, g * log1p(b))", "b": "g * a / (1 + b)"},
    symbol="a ln(1+b)",
    latex=r"a \ln(1 + b)",
    domain={"b": (-1.0, POSITIVE[1])},
    method=False,
    doc="a ln(1 + b), 0 where a = 0.",
    example={"tg.special.xlog1py(tg.tensor([0.0, 3.0]), tg.tensor([-1.0, 1.7183]))": "tensor([0.0000, 3.0000])"},
)
entr = elementwise(
    "entr",
    "where(x == 0, 0, -x * log(maximum(x, 0)))",
    {"x": "g * (-log(x) - 1)"},
    symbol="−x ln x",
    latex=r"-x \ln x",
    domain={"x": POSITIVE},
    method=False,
    doc="Entropy of elements, −x ln x; −∞ below 0.",
    example={"tg.special.entr(tg.tensor([0.0, 0.5]))": "tensor([0.0000, 0.3466])"},
)


@overload
def logit(x: Any, eps: float | None = None) -> Any:
    """Inverse of the sigmoid, ln(x / (1 − x)); with ``eps``, of x kept between eps and 1 − eps.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([0.5, 0.75]).logit()  # 0, ln 3
        tensor([0.0000, 1.0986])
    """
    if eps is not None:
        # The lower bound counts where they cross; no bound holds where x or eps is NaN.
        x = where(lt(x, eps), eps, where(gt(x, 1 - eps), 1 - eps, x))
    elif dtype_of(x).kind == "f":
        outside = logical_or(lt(x, 0), gt(x, 1))
        x = where(outside, mul(where(outside, x, 0), float("nan")), x)  # there the gradient is NaN too
    else:
        x = cast(x, get_default_dtype())
    return sub(log(x), log(sub(1, x)))  # of which the derivative is ∞ at 0 and 1, and not NaN
