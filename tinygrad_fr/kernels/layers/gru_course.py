"""The GRU as the course writes it: h̃ = tanh(W·[r ⊙ h, x] + b), h ← (1 − z) ⊙ h + z ⊙ h̃.

r multiplies h before the matrix product, so a step has two products, one after the other, and two passes around them.
Shapes and the order of gates (r, z, h̃) are those of :mod:`tinygrad_fr.kernels.layers.recurrent`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.arrays.products import matmul
from tinygrad_fr.kernels.layers.recurrent import Array, Saved, every, projected, rows_of, sent, through, times
from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.kernels.vectormath import sigmoid, tanh
from tinygrad_fr.sums import added


@njit(cache=True, error_model="numpy", nogil=True)
def _reset_and_update(a: Any, before: Any, kept: Any) -> None:
    """Pre-activations of r and z (in ``a``, (N, 3H)) become gates in place; writes r ⊙ h."""
    width = before.shape[1]
    for n in range(before.shape[0]):
        gates, old, out = a[n], before[n], kept[n]
        for k in range(2 * width):
            gates[k] = sigmoid(gates[k])
        for k in range(width):
            out[k] = gates[k] * old[k]


@njit(cache=True, error_model="numpy", nogil=True)
def _candidate(a: Any, before: Any, h: Any) -> None:
    """The pre-activation of h̃ becomes h̃ in place; writes h."""
    width = h.shape[1]
    one = h.dtype.type(1)
    for n in range(h.shape[0]):
        row, old, out = a[n], before[n], h[n]
        z, g = row[width : 2 * width], row[2 * width :]
        for k in range(width):
            g[k] = tanh(g[k])
        for k in range(width):
            out[k] = (one - z[k]) * old[k] + z[k] * g[k]


@njit(cache=True, error_model="numpy", nogil=True)
def _candidate_back(gates: Any, before: Any, dh: Any, da: Any) -> None:
    """From ∂L/∂h to the pre-activations of z and h̃; ``dh`` becomes the share that went straight through."""
    width = dh.shape[1]
    one = dh.dtype.type(1)
    for n in range(dh.shape[0]):
        row, old, d, back = gates[n], before[n], dh[n], da[n]
        for k in range(width):
            z, g = row[width + k], row[2 * width + k]
            back[width + k] = d[k] * (g - old[k]) * z * (one - z)
            back[2 * width + k] = d[k] * z * (one - g * g)
            d[k] = d[k] * (one - z)


@njit(cache=True, error_model="numpy", nogil=True)
def _reset_back(gates: Any, before: Any, dkept: Any, dh: Any, da: Any) -> None:
    """From ∂L/∂(r ⊙ h) to the pre-activation of r; adds the share of h to ``dh``."""
    width = dh.shape[1]
    one = dh.dtype.type(1)
    for n in range(dh.shape[0]):
        row, old, share, d, back = gates[n], before[n], dkept[n], dh[n], da[n]
        for k in range(width):
            r = row[k]
            back[k] = share[k] * old[k] * r * (one - r)
            d[k] += share[k] * r


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _gru(at: int, w: Any, a: Any, kept: Any, hidden: Any, start: int, stop: int, part: int) -> None:
    width = hidden.shape[2]
    for t in range(len(a)):
        own, before, held = a[t, start:stop], hidden[t, start:stop], kept[t, start:stop]
        times(at, before, w[:, : 2 * width], own[:, : 2 * width], True)
        _reset_and_update(own, before, held)
        times(at, held, w[:, 2 * width :], own[:, 2 * width :], True)
        _candidate(own, before, hidden[t + 1, start:stop])


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _gru_back(
    at: int, w: Any, gates: Any, hidden: Any, out: Any, dh: Any, dkept: Any, da: Any, start: int, stop: int, part: int
) -> None:
    width = hidden.shape[2]
    sent, share = dh[start:stop], dkept[start:stop]
    for t in range(len(gates) - 1, -1, -1):
        if len(out):
            sent += out[t, start:stop]
        own, before = da[t, start:stop], hidden[t, start:stop]
        _candidate_back(gates[t, start:stop], before, sent, own)
        times(at, own[:, 2 * width :], w[2 * width :], share, False)
        _reset_back(gates[t, start:stop], before, share, sent, own)
        times(at, own[:, : 2 * width], w[: 2 * width], sent, True)


@contract("w_hh: 3*H H; w_ih: 3*H I; x: T N I; h: N H; b_ih?, b_hh?: 3*H")
def gru_course_forward(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[tuple[Array, Array], Saved]:
    """Every h (T, N, H) and the last one, in the course's convention; and what backward needs."""
    a = projected(x, w_ih, b_ih, b_hh)
    hidden = np.empty((len(x) + 1, *h.shape), x.dtype)
    kept = np.empty((len(x), *h.shape), x.dtype)
    hidden[0] = h
    w = np.ascontiguousarray(w_hh.T)
    through(_gru, w, a, kept, hidden)
    return (hidden[1:], hidden[-1].copy()), (a, kept, hidden)


@contract(
    "w_hh: 3*H H; w_ih: 3*H I; x: T N I; saved.0: T N 3*H; saved.1: T N H; saved.2: T+1 N H;"
    "any ~gradients.0?: T N H; any ~gradients.1?: N H"
)
def gru_course_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array, to_x: bool
) -> tuple[Array | None, ...]:
    """Gradients of x (if asked for), h, W_ih, W_hh, b_ih and b_hh (the last two are one array)."""
    gates, kept, hidden = saved
    out, last = gradients
    width = hidden.shape[2]
    da, dh = np.empty_like(gates), sent(last, hidden)
    through(_gru_back, w_hh, gates, hidden, every(out, hidden), dh, np.empty_like(dh), da)
    flat = rows_of(da)
    dw_hh = np.empty_like(w_hh)
    dw_hh[: 2 * width] = matmul(flat[:, : 2 * width].T, rows_of(hidden[:-1]))
    dw_hh[2 * width :] = matmul(flat[:, 2 * width :].T, rows_of(kept))
    db = added(flat, 0)
    dx = matmul(flat, w_ih).reshape(x.shape) if to_x else None
    return dx, dh, matmul(flat.T, rows_of(x)), dw_hh, db, db
