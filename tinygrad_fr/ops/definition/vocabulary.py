"""The words that an operation's text may use, in each place where the text is run.

The same expression is computed on floats (Scalar), on arrays (numpy passes), inside a numba kernel, and recorded as
smaller operations. A word needs the first two here; kernels bring their own, and the recorded meaning of a word is
the operation of that name.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

INF = math.inf
NAN = math.nan


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return INF


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return INF


def _log(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -INF if x == 0.0 else NAN


def _log1p(x: float) -> float:
    if x > -1.0:
        return math.log1p(x)
    return -INF if x == -1.0 else NAN


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0.0 else NAN


def _periodic(f: Callable[[float], float]) -> Callable[[float], float]:
    def of_float(x: float) -> float:
        return f(x) if math.isfinite(x) else NAN

    return of_float


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0))


def _where(condition: bool, a: float, b: float) -> float:
    return a if condition else b


def _rounding(f: Callable[[float], int]) -> Callable[[float], float]:
    def of_float(x: float) -> float:
        return float(f(x)) if math.isfinite(x) else x

    return of_float


def _checked(f: Callable[[float], float], low: float, high: float) -> Callable[[float], float]:
    """A function of floats that gives NaN outside the closed interval where Python's would raise."""

    def of_float(x: float) -> float:
        return f(x) if low <= x <= high else NAN

    return of_float


def _bounded(f: Callable[[float], float], sign: Callable[[float], float]) -> Callable[[float], float]:
    """A function of floats whose overflow is an infinity of the given sign."""

    def of_float(x: float) -> float:
        try:
            return f(x)
        except OverflowError:
            return INF * sign(x)

    return of_float


def _atanh(x: float) -> float:
    if abs(x) == 1.0:
        return math.copysign(INF, x)
    return math.atanh(x) if abs(x) < 1.0 else NAN


def _rounded(x: float) -> float:
    return float(round(x)) if math.isfinite(x) else x


def _erf_of_array(x: Any) -> Any:
    from scipy.special import erf  # loaded when first needed: half a tenth of a second

    return erf(x)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + _exp(-x))


def divide(a: float, b: float) -> float:
    """IEEE division: Python's own raises at zero."""
    try:
        return a / b
    except ZeroDivisionError:
        return NAN if a == 0.0 or a != a else math.copysign(INF, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """IEEE power: Python's own raises, or leaves the real numbers."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0.0 and b % 2 == 1 else INF
    except ValueError:  # 0 to a negative power, or a negative number to a fractional one
        return INF if a == 0.0 else NAN


def _sign_of_array(x: Any) -> Any:
    """0 for NaN, as PyTorch's."""
    return np.sign(np.where(x == x, x, 0))


class Word(NamedTuple):
    """How one word is computed and written.

    Attributes:
        of_float: on Python floats, following IEEE where Python would raise.
        of_array: on numpy arrays.
        latex: ``format`` text with one field per argument.
    """

    of_float: Callable[..., Any]
    of_array: Callable[..., Any]
    latex: str


WORDS: dict[str, Word] = {
    "exp": Word(_exp, np.exp, r"e^{{{0}}}"),
    "expm1": Word(_expm1, np.expm1, r"\left(e^{{{0}}} - 1\right)"),
    "log": Word(_log, np.log, r"\ln\left({0}\right)"),
    "log1p": Word(_log1p, np.log1p, r"\ln\left(1 + {0}\right)"),
    "sqrt": Word(_sqrt, np.sqrt, r"\sqrt{{{0}}}"),
    "sin": Word(_periodic(math.sin), np.sin, r"\sin\left({0}\right)"),
    "cos": Word(_periodic(math.cos), np.cos, r"\cos\left({0}\right)"),
    "tanh": Word(math.tanh, np.tanh, r"\tanh\left({0}\right)"),
    "sigmoid": Word(_sigmoid, lambda x: 1 / (1 + np.exp(-x)), r"\sigma\left({0}\right)"),
    "tan": Word(_periodic(math.tan), np.tan, r"\tan\left({0}\right)"),
    "asin": Word(_checked(math.asin, -1.0, 1.0), np.arcsin, r"\arcsin\left({0}\right)"),
    "acos": Word(_checked(math.acos, -1.0, 1.0), np.arccos, r"\arccos\left({0}\right)"),
    "atan": Word(math.atan, np.arctan, r"\arctan\left({0}\right)"),
    "sinh": Word(_bounded(math.sinh, _sign), np.sinh, r"\sinh\left({0}\right)"),
    "cosh": Word(_bounded(math.cosh, lambda _x: 1.0), np.cosh, r"\cosh\left({0}\right)"),
    "asinh": Word(math.asinh, np.arcsinh, r"\operatorname{{arsinh}}\left({0}\right)"),
    "acosh": Word(_checked(math.acosh, 1.0, INF), np.arccosh, r"\operatorname{{arcosh}}\left({0}\right)"),
    "atanh": Word(_atanh, np.arctanh, r"\operatorname{{artanh}}\left({0}\right)"),
    "erf": Word(math.erf, _erf_of_array, r"\operatorname{{erf}}\left({0}\right)"),
    "trunc": Word(_rounding(math.trunc), np.trunc, r"\operatorname{{trunc}}\left({0}\right)"),
    "round": Word(_rounded, np.round, r"\operatorname{{round}}\left({0}\right)"),
    "abs": Word(abs, np.abs, r"\left|{0}\right|"),
    "sign": Word(_sign, _sign_of_array, r"\operatorname{{sign}}\left({0}\right)"),
    "floor": Word(_rounding(math.floor), np.floor, r"\lfloor {0} \rfloor"),
    "ceil": Word(_rounding(math.ceil), np.ceil, r"\lceil {0} \rceil"),
    "maximum": Word(_maximum, np.maximum, r"\max\left({0}, {1}\right)"),
    "minimum": Word(_minimum, np.minimum, r"\min\left({0}, {1}\right)"),
    "where": Word(_where, np.where, r"\begin{{cases}} {1} & {0} \\ {2} & \end{{cases}}"),
}

# What ``/`` and ``**`` mean on Python floats.
FLOAT_OPERATORS: dict[str, Callable[[float, float], float]] = {"Div": divide, "Pow": power}
