"""The argument ``out`` of a function: what it computes is written into a tensor that is there already, by PyTorch's rules."""

from __future__ import annotations

import warnings
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import DataError, DtypeError, GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.memory import overlaps
from tinygrad_fr.promotion.dtype import castable
from tinygrad_fr.record.mode import escapes, now
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.views import alone, clash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Functions whose result is cast to the type of ``out``; that of all others must have the result's own type.
CASTING = frozenset((
    "acos", "acosh", "add", "addcdiv", "addcmul", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift",
    "bitwise_or", "bitwise_right_shift", "bitwise_xor", "cat", "clamp", "clamp_max", "clamp_min", "column_stack", "copysign", "cos",
    "cosh", "deg2rad", "digamma", "div", "dstack", "entr", "eq", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "floor_divide",
    "fmax", "fmin", "fmod", "gcd", "ge", "gt", "hstack", "hypot", "i0", "i1", "lcm", "ldexp", "le", "lerp", "lgamma", "log", "log10",
    "log1p", "log2", "log_ndtr", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "lt",
    "maximum", "minimum", "mul", "ndtr", "ne", "nextafter", "outer", "pow", "rad2deg", "reciprocal", "remainder", "rsqrt", "sigmoid",
    "sin", "sinc", "sinh", "sqrt", "square", "stack", "std", "sub", "tan", "tanh", "var", "vstack", "xlog1py", "xlogy",
))  # fmt: skip
WITH_OUT = CASTING | frozenset((
    "abs", "addbmm", "addmm", "addmv", "addr", "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "avg_pool2d",
    "avg_pool3d", "baddbmm", "bitwise_not", "bmm", "bucketize", "ceil", "cholesky", "cholesky_inverse", "cholesky_solve", "cond",
    "cross", "cross_along", "cummax", "cummin", "cumprod", "cumsum", "det", "diag", "diff", "dot", "eigh", "eigvalsh", "float_power",
    "floor", "frac", "gather", "gelu", "hardshrink", "heaviside", "histc", "index_add", "index_copy", "index_reduce", "index_select", "inner", "inv",
    "isin", "isneginf", "isposinf", "kron", "kthvalue", "linalg_norm", "linalg_qr", "linalg_svd", "linear", "log_softmax",
    "linalg_lu", "linalg_lu_solve", "logcumsumexp", "logsigmoid", "logsumexp", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve",
    "lu_unpack", "masked_select", "matmul", "matrix_norm", "matrix_power", "matrix_rank",
    "max", "mean", "min", "mm", "mode", "msort", "multi_dot", "mv", "nan_to_num", "nanmean", "nanquantile", "nansum", "neg",
    "nonzero", "norm", "normalize", "pinv", "polygamma", "prod", "qr", "quantile", "renorm", "round", "scatter",
    "scatter_add", "scatter_reduce", "searchsorted", "sign", "signbit", "slice_scatter", "slogdet", "softmax", "softplus", "softshrink", "solve",
    "solve_triangular", "sort", "sum", "svd", "svdvals", "take", "take_along_dim", "tensordot", "tensorinv", "tensorsolve",
    "topk", "tril", "triu", "trunc", "vdot", "vecdot", "vector_norm", "where",
))  # fmt: skip

# Functions that compute in the type of ``out``.
IN_ITS_TYPE = frozenset(("cumprod", "cumsum", "mean", "prod", "sum"))


def into_out(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes a tensor, which it writes into ``out`` if that is given, with numbers of that type.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.zeros(2, dtype=tg.int64)
        >>> tg.arange(2, out=x) is x, x
        (True, tensor([0, 1]))
    """
    make = in_words(make)

    @wraps(make)
    def called(*args: Any, out: Any = None, **options: Any) -> Any:
        if out is None:
            return make(*args, **options)
        tensor: Any = KINDS[np.ndarray]
        if not isinstance(out, tensor):
            raise refusal(make.__name__, _("out as a tensor"), type(out).__name__, DtypeError)
        if options.get("dtype") is None and "dtype" in signature(make).parameters:
            options["dtype"] = out.dtype
        result = make(*args, **options)
        if now().grad and (out.requires_grad or result.requires_grad):
            raise GradientError(
                _("{op}: a result written into out carries no gradient, but out requires one ({where})").format(
                    op=make.__name__, where=here()
                )
            )
        _fits(make.__name__, out.current, result.current, [])
        _put(make.__name__, out, result)
        return out

    return called


def written_out(name: str, function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """Call a function and put what it gives into ``out``, which is the result then.

    Raises:
        GradientError: gradients are recorded, and an argument or ``out`` requires one.
        DataError: ``out`` has another type that the result may not be cast to, or shares some elements with an argument.
    """
    given = dict(options)
    out = given.pop("out")
    if out is None:
        return function(*args, **given)
    if name not in WITH_OUT:
        raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
    outs: tuple[Any, ...] = tuple(out) if isinstance(out, tuple | list) else (out,)
    tensor: Any = KINDS[np.ndarray]
    if not all(isinstance(each, tensor) for each in outs):
        raise refusal(name, _("out as a tensor, or one for each result"), _kinds(outs), DtypeError)
    operands = [x.current for x in _nodes((*args, *given.values()))]
    if now().grad and any(x.needs for x in (*operands, *(each.current for each in outs))):
        raise GradientError(
            _("{op}: a result written into out carries no gradient, but an argument requires one ({where})").format(
                op=name, where=here()
            )
        )
    if name in IN_ITS_TYPE and given.get("dtype") is None:
        given["dtype"] = outs[0].dtype
    result = function(*args, **given)
    results = tuple(result) if isinstance(result, tuple | list) else (result,)
    if len(results) != len(outs):
        raise refusal(
            name, _("a tensor in out for each of {count} results").format(count=len(results)), len(outs), DtypeError
        )
    for each, found in zip(outs, results, strict=True):
        _fits(name, each.current, found.current, operands)
    for each, found in zip(outs, results, strict=True):
        _put(name, each, found)
    if not isinstance(result, tuple):
        return out
    return result._make(outs) if hasattr(result, "_make") else type(result)(outs)


def _nodes(arguments: Any) -> Iterator[Node]:
    for x in arguments:
        if isinstance(x, Node):
            yield x
        elif isinstance(x, tuple | list):
            yield from _nodes(x)


def _kinds(outs: tuple[Any, ...]) -> str:
    return ", ".join(type(each).__name__ for each in outs)


def _fits(name: str, out: Node, result: Node, operands: list[Node]) -> None:
    """Refuse what cannot be written, before anything is."""
    have, wanted = result.value.dtype, out.value.dtype
    if have != wanted and not (name in CASTING and castable(have, wanted)):
        raise DataError(
            _("{op}: the result is of {found}, and out of {expected} ({where})").format(
                op=name, found=have, expected=wanted, where=here()
            )
        )
    if out.value.shape == result.value.shape:
        if overlaps(out.value):
            raise DataError(_("{op}: out shows some elements more than once ({where})").format(op=name, where=here()))
        if any(clash(out, x, copied=False) for x in operands):
            raise DataError(
                _("{op}: out and an argument share some elements at different places ({where})").format(
                    op=name, where=here()
                )
            )
    elif not alone(out):
        raise refusal(
            name,
            _("out of shape {shape}, since other tensors show its elements").format(shape=result.value.shape),
            out.value.shape,
        )


def _put(name: str, out: Any, result: Node) -> None:
    if out.current.value.shape == result.current.value.shape:
        out.copy_(result)
        return
    if out.current.value.size:
        warnings.warn(
            _("{op}: out had shape {found} and was resized to {expected}; give an empty tensor instead").format(
                op=name, found=tuple(out.shape), expected=tuple(result.current.value.shape)
            ),
            UserWarning,
            stacklevel=4,
        )
    escapes(out)
    out.set_(result)
