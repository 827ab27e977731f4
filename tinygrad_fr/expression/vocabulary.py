"""The words that an operation's text may use, in each place where the text is run.

The same expression is computed on floats (Scalar), on arrays (numpy passes), inside a numba kernel, by the interpreter of
compiled steps and in a living page, written in LaTeX, and recorded as smaller operations: the recorded meaning of a word is
the operation of that name. A word needs the first two and its LaTeX; where kernels and pages know it is said here too.
"""

from __future__ import annotations

import ast
import math
import operator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _ as tr

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


def _special(name: str) -> Callable[..., Any]:
    """A function of scipy's, which is loaded when first needed: half a tenth of a second."""

    def of_array(*args: Any) -> Any:
        return getattr(import_module("scipy.special"), name)(*args)

    return of_array


def _special_of_float(name: str) -> Callable[..., Any]:
    of_array = _special(name)

    def of_float(*args: float) -> float:
        return float(of_array(*args))

    return of_float


def _erfinv(x: Any) -> Any:
    """scipy's, which loses the sign of −0."""
    return np.copysign(_special("erfinv")(x), x)


def _lgamma(x: Any) -> Any:
    """scipy's, which is not C's at −∞, nor near 0 where 1 / x overflows."""
    found = _special("gammaln")(x)
    with np.errstate(all="ignore"):
        found = np.where(np.abs(x) < 1e-300, -np.log(np.abs(x)).astype(found.dtype), found)
    return np.where(np.isinf(x), np.asarray(INF, found.dtype), found)


def _polygamma(n: Any, x: Any) -> Any:
    """ψ⁽ⁿ⁾, where scipy's own rounds its result to float64."""
    if np.any(np.asarray(n) < 0):
        raise DataError(tr("polygamma: expected n of at least 0, got {found}").format(found=n))
    result = _special("digamma")(x) if n == 0 else np.where(np.isneginf(x), NAN, _special("polygamma")(n, x))
    return result.astype(x.dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else result


def _remainder(a: float, b: float) -> float:
    if b == 0 or not math.isfinite(a):
        return NAN
    rest = math.fmod(a, b)
    return rest + b if rest != 0 and (rest < 0) != (b < 0) else rest


def _remainders(a: Any, b: Any) -> Any:
    """a modulo b with the sign of b; where nothing is left, zero has the sign of a, as PyTorch's."""
    rest = np.fmod(a, b)
    return np.where((rest != 0) & ((rest < 0) != (np.asarray(b) < 0)), rest + b, rest)


def _fmod(a: float, b: float) -> float:
    return math.fmod(a, b) if b != 0 and math.isfinite(a) else NAN


def _logaddexp(a: float, b: float) -> float:
    larger = _maximum(a, b)
    return larger if abs(larger) == INF else larger + _log1p(_exp(-abs(a - b)))


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


_PRODUCTS: dict[float, Callable[[Any], Any]] = {
    3.0: lambda a: a * a * a,
    -2.0: lambda a: 1 / (a * a),
    -0.5: lambda a: 1 / np.sqrt(a),
}


def power_of_array(a: Any, b: Any) -> Any:
    """A power of elements; of a few numbers by products, as PyTorch's, where numpy knows −1, 0, ½, 1 and 2 alone.

    numpy raises a negative number with the C library, one element at a time, a hundred times slower than a positive one: so
    the power of the magnitude is taken, with the sign that it has.
    """
    if b.__class__ is np.ndarray or a.__class__ is not np.ndarray or a.dtype.kind != "f" or b == 2:
        return a**b
    half = a.dtype.char == "e"  # whose exponent is one too, and of which no square root is taken
    if (product := _PRODUCTS.get(b)) is not None and not (half and b == -0.5):
        return product(a)
    if b in (-1, 0, 1) or not abs(b) < INF:  # NaN and infinities too
        return a**b
    if half:
        return _power_of_magnitudes(a.astype(np.float32), float(np.float16(b))).astype(a.dtype)
    return a**b if b == 0.5 else _power_of_magnitudes(a, float(b))  # an even number, of a large odd integer


def _power_of_magnitudes(a: Any, b: float) -> Any:
    if a.size and a.item(a.argmin()) >= 0:  # no number is negative, nor NaN
        return a**b
    found = np.asarray(np.abs(a) ** b)  # of an array without dimensions numpy gives a number
    if b % 2 == 1:
        return np.copysign(found, a)
    if b % 1 != 0:
        found[(a < 0) & (a != -INF)] = NAN
    return found


def _heaviside(x: float, at_zero: float) -> float:
    """0 for NaN, as PyTorch's."""
    return at_zero if x == 0 else float(x > 0)


def _heaviside_of_array(x: Any, at_zero: Any) -> Any:
    found = np.heaviside(x, at_zero)
    return np.where(np.isnan(x), np.zeros((), found.dtype), found)


def _rounded_of_array(x: Any) -> Any:
    """np.round without its questions, for floats."""
    return np.rint(x) if x.__class__ is np.ndarray and x.dtype.kind == "f" else np.round(x)


def _sign_of_array(x: Any) -> Any:
    """0 for NaN, as PyTorch's."""
    found = np.asarray(np.sign(x))
    if found.dtype.kind == "f":
        np.copyto(found, 0, where=found != found)
    return found


PLAIN, CURVE = 4, 20  # costs: arithmetic waits for memory, functions compute
# When a kernel pays: numpy has no vectorised loop for the word; several such words are one pass; every core is worth it,
# where a function is computed, or where memory alone is waited for.
SOON, TOGETHER, LATE, WIDE, NEVER = "soon", "together", "late", "wide", ""


class Word(NamedTuple):
    """How one word is computed and written.

    Attributes:
        of_float: on Python floats, following IEEE where Python would raise.
        of_array: on numpy arrays.
        latex: ``format`` text with one field per argument.
        kernel: the function that a kernel calls, one of ours or numpy's; empty where kernels do not know the word.
        javascript: the function that a living page calls; empty where it does not know the word.
        cost: what an element takes in a kernel, in multiplications.
        pays: from when on a kernel beats numpy: :data:`SOON`, :data:`TOGETHER`, :data:`LATE`, :data:`WIDE`, or never.
        opcode: whether the interpreter of compiled steps has an instruction for it.
    """

    of_float: Callable[..., Any]
    of_array: Callable[..., Any]
    latex: str
    kernel: str = ""
    javascript: str = ""
    cost: int = PLAIN
    pays: str = NEVER
    opcode: bool = False


WORDS: dict[str, Word] = {
    "exp": Word(_exp, np.exp, r"e^{{{0}}}", kernel="exp", javascript="Math.exp", cost=CURVE, pays=LATE, opcode=True),
    "expm1": Word(
        _expm1,
        np.expm1,
        r"\left(e^{{{0}}} - 1\right)",
        kernel="expm1",
        javascript="Math.expm1",
        cost=CURVE,
        pays=LATE,
        opcode=True,
    ),
    "log": Word(
        _log, np.log, r"\ln\left({0}\right)", kernel="log", javascript="Math.log", cost=CURVE, pays=LATE, opcode=True
    ),
    "log1p": Word(
        _log1p,
        np.log1p,
        r"\ln\left(1 + {0}\right)",
        kernel="log1p",
        javascript="Math.log1p",
        cost=CURVE,
        pays=SOON,
        opcode=True,
    ),
    "sqrt": Word(_sqrt, np.sqrt, r"\sqrt{{{0}}}", kernel="np.sqrt", javascript="Math.sqrt", pays=WIDE, opcode=True),
    "sin": Word(
        _periodic(math.sin),
        np.sin,
        r"\sin\left({0}\right)",
        kernel="sin",
        javascript="Math.sin",
        cost=CURVE,
        opcode=True,
    ),
    "cos": Word(
        _periodic(math.cos),
        np.cos,
        r"\cos\left({0}\right)",
        kernel="cos",
        javascript="Math.cos",
        cost=CURVE,
        opcode=True,
    ),
    "tanh": Word(
        math.tanh,
        np.tanh,
        r"\tanh\left({0}\right)",
        kernel="tanh",
        javascript="Math.tanh",
        cost=CURVE,
        pays=LATE,
        opcode=True,
    ),
    "sigmoid": Word(
        _sigmoid,
        lambda x: 1 / (1 + np.exp(-x)),
        r"\sigma\left({0}\right)",
        kernel="sigmoid",
        javascript="sigmoid",
        cost=CURVE,
        pays=LATE,
        opcode=True,
    ),
    "tan": Word(_periodic(math.tan), np.tan, r"\tan\left({0}\right)", kernel="np.tan", javascript="Math.tan"),
    "asin": Word(
        _checked(math.asin, -1.0, 1.0),
        np.arcsin,
        r"\arcsin\left({0}\right)",
        kernel="np.arcsin",
        javascript="Math.asin",
    ),
    "acos": Word(
        _checked(math.acos, -1.0, 1.0),
        np.arccos,
        r"\arccos\left({0}\right)",
        kernel="np.arccos",
        javascript="Math.acos",
    ),
    "atan": Word(math.atan, np.arctan, r"\arctan\left({0}\right)", kernel="np.arctan", javascript="Math.atan"),
    "sinh": Word(
        _bounded(math.sinh, _sign), np.sinh, r"\sinh\left({0}\right)", kernel="np.sinh", javascript="Math.sinh"
    ),
    "cosh": Word(
        _bounded(math.cosh, lambda _x: 1.0), np.cosh, r"\cosh\left({0}\right)", kernel="np.cosh", javascript="Math.cosh"
    ),
    "asinh": Word(
        math.asinh, np.arcsinh, r"\operatorname{{arsinh}}\left({0}\right)", kernel="np.arcsinh", javascript="Math.asinh"
    ),
    "acosh": Word(
        _checked(math.acosh, 1.0, INF),
        np.arccosh,
        r"\operatorname{{arcosh}}\left({0}\right)",
        kernel="np.arccosh",
        javascript="Math.acosh",
    ),
    "atanh": Word(
        _atanh, np.arctanh, r"\operatorname{{artanh}}\left({0}\right)", kernel="np.arctanh", javascript="Math.atanh"
    ),
    "erf": Word(
        math.erf,
        _special("erf"),
        r"\operatorname{{erf}}\left({0}\right)",
        kernel="erf",
        javascript="erf",
        cost=CURVE,
        pays=SOON,
        opcode=True,
    ),
    "trunc": Word(
        _rounding(math.trunc),
        np.trunc,
        r"\operatorname{{trunc}}\left({0}\right)",
        kernel="np.trunc",
        javascript="Math.trunc",
    ),
    "round": Word(
        _rounded, _rounded_of_array, r"\operatorname{{round}}\left({0}\right)", kernel="np.round", javascript="round"
    ),
    "abs": Word(abs, np.abs, r"\left|{0}\right|", kernel="np.abs", javascript="Math.abs", pays=TOGETHER, opcode=True),
    "sign": Word(
        _sign,
        _sign_of_array,
        r"\operatorname{{sign}}\left({0}\right)",
        kernel="sign",
        javascript="sign",
        pays=SOON,
        opcode=True,
    ),
    "floor": Word(
        _rounding(math.floor), np.floor, r"\lfloor {0} \rfloor", kernel="np.floor", javascript="Math.floor", pays=WIDE
    ),
    "ceil": Word(
        _rounding(math.ceil), np.ceil, r"\lceil {0} \rceil", kernel="np.ceil", javascript="Math.ceil", pays=WIDE
    ),
    "maximum": Word(
        _maximum,
        np.maximum,
        r"\max\left({0}, {1}\right)",
        kernel="maximum",
        javascript="maximum",
        pays=TOGETHER,
        opcode=True,
    ),
    "minimum": Word(
        _minimum,
        np.minimum,
        r"\min\left({0}, {1}\right)",
        kernel="minimum",
        javascript="minimum",
        pays=TOGETHER,
        opcode=True,
    ),
    "atan2": Word(math.atan2, np.arctan2, r"\operatorname{{atan2}}\left({0}, {1}\right)", javascript="Math.atan2"),
    "hypot": Word(
        math.hypot,
        np.hypot,
        r"\sqrt{{{{{0}}}^{{2}} + {{{1}}}^{{2}}}}",
        kernel="np.hypot",
        javascript="Math.hypot",
    ),
    "erfc": Word(
        math.erfc,
        _special("erfc"),
        r"\operatorname{{erfc}}\left({0}\right)",
        kernel="erfc",
        javascript="erfc",
        cost=CURVE,
        pays=SOON,
    ),
    "erfinv": Word(lambda x: float(_erfinv(x)), _erfinv, r"\operatorname{{erf}}^{{-1}}\left({0}\right)"),
    "lgamma": Word(lambda x: float(_lgamma(x)), _lgamma, r"\ln \Gamma\left({0}\right)"),
    "polygamma": Word(lambda n, x: float(_polygamma(n, x)), _polygamma, r"\psi^{{({0})}}\left({1}\right)"),
    "ndtr": Word(
        _special_of_float("ndtr"),
        _special("ndtr"),
        r"\Phi\left({0}\right)",
        kernel="ndtr",
        javascript="ndtr",
        cost=CURVE,
        pays=SOON,
        opcode=True,
    ),
    "log_ndtr": Word(_special_of_float("log_ndtr"), _special("log_ndtr"), r"\ln \Phi\left({0}\right)"),
    "i0": Word(_special_of_float("i0"), _special("i0"), r"I_0\left({0}\right)"),
    "i1": Word(_special_of_float("i1"), _special("i1"), r"I_1\left({0}\right)"),
    "logaddexp": Word(_logaddexp, np.logaddexp, r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)", javascript="logaddexp"),
    "fmod": Word(_fmod, np.fmod, r"\operatorname{{fmod}}\left({0}, {1}\right)", javascript="fmod"),
    "remainder": Word(_remainder, _remainders, r"\left({0} \bmod {1}\right)", javascript="remainder"),
    "floor_divide": Word(
        lambda a, b: float(np.floor_divide(np.float64(a), b)), np.floor_divide, r"\left\lfloor {0} / {1} \right\rfloor"
    ),
    "copysign": Word(math.copysign, np.copysign, r"\left|{0}\right| \operatorname{{sign}} {1}", javascript="copysign"),
    "heaviside": Word(_heaviside, _heaviside_of_array, r"H_{{{1}}}\left({0}\right)", javascript="heaviside"),
    "nextafter": Word(math.nextafter, np.nextafter, r"\operatorname{{nextafter}}\left({0}, {1}\right)"),
    "isnan": Word(lambda x: x != x, np.isnan, r"{0} = \text{{NaN}}", javascript="isnan"),
    "isfinite": Word(math.isfinite, np.isfinite, r"\left|{0}\right| < \infty", javascript="isfinite"),
    "isinf": Word(math.isinf, np.isinf, r"\left|{0}\right| = \infty", javascript="isinf"),
    "signbit": Word(lambda x: math.copysign(1.0, x) < 0, np.signbit, r"\operatorname{{signbit}}\left({0}\right)"),
    "logical_not": Word(operator.not_, np.logical_not, r"\neg {0}", javascript="logical_not"),
    "logical_and": Word(lambda a, b: bool(a and b), np.logical_and, r"{0} \wedge {1}", javascript="logical_and"),
    "logical_or": Word(lambda a, b: bool(a or b), np.logical_or, r"{0} \vee {1}", javascript="logical_or"),
    "logical_xor": Word(lambda a, b: bool(a) != bool(b), np.logical_xor, r"{0} \oplus {1}", javascript="logical_xor"),
    "bitwise_and": Word(operator.and_, np.bitwise_and, r"{0} \wedge {1}"),
    "bitwise_or": Word(operator.or_, np.bitwise_or, r"{0} \vee {1}"),
    "bitwise_xor": Word(operator.xor, np.bitwise_xor, r"{0} \oplus {1}"),
    "bitwise_not": Word(operator.invert, np.bitwise_not, r"\sim {0}"),
    "left_shift": Word(operator.lshift, np.left_shift, r"{0} \ll {1}"),
    "right_shift": Word(operator.rshift, np.right_shift, r"{0} \gg {1}"),
    "gcd": Word(math.gcd, np.gcd, r"\gcd\left({0}, {1}\right)"),
    "lcm": Word(math.lcm, np.lcm, r"\operatorname{{lcm}}\left({0}, {1}\right)"),
    "where": Word(
        _where,
        np.where,
        r"\begin{{cases}} {1} & {0} \\ {2} & \end{{cases}}",
        kernel="where",
        javascript="where",
        pays=TOGETHER,
        opcode=True,
    ),
}


class Operator(NamedTuple):
    """How one operator of Python's is computed and written.

    Attributes:
        opcode: the name of the interpreter's instruction, an operation's where there is one.
        kernel: one element, of ``x`` and ``y``.
        javascript: the operator there.
        latex: the sign of a comparison.
        recorded: the operation that records it, where a node's own operator might mean something else.
        cost: what an element takes, in multiplications.
    """

    opcode: str
    kernel: str
    javascript: str = ""
    latex: str = ""
    recorded: str = ""
    cost: int = 2


def _comparison(name: str, sign: str, javascript: str, latex: str) -> Operator:
    return Operator(name, f"one if x {sign} y else zero", javascript, latex, recorded=name)


OPERATORS: dict[type[ast.AST], Operator] = {
    ast.Add: Operator("add", "x + y", "+"),
    ast.Sub: Operator("sub", "x - y", "-"),
    ast.Mult: Operator("mul", "x * y", "*"),
    ast.Div: Operator("div", "x / y", "/", cost=4),
    ast.USub: Operator("neg", "-x"),
    ast.Pow: Operator("pow", "x ** y", cost=40),
    ast.Gt: _comparison("gt", ">", ">", ">"),
    ast.GtE: _comparison("ge", ">=", ">=", r"\geq"),
    ast.Lt: _comparison("lt", "<", "<", "<"),
    ast.LtE: _comparison("le", "<=", "<=", r"\leq"),
    ast.Eq: _comparison("eq", "==", "===", "="),
    ast.NotEq: _comparison("ne", "!=", "!==", r"\neq"),
    ast.BitAnd: Operator("and", "x * y", "&&", recorded="logical_and"),
    ast.BitOr: Operator("or", "maximum(x, y)", "||", recorded="logical_or"),
}

# What ``/`` and ``**`` mean on Python floats, and what is not numpy's own on arrays.
FLOAT_OPERATORS: dict[str, Callable[[float, float], float]] = {"Div": divide, "Pow": power}
ARRAY_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"Pow": power_of_array}
