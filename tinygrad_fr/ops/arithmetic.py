"""Arithmetic, powers, exponentials and comparisons of elements."""

from __future__ import annotations

from tinygrad_fr.ops.definition import POSITIVE, elementwise

add = elementwise("add", "a + b", {"a": "g", "b": "g"}, symbol="+", doc="Sum.")
sub = elementwise("sub", "a - b", {"a": "g", "b": "-g"}, symbol="−", doc="Difference.")
mul = elementwise("mul", "a * b", {"a": "g * b", "b": "g * a"}, symbol="×", doc="Product of elements.")
div = elementwise(
    "div", "a / b", {"a": "g / b", "b": "-g * y / b"}, symbol="÷", domain={"b": POSITIVE}, doc="Quotient of elements."
)
neg = elementwise("neg", "-x", {"x": "-g"}, symbol="−", doc="Opposite.")
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
)
exp = elementwise("exp", "exp(x)", {"x": "g * y"}, symbol="exp", doc="Exponential.")
expm1 = elementwise("expm1", "expm1(x)", {"x": "g * (y + 1)"}, symbol="eˣ−1", doc="Exponential minus 1, exact near 0.")
log = elementwise("log", "log(x)", {"x": "g / x"}, symbol="ln", domain={"x": POSITIVE}, doc="Natural logarithm.")
log1p = elementwise(
    "log1p",
    "log1p(x)",
    {"x": "g / (1 + x)"},
    symbol="ln(1+x)",
    domain={"x": (-1.0, POSITIVE[1])},
    doc="Natural logarithm of 1 + x, exact near 0.",
)
sqrt = elementwise("sqrt", "sqrt(x)", {"x": "g / (2 * y)"}, symbol="√", domain={"x": POSITIVE}, doc="Square root.")
square = elementwise("square", "x * x", {"x": "2 * g * x"}, symbol="x²", latex="x^{2}", doc="Square of elements.")
reciprocal = elementwise(
    "reciprocal", "1 / x", {"x": "-g * y * y"}, symbol="1/x", domain={"x": POSITIVE}, doc="Inverse of elements."
)
abs = elementwise(
    "abs", "abs(x)", {"x": "g * sign(x)"}, symbol="|x|", kinks=("x",), at_kink="abs'(0) = 0.", doc="Absolute value."
)
sign = elementwise("sign", "sign(x)", {"x": "0"}, symbol="sgn", kinks=("x",), at_kink="sign'(0) = 0.", doc="Sign.")
floor = elementwise("floor", "floor(x)", {"x": "0"}, symbol="⌊x⌋", kinks=("sin(3.141592653589793 * x)",), doc="Floor.")
ceil = elementwise("ceil", "ceil(x)", {"x": "0"}, symbol="⌈x⌉", kinks=("sin(3.141592653589793 * x)",), doc="Ceiling.")
trunc = elementwise(
    "trunc", "trunc(x)", {"x": "0"}, symbol="trunc", kinks=("sin(3.141592653589793 * x)",), doc="Integer part."
)
round = elementwise(
    "round",
    "round(x)",
    {"x": "0"},
    symbol="round",
    kinks=("cos(3.141592653589793 * x)",),
    doc="Nearest integer, halves to the even one.",
)
frac = elementwise(
    "frac", "x - trunc(x)", {"x": "g"}, symbol="frac", kinks=("sin(3.141592653589793 * x)",), doc="What trunc leaves."
)
exp2 = elementwise("exp2", "2 ** x", {"x": "0.6931471805599453 * g * y"}, symbol="2ˣ", latex="2^{x}", doc="Power of 2.")
log2 = elementwise(
    "log2",
    "log(x) / 0.6931471805599453",
    {"x": "g / (0.6931471805599453 * x)"},
    symbol="log₂",
    latex=r"\log_2 x",
    domain={"x": POSITIVE},
    doc="Logarithm to base 2.",
)
log10 = elementwise(
    "log10",
    "log(x) / 2.302585092994046",
    {"x": "g / (2.302585092994046 * x)"},
    symbol="log₁₀",
    latex=r"\log_{10} x",
    domain={"x": POSITIVE},
    doc="Logarithm to base 10.",
)
rsqrt = elementwise(
    "rsqrt", "1 / sqrt(x)", {"x": "-0.5 * g * y / x"}, symbol="1/√", domain={"x": POSITIVE}, doc="Inverse square root."
)
hypot = elementwise(
    "hypot",
    "sqrt(a * a + b * b)",
    {"a": "g * a / y", "b": "g * b / y"},
    symbol="hypot",
    domain={"a": POSITIVE, "b": POSITIVE},
    doc="Length of the hypotenuse.",
)
lerp = elementwise(
    "lerp",
    "a + weight * (b - a)",
    {"a": "g * (1 - weight)", "b": "g * weight", "weight": "g * (b - a)"},
    symbol="lerp",
    doc="The point at a share of the way from a to b.",
)
maximum = elementwise(
    "maximum",
    "maximum(a, b)",
    {
        "a": "where(a == b, 0.5 * g, where(a > b, g, 0))",
        "b": "where(a == b, 0.5 * g, where(b > a, g, 0))",
    },
    symbol="max",
    kinks=("a - b",),
    at_kink="A tie shares the gradient equally.",
    doc="Larger of two elements.",
)
minimum = elementwise(
    "minimum",
    "minimum(a, b)",
    {
        "a": "where(a == b, 0.5 * g, where(a < b, g, 0))",
        "b": "where(a == b, 0.5 * g, where(b < a, g, 0))",
    },
    symbol="min",
    kinks=("a - b",),
    at_kink="A tie shares the gradient equally.",
    doc="Smaller of two elements.",
)

eq = elementwise("eq", "a == b", {"a": None, "b": None}, symbol="=", doc="Whether elements are equal.")
ne = elementwise("ne", "a != b", {"a": None, "b": None}, symbol="≠", doc="Whether elements differ.")
lt = elementwise("lt", "a < b", {"a": None, "b": None}, symbol="<", doc="Whether elements are smaller.")
le = elementwise("le", "a <= b", {"a": None, "b": None}, symbol="≤", doc="Whether elements are smaller or equal.")
gt = elementwise("gt", "a > b", {"a": None, "b": None}, symbol=">", doc="Whether elements are larger.")
ge = elementwise("ge", "a >= b", {"a": None, "b": None}, symbol="≥", doc="Whether elements are larger or equal.")
logical_and = elementwise("logical_and", "a & b", {"a": None, "b": None}, symbol="∧", doc="Both, of two booleans.")
where = elementwise(
    "where",
    "where(condition, a, b)",
    {"condition": None, "a": "where(condition, g, 0)", "b": "where(condition, 0, g)"},
    symbol="?:",
    method=False,
    doc="Elements of a where the condition holds, of b elsewhere.",
)
