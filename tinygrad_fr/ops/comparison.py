"""Comparisons, logic, choices between elements, and bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.errors import DtypeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import abs, add, mul, sub
from tinygrad_fr.ops.definition import POSITIVE, Array, Kinds, composite, elementwise, registry
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.shared.integers import divided
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import constant, dtype_of, value_of
from tinygrad_fr.promotion.dtype import converted
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample


def _says(
    name: str,
    forward: str,
    symbol: str,
    doc: str,
    *inputs: str,
    example: dict[str, str],
    sample: Any = None,
    kinds: Kinds | None = None,
) -> Any:
    """An element-wise answer, which has no derivative."""
    partials = dict.fromkeys(inputs or ("a", "b"))
    return elementwise(name, forward, partials, symbol=symbol, doc=doc, example=example, sample=sample, kinds=kinds)


def _of_integers(
    name: str, forward: str, symbol: str, doc: str, *inputs: str, example: dict[str, str], kinds: str = "biu"
) -> Any:
    """An element-wise answer about integers."""
    count = len(inputs) or 2

    def sample(draw: Draw) -> Sample:
        shape = draw.shape(0, 3)
        return Sample(tuple(draw.indices(shape, 8) for _each in range(count)), {})

    return _says(name, forward, symbol, doc, *inputs, example=example, sample=sample, kinds=Kinds(common=kinds))


eq = _says(
    "eq",
    "a == b",
    "=",
    "Whether elements are equal.",
    example={"tg.tensor([1, 2]).eq(tg.tensor([1, 3]))": "tensor([ True, False])"},
)
ne = _says(
    "ne",
    "a != b",
    "≠",
    "Whether elements differ.",
    example={"tg.tensor([1, 2]).ne(tg.tensor([1, 3]))": "tensor([False,  True])"},
)
lt = _says(
    "lt",
    "a < b",
    "<",
    "Whether elements are smaller.",
    example={"tg.tensor([1, 2, 3]).lt(2)": "tensor([ True, False, False])"},
)
le = _says(
    "le",
    "a <= b",
    "≤",
    "Whether elements are smaller or equal.",
    example={"tg.tensor([1, 2, 3]).le(2)": "tensor([ True,  True, False])"},
)
gt = _says(
    "gt",
    "a > b",
    ">",
    "Whether elements are larger.",
    example={"tg.tensor([1, 2, 3]).gt(2)": "tensor([False, False,  True])"},
)
ge = _says(
    "ge",
    "a >= b",
    "≥",
    "Whether elements are larger or equal.",
    example={"tg.tensor([1, 2, 3]).ge(2)": "tensor([False,  True,  True])"},
)
logical_and = _says(
    "logical_and",
    "logical_and(a, b)",
    "∧",
    "Both hold.",
    example={
        "tg.tensor([True, True, False]).logical_and(tg.tensor([True, False, False]))": "tensor([ True, False, False])"
    },
)
logical_or = _says(
    "logical_or",
    "logical_or(a, b)",
    "∨",
    "One at least holds.",
    example={
        "tg.tensor([True, True, False]).logical_or(tg.tensor([True, False, False]))": "tensor([ True,  True, False])"
    },
)
logical_xor = _says(
    "logical_xor",
    "logical_xor(a, b)",
    "⊕",
    "Exactly one holds.",
    example={
        "tg.tensor([True, True, False]).logical_xor(tg.tensor([True, False, False]))": "tensor([False,  True, False])"
    },
)
logical_not = _says(
    "logical_not",
    "logical_not(x)",
    "¬",
    "Does not hold.",
    "x",
    example={"tg.tensor([2.0, 0.0]).logical_not()": "tensor([False,  True])"},
)
bitwise_and = _of_integers(
    "bitwise_and",
    "bitwise_and(a, b)",
    "&",
    "Bits set in both integers.",
    example={"tg.tensor([0b1100]).bitwise_and(tg.tensor([0b1010])).item() == 0b1000": "True"},
)
bitwise_or = _of_integers(
    "bitwise_or",
    "bitwise_or(a, b)",
    "|",
    "Bits set in one integer at least.",
    example={"tg.tensor([0b1100]).bitwise_or(tg.tensor([0b1010])).item() == 0b1110": "True"},
)
bitwise_xor = _of_integers(
    "bitwise_xor",
    "bitwise_xor(a, b)",
    "⊕",
    "Bits set in exactly one integer.",
    example={"tg.tensor([0b1100]).bitwise_xor(tg.tensor([0b1010])).item() == 0b0110": "True"},
)
bitwise_not = _of_integers(
    "bitwise_not",
    "bitwise_not(x)",
    "~",
    "Bits that are not set.",
    "x",
    example={"tg.tensor([0, 5]).bitwise_not()": "tensor([-1, -6])"},
)
bitwise_left_shift = _of_integers(
    "bitwise_left_shift",
    "left_shift(a, b)",
    "≪",
    "Bits moved to the left.",
    example={"tg.tensor([1, 5]).bitwise_left_shift(3)": "tensor([ 8, 40])"},
    kinds="iu",
)
bitwise_right_shift = _of_integers(
    "bitwise_right_shift",
    "right_shift(a, b)",
    "≫",
    "Bits moved to the right.",
    example={"tg.tensor([40, 5]).bitwise_right_shift(3)": "tensor([5, 0])"},
    kinds="iu",
)
gcd = _of_integers(
    "gcd",
    "gcd(a, b)",
    "gcd",
    "Greatest common divisor of integers.",
    example={"tg.tensor([12, 7]).gcd(tg.tensor([18, 21]))": "tensor([6, 7])"},
    kinds="iu",
)
lcm = _of_integers(
    "lcm",
    "lcm(a, b)",
    "lcm",
    "Least common multiple of integers.",
    example={"tg.tensor([4, 3]).lcm(tg.tensor([6, 5]))": "tensor([12, 15])"},
    kinds="iu",
)
isnan = _says(
    "isnan",
    "isnan(x)",
    "NaN?",
    "Whether elements are NaN.",
    "x",
    example={"tg.tensor([1.0, tg.nan, tg.inf]).isnan()": "tensor([False,  True, False])"},
)
isinf = _says(
    "isinf",
    "isinf(x)",
    "∞?",
    "Whether elements are infinite.",
    "x",
    example={"tg.tensor([1.0, tg.nan, -tg.inf]).isinf()": "tensor([False, False,  True])"},
)
isfinite = _says(
    "isfinite",
    "isfinite(x)",
    "finite?",
    "Whether elements are neither infinite nor NaN.",
    "x",
    example={"tg.tensor([1.0, tg.nan, tg.inf]).isfinite()": "tensor([ True, False, False])"},
)
isposinf = _says(
    "isposinf",
    "isinf(x) & (x > 0)",
    "+∞?",
    "Whether elements are plus infinity.",
    "x",
    example={"tg.tensor([-tg.inf, 1.0, tg.inf]).isposinf()": "tensor([False, False,  True])"},
)
isneginf = _says(
    "isneginf",
    "isinf(x) & (x < 0)",
    "−∞?",
    "Whether elements are minus infinity.",
    "x",
    example={"tg.tensor([-tg.inf, 1.0, tg.inf]).isneginf()": "tensor([ True, False, False])"},
)
signbit = _says(
    "signbit",
    "signbit(x)",
    "−?",
    "Whether the sign bit is set: true of −0 too.",
    "x",
    example={"tg.tensor([-2.0, -0.0, 0.0]).signbit()": "tensor([ True,  True, False])"},
)


def _step_of_integers(x: Any, values: Any) -> Any:
    return np.where(x == 0, values, x > 0).astype(x.dtype)


heaviside = _says(
    "heaviside",
    "heaviside(x, values)",
    "H",
    "0 below zero, 1 above, ``values`` at it.",
    "x",
    "values",
    kinds=Kinds(same=True, integers=_step_of_integers),
    example={"tg.tensor([-2.0, 0.0, 3.0]).heaviside(tg.tensor([0.5]))": "tensor([0.0000, 0.5000, 1.0000])"},
)
nextafter = elementwise(
    "nextafter",
    "nextafter(a, b)",
    {"a": "where(a == b, 0, g)", "b": "0"},
    symbol="next",
    doc="The next float from a towards b.",
    kinds=Kinds(common="f"),
    example={"(tg.tensor([1.0]).nextafter(tg.tensor([2.0])) - 1).log2()": "tensor([-23.])"},
)
floor_divide = _says(
    "floor_divide",
    "floor_divide(a, b)",
    "⌊÷⌋",
    "Quotient rounded down; not differentiable.",
    example={"tg.tensor([7, -7]).floor_divide(2)": "tensor([ 3, -4])"},
    kinds=Kinds(common="iuf", integers=divided(np.floor_divide)),
)
div_floor = elementwise(
    "div_floor",
    "floor_divide(a, b)",
    {"a": "0", "b": "0"},
    symbol="⌊÷⌋",
    method=False,
    domain={"b": POSITIVE},
    kinks=("sin(3.141592653589793 * a / b)",),
    at_kink="0 there too.",
    doc='Quotient rounded down, as ``div(a, b, rounding_mode="floor")`` records it; its derivative is 0.',
    example={'tg.div(tg.tensor([1.0]), 0.1, rounding_mode="floor")': "tensor([9.])"},
    kinds=Kinds(common="iuf", integers=divided(np.floor_divide)),
    explained=Explanation(shown_as="div"),
)

where = elementwise(
    "where",
    "where(condition, a, b)",
    {"condition": None, "a": "where(condition, g, 0)", "b": "where(condition, 0, g)"},
    symbol="?:",
    kinds=Kinds(filling=("a", "b")),
    method=False,
    doc="Elements of a where the condition holds, of b elsewhere.",
    example={"tg.where(tg.tensor([True, False]), tg.tensor([1.0, 2.0]), 0.0)": "tensor([1., 0.])"},
)
clamp_min = elementwise(
    "clamp_min",
    "maximum(x, min)",
    {"x": "where(x >= min, g, 0)", "min": "where(x < min, g, 0)"},
    symbol="≥",
    kinds=Kinds(common="iuf", filling=("min",)),
    kinks=("x - min",),
    at_kink="At the bound the gradient goes to x.",
    doc="x, or the bound where x is below it.",
    example={"tg.tensor([-1.0, 2.0]).clamp_min(0.5)": "tensor([0.5000, 2.0000])"},
)
clamp_max = elementwise(
    "clamp_max",
    "minimum(x, max)",
    {"x": "where(x <= max, g, 0)", "max": "where(x > max, g, 0)"},
    symbol="≤",
    kinds=Kinds(common="iuf", filling=("max",)),
    kinks=("x - max",),
    at_kink="At the bound the gradient goes to x.",
    doc="x, or the bound where x is above it.",
    example={"tg.tensor([-1.0, 2.0]).clamp_max(0.5)": "tensor([-1.0000,  0.5000])"},
)
clamp_between = elementwise(
    "clamp_between",
    "minimum(maximum(x, min), max)",
    {
        "x": "where((x >= min) & (x <= max), g, 0)",
        "min": "where((x < min) & (min < max), g, 0)",
        "max": "where((x > max) | (max < min), g, 0)",
    },
    symbol="[ ]",
    kinds=Kinds(common="iuf", filling=("min", "max")),
    kinks=("x - min", "x - max", "min - max"),
    at_kink="At a bound the gradient goes to x.",
    method=False,
    doc="x, or the nearer bound where x is outside; the upper bound where the bounds cross.",
    example={"tg.tensor([-1.0, 0.3, 2.0]).clamp(0.0, 1.0)": "tensor([0.0000, 0.3000, 1.0000])"},
    explained=Explanation(shown_as="clamp"),
)


def _alike(low: Any, high: Any) -> tuple[Any, Any]:
    """Two bounds: a tensor without dimensions beside a number is a number too, unless a gradient goes to it."""
    if isinstance(low, Node) == isinstance(high, Node):
        return low, high
    if any(isinstance(each, Node) and each.requires_grad for each in (low, high)):
        return low, high
    low, high = (np.asarray(value_of(each)).item() for each in (low, high))
    return low, high


_NUMBERS = frozenset((float, int))


@overload
def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x between two bounds, numbers or tensors, of which one may be missing.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.clamp(tg.tensor([-2.0, 0.5, 2.0]), min=-1.0, max=1.0)
        tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise ValueError("clamp: at least one of min and max must not be None")
    if min.__class__ in _NUMBERS:
        if max is None:
            return clamp_min.call(x, min)
        if max.__class__ in _NUMBERS:
            return clamp_between.call(x, min, max)
    kinds = {len(getattr(bound, "shape", ())) > 0 for bound in (min, max) if bound is not None}
    if len(kinds) > 1 and not all(hasattr(bound, "shape") for bound in (min, max)):
        raise refusal(
            "clamp",
            tr("two numbers or two tensors for min and max"),
            (type(min).__name__, type(max).__name__),
            DtypeError,
        )
    if min is not None and max is not None:
        min, max = _alike(min, max)
    if min is None:
        return clamp_max(x, max)
    return clamp_min(x, min) if max is None else clamp_between(x, min, max)


def _masked_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    return Sample((draw.array(shape), np.asarray(draw.array(shape) > 0), draw.array(())), {})


@composite(symbol="mask←", latex=r"x_{m} \leftarrow v", sample=_masked_sample)
def masked_fill(x: Array, mask: Array, value: Array) -> Array:
    """x with a number, or a tensor without dimensions, where the mask holds.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, -2.0, 3.0])
        >>> x.masked_fill(x < 0, 0.0)
        tensor([1., 0., 3.])
    """
    if dtype_of(mask) != np.bool_:
        raise ValueError("the mask must be boolean")
    if len(getattr(value, "shape", ())):
        raise ValueError("the value must be a number or have no dimensions")
    if isinstance(value, float | int) and not (dtype_of(x).kind == "f" and (-1e4 <= value <= 1e4 or math.isinf(value))):
        value = converted(value, dtype_of(x))
    kept = rows(where(mask, value, x))
    if isinstance(x, np.ndarray):
        return np.asarray(kept, x.dtype)
    same = dtype_of(kept) == dtype_of(x) or dtype_of(x).kind != "f"
    return kept if same else registry["cast"](kept, dtype_of(x))


def _filled(x: Array, mask: Array, value: Any) -> tuple[Array, None]:
    """The same in one pass, for floats and a number beside a mask of their shape."""
    usual = x.dtype.char in "fd" and value.__class__ in _NUMBERS and mask.dtype.char == "?" and mask.shape == x.shape
    if not usual or not (-1e4 <= value <= 1e4 or math.isinf(value)):
        return np.asarray(masked_fill.equations(x, mask, value)), None
    if x.flags.c_contiguous:
        return where.of_arrays(mask, float(value), x), None
    found = x.copy()
    found[mask] = value
    return found, None


def _fill_sent(g: Array, saved: None, needs: int, x: Array, mask: Array, value: Any) -> tuple[Array | None, ...]:
    zero = 0.0 if g.dtype.char in "fd" else g.dtype.type(0)
    rest = where.of_arrays(mask, zero, g) if needs & 1 else None
    return rest, None, where.of_arrays(mask, g, zero) if needs & 4 else None


masked_fill.fused(_filled, _fill_sent)


@overload
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """x with NaN and infinities replaced: by 0 and the largest numbers of the dtype, unless others are given.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nan_to_num(tg.tensor([1.0, float("nan"), float("inf")]), posinf=9.0)
        tensor([1., 0., 9.])
    """
    if dtype_of(x).kind != "f":
        return x
    limits = np.finfo(dtype_of(x))
    x = where(isnan(x), nan, x)
    x = where(isposinf(x), float(limits.max) if posinf is None else posinf, x)
    return where(isneginf(x), float(limits.min) if neginf is None else neginf, x)


@overload
def isclose(x: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |x − other| ≤ atol + rtol·|other|, element by element.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.isclose(tg.tensor([1.0, 1.0]), tg.tensor([1.000001, 1.1]))
        tensor([ True, False])
    """
    if rtol < 0 or atol < 0:
        raise refusal("isclose", tr("tolerances of at least 0"), (rtol, atol))
    exact = dtype_of(x).kind != "f"  # whose differences may overflow
    wide = np.dtype(np.float64)
    a, b = (registry["cast"](x, wide), registry["cast"](other, wide)) if exact else (x, other)
    near = le(abs(sub(a, b)), add(abs(mul(b, rtol)), atol))
    same = logical_or(eq(x, other), logical_and(near, isfinite(other)))
    return logical_or(same, logical_and(isnan(x), isnan(other))) if equal_nan else same


@overload
def allclose(x: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether every element is close; see :func:`isclose`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.allclose(tg.tensor([1.0]), tg.tensor([1.000001])), tg.allclose(tg.tensor([1.0]), tg.tensor([1.1]))
        (True, False)
    """
    return bool(np.all(value_of(isclose(x, other, rtol, atol, equal_nan))))


@overload
def equal(x: Any, other: Any) -> bool:
    """Whether two tensors have one shape and the same elements.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.equal(tg.tensor([1, 2]), tg.tensor([1, 2])), tg.equal(tg.tensor([1, 2]), tg.tensor([1, 3]))
        (True, False)
    """
    return tuple(x.shape) == tuple(other.shape) and bool(np.all(value_of(eq(x, other))))


@overload
def isreal(x: Any) -> Any:
    """True everywhere: there are no complex numbers here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.isreal(tg.tensor([1.0, float("nan")]))
        tensor([True, True])
    """
    return logical_or(eq(x, x), True)


@function
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element is one of ``test_elements``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.isin(tg.tensor([1, 2, 3]), tg.tensor([3, 1]))
        tensor([ True, False,  True])
    """
    for x in (elements, test_elements):
        if hasattr(x, "dtype") and x.dtype == np.bool_:
            raise refusal("isin", tr("tensors of numbers"), x.dtype, DtypeError)
    found = np.isin(value_of(elements), value_of(test_elements), assume_unique=assume_unique, invert=invert)
    return constant(found)
