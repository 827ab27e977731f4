"""Whole recurrent sequences: matrix products by BLAS, everything else of a step in one pass.

Shapes: x (T, N, I), states (N, H), ``w_ih`` (gates·H, I), ``w_hh`` (gates·H, H), biases (gates·H,) or None. The input's
product is taken for all steps at once, and so are the gradients of the weights; only W_hh·h waits for its step. Rows of a
batch are independent, so each core computes all the steps of some rows.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.arrays.products import SPEED, matmul
from tinygrad_fr.kernels.runtime.blas import gemm, routine
from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.memory import Spent
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.kernels.vectormath import sigmoid, tanh
from tinygrad_fr.sums import added

Array: TypeAlias = npt.NDArray[Any]
Saved: TypeAlias = tuple[Array, ...]


@njit(cache=True, error_model="numpy", nogil=True)
def apart(rows: Any) -> int:
    """The distance from a row to the next, in numbers; numpy's stride is arbitrary if there is only one row."""
    return int(max(rows.strides[0] // rows.itemsize, rows.shape[1]))


@njit(cache=True, error_model="numpy", nogil=True)
def times(at: int, a: Any, w: Any, out: Any, add: bool) -> None:
    """Rows of a (rows, k) times w (k, n), or added to what is in out (rows, n). Rows may lie apart."""
    inner, wide = w.shape
    gemm(
        at, False, False, out.shape[0], wide, inner, a.ctypes.data, apart(a), w.ctypes.data, apart(w), out.ctypes.data,
        apart(out), add, w.dtype.type(1),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
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


@njit(cache=True, error_model="numpy", nogil=True)
def _lstm_gates_back(gates: Any, c_before: Any, squashed: Any, dh: Any, dc: Any, da: Any) -> None:
    """From ∂L/∂h and ∂L/∂C of a step to its pre-activations (N, 4H); ``dc`` becomes that of the step before."""
    width = dc.shape[1]
    one = dc.dtype.type(1)
    for n in range(dc.shape[0]):  # one slice per gate: an index that is a sum would not be vectorised
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
    out = matmul(x.reshape(steps * rows, features), w.T).reshape(steps, rows, w.shape[0])
    given = [bias for bias in biases if bias is not None]
    if given:
        out += sum(given[1:], given[0])
    return out  # type: ignore[no-any-return]


def rows_of(a: Array) -> Array:
    """(T, N, F) as (T·N, F); numpy cannot guess a side of an array without elements."""
    return a.reshape(a.shape[0] * a.shape[1], a.shape[2])


def weights(x: Array, before: Array, da: Array, w_ih: Array, to_x: bool) -> tuple[Array | None, Array, Array, Array]:
    """Gradients of x, W_ih, W_hh and of each bias, of the pre-activations' gradient of all steps."""
    flat = rows_of(da)
    dx = matmul(flat, w_ih).reshape(x.shape) if to_x else None
    return dx, matmul(flat.T, rows_of(x)), matmul(flat.T, rows_of(before)), added(flat, 0)


def through(kernel: Any, w: Array, first: Array, *more: Any) -> None:
    """Take each core's part of the rows through all the steps; ``first`` (T, N, …) says how many there are."""
    steps, rows = first.shape[:2]
    at = routine(w.dtype.char, rows * w.size)
    work = 2 * steps * rows * w.size / SPEED  # cost of the products, and as much again for the rest
    parallel_for(kernel, rows, work, at, w, first, *more)


@njit(cache=True, error_model="numpy", nogil=True)
def _copied(source: Any, target: Any) -> None:
    for n in range(source.shape[0]):
        row, to = source[n], target[n]
        for k in range(row.size):
            to[k] = row[k]


def sent_gates(gates: Array, over: bool) -> Array:
    """Room for the gradient of all steps; of one step, if each is then written over the gates that it was computed of."""
    return np.empty_like(gates[:1] if over else gates)


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _lstm(at: int, w: Any, a: Any, hidden: Any, cells: Any, squashed: Any, start: int, stop: int, part: int) -> None:
    for t in range(len(a)):
        own = a[t, start:stop]
        times(at, hidden[t, start:stop], w, own, True)
        _lstm_gates(
            own, cells[t, start:stop], cells[t + 1, start:stop], squashed[t, start:stop], hidden[t + 1, start:stop]
        )


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _lstm_back(
    at: int, w: Any, gates: Any, cells: Any, squashed: Any, out: Any, dh: Any, dc: Any, da: Any, over: bool,
    start: int, stop: int, part: int,
) -> None:  # fmt: skip
    sent, kept = dh[start:stop], dc[start:stop]
    for t in range(len(gates) - 1, -1, -1):
        if len(out):
            sent += out[t, start:stop]
        own = da[0 if over else t, start:stop]
        _lstm_gates_back(gates[t, start:stop], cells[t, start:stop], squashed[t, start:stop], sent, kept, own)
        times(at, own, w, sent, False)
        if over:
            _copied(own, gates[t, start:stop])


@contract("w_hh: 4*H H; w_ih: 4*H I; x: T N I; h, c: N H; b_ih?, b_hh?: 4*H")
def lstm_forward(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[tuple[Array, Array, Array], Saved]:
    """Every h (T, N, H), the last h and the last C; and what backward needs."""
    a = projected(x, w_ih, b_ih, b_hh)
    hidden = np.empty((len(x) + 1, *h.shape), x.dtype)
    cells, squashed = np.empty_like(hidden), np.empty_like(hidden[1:])
    hidden[0], cells[0] = h, c
    w = np.ascontiguousarray(w_hh.T)
    through(_lstm, w, a, hidden, cells, squashed)
    return (hidden[1:], hidden[-1].copy(), cells[-1].copy()), (a, hidden, cells, squashed)


@contract(
    "w_hh: 4*H H; w_ih: 4*H I; x: T N I; saved.0: T N 4*H; saved.1, saved.2: T+1 N H; saved.3: T N H;"
    "any ~gradients.0?: T N H; any ~gradients.1?, any ~gradients.2?: N H"
)
def lstm_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array, to_x: bool
) -> tuple[Array | None, ...]:
    """Gradients of x (if asked for), h, C, W_ih, W_hh and of each bias."""
    gates, hidden, cells, squashed = saved
    out, last_h, last_c = gradients
    over = saved.__class__ is Spent
    da, dh, dc = sent_gates(gates, over), sent(last_h, hidden), sent(last_c, hidden)
    through(_lstm_back, w_hh, gates, cells, squashed, every(out, hidden), dh, dc, da, over)
    dx, dw_ih, dw_hh, db = weights(x, hidden[:-1], gates if over else da, w_ih, to_x)
    return dx, dh, dc, dw_ih, dw_hh, db


def sent(last: Array | None, hidden: Array) -> Array:
    """A copy of the gradient of the last state, which may be written to."""
    return np.zeros_like(hidden[0]) if last is None else np.array(last, hidden.dtype)


def every(out: Array | None, hidden: Array) -> Array:
    """The gradient of every state; an array without steps if there is none."""
    return np.empty((0, *hidden.shape[1:]), hidden.dtype) if out is None else np.ascontiguousarray(out, hidden.dtype)


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _rnn(at: int, w: Any, a: Any, hidden: Any, straight: bool, start: int, stop: int, part: int) -> None:
    zero = hidden.dtype.type(0)
    for t in range(len(a)):
        own = a[t, start:stop]
        times(at, hidden[t, start:stop], w, own, True)
        flat, out = own.reshape(-1), hidden[t + 1, start:stop].reshape(-1)
        if straight:
            for k in range(flat.size):
                out[k] = flat[k] if flat[k] > zero or flat[k] != flat[k] else zero
        else:
            for k in range(flat.size):
                out[k] = tanh(flat[k])


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _rnn_back(
    at: int, w: Any, da: Any, hidden: Any, out: Any, dh: Any, straight: bool, start: int, stop: int, part: int
) -> None:
    zero, one = hidden.dtype.type(0), hidden.dtype.type(1)
    sent = dh[start:stop]
    for t in range(len(da) - 1, -1, -1):
        if len(out):
            sent += out[t, start:stop]
        h, d, own = hidden[t + 1, start:stop].reshape(-1), sent.reshape(-1), da[t, start:stop].reshape(-1)
        if straight:
            for k in range(own.size):
                own[k] = d[k] if h[k] > zero else zero
        else:
            for k in range(own.size):
                own[k] = d[k] * (one - h[k] * h[k])
        times(at, da[t, start:stop], w, sent, False)


@contract("w_hh: H H; w_ih: H I; x: T N I; h: N H; b_ih?, b_hh?: H")
def rnn_forward(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, nonlinearity: str
) -> tuple[tuple[Array, Array], Saved]:
    """Every h (T, N, H) and the last one; and what backward needs."""
    a = projected(x, w_ih, b_ih, b_hh)
    hidden = np.empty((len(x) + 1, *h.shape), x.dtype)
    hidden[0] = h
    w = np.ascontiguousarray(w_hh.T)
    through(_rnn, w, a, hidden, nonlinearity != "tanh")
    return (hidden[1:], hidden[-1].copy()), (hidden,)


@contract("w_hh: H H; w_ih: H I; x: T N I; saved.0: T+1 N H; any ~gradients.0?: T N H; any ~gradients.1?: N H")
def rnn_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array, nonlinearity: str, to_x: bool
) -> tuple[Array | None, ...]:
    """Gradients of x (if asked for), h, W_ih, W_hh and of each bias."""
    (hidden,) = saved
    out, last = gradients
    da, dh = np.empty_like(hidden[1:]), sent(last, hidden)
    through(_rnn_back, w_hh, da, hidden, every(out, hidden), dh, nonlinearity != "tanh")
    dx, dw_ih, dw_hh, db = weights(x, hidden[:-1], da, w_ih, to_x)
    return dx, dh, dw_ih, dw_hh, db


@njit(cache=True, error_model="numpy", nogil=True)
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


@njit(cache=True, error_model="numpy", nogil=True)
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


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _gru(at: int, w: Any, a: Any, inner: Any, bias: Any, hidden: Any, start: int, stop: int, part: int) -> None:
    for t in range(len(a)):
        other = inner[t, start:stop]
        for n in range(stop - start):
            for k in range(bias.size):
                other[n, k] = bias[k]
        times(at, hidden[t, start:stop], w, other, True)
        _gru_gates(a[t, start:stop], other, hidden[t, start:stop], hidden[t + 1, start:stop])


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _gru_back(
    at: int, w: Any, gates: Any, inner: Any, hidden: Any, out: Any, dh: Any, da: Any, db: Any, over: bool,
    start: int, stop: int, part: int,
) -> None:  # fmt: skip
    sent = dh[start:stop]
    for t in range(len(gates) - 1, -1, -1):
        if len(out):
            sent += out[t, start:stop]
        row, held = gates[t, start:stop], inner[t, start:stop]
        outer, own = da[0 if over else t, start:stop], db[0 if over else t, start:stop]
        _gru_gates_back(row, held, hidden[t, start:stop], sent, outer, own)
        times(at, own, w, sent, True)
        if over:
            _copied(outer, row)
            _copied(own, held)


@contract("w_hh: 3*H H; w_ih: 3*H I; x: T N I; h: N H; b_ih?, b_hh?: 3*H")
def gru_forward(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[tuple[Array, Array], Saved]:
    """Every h (T, N, H) and the last one, in PyTorch's convention; and what backward needs."""
    a = projected(x, w_ih, b_ih)
    inner = np.empty_like(a)
    hidden = np.empty((len(x) + 1, *h.shape), x.dtype)
    hidden[0] = h
    w = np.ascontiguousarray(w_hh.T)
    bias = np.zeros(w.shape[1], w.dtype) if b_hh is None else b_hh
    through(_gru, w, a, inner, bias, hidden)
    return (hidden[1:], hidden[-1].copy()), (a, inner, hidden)


@contract(
    "w_hh: 3*H H; w_ih: 3*H I; x: T N I; saved.0, saved.1: T N 3*H; saved.2: T+1 N H;"
    "any ~gradients.0?: T N H; any ~gradients.1?: N H"
)
def gru_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array, to_x: bool
) -> tuple[Array | None, ...]:
    """Gradients of x (if asked for), h, W_ih, W_hh, b_ih and b_hh."""
    gates, inner, hidden = saved
    out, last = gradients
    over = saved.__class__ is Spent
    da, db, dh = sent_gates(gates, over), sent_gates(inner, over), sent(last, hidden)
    through(_gru_back, w_hh, gates, inner, hidden, every(out, hidden), dh, da, db, over)
    if over:
        da, db = gates, inner
    flat = rows_of(da)
    dx = matmul(flat, w_ih).reshape(x.shape) if to_x else None
    both = rows_of(db)
    dw_ih, dw_hh = matmul(flat.T, rows_of(x)), matmul(both.T, rows_of(hidden[:-1]))
    return dx, dh, dw_ih, dw_hh, added(flat, 0), added(both, 0)
