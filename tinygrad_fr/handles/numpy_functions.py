"""numpy's functions that are operations here: what ``np.mean(tensor, axis=0)`` records.

Each entry has numpy's names and defaults of the arguments that it understands. A call with others (``out``, ``where``,
``order`` …) is none of these, and :mod:`tinygrad_fr.handles.protocols` decides what becomes of it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension
from tinygrad_fr.ops.definition.op import registry
from tinygrad_fr.ops.functional_api import ALIASES
from tinygrad_fr.ops.shared.overloads import overloaded
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.node import KINDS, Node

if TYPE_CHECKING:
    from collections.abc import Callable

NUMPY_FUNCTIONS: dict[str, tuple[Callable[..., Any], inspect.Signature]] = {}

# Functions that answer with integers, booleans or words: no gradient is lost when they are computed on the values.
ANSWERS = frozenset((
    "all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string", "array_equal", "array_equiv",
    "array_repr", "array_str", "bincount", "can_cast", "common_type", "count_nonzero", "diag_indices_from", "digitize", "flatnonzero",
    "is_busday", "isclose", "iscomplex", "iscomplexobj", "isin", "isreal", "isrealobj", "lexsort", "linalg.matrix_rank",
    "may_share_memory", "min_scalar_type", "nanargmax", "nanargmin", "ndim", "nonzero", "packbits", "ravel_multi_index", "result_type",
    "searchsorted", "shape", "shares_memory", "size", "tril_indices_from", "triu_indices_from", "unpackbits", "unravel_index",
    "empty_like", "full_like", "ones_like", "zeros_like",
))  # fmt: skip


def tg(name: str) -> Callable[..., Any]:
    """The operation, or the form, of a name."""
    found = (
        overloaded.get(name) or registry.get(name) or overloaded.get(ALIASES.get(name, "")) or registry[ALIASES[name]]
    )
    return found


def t(x: Any) -> Any:
    """A tensor: arrays and numbers beside tensors become constants."""
    tensor: Any = KINDS[list]
    if isinstance(x, Node):
        return x
    if isinstance(x, list | tuple):
        return tensor([t(part) for part in x])
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise _NoNumbersError
    return tensor(array)


class _NoNumbersError(Exception):
    """Texts, dates or objects stand beside a tensor: numpy's own function takes the call."""


def every(parts: Any) -> list[Any]:
    """Tensors out of a sequence, or along the first dimension of one."""
    return [t(part) for part in parts]


def numpy_function(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function under numpy's names."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            NUMPY_FUNCTIONS[name] = function, inspect.signature(function)
        return function

    return enter


def over(name: str, *numpys: str) -> None:
    """A reduction: over all dimensions, or some."""

    @numpy_function(*numpys)
    def reduce(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        x = t(a)
        return tg(name)(x, tuple(range(x.ndim)) if axis is None else axis, bool(keepdims))


for _name, _numpys in {
    "sum": ("sum",), "mean": ("mean",), "amax": ("max", "amax"), "amin": ("min", "amin"), "nansum": ("nansum",), "nanmean": ("nanmean",),
}.items():  # fmt: skip
    over(_name, *_numpys)


@numpy_function("prod")
def _(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    x = t(a)
    if axis is None and not keepdims:
        return tg("prod")(x)
    return tg("prod")(x, axis, bool(keepdims)) if isinstance(axis, int) else NotImplemented


for _name in ("var", "std"):

    def _spread(name: str) -> None:
        @numpy_function(name)
        def reduce(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
            return tg(name)(t(a), axis, keepdim=bool(keepdims), correction=ddof)

    _spread(_name)


@numpy_function("median")
def _(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return tg("quantile")(t(a), 0.5, axis, bool(keepdims)) if axis is None or isinstance(axis, int) else NotImplemented


@numpy_function("quantile")
def _(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _quantile(a, q, axis, keepdims)


@numpy_function("percentile")
def _(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _quantile(a, np.true_divide(q, 100) if not isinstance(q, Node) else NotImplemented, axis, keepdims)


def _quantile(a: Any, q: Any, axis: Any, keepdims: Any) -> Any:
    if not isinstance(q, float | int) or not (axis is None or isinstance(axis, int)):
        return NotImplemented
    return tg("quantile")(t(a), float(q), axis, bool(keepdims))


@numpy_function("ptp")
def _(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    x = t(a)
    dims = tuple(range(x.ndim)) if axis is None else axis
    return tg("amax")(x, dims, bool(keepdims)) - tg("amin")(x, dims, bool(keepdims))


@numpy_function("average")
def _(a: Any, axis: Any = None, weights: Any = None) -> Any:
    return tg("mean")(t(a), axis) if weights is None else NotImplemented


for _name, _numpys in {"cumsum": ("cumsum", "cumulative_sum"), "cumprod": ("cumprod", "cumulative_prod")}.items():

    def _cumulated(name: str, *numpys: str) -> None:
        @numpy_function(*numpys)
        def run(a: Any, axis: Any = None) -> Any:
            x = t(a)
            return tg(name)(x.reshape(-1), 0) if axis is None else tg(name)(x, axis)

    _cumulated(_name, *_numpys)


@numpy_function("diff")
def _(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    ends = [None if x is None else t(x) for x in (prepend, append)]
    return tg("diff")(t(a), n, axis, *ends) if all(x is None or x.ndim for x in ends) else NotImplemented


@numpy_function("trapezoid")
def _(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    return tg("trapezoid")(t(y), dx=dx, dim=axis) if x is None else tg("trapezoid")(t(y), t(x), dim=axis)


@numpy_function("sort")
def _(a: Any, axis: Any = -1) -> Any:
    x = t(a)
    return tg("sort")(x.reshape(-1), 0)[0] if axis is None else tg("sort")(x, axis)[0]


@numpy_function("clip")
def _(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is None and high is None:
        return NotImplemented
    low, high = (x if x is None or isinstance(x, Node | float | int) else t(x) for x in (low, high))
    if low is not None and high is not None and isinstance(low, Node) != isinstance(high, Node):
        low, high = t(low), t(high)
    return tg("clamp")(t(a), low, high)


@numpy_function("where")
def _(condition: Any, x: Any, y: Any) -> Any:
    chosen = t(condition)
    sides = [each if isinstance(each, Node | float | int) else t(each) for each in (x, y)]
    return tg("where")(chosen if chosen.dtype == np.bool_ else chosen != 0, *sides)


@numpy_function("nan_to_num")
def _(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    return tg("nan_to_num")(t(x), nan, posinf, neginf) if copy else NotImplemented


@numpy_function("round", "around")
def _(a: Any, decimals: Any = 0) -> Any:
    return tg("round")(t(a), decimals=decimals)


for _theirs, _ours in {"sinc": "sinc", "i0": "i0", "real": "clone", "copy": "clone", "fix": "trunc"}.items():

    def _each(numpys: str, name: str) -> None:
        @numpy_function(numpys)
        def compute(x: Any) -> Any:
            return x.clone() if name == "clone" else tg(name)(x)

    _each(_theirs, _ours)


for _name in ("isneginf", "isposinf"):

    def _asked(name: str) -> None:
        @numpy_function(name)
        def ask(x: Any) -> Any:
            return tg(name)(t(x))

    _asked(_name)


# Shapes


@numpy_function("reshape")
def _(a: Any, shape: Any) -> Any:
    return t(a).reshape(shape if isinstance(shape, tuple | list) else (shape,))


@numpy_function("ravel")
def _(a: Any) -> Any:
    return t(a).reshape(-1)


@numpy_function("transpose", "permute_dims")
def _(a: Any, axes: Any = None) -> Any:
    x = t(a)
    return tg("permute")(x, tuple(range(x.ndim))[::-1] if axes is None else tuple(axes))


@numpy_function("matrix_transpose", "linalg.matrix_transpose")
def _(x: Any) -> Any:
    return t(x).mT


@numpy_function("moveaxis")
def _(a: Any, source: Any, destination: Any) -> Any:
    return tg("movedim")(t(a), source, destination)


@numpy_function("swapaxes")
def _(a: Any, axis1: Any, axis2: Any) -> Any:
    return tg("transpose")(t(a), axis1, axis2)


@numpy_function("squeeze")
def _(a: Any, axis: Any = None) -> Any:
    x = t(a)
    dims = () if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if any(x.shape[dim] != 1 for dim in dims):
        return NotImplemented  # which PyTorch leaves alone and numpy refuses
    return tg("squeeze")(x) if axis is None else tg("squeeze")(x, dims)


@numpy_function("expand_dims")
def _(a: Any, axis: Any) -> Any:
    return tg("unsqueeze")(t(a), axis) if isinstance(axis, int) else NotImplemented


@numpy_function("broadcast_to")
def _(array: Any, shape: Any) -> Any:
    return tg("broadcast_to")(t(array), shape if isinstance(shape, tuple) else (shape,))


@numpy_function("broadcast_arrays")
def _(*args: Any) -> Any:
    return tg("broadcast_tensors")(*every(args))


@numpy_function("flip")
def _(m: Any, axis: Any = None) -> Any:
    x = t(m)
    return tg("flip")(x, tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,))


@numpy_function("fliplr")
def _(m: Any) -> Any:
    return tg("fliplr")(t(m))


@numpy_function("flipud")
def _(m: Any) -> Any:
    return tg("flipud")(t(m))


@numpy_function("rot90")
def _(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    return tg("rot90")(t(m), k, tuple(axes))


@numpy_function("roll")
def _(a: Any, shift: Any, axis: Any = None) -> Any:
    return tg("roll")(t(a), shift, axis)


@numpy_function("tile")
def _(A: Any, reps: Any) -> Any:  # noqa: N803 - numpy's name
    return tg("tile")(t(A), tuple(reps) if isinstance(reps, tuple | list) else (reps,))


@numpy_function("repeat")
def _(a: Any, repeats: Any, axis: Any = None) -> Any:
    return tg("repeat_interleave")(t(a), repeats, axis) if isinstance(repeats, int) else NotImplemented


@numpy_function("concatenate", "concat")
def _(arrays: Any, /, axis: Any = 0) -> Any:
    parts = every(arrays)
    return tg("cat")([x.reshape(-1) for x in parts], 0) if axis is None else tg("cat")(parts, axis)


@numpy_function("append")
def _(arr: Any, values: Any, axis: Any = None) -> Any:
    parts = every((arr, values))
    return tg("cat")([x.reshape(-1) for x in parts], 0) if axis is None else tg("cat")(parts, axis)


@numpy_function("stack")
def _(arrays: Any, axis: Any = 0) -> Any:
    return tg("stack")(every(arrays), axis)


for _name in ("vstack", "hstack", "dstack", "column_stack"):

    def _beside(name: str) -> None:
        @numpy_function(name)
        def join(tup: Any) -> Any:
            return tg(name)(every(tup))

    _beside(_name)

for _name in ("atleast_1d", "atleast_2d"):

    def _at_least(name: str) -> None:
        @numpy_function(name)
        def raised(ary: Any) -> Any:
            return tg(name)(t(ary))

    _at_least(_name)


@numpy_function("array_split")
def _(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    return list(tg("tensor_split")(t(ary), indices_or_sections, axis))


@numpy_function("split")
def _(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    x = t(ary)
    if isinstance(indices_or_sections, int) and x.shape[axis] % indices_or_sections:
        return NotImplemented  # which numpy refuses
    return list(tg("tensor_split")(x, indices_or_sections, axis))


@numpy_function("unstack")
def _(x: Any, /, *, axis: Any = 0) -> Any:
    return tg("unbind")(t(x), axis)


@numpy_function("take")
def _(a: Any, indices: Any, axis: Any = None) -> Any:
    x, places = t(a), np.asarray(value_of(indices))
    return x.reshape(-1)[places] if axis is None else x[(slice(None),) * dimension(axis, x.ndim) + (places,)]


@numpy_function("take_along_axis")
def _(arr: Any, indices: Any, axis: Any) -> Any:
    return NotImplemented if axis is None else tg("take_along_dim")(t(arr), t(indices), axis)


@numpy_function("compress")
def _(condition: Any, a: Any, axis: Any) -> Any:
    x, places = t(a), np.flatnonzero(np.asarray(condition))
    return NotImplemented if axis is None else x[(slice(None),) * dimension(axis, x.ndim) + (places,)]


@numpy_function("diag")
def _(v: Any, k: Any = 0) -> Any:
    return tg("diag")(t(v), k)


@numpy_function("diagflat")
def _(v: Any, k: Any = 0) -> Any:
    return tg("diagflat")(t(v), k)


@numpy_function("diagonal")
def _(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    return tg("diagonal")(t(a), offset, axis1, axis2)


@numpy_function("linalg.diagonal")
def _(x: Any, /, *, offset: Any = 0) -> Any:
    return tg("diagonal")(t(x), offset, -2, -1)


@numpy_function("trace")
def _(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    return tg("sum")(tg("diagonal")(t(a), offset, axis1, axis2), -1)


@numpy_function("linalg.trace")
def _(x: Any, /, *, offset: Any = 0) -> Any:
    return tg("sum")(tg("diagonal")(t(x), offset, -2, -1), -1)


@numpy_function("tril")
def _(m: Any, k: Any = 0) -> Any:
    return tg("tril")(t(m), k)


@numpy_function("triu")
def _(m: Any, k: Any = 0) -> Any:
    return tg("triu")(t(m), k)


@numpy_function("pad")
def _(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    x = t(array)
    if mode != "constant" or not isinstance(constant_values, float | int):
        return NotImplemented
    wide = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2)).tolist()
    return tg("pad")(x, [side for pair in wide[::-1] for side in pair], value=constant_values)


@numpy_function("meshgrid")
def _(*xi: Any, indexing: Any = "xy") -> Any:
    return tg("meshgrid")(*every(xi), indexing=indexing)


@numpy_function("vander")
def _(x: Any, N: Any = None, increasing: Any = False) -> Any:  # noqa: N803 - numpy's name
    return tg("vander")(t(x), N, bool(increasing))


# Products


@numpy_function("dot")
def _(a: Any, b: Any) -> Any:
    x, y = t(a), t(b)
    if not x.ndim or not y.ndim:
        return x * y
    return tg("matmul")(x, y) if y.ndim <= 2 else tg("tensordot")(x, y, ([x.ndim - 1], [y.ndim - 2]))


@numpy_function("inner")
def _(a: Any, b: Any, /) -> Any:
    x, y = t(a), t(b)
    return tg("inner")(x, y) if x.ndim and y.ndim else x * y


@numpy_function("outer")
def _(a: Any, b: Any) -> Any:
    return tg("outer")(t(a).reshape(-1), t(b).reshape(-1))


@numpy_function("linalg.outer")
def _(x1: Any, x2: Any, /) -> Any:
    return tg("outer")(t(x1), t(x2)) if t(x1).ndim == t(x2).ndim == 1 else NotImplemented


@numpy_function("vdot")
def _(a: Any, b: Any, /) -> Any:
    return tg("dot")(t(a).reshape(-1), t(b).reshape(-1))


@numpy_function("linalg.matmul")
def _(x1: Any, x2: Any, /) -> Any:
    return tg("matmul")(t(x1), t(x2))


@numpy_function("linalg.vecdot")
def _(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return tg("vecdot")(t(x1), t(x2), dim=axis)


@numpy_function("tensordot", "linalg.tensordot")
def _(a: Any, b: Any, axes: Any = 2) -> Any:
    dims = axes if isinstance(axes, int) else [[each] if isinstance(each, int) else list(each) for each in axes]
    return tg("tensordot")(t(a), t(b), dims)


@numpy_function("kron")
def _(a: Any, b: Any) -> Any:
    return tg("kron")(t(a), t(b))


@numpy_function("cross")
def _(a: Any, b: Any, axis: Any = -1) -> Any:
    x, y = t(a), t(b)
    return tg("cross")(x, y, axis) if x.shape[axis] == y.shape[axis] == 3 and x.ndim == y.ndim else NotImplemented


@numpy_function("linalg.cross")
def _(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return tg("cross")(t(x1), t(x2), axis) if t(x1).ndim == t(x2).ndim else NotImplemented


@numpy_function("einsum")
def _(subscripts: Any, /, *operands: Any, optimize: Any = False) -> Any:
    return tg("einsum")(subscripts, *every(operands)) if isinstance(subscripts, str) else NotImplemented


@numpy_function("linalg.multi_dot")
def _(arrays: Any) -> Any:
    return tg("multi_dot")(every(arrays))


@numpy_function("cov")
def _(m: Any) -> Any:
    return tg("cov")(t(m))


@numpy_function("corrcoef")
def _(x: Any) -> Any:
    return tg("corrcoef")(t(x))


# Linear algebra


@numpy_function("linalg.norm")
def _(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    return tg("linalg_norm")(t(x), ord, axis, bool(keepdims))


@numpy_function("linalg.vector_norm")
def _(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    return tg("vector_norm")(t(x), ord, axis, bool(keepdims))


@numpy_function("linalg.matrix_norm")
def _(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return tg("matrix_norm")(t(x), ord, keepdim=bool(keepdims))


@numpy_function("linalg.solve")
def _(a: Any, b: Any) -> Any:
    x, y = t(a), t(b)
    return tg("solve")(x, y) if y.ndim in (1, x.ndim) else NotImplemented


@numpy_function("linalg.matrix_power")
def _(a: Any, n: Any) -> Any:
    return tg("matrix_power")(t(a), n)


for _name in ("det", "inv", "slogdet", "svdvals"):

    def _of_matrix(name: str) -> None:
        @numpy_function(f"linalg.{name}")
        def compute(a: Any) -> Any:
            return tg(name)(t(a))

    _of_matrix(_name)


def recorded(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What an operation here makes of a call of numpy's; NotImplemented where none means the same."""
    found = NUMPY_FUNCTIONS.get(name)
    if found is None:
        return NotImplemented
    given = {key: value for key, value in options.items() if value is not np._NoValue}
    try:
        bound = found[1].bind(*args, **given)
    except TypeError:
        return NotImplemented
    if any(value is np._NoValue for value in bound.arguments.values()):
        return NotImplemented
    try:
        return found[0](*bound.args, **bound.kwargs)
    except _NoNumbersError:
        return NotImplemented
