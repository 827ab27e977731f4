"""Arithmetic, powers, exponentials and comparisons of elements."""

from __future__ import annotations

import numpy as np

from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.ops.definition import FLOAT, NUMBER, POSITIVE, Array, Kinds, elementwise
from tinygrad_fr.ops.shared.integers import divided, power_of_integers
from tinygrad_fr.promotion.dtype import get_default_dtype


def _power_of_two(x: Array) -> Array:
    return np.exp2(np.asarray(x).astype(get_default_dtype()))


def _squared(x: Array) -> Array:
    return np.square(x.astype(np.int64) if x.dtype.kind == "b" else x)


add = elementwise(
    "add",
    "a + b",
    {"a": "g", "b": "g"},
    symbol="+",
    doc="Sum.",
    explained=Explanation(
        word=message("sum"),
        forward=message("Add the two terms."),
        backward=message("An addition passes the gradient on, unchanged, to both terms."),
    ),
)
sub = elementwise(
    "sub",
    "a - b",
    {"a": "g", "b": "-g"},
    symbol="−",
    doc="Difference.",
    kinds=Kinds(operands="iuf"),
    explained=Explanation(
        word=message("difference"),
        forward=message("Subtract the second term from the first."),
        backward=message("A difference passes the gradient to the first term, and its opposite to the second."),
    ),
)
mul = elementwise(
    "mul",
    "a * b",
    {"a": "g * b", "b": "g * a"},
    symbol="×",
    doc="Product of elements.",
    example={"tg.tensor([2.0, 3.0]).mul(tg.tensor([10.0, 100.0]))": "tensor([ 20., 300.])"},
    explained=Explanation(
        word=message("product"),
        forward=message("Multiply the two factors."),
        backward=message("A product sends to each factor the gradient times the other factor."),
    ),
)
div = elementwise(
    "div",
    "a / b",
    {"a": "g / b", "b": "-g * y / b"},
    symbol="÷",
    domain={"b": POSITIVE},
    doc="Quotient of elements.",
    explained=Explanation(
        word=message("quotient"),
        forward=message("Divide the first term by the second."),
        backward=message("A quotient divides the gradient by the denominator."),
    ),
)
neg = elementwise(
    "neg",
    "-x",
    {"x": "-g"},
    symbol="−",
    doc="Opposite.",
    example={"tg.tensor([5.0, -2.0]).neg()": "tensor([-5.,  2.])"},
    explained=Explanation(
        word=message("opposite"),
        forward=message("Change the sign."),
        backward=message("Changing the sign changes the sign of the gradient."),
    ),
)
pow = elementwise(
    "pow",
    "a ** b",
    {
        "a": "where(b == 0, 0, g * b * a ** (b - 1))",
        "b": "where((a == 0) & (b >= 0), 0, g * y * log(a))",
    },
    symbol="xⁿ",
    domain={"a": POSITIVE},
    at_kink="x⁰ has derivative 0 everywhere; 0ⁿ has derivative 0 for n, as in PyTorch.",
    doc="Power of elements.",
    kinds=Kinds(common="iuf", filling=("b",), integers=power_of_integers),
    example={"(tg.tensor([4.0, 2.0]) ** tg.tensor([0.5, 10.0])).tolist()": "[2.0, 1024.0]"},
    explained=Explanation(
        word=message("power"),
        forward=message("Raise to a power."),
        backward=message("A power multiplies the gradient by the exponent times the next lower power."),
    ),
)
exp = elementwise(
    "exp",
    "exp(x)",
    {"x": "g * y"},
    symbol="exp",
    doc="Exponential.",
    example={"tg.tensor([0.0, 1.0]).exp()": "tensor([1.0000, 2.7183])"},
    explained=Explanation(
        word=message("exponential"),
        forward=message("Take the exponential."),
        backward=message("The exponential is its own derivative: the gradient is multiplied by the result."),
    ),
)
expm1 = elementwise(
    "expm1",
    "expm1(x)",
    {"x": "g * (y + 1)"},
    symbol="eˣ−1",
    doc="Exponential minus 1, exact near 0.",
    example={"tg.tensor([1e-10]).expm1()": "tensor([1.0000e-10])"},
)
log = elementwise(
    "log",
    "log(x)",
    {"x": "g / x"},
    symbol="ln",
    domain={"x": POSITIVE},
    doc="Natural logarithm.",
    example={"tg.tensor([1.0, tg.e]).log()": "tensor([0., 1.])"},
    explained=Explanation(
        word=message("logarithm"),
        forward=message("Take the natural logarithm."),
        backward=message("The logarithm divides the gradient by the number."),
    ),
)
log1p = elementwise(
    "log1p",
    "log1p(x)",
    {"x": "g / (1 + x)"},
    symbol="ln(1+x)",
    domain={"x": (-1.0, POSITIVE[1])},
    doc="Natural logarithm of 1 + x, exact near 0.",
    example={"tg.tensor([1e-10]).log1p()": "tensor([1.0000e-10])"},
)
sqrt = elementwise(
    "sqrt",
    "sqrt(x)",
    {"x": "g / (2 * y)"},
    symbol="√",
    domain={"x": POSITIVE},
    doc="Square root.",
    example={"tg.tensor([9.0, 16.0]).sqrt()": "tensor([3., 4.])"},
)
square = elementwise(
    "square",
    "x * x",
    {"x": "2 * g * x"},
    symbol="x²",
    latex="x^{2}",
    doc="Square of elements.",
    example={"tg.tensor([3.0, -4.0]).square()": "tensor([ 9., 16.])"},
    kinds=Kinds(integers=_squared),
    explained=Explanation(
        forward=message("Multiply by itself."),
        backward=message("A square multiplies the gradient by twice the number."),
    ),
)
reciprocal = elementwise(
    "reciprocal",
    "1 / x",
    {"x": "-g * y * y"},
    symbol="1/x",
    domain={"x": POSITIVE},
    doc="Inverse of elements.",
    example={"tg.tensor([2.0, -4.0]).reciprocal()": "tensor([ 0.5000, -0.2500])"},
)
abs = elementwise(
    "abs",
    "abs(x)",
    {"x": "g * sign(x)"},
    symbol="|x|",
    kinks=("x",),
    at_kink="abs'(0) = 0.",
    doc="Absolute value.",
    example={"tg.tensor([-3.0, 0.0, 2.0]).abs()": "tensor([3., 0., 2.])"},
    kinds=NUMBER,
)
sign = elementwise(
    "sign",
    "sign(x)",
    {"x": "0"},
    symbol="sgn",
    kinks=("x",),
    at_kink="sign'(0) = 0.",
    doc="Sign.",
    example={"tg.tensor([-3.0, 0.0, 2.0]).sign()": "tensor([-1.,  0.,  1.])"},
    kinds=Kinds(integers=lambda x: np.array(x) if x.dtype.kind == "b" else np.sign(x)),
)
floor = elementwise(
    "floor",
    "floor(x)",
    {"x": "0"},
    symbol="⌊x⌋",
    kinks=("sin(3.141592653589793 * x)",),
    doc="Floor.",
    example={"tg.tensor([1.7, -1.2]).floor()": "tensor([ 1., -2.])"},
    kinds=NUMBER,
)
ceil = elementwise(
    "ceil",
    "ceil(x)",
    {"x": "0"},
    symbol="⌈x⌉",
    kinks=("sin(3.141592653589793 * x)",),
    doc="Ceiling.",
    example={"tg.tensor([1.2, -1.7]).ceil()": "tensor([ 2., -1.])"},
    kinds=NUMBER,
)
trunc = elementwise(
    "trunc",
    "trunc(x)",
    {"x": "0"},
    symbol="trunc",
    kinks=("sin(3.141592653589793 * x)",),
    doc="Integer part.",
    example={"tg.tensor([1.7, -1.7]).trunc()": "tensor([ 1., -1.])"},
    kinds=NUMBER,
)
round = elementwise(
    "round",
    "round(x)",
    {"x": "0"},
    symbol="round",
    kinks=("cos(3.141592653589793 * x)",),
    doc="Nearest integer, halves to the even one.",
    example={"tg.tensor([0.5, 1.5, 2.5]).round()": "tensor([0., 2., 2.])"},
    kinds=NUMBER,
)
frac = elementwise(
    "frac",
    "x - trunc(x)",
    {"x": "g"},
    symbol="frac",
    kinks=("sin(3.141592653589793 * x)",),
    doc="What trunc leaves.",
    example={"tg.tensor([1.75, -1.75]).frac()": "tensor([ 0.7500, -0.7500])"},
    kinds=FLOAT,
)
exp2 = elementwise(
    "exp2",
    "2 ** x",
    {"x": "0.6931471805599453 * g * y"},
    symbol="2ˣ",
    latex="2^{x}",
    doc="Power of 2.",
    example={"tg.tensor([-1.0, 0.0, 3.0]).exp2()": "tensor([0.5000, 1.0000, 8.0000])"},
    kinds=Kinds(integers=_power_of_two),
)
log2 = elementwise(
    "log2",
    "log(x) / 0.6931471805599453",
    {"x": "g / (0.6931471805599453 * x)"},
    symbol="log₂",
    latex=r"\log_2 x",
    domain={"x": POSITIVE},
    doc="Logarithm to base 2.",
    example={"tg.tensor([8.0, 0.5]).log2()": "tensor([ 3., -1.])"},
)
log10 = elementwise(
    "log10",
    "log(x) / 2.302585092994046",
    {"x": "g / (2.302585092994046 * x)"},
    symbol="log₁₀",
    latex=r"\log_{10} x",
    domain={"x": POSITIVE},
    doc="Logarithm to base 10.",
    example={"tg.tensor([1000.0, 0.1]).log10()": "tensor([ 3., -1.])"},
)
rsqrt = elementwise(
    "rsqrt",
    "1 / sqrt(x)",
    {"x": "-0.5 * g * y * y * y"},
    symbol="1/√",
    domain={"x": POSITIVE},
    doc="Inverse square root.",
    example={"tg.tensor([4.0, 0.25]).rsqrt()": "tensor([0.5000, 2.0000])"},
)
hypot = elementwise(
    "hypot",
    "hypot(a, b)",
    {"a": "g * a / y", "b": "g * b / y"},
    symbol="hypot",
    domain={"a": POSITIVE, "b": POSITIVE},
    doc="Length of the hypotenuse.",
    example={"tg.tensor([3.0]).hypot(tg.tensor([4.0]))": "tensor([5.])"},
    kinds=Kinds(common="f"),
)
lerp = elementwise(
    "lerp",
    "where(abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))",
    {"a": "g * (1 - weight)", "b": "g * weight", "weight": "g * (b - a)"},
    symbol="lerp",
    latex=r"a + \text{weight} \cdot (b - a)",
    doc="The point at a share of the way from a to b.",
    example={"tg.tensor([10.0]).lerp(tg.tensor([20.0]), 0.3)": "tensor([13.])"},
    kinds=FLOAT._replace(same=True),
)
maximum = elementwise(
    "maximum",
    "maximum(a, b)",
    {
        "a": "where(a == b, 0.5 * g, where(a < b, 0, g))",
        "b": "where(a == b, 0.5 * g, where(b < a, 0, g))",
    },
    symbol="max",
    kinks=("a - b",),
    at_kink="A tie shares the gradient equally.",
    doc="Larger of two elements.",
    example={"tg.tensor([1.0, 5.0]).maximum(tg.tensor([3.0, 2.0]))": "tensor([3., 5.])"},
)
minimum = elementwise(
    "minimum",
    "minimum(a, b)",
    {
        "a": "where(a == b, 0.5 * g, where(a > b, 0, g))",
        "b": "where(a == b, 0.5 * g, where(b > a, 0, g))",
    },
    symbol="min",
    kinks=("a - b",),
    at_kink="A tie shares the gradient equally.",
    doc="Smaller of two elements.",
    example={"tg.tensor([1.0, 5.0]).minimum(tg.tensor([3.0, 2.0]))": "tensor([1., 2.])"},
)

fmax = elementwise(
    "fmax",
    "where((a >= b) | (b != b), a, b)",
    {"a": "where((a >= b) | (b != b), g, 0)", "b": "where((a >= b) | (b != b), 0, g)"},
    symbol="max",
    latex=r"\max\left(a, b\right)",
    kinks=("a - b",),
    at_kink="A tie gives the gradient to a.",
    doc="Larger of two elements; a number wins over NaN.",
    example={"tg.tensor([1.0, tg.nan]).fmax(tg.tensor([3.0, 2.0]))": "tensor([3., 2.])"},
)
fmin = elementwise(
    "fmin",
    "where((a <= b) | (b != b), a, b)",
    {"a": "where((a <= b) | (b != b), g, 0)", "b": "where((a <= b) | (b != b), 0, g)"},
    symbol="min",
    latex=r"\min\left(a, b\right)",
    kinks=("a - b",),
    at_kink="A tie gives the gradient to a.",
    doc="Smaller of two elements; a number wins over NaN.",
    example={"tg.tensor([1.0, tg.nan]).fmin(tg.tensor([3.0, 2.0]))": "tensor([1., 2.])"},
)
fmod = elementwise(
    "fmod",
    "fmod(a, b)",
    {"a": "g", "b": "-g * trunc(a / b)"},
    symbol="fmod",
    domain={"b": POSITIVE},
    kinks=("sin(3.141592653589793 * a / b)",),
    at_kink="At a multiple of b the derivative is that of the right side.",
    doc="Remainder of the division rounded towards 0; it has the sign of a.",
    kinds=Kinds(common="iuf", integers=divided(np.fmod)),
    example={"tg.tensor([-7.0, 7.0]).fmod(3.0)": "tensor([-1.,  1.])"},
)
remainder = elementwise(
    "remainder",
    "remainder(a, b)",
    {"a": "g", "b": "-g * floor(a / b)"},
    symbol="mod",
    domain={"b": POSITIVE},
    kinks=("sin(3.141592653589793 * a / b)",),
    at_kink="At a multiple of b the derivative is that of the right side.",
    doc="Remainder of the division rounded down, Python's %; it has the sign of b.",
    kinds=Kinds(common="iuf", integers=divided(np.remainder)),
    example={"tg.tensor([-7.0, 7.0]).remainder(3.0)": "tensor([2., 1.])"},
)
copysign = elementwise(
    "copysign",
    "copysign(a, b)",
    {"a": "where(a == 0, 0, g * (y / a))", "b": "0"},
    symbol="±",
    kinks=("a", "b"),
    at_kink="0 where a = 0.",
    doc="The size of a with the sign of b.",
    example={"tg.tensor([1.0, 2.0]).copysign(tg.tensor([-5.0, 0.0]))": "tensor([-1.,  2.])"},
)
logaddexp = elementwise(
    "logaddexp",
    "logaddexp(a, b)",
    {"a": "g * sigmoid(a - b)", "b": "g * sigmoid(b - a)"},
    symbol="ln Σ eˣ",
    doc="ln(exp(a) + exp(b)) without overflow.",
    example={"tg.tensor([1000.0]).logaddexp(tg.tensor([0.0]))": "tensor([1000.])"},
    kinds=Kinds(common="f"),
)
logaddexp2 = elementwise(
    "logaddexp2",
    "logaddexp(a * 0.6931471805599453, b * 0.6931471805599453) / 0.6931471805599453",
    {
        "a": "g * sigmoid(0.6931471805599453 * (a - b))",
        "b": "g * sigmoid(0.6931471805599453 * (b - a))",
    },
    symbol="log₂ Σ 2ˣ",
    latex=r"\log_2\left(2^{a} + 2^{b}\right)",
    doc="log₂(2ᵃ + 2ᵇ) without overflow.",
    example={"tg.tensor([3.0]).logaddexp2(tg.tensor([3.0]))": "tensor([4.])"},
    kinds=Kinds(common="f"),
)
deg2rad = elementwise(
    "deg2rad",
    "x * 0.017453292519943295",
    {"x": "g * 0.017453292519943295"},
    symbol="°→rad",
    doc="Degrees to radians.",
    example={"tg.tensor([180.0, 90.0]).deg2rad()": "tensor([3.1416, 1.5708])"},
)
rad2deg = elementwise(
    "rad2deg",
    "x * 57.29577951308232",
    {"x": "g * 57.29577951308232"},
    symbol="rad→°",
    doc="Radians to degrees.",
    example={"tg.tensor([tg.pi, tg.pi / 4]).rad2deg()": "tensor([180.,  45.])"},
)
