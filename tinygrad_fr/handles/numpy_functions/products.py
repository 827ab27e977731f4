"""numpy's products, and its linear algebra."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.handles.numpy_functions.table import as_tensor, every, numpy_function, operation


@numpy_function("dot")
def _(a: Any, b: Any) -> Any:
    x, y = as_tensor(a), as_tensor(b)
    if not x.ndim or not y.ndim:
        return x * y
    return operation("matmul")(x, y) if y.ndim <= 2 else operation("tensordot")(x, y, ([x.ndim - 1], [y.ndim - 2]))


@numpy_function("inner")
def _(a: Any, b: Any, /) -> Any:
    x, y = as_tensor(a), as_tensor(b)
    return operation("inner")(x, y) if x.ndim and y.ndim else x * y


@numpy_function("outer")
def _(a: Any, b: Any) -> Any:
    return operation("outer")(as_tensor(a).reshape(-1), as_tensor(b).reshape(-1))


@numpy_function("linalg.outer")
def _(x1: Any, x2: Any, /) -> Any:
    return (
        operation("outer")(as_tensor(x1), as_tensor(x2))
        if as_tensor(x1).ndim == as_tensor(x2).ndim == 1
        else NotImplemented
    )


@numpy_function("vdot")
def _(a: Any, b: Any, /) -> Any:
    return operation("dot")(as_tensor(a).reshape(-1), as_tensor(b).reshape(-1))


@numpy_function("linalg.matmul")
def _(x1: Any, x2: Any, /) -> Any:
    return operation("matmul")(as_tensor(x1), as_tensor(x2))


@numpy_function("linalg.vecdot")
def _(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return operation("vecdot")(as_tensor(x1), as_tensor(x2), dim=axis)


@numpy_function("tensordot", "linalg.tensordot")
def _(a: Any, b: Any, axes: Any = 2) -> Any:
    dims = axes if isinstance(axes, int) else [[each] if isinstance(each, int) else list(each) for each in axes]
    return operation("tensordot")(as_tensor(a), as_tensor(b), dims)


@numpy_function("kron")
def _(a: Any, b: Any) -> Any:
    return operation("kron")(as_tensor(a), as_tensor(b))


@numpy_function("cross")
def _(a: Any, b: Any, axis: Any = -1) -> Any:
    x, y = as_tensor(a), as_tensor(b)
    return (
        operation("cross")(x, y, axis) if x.shape[axis] == y.shape[axis] == 3 and x.ndim == y.ndim else NotImplemented
    )


@numpy_function("linalg.cross")
def _(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return (
        operation("cross")(as_tensor(x1), as_tensor(x2), axis)
        if as_tensor(x1).ndim == as_tensor(x2).ndim
        else NotImplemented
    )


@numpy_function("einsum")
def _(subscripts: Any, /, *operands: Any, optimize: Any = False) -> Any:
    return operation("einsum")(subscripts, *every(operands)) if isinstance(subscripts, str) else NotImplemented


@numpy_function("linalg.multi_dot")
def _(arrays: Any) -> Any:
    return operation("multi_dot")(every(arrays))


@numpy_function("cov")
def _(m: Any) -> Any:
    return operation("cov")(as_tensor(m))


@numpy_function("corrcoef")
def _(x: Any) -> Any:
    return operation("corrcoef")(as_tensor(x))


@numpy_function("linalg.norm")
def _(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    return operation("linalg_norm")(as_tensor(x), ord, axis, bool(keepdims))


@numpy_function("linalg.vector_norm")
def _(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    return operation("vector_norm")(as_tensor(x), ord, axis, bool(keepdims))


@numpy_function("linalg.matrix_norm")
def _(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return operation("matrix_norm")(as_tensor(x), ord, keepdim=bool(keepdims))


@numpy_function("linalg.solve")
def _(a: Any, b: Any) -> Any:
    x, y = as_tensor(a), as_tensor(b)
    return operation("solve")(x, y) if y.ndim in (1, x.ndim) else NotImplemented


@numpy_function("linalg.matrix_power")
def _(a: Any, n: Any) -> Any:
    return operation("matrix_power")(as_tensor(a), n)


for _name in ("det", "inv", "slogdet", "svdvals"):

    def _of_matrix(name: str) -> None:
        @numpy_function(f"linalg.{name}")
        def compute(a: Any) -> Any:
            return operation(name)(as_tensor(a))

    _of_matrix(_name)
