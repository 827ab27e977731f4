"""Shortcuts of single recurrent steps: value and first derivative in passes of numpy over all gates at once.

A step is small, so compiling a kernel for it would cost time and save none. All dimensions before the last are rows.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.kernels.arrays.products import matmul
from tinygrad_fr.ops import recurrent
from tinygrad_fr.ops.activation import relu, sigmoid, tanh
from tinygrad_fr.ops.recurrent import check_step
from tinygrad_fr.sums import added


def _rows(dtype: Any, *arrays: Any) -> list[Any]:
    """Arrays of one dtype, as matrices; None stays, and so does what is one."""
    return [
        a
        if a is None or (a.ndim == 2 and a.dtype is dtype)
        else a.reshape(prod(a.shape[:-1]), a.shape[-1]).astype(dtype, copy=False)
        for a in arrays
    ]


def _common(*arrays: Any) -> Any:
    first = arrays[0].dtype
    if all(a is None or a.dtype is first for a in arrays):
        return first
    return np.result_type(*(a for a in arrays if a is not None))


def _part(rows: Any, weight: Any, bias: Any) -> Any:
    """Rows times a weight, and the bias."""
    found = matmul(rows, weight.T)
    if bias is not None:
        found += bias
    return found


def _weights(dz: Any, rows: Any, wanted: int, bias: Any, wanted_bias: int) -> tuple[Any, Any]:
    """What a weight and its bias get, of what all gates got before they were bent."""
    return (
        matmul(dz.T, rows) if wanted else None,
        added(dz, 0) if wanted_bias and bias is not None else None,
    )


def _like(found: Any, array: Any) -> Any:
    return found.reshape(array.shape)


def _rnn_forward(
    x: Any, h: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any, nonlinearity: str
) -> tuple[Any, Any]:
    check_step("rnn", nonlinearity, x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    dtype = _common(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    rows, before, w_ih, w_hh = _rows(dtype, x, h, weight_ih, weight_hh)
    z = _part(before, w_hh, bias_hh) + _part(rows, w_ih, bias_ih)
    after = _like(tanh(z) if nonlinearity == "tanh" else relu(z), h)
    return after, after


def _rnn_backward(
    g: Any, saved: Any, needs: int, x: Any, h: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any,
    nonlinearity: str,
) -> tuple[Any, ...]:  # fmt: skip
    rows, before, w_ih, w_hh, y, g = _rows(saved.dtype, x, h, weight_ih, weight_hh, saved, g)
    dz = g * (1 - y * y) if nonlinearity == "tanh" else g * (y > 0)
    return (
        _like(matmul(dz, w_ih), x) if needs & 1 else None,
        _like(matmul(dz, w_hh), h) if needs & 2 else None,
        *_gathered(dz, dz, rows, before, needs >> 2, bias_ih, bias_hh),
    )


def _gathered(
    d_ih: Any, d_hh: Any, rows: Any, before: Any, needs: int, bias_ih: Any, bias_hh: Any
) -> tuple[Any, Any, Any, Any]:
    """What the two weights and the two biases get, in the order of the operands."""
    weight_ih, first = _weights(d_ih, rows, needs & 1, bias_ih, needs & 4)
    weight_hh, second = _weights(d_hh, before, needs & 2, bias_hh, needs & 8)
    return weight_ih, weight_hh, first, second


def _lstm_forward(
    x: Any, h: Any, c: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any
) -> tuple[tuple[Any, Any], Any]:
    check_step("lstm", "", x, h, c, weight_ih, weight_hh, bias_ih, bias_hh)
    dtype = _common(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh)
    rows, before, kept, w_ih, w_hh = _rows(dtype, x, h, c, weight_ih, weight_hh)
    z = _part(before, w_hh, bias_hh) + _part(rows, w_ih, bias_ih)
    width = h.shape[-1]
    gates = sigmoid(z)
    candidate = tanh(z[:, 2 * width : 3 * width])
    cell = gates[:, width : 2 * width] * kept + gates[:, :width] * candidate
    bent = tanh(cell)
    return (_like(gates[:, 3 * width :] * bent, h), _like(cell, c)), (gates, candidate, bent)


def _lstm_backward(
    g: Any, saved: Any, needs: int, x: Any, h: Any, c: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any
) -> tuple[Any, ...]:
    gates, candidate, bent = saved
    rows, before, kept, w_ih, w_hh, gh, gc = _rows(gates.dtype, x, h, c, weight_ih, weight_hh, *g)
    width = h.shape[-1]
    i, f, o = gates[:, :width], gates[:, width : 2 * width], gates[:, 3 * width :]
    dz = gates * (1 - gates)  # of the candidate it is written over
    if gh is None:
        dc = gc
        dz[:, 3 * width :] = 0
    else:
        dc = gh * o * (1 - bent * bent)
        if gc is not None:
            dc = dc + gc
        dz[:, 3 * width :] *= gh * bent
    dz[:, :width] *= dc * candidate
    dz[:, width : 2 * width] *= dc * kept
    dz[:, 2 * width : 3 * width] = dc * i * (1 - candidate * candidate)
    return (
        _like(matmul(dz, w_ih), x) if needs & 1 else None,
        _like(matmul(dz, w_hh), h) if needs & 2 else None,
        _like(dc * f, c) if needs & 4 else None,
        *_gathered(dz, dz, rows, before, needs >> 3, bias_ih, bias_hh),
    )


def _gru_forward(x: Any, h: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any) -> tuple[Any, Any]:
    check_step("gru", "torch", x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    dtype = _common(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    rows, before, w_ih, w_hh = _rows(dtype, x, h, weight_ih, weight_hh)
    outer, inner = _part(rows, w_ih, bias_ih), _part(before, w_hh, bias_hh)
    width = h.shape[-1]
    gates = sigmoid(outer[:, : 2 * width] + inner[:, : 2 * width])
    through = inner[:, 2 * width :]
    candidate = tanh(outer[:, 2 * width :] + gates[:, :width] * through)
    z = gates[:, width:]
    return _like((1 - z) * candidate + z * before, h), (gates, candidate, through)


def _gru_backward(
    g: Any, saved: Any, needs: int, x: Any, h: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any
) -> tuple[Any, ...]:
    gates, candidate, through = saved
    rows, before, w_ih, w_hh, g = _rows(gates.dtype, x, h, weight_ih, weight_hh, g)
    width = h.shape[-1]
    r, z = gates[:, :width], gates[:, width:]
    d_ih = np.empty((len(g), 3 * width), gates.dtype)
    d_ih[:, 2 * width :] = bent = g * (1 - z) * (1 - candidate * candidate)
    d_ih[:, : 2 * width] = gates * (1 - gates)
    d_ih[:, :width] *= bent * through
    d_ih[:, width : 2 * width] *= g * (before - candidate)
    d_hh = d_ih.copy()
    d_hh[:, 2 * width :] *= r
    return (
        _like(matmul(d_ih, w_ih), x) if needs & 1 else None,
        _like(matmul(d_hh, w_hh) + g * z, h) if needs & 2 else None,
        *_gathered(d_ih, d_hh, rows, before, needs >> 2, bias_ih, bias_hh),
    )


def _reads(backward: Any, states: int, always: frozenset[int]) -> None:
    """Say what a step's derivative reads: of a product with a weight, each factor for what the other is sent; of a bias, its shape.

    Args:
        backward: the derivative.
        states: how many states come after the input; the two weights follow.
        always: the operands that the gates' derivatives read.
    """
    weight_ih, weight_hh = states + 1, states + 2
    other = {0: weight_ih, 1: weight_hh, weight_ih: 0, weight_hh: 1}
    backward.reads = lambda node, position: (
        position in always or (position in other and bool(node.needs >> other[position] & 1))
    )


_reads(_rnn_backward, 1, frozenset())
_reads(_lstm_backward, 2, frozenset({2}))
_reads(_gru_backward, 1, frozenset({1}))
recurrent.rnn_step.fused(_rnn_forward, _rnn_backward)
recurrent.lstm_step.fused(_lstm_forward, _lstm_backward)
recurrent.gru_step.fused(_gru_forward, _gru_backward, when={"convention": "torch"})
