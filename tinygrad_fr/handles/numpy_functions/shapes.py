"""numpy's functions that change shapes, join, split, and choose elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension
from tinygrad_fr.handles.numpy_functions.table import as_tensor, every, numpy_function, operation
from tinygrad_fr.ops.shared.untracked import value_of


@numpy_function("reshape")
def _(a: Any, shape: Any) -> Any:
    return as_tensor(a).reshape(shape if isinstance(shape, tuple | list) else (shape,))


@numpy_function("shape")
def _(a: Any) -> Any:
    return as_tensor(a).shape


@numpy_function("ravel")
def _(a: Any) -> Any:
    return as_tensor(a).reshape(-1)


@numpy_function("transpose", "permute_dims")
def _(a: Any, axes: Any = None) -> Any:
    x = as_tensor(a)
    return operation("permute")(x, tuple(range(x.ndim))[::-1] if axes is None else tuple(axes))


@numpy_function("matrix_transpose", "linalg.matrix_transpose")
def _(x: Any) -> Any:
    return as_tensor(x).mT


@numpy_function("moveaxis")
def _(a: Any, source: Any, destination: Any) -> Any:
    return operation("movedim")(as_tensor(a), source, destination)


@numpy_function("swapaxes")
def _(a: Any, axis1: Any, axis2: Any) -> Any:
    return operation("transpose")(as_tensor(a), axis1, axis2)


@numpy_function("squeeze")
def _(a: Any, axis: Any = None) -> Any:
    x = as_tensor(a)
    dims = () if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if any(x.shape[dim] != 1 for dim in dims):
        return NotImplemented  # which PyTorch leaves alone and numpy refuses
    return operation("squeeze")(x) if axis is None else operation("squeeze")(x, dims)


@numpy_function("expand_dims")
def _(a: Any, axis: Any) -> Any:
    return operation("unsqueeze")(as_tensor(a), axis) if isinstance(axis, int) else NotImplemented


@numpy_function("broadcast_to")
def _(array: Any, shape: Any) -> Any:
    return operation("broadcast_to")(as_tensor(array), shape if isinstance(shape, tuple) else (shape,))


@numpy_function("broadcast_arrays")
def _(*args: Any) -> Any:
    return operation("broadcast_tensors")(*every(args))


@numpy_function("flip")
def _(m: Any, axis: Any = None) -> Any:
    x = as_tensor(m)
    return operation("flip")(x, tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,))


@numpy_function("fliplr")
def _(m: Any) -> Any:
    return operation("fliplr")(as_tensor(m))


@numpy_function("flipud")
def _(m: Any) -> Any:
    return operation("flipud")(as_tensor(m))


@numpy_function("rot90")
def _(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    return operation("rot90")(as_tensor(m), k, tuple(axes))


@numpy_function("roll")
def _(a: Any, shift: Any, axis: Any = None) -> Any:
    return operation("roll")(as_tensor(a), shift, axis)


@numpy_function("tile")
def _(A: Any, reps: Any) -> Any:  # noqa: N803 - numpy's name
    return operation("tile")(as_tensor(A), tuple(reps) if isinstance(reps, tuple | list) else (reps,))


@numpy_function("repeat")
def _(a: Any, repeats: Any, axis: Any = None) -> Any:
    return operation("repeat_interleave")(as_tensor(a), repeats, axis) if isinstance(repeats, int) else NotImplemented


@numpy_function("concatenate", "concat")
def _(arrays: Any, /, axis: Any = 0) -> Any:
    parts = every(arrays)
    return operation("cat")([x.reshape(-1) for x in parts], 0) if axis is None else operation("cat")(parts, axis)


@numpy_function("append")
def _(arr: Any, values: Any, axis: Any = None) -> Any:
    parts = every((arr, values))
    return operation("cat")([x.reshape(-1) for x in parts], 0) if axis is None else operation("cat")(parts, axis)


@numpy_function("stack")
def _(arrays: Any, axis: Any = 0) -> Any:
    return operation("stack")(every(arrays), axis)


for _name in ("vstack", "hstack", "dstack", "column_stack"):

    def _beside(name: str) -> None:
        @numpy_function(name)
        def join(tup: Any) -> Any:
            return operation(name)(every(tup))

    _beside(_name)

for _name in ("atleast_1d", "atleast_2d"):

    def _at_least(name: str) -> None:
        @numpy_function(name)
        def raised(ary: Any) -> Any:
            return operation(name)(as_tensor(ary))

    _at_least(_name)


@numpy_function("array_split")
def _(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    return list(operation("tensor_split")(as_tensor(ary), indices_or_sections, axis))


@numpy_function("split")
def _(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    x = as_tensor(ary)
    if isinstance(indices_or_sections, int) and x.shape[axis] % indices_or_sections:
        return NotImplemented  # which numpy refuses
    return list(operation("tensor_split")(x, indices_or_sections, axis))


@numpy_function("unstack")
def _(x: Any, /, *, axis: Any = 0) -> Any:
    return operation("unbind")(as_tensor(x), axis)


@numpy_function("take")
def _(a: Any, indices: Any, axis: Any = None) -> Any:
    x, places = as_tensor(a), np.asarray(value_of(indices))
    return x.reshape(-1)[places] if axis is None else x[(slice(None),) * dimension(axis, x.ndim) + (places,)]


@numpy_function("take_along_axis")
def _(arr: Any, indices: Any, axis: Any) -> Any:
    return NotImplemented if axis is None else operation("take_along_dim")(as_tensor(arr), as_tensor(indices), axis)


@numpy_function("compress")
def _(condition: Any, a: Any, axis: Any) -> Any:
    x, places = as_tensor(a), np.flatnonzero(np.asarray(condition))
    return NotImplemented if axis is None else x[(slice(None),) * dimension(axis, x.ndim) + (places,)]


@numpy_function("diag")
def _(v: Any, k: Any = 0) -> Any:
    return operation("diag")(as_tensor(v), k)


@numpy_function("diagflat")
def _(v: Any, k: Any = 0) -> Any:
    return operation("diagflat")(as_tensor(v), k)


@numpy_function("diagonal")
def _(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    return operation("diagonal")(as_tensor(a), offset, axis1, axis2)


@numpy_function("linalg.diagonal")
def _(x: Any, /, *, offset: Any = 0) -> Any:
    return operation("diagonal")(as_tensor(x), offset, -2, -1)


@numpy_function("trace")
def _(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    return operation("sum")(operation("diagonal")(as_tensor(a), offset, axis1, axis2), -1)


@numpy_function("linalg.trace")
def _(x: Any, /, *, offset: Any = 0) -> Any:
    return operation("sum")(operation("diagonal")(as_tensor(x), offset, -2, -1), -1)


@numpy_function("tril")
def _(m: Any, k: Any = 0) -> Any:
    return operation("tril")(as_tensor(m), k)


@numpy_function("triu")
def _(m: Any, k: Any = 0) -> Any:
    return operation("triu")(as_tensor(m), k)


@numpy_function("pad")
def _(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    x = as_tensor(array)
    if mode != "constant" or not isinstance(constant_values, float | int):
        return NotImplemented
    wide = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2)).tolist()
    return operation("pad")(x, [side for pair in wide[::-1] for side in pair], value=constant_values)


@numpy_function("meshgrid")
def _(*xi: Any, indexing: Any = "xy") -> Any:
    return operation("meshgrid")(*every(xi), indexing=indexing)


@numpy_function("vander")
def _(x: Any, N: Any = None, increasing: Any = False) -> Any:  # noqa: N803 - numpy's name
    return operation("vander")(as_tensor(x), N, bool(increasing))
