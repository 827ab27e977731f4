"""Trigonometric and hyperbolic functions, and their inverses."""

from __future__ import annotations

from tinygrad_fr.ops.definition import elementwise

_UNIT = (-1.0, 1.0)

sin = elementwise(
    "sin",
    "sin(x)",
    {"x": "g * cos(x)"},
    symbol="sin",
    doc="Sine of an angle in radians.",
    example={"tg.tensor([0.0, tg.pi / 6, tg.pi / 2]).sin()": "tensor([0.0000, 0.5000, 1.0000])"},
)
cos = elementwise(
    "cos",
    "cos(x)",
    {"x": "-g * sin(x)"},
    symbol="cos",
    doc="Cosine of an angle in radians.",
    example={"tg.tensor([0.0, tg.pi / 3, tg.pi]).cos()": "tensor([ 1.0000,  0.5000, -1.0000])"},
)
tan = elementwise(
    "tan",
    "tan(x)",
    {"x": "g * (1 + y * y)"},
    symbol="tan",
    domain={"x": _UNIT},
    doc="Tangent of an angle in radians.",
    example={"tg.tensor([0.0, tg.pi / 4]).tan()": "tensor([0., 1.])"},
)
asin = elementwise(
    "asin",
    "asin(x)",
    {"x": "g / sqrt(1 - x * x)"},
    symbol="arcsin",
    domain={"x": _UNIT},
    doc="Inverse sine, in radians.",
    example={"tg.tensor([0.0, 0.5, 1.0]).asin().rad2deg()": "tensor([ 0.0000, 30.0000, 90.0000])"},
)
acos = elementwise(
    "acos",
    "acos(x)",
    {"x": "-g / sqrt(1 - x * x)"},
    symbol="arccos",
    domain={"x": _UNIT},
    doc="Inverse cosine, in radians.",
    example={"tg.tensor([-1.0, 0.5, 1.0]).acos().rad2deg()": "tensor([180.0000,  60.0000,   0.0000])"},
)
atan = elementwise(
    "atan",
    "atan(x)",
    {"x": "g / (1 + x * x)"},
    symbol="arctan",
    doc="Inverse tangent, in radians.",
    example={"tg.tensor([0.0, 1.0]).atan().rad2deg()": "tensor([ 0., 45.])"},
)
sinh = elementwise(
    "sinh",
    "sinh(x)",
    {"x": "g * cosh(x)"},
    symbol="sinh",
    doc="Hyperbolic sine.",
    example={"tg.tensor([2.0]).log().sinh()  # (2 − 1/2) / 2": "tensor([0.7500])"},
)
cosh = elementwise(
    "cosh",
    "cosh(x)",
    {"x": "g * sinh(x)"},
    symbol="cosh",
    doc="Hyperbolic cosine.",
    example={"tg.tensor([2.0]).log().cosh()  # (2 + 1/2) / 2": "tensor([1.2500])"},
)
asinh = elementwise(
    "asinh",
    "asinh(x)",
    {"x": "g / sqrt(x * x + 1)"},
    symbol="arsinh",
    doc="Inverse hyperbolic sine.",
    example={"tg.tensor([0.75]).asinh().exp()  # (2 − 1/2) / 2 = 0.75": "tensor([2.])"},
)
acosh = elementwise(
    "acosh",
    "acosh(x)",
    {"x": "g / sqrt(x * x - 1)"},
    symbol="arcosh",
    domain={"x": (1.0, float("inf"))},
    doc="Inverse hyperbolic cosine.",
    example={"tg.tensor([1.25]).acosh().exp()  # (2 + 1/2) / 2 = 1.25": "tensor([2.])"},
)
atanh = elementwise(
    "atanh",
    "atanh(x)",
    {"x": "g / (1 - x * x)"},
    symbol="artanh",
    domain={"x": _UNIT},
    doc="Inverse hyperbolic tangent.",
    example={"tg.tensor([0.6]).atanh().exp()  # (2 − 1/2) / (2 + 1/2) = 0.6": "tensor([2.])"},
)
atan2 = elementwise(
    "atan2",
    "atan2(a, b)",
    {
        "a": "g * where(a * a + b * b == 0, 0, b / (a * a + b * b))",
        "b": "-g * where(a * a + b * b == 0, 0, a / (a * a + b * b))",
    },
    symbol="atan2",
    domain={"a": (0.0, float("inf"))},
    at_kink="0 at the origin.",
    doc="Angle of the point (b, a), in radians, from −π to π.",
    example={"tg.tensor([0.0, 1.0, 0.0]).atan2(tg.tensor([1.0, 0.0, -1.0]))": "tensor([0.0000, 1.5708, 3.1416])"},
)
sinc = elementwise(
    "sinc",
    "where(x == 0, 1, sin(3.141592653589793 * x) / (3.141592653589793 * x))",
    {"x": "where(x == 0, 0, g * (cos(3.141592653589793 * x) - y) / x)"},
    symbol="sinc",
    latex=r"\frac{\sin(\pi x)}{\pi x}",
    doc="sin(πx) / (πx), 1 at 0.",
    example={"tg.tensor([0.0, 0.5]).sinc()": "tensor([1.0000, 0.6366])"},
)
