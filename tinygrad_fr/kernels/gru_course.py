"""The GRU as the course writes it: h̃ = tanh(W·[r ⊙ h, x] + b), h ← (1 − z) ⊙ h + z ⊙ h̃.

r multiplies h before the matrix product, so a step has two products, one after the other, and two passes around them.
Shapes and the order of gates (r, z, h̃) are those of :mod:`tinygrad_fr.kernels.recurrent`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.jit import njit
from tinygrad_fr.kernels.recurrent import Array, Saved, projected, rows_of
from tinygrad_fr.kernels.vectormath import sigmoid, tanh


@njit(cache=True, error_model="numpy")
def _reset_and_update(a: Any, product: Any, before: Any, kept: Any) -> None:
    """Pre-activations of r and z (in ``a``, (N, 3H)) become gates in place; writes r ⊙ h."""
    width = before.shape[1]
    for n in range(before.shape[0]):
        gates, other, old, out = a[n], product[n], before[n], kept[n]
        for k in range(2 * width):
            gates[k] = sigmoid(gates[k] + other[k])
        for k in range(width):
            out[k] = gates[k] * old[k]


@njit(cache=True, error_model="numpy")
def _candidate(a: Any, product: Any, before: Any, h: Any) -> None:
    """The pre-activation of h̃ becomes h̃ in place; writes h."""
    width = h.shape[1]
    one = h.dtype.type(1)
    for n in range(h.shape[0]):
        row, other, old, out = a[n], product[n], before[n], h[n]
        z, g = row[width : 2 * width], row[2 * width :]
        for k in range(width):
            g[k] = tanh(g[k] + other[k])
        for k in range(width):
            out[k] = (one - z[k]) * old[k] + z[k] * g[k]


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
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


def gru_course_forward(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[tuple[Array, Array], Saved]:
    """Every h (T, N, H) and the last one, in the course's convention; and what backward needs."""
    steps, (rows, width) = x.shape[0], h.shape
    a = projected(x, w_ih, b_ih, b_hh)
    hidden = np.empty((steps + 1, rows, width), x.dtype)
    kept = np.empty((steps, rows, width), x.dtype)
    hidden[0] = h
    w_gates, w_candidate = np.ascontiguousarray(w_hh[: 2 * width].T), np.ascontiguousarray(w_hh[2 * width :].T)
    of_gates, of_candidate = np.empty((rows, 2 * width), x.dtype), np.empty((rows, width), x.dtype)
    for t in range(steps):
        np.matmul(hidden[t], w_gates, out=of_gates)
        _reset_and_update(a[t], of_gates, hidden[t], kept[t])
        np.matmul(kept[t], w_candidate, out=of_candidate)
        _candidate(a[t], of_candidate, hidden[t], hidden[t + 1])
    return (hidden[1:], hidden[-1].copy()), (a, kept, hidden)


def gru_course_backward(
    gradients: tuple[Array | None, ...], saved: Saved, x: Array, w_ih: Array, w_hh: Array
) -> tuple[Array, ...]:
    """Gradients of x, h, W_ih, W_hh, b_ih and b_hh (the last two are one array)."""
    gates, kept, hidden = saved
    out, last = gradients
    width = hidden.shape[2]
    da = np.empty_like(gates)
    dh = np.zeros_like(hidden[0]) if last is None else last.copy()
    dkept, through = np.empty_like(dh), np.empty_like(dh)
    w_gates, w_candidate = w_hh[: 2 * width], w_hh[2 * width :]
    for t in range(x.shape[0] - 1, -1, -1):
        if out is not None:
            dh += out[t]
        _candidate_back(gates[t], hidden[t], dh, da[t])
        np.matmul(da[t, :, 2 * width :], w_candidate, out=dkept)
        _reset_back(gates[t], hidden[t], dkept, dh, da[t])
        dh += np.matmul(da[t, :, : 2 * width], w_gates, out=through)
    flat = rows_of(da)
    dw_hh = np.empty_like(w_hh)
    np.matmul(flat[:, : 2 * width].T, rows_of(hidden[:-1]), out=dw_hh[: 2 * width])
    np.matmul(flat[:, 2 * width :].T, rows_of(kept), out=dw_hh[2 * width :])
    db = flat.sum(axis=0)
    return (flat @ w_ih).reshape(x.shape), dh, flat.T @ rows_of(x), dw_hh, db, db
