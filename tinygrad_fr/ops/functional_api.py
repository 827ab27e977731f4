"""The parts of PyTorch's functional API that our operations lack: further arguments, and further names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops import activation, arithmetic, comparison, special, trigonometry
from tinygrad_fr.ops.comparison import div_floor, floor_divide, logical_and, lt, ne
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import registry
from tinygrad_fr.ops.indexing.gather import nonzero
from tinygrad_fr.ops.linalg.norms import matrix_norm, vecdot
from tinygrad_fr.ops.products import dot
from tinygrad_fr.ops.reductions import counting, cumulative, extremes, sorting, sums
from tinygrad_fr.ops.shapes import padding
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.overloads import function, methods, overload, overloaded, usually
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.promotion.dtype import as_dtype, result_type
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@overload
def add(x: Any, other: Any, *, alpha: float = 1) -> Any:
    """x + α other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.add(tg.tensor([1, 2]), tg.tensor([10, 20]), alpha=2)
        tensor([21, 42])
    """
    return arithmetic.add(x, _times(x, other, alpha))


def _times(x: Any, other: Any, alpha: Any) -> Any:
    """α other in other's own kind: integers are multiplied by no fraction, and truths by a truth."""
    if alpha is True or (alpha == 1 and not isinstance(alpha, bool)):
        return other
    common = result_type(*(v.current.value if isinstance(v, Node) else v for v in (x, other)))
    if common.kind != "f" and isinstance(alpha, float):
        raise UsageError(
            tr("expected an integer alpha beside elements of {found}, got {alpha} ({where})").format(
                found=common, alpha=alpha, where=here()
            )
        )
    return arithmetic.mul(other, bool(alpha) if common.kind == "b" else alpha)


@overload
def sub(x: Any, other: Any, *, alpha: float = 1) -> Any:
    """x − α other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.sub(tg.tensor([10, 20]), tg.tensor([1, 2]), alpha=2)
        tensor([ 8, 16])
    """
    return arithmetic.sub(x, _times(x, other, alpha))


@function
def rsub(x: Any, other: Any, *, alpha: float = 1) -> Any:
    """other − α x.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.rsub(tg.tensor([1, 2]), 10)
        tensor([9, 8])
    """
    return sub(other, x, alpha=alpha)


@overload
def div(x: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """x / other; rounded towards 0 with ``"trunc"``, down with ``"floor"``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.div(tg.tensor([7, -7]), 2), tg.div(tg.tensor([7, -7]), 2, rounding_mode="trunc")
        (tensor([ 3.5000, -3.5000]), tensor([ 3, -3]))
        >>> tg.div(tg.tensor([7, -7]), 2, rounding_mode="floor")
        tensor([ 3, -4])
    """
    if rounding_mode is None:
        return arithmetic.div(x, other)
    if rounding_mode not in ("trunc", "floor"):
        raise UsageError(
            tr("div: expected rounding_mode None, “trunc” or “floor”, got “{found}” ({where})").format(
                found=rounding_mode, where=here()
            )
        )
    values = tuple(v.current.value if isinstance(v, Node) else v for v in (x, other))  # of which the dtypes are read
    if all(np.asarray(v).dtype.kind in "iub" for v in values):
        if rounding_mode == "floor":
            return floor_divide(x, other)
        down = floor_divide(x, other)
        below = logical_and(ne(arithmetic.remainder(x, other), 0), ne(lt(x, 0), lt(other, 0)))
        return add(down, cast(below, dtype_of(down)))
    return div_floor(x, other) if rounding_mode == "floor" else arithmetic.trunc(arithmetic.div(x, other))


def _together(*operands: Any) -> Sequence[Any]:
    """Operands of several types in the one in which all are computed."""
    dtype = None
    for x in operands:
        if isinstance(x, Node):
            own = dtype_of(x)
            if dtype is None:
                dtype = own
            elif own is not dtype:
                break
    else:
        return operands
    nodes = [x for x in operands if isinstance(x, Node)]
    whole = result_type(*(x.current.value for x in nodes))
    return [cast(x, whole) if isinstance(x, Node) and dtype_of(x) != whole else x for x in operands]


@overload
@in_single
def addcmul(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value · tensor1 · tensor2.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addcmul(tg.tensor([1, 1]), tg.tensor([2, 3]), tg.tensor([10, 10]), value=2)
        tensor([41, 61])
    """
    x, tensor1, tensor2 = _together(x, tensor1, tensor2)
    product = arithmetic.mul.call(tensor1, tensor2)
    if value == 1:
        return arithmetic.add.call(x, product)
    kinds = {dtype_of(each).kind for each in (x, product)}
    return add(x, product, alpha=value if "f" in kinds else int(value))


@overload
@in_single
def addcdiv(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value · tensor1 / tensor2.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addcdiv(tg.tensor([1.0]), tg.tensor([6.0]), tg.tensor([3.0]), value=10)
        tensor([21.])
    """
    if (
        isinstance(tensor1, Node)
        and isinstance(tensor2, Node)
        and "f" not in (dtype_of(tensor1).kind, dtype_of(tensor2).kind)
    ):
        raise DtypeError(
            tr("addcdiv: expected floats to divide, got {found} ({where})").format(
                found=dtype_of(tensor1), where=here()
            )
        )
    x, tensor1, tensor2 = _together(x, tensor1, tensor2)
    return add(x, arithmetic.div(tensor1, tensor2), alpha=value)


@overload
def round(x: Any, *, decimals: int = 0) -> Any:
    """Nearest number of so many decimals, halves to the even one.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([0.5, 1.5, 2.5]).round()
        tensor([0., 2., 2.])
        >>> tg.tensor([0.126]).round(decimals=2)
        tensor([0.1300])
    """
    if not isinstance(decimals, int):
        raise DtypeError(
            tr("round: expected an integer of decimals, got {found} ({where})").format(found=decimals, where=here())
        )
    if not decimals:
        return arithmetic.round.call(x)
    scale = 10.0**decimals
    return arithmetic.div(arithmetic.round(arithmetic.mul(x, scale)), scale)


@overload
def float_power(x: Any, exponent: Any) -> Any:
    """Power of elements in float64.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.float_power(tg.tensor([2, 3]), 2)
        tensor([4., 9.], dtype=torch.float64)
    """
    return arithmetic.pow(
        cast(x, np.dtype(np.float64)) if hasattr(x, "dtype") else x,
        cast(exponent, np.dtype(np.float64)) if hasattr(exponent, "dtype") else float(exponent),
    )


@overload
def ldexp(x: Any, other: Any) -> Any:
    """x · 2 to the power other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ldexp(tg.tensor([1.0, 3.0]), tg.tensor([4, -1]))
        tensor([16.0000,  1.5000])
    """
    whole = result_type(*(each.current.value if isinstance(each, Node) else each for each in (x, other)))
    integers = isinstance(other, Node) and dtype_of(other).kind in "iu"
    exponent = cast(other, whole) if integers and whole.kind == "f" else other
    return arithmetic.mul(x, arithmetic.pow(2.0, exponent))


@overload
def positive(x: Any) -> Any:
    """x itself.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.positive(tg.tensor([-1.0, 2.0]))
        tensor([-1.,  2.])
    """
    return x


def _dims(dim: Any) -> Any:
    return tuple(dim) if isinstance(dim, list) else dim


@usually(sums.sum)
def sum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Sum along ``dim``, everything by default; integers and booleans give int64.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, 2], [3, 4]])
        >>> tg.sum(x), tg.sum(x, 0), tg.sum(x, 1, keepdim=True).shape
        (tensor(10), tensor([4, 6]), torch.Size([2, 1]))
    """
    return _in_dtype(lambda x: sums.sum(x, _dims(dim), keepdim), x, dtype)


def _in_dtype(compute: Callable[[Any], Any], x: Any, dtype: Any) -> Any:
    """What is computed of x in a dtype, which the result has too: integers come back to a narrow one as PyTorch's wrap."""
    if dtype is None:
        return compute(x)
    wanted = as_dtype(dtype)
    found = compute(cast(x, wanted))
    return found if dtype_of(found) == wanted else cast(found, wanted)


@overload
def mean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Mean along ``dim``, of everything by default.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> tg.mean(x), tg.mean(x, 1)
        (tensor(2.5000), tensor([1.5000, 3.5000]))
    """
    wanted = dtype_of(x) if dtype is None else as_dtype(dtype)
    if wanted.kind != "f":
        raise UsageError(
            tr("mean: expected a float dtype, got {found}; convert it, or give dtype ({where})").format(
                found=wanted, where=here()
            )
        )
    return sums.mean.call(x if dtype is None else cast(x, wanted), _dims(dim), keepdim)


@usually(sums.prod)
def prod(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Product along ``dim``, of everything by default; integers and booleans give int64.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, 2], [3, 4]])
        >>> tg.prod(x), tg.prod(x, 0)
        (tensor(24), tensor([3, 8]))
    """
    return _in_dtype(lambda x: sums.prod(x, dim, keepdim), x, dtype)


@usually(cumulative.cumsum)
def cumsum(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running sum along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumsum(tg.tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    return _cumulated("cumsum", cumulative.cumsum, x, dim, dtype)


def _cumulated(name: str, op: Callable[..., Any], x: Any, dim: int, dtype: Any) -> Any:
    if dtype is not None and as_dtype(dtype).kind == "b":
        raise DtypeError(
            tr("{op}: expected a dtype of numbers, got {found} ({where})").format(
                op=name, found=as_dtype(dtype), where=here()
            )
        )
    return _in_dtype(lambda x: op(x, dim), x, dtype)


@usually(cumulative.cumprod)
def cumprod(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running product along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumprod(tg.tensor([1, 2, 3, 4]), 0)
        tensor([ 1,  2,  6, 24])
    """
    return _cumulated("cumprod", cumulative.cumprod, x, dim, dtype)


def _every(x: Any, dim: Any) -> Any:
    """The dimensions that amax goes over, by name: of NaN its gradient is NaN everywhere, where max() knows whose it is."""
    if dim is not None:
        return _dims(dim)
    return tuple(range(len(x.shape))) or None


@overload
def amax(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Largest element along ``dim``; ties share the gradient equally.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([3.0, 3.0, 1.0], requires_grad=True)
        >>> y = tg.amax(x, 0)
        >>> y.backward()
        >>> y.item(), x.grad
        (3.0, tensor([0.5000, 0.5000, 0.0000]))
    """
    return extremes.amax.call(x, _every(x, dim), keepdim)


@overload
def amin(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest element along ``dim``; ties share the gradient equally.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.amin(tg.tensor([[4, 2], [3, 5]]), 1)
        tensor([2, 3])
    """
    return extremes.amin.call(x, _every(x, dim), keepdim)


def _polygamma(x: Any, n: int) -> Any:
    """n-th derivative of the digamma function."""
    return special.polygamma(n, x)


methods["polygamma"] = _polygamma
function(vecdot)


def _in(x: Any, dtype: Any) -> Any:
    return x if dtype is None else cast(x, as_dtype(dtype))


def _floats(name: str, x: Any, dtype: Any) -> Any:
    x = x if dtype is None else _in(x, dtype)
    if dtype_of(x).kind != "f" and 0 not in x.shape:
        takes(name, x, *FLOATS)
    return x


def _implied(x: Any) -> int:
    """The dimension that PyTorch takes where none is said: the batch's of three, the channels' of two or four."""
    return 0 if len(x.shape) in (0, 1, 3) else 1


@overload
def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Exponentials of x that sum to 1 along ``dim``; unless told, along the first of one or three dimensions and the second of others.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.softmax(tg.tensor([0.0, 1.0986]))  # e¹·⁰⁹⁸⁶ = 3
        tensor([0.2500, 0.7500])
    """
    return activation.softmax.call(_floats("softmax", input, dtype), _implied(input) if dim is None else dim)


@overload
def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Logarithm of :func:`softmax`, along the same dimension where none is told.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.log_softmax(tg.tensor([0.0, 1.0986])).exp()
        tensor([0.2500, 0.7500])
    """
    return activation.log_softmax.call(_floats("log_softmax", input, dtype), _implied(input) if dim is None else dim)


@function
def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """:func:`softmax` of −x: the smallest gets the largest share.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.softmin(tg.tensor([0.0, 1.0986]))
        tensor([0.7500, 0.2500])
    """
    return activation.softmax(arithmetic.neg(_in(input, dtype)), _implied(input) if dim is None else dim)


@function
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """Elements of ``input`` where the condition holds, of ``other`` elsewhere; alone, the indices where it holds.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([-1.0, 2.0])
        >>> tg.where(x > 0, x, 0.0)
        tensor([0., 2.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    return comparison.where.call(_condition(condition), input, other)


def _condition(x: Any) -> Any:
    """A tensor that chooses: of truths, or of bytes as older programs write them."""
    if isinstance(x, Node) and isinstance(x.value, np.ndarray) and x.value.dtype.char != "?":
        takes("where", x, "bool", "uint8")
    return x


def _where_method(self: Any, condition: Any, other: Any) -> Any:
    """Elements of this tensor where the condition holds, of ``other`` elsewhere."""
    return comparison.where(_condition(condition), self, other)


methods["where"] = _where_method


@overload
def clone(x: Any) -> Any:
    """A recorded copy.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0], requires_grad=True)
        >>> (3 * x.clone()).sum().backward()
        >>> x.grad  # it passes through the copy
        tensor([3.])
    """
    return cast.call(x, x.dtype)


@function
def fill(x: Any, value: Any) -> Any:
    """One number everywhere, in the shape of x.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.fill(tg.zeros(2), 5.0)
        tensor([5., 5.])
    """
    return comparison.where(np.False_, x, value)


@function
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Any:
    """Running integral along ``dim`` by the trapezoidal rule.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumulative_trapezoid(tg.tensor([0.0, 1.0, 2.0]))
        tensor([0.5000, 2.0000])
    """
    last = movedim(y, dim, -1)
    width: Any = dx
    if x is not None:
        width = cumulative.diff(x if len(x.shape) == 1 else movedim(x, dim, -1))
    pairs = last[..., 1:] + last[..., :-1]
    return movedim(cumulative.cumsum(arithmetic.mul(pairs, width), -1) / 2.0, -1, dim)


@overload
def is_nonzero(x: Any) -> bool:
    """Whether the only element is not zero.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_nonzero(tg.tensor([0.0])), tg.is_nonzero(tg.tensor(-2))
        (False, True)
    """
    return bool(value_of(x).item() != 0)


@overload
def is_same_size(x: Any, other: Any) -> bool:
    """Whether two tensors have one shape.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_same_size(tg.zeros(2, 3), tg.ones(2, 3)), tg.is_same_size(tg.zeros(2), tg.zeros(1, 2))
        (True, False)
    """
    return tuple(x.shape) == tuple(other.shape)


@function
def nuclear_norm(x: Any) -> Any:
    """Sum of the singular values.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nuclear_norm(tg.tensor([[3.0, 0.0], [0.0, -4.0]]))
        tensor(7.)
    """
    return matrix_norm(x, "nuc")


methods["unique"] = counting.unique
methods["unique_consecutive"] = counting.unique_consecutive
methods["nanquantile"] = sorting.nanquantile


@overload
def vdot(x: Any, other: Any) -> Any:
    """Inner product of two vectors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.vdot(tg.tensor([1, 2]), tg.tensor([3, 4]))
        tensor(11)
    """
    return dot(x, other)


@function
def constant_pad_nd(x: Any, pad: Any, value: float = 0) -> Any:
    """:func:`pad` with a constant.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.constant_pad_nd(tg.tensor([1, 2]), (1, 2), 9)
        tensor([9, 1, 2, 9, 9])
    """
    return padding.pad(x, pad, "constant", value)


# Further names of the same operations.
ALIASES = {
    "absolute": "abs",
    "adjoint": "mT",
    "frobenius_norm": "norm",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "divide": "div",
    "fix": "trunc",
    "ger": "outer",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "moveaxis": "movedim",
    "multiply": "mul",
    "negative": "neg",
    "not_equal": "ne",
    "row_stack": "vstack",
    "sgn": "sign",
    "split_with_sizes": "split",
    "subtract": "sub",
    "swapdims": "transpose",
    "trapz": "trapezoid",
    "true_divide": "div",
}
assert trigonometry.acos  # entered before the aliases are
for _alias, _name in list(ALIASES.items()):
    if _name in methods and _alias != "frobenius_norm":  # which PyTorch has as a function alone
        methods[_alias] = overloaded[_alias] = methods[_name]
    elif _name in overloaded:
        overloaded[_alias] = overloaded[_name]
    elif _name in registry:
        overloaded[_alias] = registry[_name].call
        if registry[_name].facts.method:
            methods[_alias] = registry[_name].call
