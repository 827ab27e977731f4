"""Whole recurrent sequences: matrix products by BLAS, everything else of a step in one pass.

Shapes: x (T, N, I), states (N, H), ``w_ih`` (gates·H, I), ``w_hh`` (gates·H, H), biases (gates·H,) or None. The input's
product is taken for all steps at once, and so are the gradients of the weights; only W_hh·h waits for its step.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.jit import njit
from tinygrad_fr.kernels.vectormath import sigmoid, tanh

Array: TypeAlias = npt.NDArray[Any]
Saved: TypeAlias = tuple[Array, ...]


@njit(cache=True, error_model="numpy")
def _lstm_gates(a: Any, c_before: Any, c: Any, squashed: Any, h: Any) -> None:
    """Pre-activations (N, 4H) become gates in place; writes C, tanh C and h (N, H)."""
    width = c.shape[1]
    for n in range(c.shape[0]):
        row = a[n]
        i, f, g, o = row[:width], row[width : 2 * width], row[2 * width : 3 * width], row[3 * width :]
        before, cell, flat, out = c_before[n], c[n], squashed[n], h[n]
        for k in range(width):
            i[k] = sigmoid(i[k])
        for k in range(width):
            f[k] = sigmoid(f[k])
        for k in range(width):
            g[k] = tanh(g[k])
        for k in range(width):
            o[k] = sigmoid(o[k])
        for k in range(width):
            cell[k] = f[k] * before[k] + i[k] * g[k]
        for k in range(width):
            flat[k] = tanh(cell[k])
        for k in range(width):
            out[k] = o[k] * flat[k]


@njit(cache=True, error_model="numpy")
def _lstm_gates_back(gates: Any, c_before: Any, squashed: Any, dh: Any, dc: Any, da: Any) -> None:
    """From ∂L/∂h and ∂L/∂C of a step to its pre-activations (N, 4H); ``dc`` becomes that of the step before."""
    width = dc.shape[1]
    one = dc.dtype.type(1)
    for n in range(dc.shape[0]):  # a slice a gate: an index that is a sum would not be vectorised
        row, back = gates[n], da[n]
        gi, gf, gg, go = row[:width], row[width : 2 * width], row[2 * width : 3 * width], row[3 * width :]
        bi, bf, bg, bo = back[:width], back[width : 2 * width], back[2 * width : 3 * width], back[3 * width :]
        flat, before, shown, cell = squashed[n], c_before[n], dh[n], dc[n]
        for k in range(width):
            i, f, g, o, s = gi[k], gf[k], gg[k], go[k], flat[k]
            d = cell[k] + shown[k] * o * (one - s * s)
            bi[k] = d * g * i * (one - i)
            bf[k] = d * before[k] * f * (one - f)
            bg[k] = d * i * (one - g * g)
            bo[k] = shown[k] * s * o * (one - o)
            cell[k] = d * f


def projected(x: Array, w: Array, *biases: Array | None) -> Array:
    """W x + b for every step."""
    steps, rows, features = x.shape
    out = (x.reshape(steps * rows, features) @ w.T).reshape(steps, rows, w.shape[0])
    for bias in biases:
        if bias is not None:
            out += bias
    return out


def rows_of(a: Array) -> Array:
    """(T, N, F) as (T·N, F); numpy cannot guess a side of an array without elements."""
    return a.reshape(a.shape[0] * a.shape[1], a.shape[2])


def _weights(x: Array, before: Array, da: Array, w_ih: Array) -> tuple[Array, Array, Array, Array]:
    """Gradients of x, W_ih, W_hh and of each bias, of the pre-activations' gradient of all steps."""
    flat = rows_of(da)
    return (flat @ w_ih).reshape(x.shape), flat.T @ rows_of(x), flat.T @ rows_of(before), flat.sum(axis=0)


def lstm_forward(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[tuple[Array, Array, Array], Saved]:
    """Every h (T, N, H), the last h and the last C; and what backward needs."""
    steps = x.shape[0]
    a = projected(x, w_ih, b_ih, b_hh)
    hidden = np.empty((steps + 1, *h.shape), x.dtype)
    cells, squashed = np.empty_like(hidden), np.empty_like(hidden[1:])
    hidden[0], cells[0] = h, c
    product, w = np.empty_like(a[0]) if steps else None, np.ascontiguousarray(w_hh.T)
    for t in range(steps):
        np.matmul(hidden[t], w, out=product)
        a[t] += product
        _lstm_gates(a[t], cells[t], cells[t + 1], squashed[t], hidden[t + 1])
    return (hidden[1:], hidden[-1].copy(), cells[-1].copy()), (a, hidden, cells, squashed)


def lstm_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array
) -> tuple[Array, ...]:
    """Gradients of x, h, C, W_ih, W_hh and of each bias."""
    gates, hidden, cells, squashed = saved
    out, last_h, last_c = gradients
    da = np.empty_like(gates)
    dh = np.zeros_like(hidden[0]) if last_h is None else last_h.copy()
    dc = np.zeros_like(hidden[0]) if last_c is None else last_c.copy()
    for t in range(x.shape[0] - 1, -1, -1):
        if out is not None:
            dh += out[t]
        _lstm_gates_back(gates[t], cells[t], squashed[t], dh, dc, da[t])
        np.matmul(da[t], w_hh, out=dh)
    dx, dw_ih, dw_hh, db = _weights(x, hidden[:-1], da, w_ih)
    return dx, dh, dc, dw_ih, dw_hh, db


def rnn_forward(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, nonlinearity: str
) -> tuple[tuple[Array, Array], Saved]:
    """Every h (T, N, H) and the last one; and what backward needs."""
    steps = x.shape[0]
    a = projected(x, w_ih, b_ih, b_hh)
    hidden = np.empty((steps + 1, *h.shape), x.dtype)
    hidden[0] = h
    w = np.ascontiguousarray(w_hh.T)
    for t in range(steps):
        z = np.matmul(hidden[t], w, out=hidden[t + 1])
        z += a[t]
        if nonlinearity == "tanh":
            np.tanh(z, out=z)
        else:
            np.maximum(z, 0, out=z)
    return (hidden[1:], hidden[-1].copy()), (hidden,)


def rnn_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array, nonlinearity: str
) -> tuple[Array, ...]:
    """Gradients of x, h, W_ih, W_hh and of each bias."""
    (hidden,) = saved
    out, last = gradients
    slope = 1 - hidden[1:] * hidden[1:] if nonlinearity == "tanh" else (hidden[1:] > 0).astype(hidden.dtype)
    da = np.empty_like(hidden[1:])
    dh = np.zeros_like(hidden[0]) if last is None else last.copy()
    for t in range(x.shape[0] - 1, -1, -1):
        if out is not None:
            dh += out[t]
        np.multiply(dh, slope[t], out=da[t])
        np.matmul(da[t], w_hh, out=dh)
    dx, dw_ih, dw_hh, db = _weights(x, hidden[:-1], da, w_ih)
    return dx, dh, dw_ih, dw_hh, db


@njit(cache=True, error_model="numpy")
def _gru_gates(a: Any, b: Any, before: Any, h: Any) -> None:
    """PyTorch's convention: ``a`` = W_i x + b_i becomes r, z, h̃ in place, ``b`` = W_h h + b_h; writes h (N, H)."""
    width = h.shape[1]
    one = h.dtype.type(1)
    for n in range(h.shape[0]):
        row, other, old, out = a[n], b[n], before[n], h[n]
        r, z, g = row[:width], row[width : 2 * width], row[2 * width :]
        for k in range(width):
            r[k] = sigmoid(r[k] + other[k])
        for k in range(width):
            z[k] = sigmoid(z[k] + other[width + k])
        for k in range(width):
            g[k] = tanh(g[k] + r[k] * other[2 * width + k])
        for k in range(width):
            out[k] = (one - z[k]) * g[k] + z[k] * old[k]


@njit(cache=True, error_model="numpy")
def _gru_gates_back(gates: Any, inner: Any, before: Any, dh: Any, da: Any, db: Any) -> None:
    """From ∂L/∂h of a step to ``a`` and ``b`` (N, 3H); ``dh`` becomes the share that went straight through."""
    width = dh.shape[1]
    one = dh.dtype.type(1)
    for n in range(dh.shape[0]):
        row, a, b = gates[n], da[n], db[n]
        gr, gz, gg = row[:width], row[width : 2 * width], row[2 * width :]
        ar, az, ag = a[:width], a[width : 2 * width], a[2 * width :]
        br, bz, bg = b[:width], b[width : 2 * width], b[2 * width :]
        held, old, shown = inner[n, 2 * width :], before[n], dh[n]
        for k in range(width):
            r, z, g, d = gr[k], gz[k], gg[k], shown[k]
            dg = d * (one - z) * (one - g * g)
            dz = d * (old[k] - g) * z * (one - z)
            dr = dg * held[k] * r * (one - r)
            ar[k] = br[k] = dr
            az[k] = bz[k] = dz
            ag[k] = dg
            bg[k] = dg * r
            shown[k] = d * z


def gru_forward(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[tuple[Array, Array], Saved]:
    """Every h (T, N, H) and the last one, in PyTorch's convention; and what backward needs."""
    steps = x.shape[0]
    a = projected(x, w_ih, b_ih)
    inner = np.empty_like(a)
    hidden = np.empty((steps + 1, *h.shape), x.dtype)
    hidden[0] = h
    w = np.ascontiguousarray(w_hh.T)
    for t in range(steps):
        np.matmul(hidden[t], w, out=inner[t])
        if b_hh is not None:
            inner[t] += b_hh
        _gru_gates(a[t], inner[t], hidden[t], hidden[t + 1])
    return (hidden[1:], hidden[-1].copy()), (a, inner, hidden)


def gru_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array
) -> tuple[Array, ...]:
    """Gradients of x, h, W_ih, W_hh, b_ih and b_hh."""
    gates, inner, hidden = saved
    out, last = gradients
    da, db = np.empty_like(gates), np.empty_like(gates)
    dh = np.zeros_like(hidden[0]) if last is None else last.copy()
    for t in range(x.shape[0] - 1, -1, -1):
        if out is not None:
            dh += out[t]
        _gru_gates_back(gates[t], inner[t], hidden[t], dh, da[t], db[t])
        dh += db[t] @ w_hh
    dx, dw_ih, _unused, db_ih = _weights(x, hidden[:-1], da, w_ih)
    flat = rows_of(db)
    return dx, dh, dw_ih, flat.T @ rows_of(hidden[:-1]), db_ih, flat.sum(axis=0)
