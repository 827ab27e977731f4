"""ONNX's numbers of few bits: quantized, made floats again, multiplied as whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.bridges.onnx.meanings.elementwise import cast
from tinygrad_fr.bridges.onnx.meanings.meaning import EVERY, NUMBERS, RARE, At, array_of, axis_of, means
from tinygrad_fr.bridges.onnx.meanings.windows import MOVES, seen, window
from tinygrad_fr.locale import _

BOTH = (NUMBERS, RARE)


def _spread(at: At, scale: Any, x: Any) -> Any:
    """A scale or a zero as it meets x: one number, one a place of an axis, or one a block of it."""
    plain = array_of(scale)
    if plain.size == 1 and plain.ndim <= 1:
        return plain.reshape(())
    axis = axis_of(at, at.attributes.get("axis", 1), x.ndim)
    if plain.ndim == 1 and not at.attributes.get("block_size"):
        if plain.shape[0] != x.shape[axis]:
            raise at.refuse(_("expected {n} scales, got {found}").format(n=x.shape[axis], found=plain.shape[0]))
        return plain.reshape((-1, *(1,) * (x.ndim - axis - 1)))
    block = at.attributes.get("block_size") or -(-x.shape[axis] // plain.shape[axis])
    return np.take(plain, np.arange(x.shape[axis]) // max(1, block), axis)


def _range(dtype: np.dtype[Any]) -> tuple[int, int]:
    name = dtype.name
    bits = int("".join(sign for sign in name if sign.isdigit()))
    return (0, 2**bits - 1) if name.startswith("uint") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _quantized(at: At, x: Any, scale: Any, zero: Any, dtype: np.dtype[Any]) -> Any:
    by = np.asarray(x / scale)
    if "float" in dtype.name:
        return cast(at, by if zero is None else by + zero.astype(by.dtype), dtype)
    low, high = _range(dtype)
    shifted = np.rint(by).astype(np.float64) + (0 if zero is None else zero.astype(np.float64))
    return np.clip(shifted, low, high).astype(np.int64).astype(dtype)


@means("QuantizeLinear", takes="axis block_size output_dtype saturate precision", fixed=[EVERY], kinds=BOTH)
def _quantize(at: At, x: Any, scale: Any, zero: Any = None) -> Any:
    from onnx import helper

    said = at.get("output_dtype")
    dtype = np.dtype(np.uint8) if zero is None else zero.dtype
    if said and zero is None:
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(said))
    plain = array_of(x)
    wide = np.float32 if plain.dtype.itemsize < 4 or plain.dtype.kind != "f" else plain.dtype
    by = _spread(at, scale, plain).astype(wide)
    return _quantized(at, plain.astype(wide), by, None if zero is None else _spread(at, zero, plain), dtype)


@means("DequantizeLinear", takes="axis block_size output_dtype", fixed=[1, 2], kinds=BOTH)
def _dequantize(at: At, x: Any, scale: Any, zero: Any = None) -> Any:
    from onnx import helper

    plain = array_of(x)
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(at.get("output_dtype"))) if at.get("output_dtype") else scale.dtype
    wide = plain.astype(np.float32) if "float" in plain.dtype.name else plain.astype(np.int64)
    if zero is not None:
        wide = wide - _spread(at, zero, plain).astype(wide.dtype)
    found = wide.astype(np.float32) * _spread(at, scale, plain).astype(np.float32)
    return found.astype(dtype)


@means("DynamicQuantizeLinear", gives=3, fixed=[EVERY])
def _dynamic(at: At, x: Any) -> Any:
    plain = array_of(x)
    low, high = np.float32(min(0, plain.min())), np.float32(max(0, plain.max()))
    scale = np.float32((high - low) / np.float32(255)) or np.float32(1)
    zero = np.clip(np.rint(-low / scale), 0, 255).astype(np.uint8)
    return _quantized(at, plain, scale, zero, np.dtype(np.uint8)), np.asarray(scale, np.float32), np.asarray(zero)


def _column(zero: Any, ndim: int) -> Any:
    """The zeros of rows beside these."""
    plain = array_of(zero).astype(np.int64)
    return plain.reshape(-1, 1) if plain.ndim == 1 and plain.size > 1 and ndim > 1 else plain


@means("MatMulInteger", fixed=[EVERY])
def _matmul_integer(at: At, a: Any, b: Any, a_zero: Any = None, b_zero: Any = None) -> Any:
    one, other = array_of(a).astype(np.int64), array_of(b).astype(np.int64)
    one = one if a_zero is None else one - _column(a_zero, one.ndim)
    other = other if b_zero is None else other - array_of(b_zero).astype(np.int64)
    return np.matmul(one, other).astype(np.int32)


@means("QLinearMatMul", fixed=[EVERY], kinds=BOTH)
def _quantized_matmul(
    at: At, a: Any, a_scale: Any, a_zero: Any, b: Any, b_scale: Any, b_zero: Any, y_scale: Any, y_zero: Any
) -> Any:
    if "float" in np.dtype(a.dtype).name or "float" in np.dtype(b.dtype).name:
        raise at.refuse(_("no operand of it is {found} here").format(found=a.dtype))
    one = array_of(a).astype(np.int64) - _column(a_zero, a.ndim)
    other = array_of(b).astype(np.int64) - array_of(b_zero).astype(np.int64)
    rows = array_of(a_scale).astype(np.float32)
    rows = rows.reshape(-1, 1) if rows.ndim == 1 and rows.size > 1 else rows
    scale = rows * array_of(b_scale).astype(np.float32) / array_of(y_scale).astype(np.float32)
    return _quantized(
        at, np.matmul(one, other).astype(np.float32) * scale, np.float32(1), array_of(y_zero), y_zero.dtype
    )


def _convolved(at: At, x: Any, w: Any) -> Any:
    """A convolution of whole numbers."""
    group = at.get("group")
    found, _axes = seen(x, window(at, x, w.shape[2:]), 0)
    n = w.ndim - 2
    out = [found.shape[2 + 2 * i] for i in range(n)]
    order = (0, *(2 + 2 * i for i in range(n)), 1, *(3 + 2 * i for i in range(n)))
    rows = np.transpose(found, order).reshape(x.shape[0], *out, group, -1)
    columns = w.reshape(group, w.shape[0] // group, -1)
    y = np.einsum("n...gk,gok->n...go", rows, columns).reshape(x.shape[0], *out, w.shape[0])
    return np.moveaxis(y, -1, 1)


@means("ConvInteger", takes=f"group {MOVES}", fixed=[EVERY])
def _conv_integer(at: At, x: Any, w: Any, x_zero: Any = None, w_zero: Any = None) -> Any:
    plain, weights = array_of(x).astype(np.int64), array_of(w).astype(np.int64)
    plain = plain if x_zero is None else plain - array_of(x_zero).astype(np.int64)
    if w_zero is not None:
        zero = array_of(w_zero).astype(np.int64)
        weights = weights - (zero.reshape(-1, *(1,) * (w.ndim - 1)) if zero.ndim else zero)
    return _convolved(at, plain, weights).astype(np.int32)


@means("QLinearConv", takes=f"group {MOVES}", fixed=[EVERY])
def _quantized_conv(
    at: At,
    x: Any,
    x_scale: Any,
    x_zero: Any,
    w: Any,
    w_scale: Any,
    w_zero: Any,
    y_scale: Any,
    y_zero: Any,
    b: Any = None,
) -> Any:
    shape = (-1, *(1,) * (w.ndim - 1))
    plain = array_of(x).astype(np.int64) - array_of(x_zero).astype(np.int64)
    weights = array_of(w).astype(np.int64) - array_of(w_zero).astype(np.int64).reshape(shape)
    total = _convolved(at, plain, weights)
    if b is not None:
        total = total + array_of(b).astype(np.int64).reshape(shape[:-1])
    scale = array_of(x_scale).astype(np.float32) * array_of(w_scale).astype(np.float32).reshape(shape[:-1])
    scale = scale / array_of(y_scale).astype(np.float32)
    return _quantized(at, total.astype(np.float32) * scale, np.float32(1), array_of(y_zero), y_zero.dtype)
