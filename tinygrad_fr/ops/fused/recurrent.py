"""Shortcuts of the recurrent operations: the kernels' value and first derivative, proven equal to the equations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.ops import recurrent
from tinygrad_fr.ops.recurrent import check_sequence


def _kernels(name: str = "recurrent") -> Any:
    """The kernels, imported (with numba) when one is first needed."""
    return imported(f"tinygrad_fr.kernels.layers.{name}")


def _same_dtype(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Float arrays of one dtype, contiguous: what the kernels read."""
    dtype = np.result_type(*(a for a in arrays if a is not None))
    return tuple(None if a is None else np.ascontiguousarray(a, dtype=dtype) for a in arrays)


def _lstm_forward(*arrays: Any) -> tuple[Any, Any]:
    check_sequence("lstm", "", *arrays)
    x, h, c, *rest = _same_dtype(arrays)
    return _kernels().lstm_forward(x, h, c, *rest)


def _lstm_backward(gradient: Any, saved: Any, needs: int, *arrays: Any) -> tuple[Any, ...]:
    x, _h, _c, w_ih, w_hh, *_biases = _same_dtype(arrays)
    *most, bias = _kernels().lstm_backward(gradient, saved, x, w_ih, w_hh, bool(needs & 1))
    return (*most, bias, bias)


def _rnn_forward(*arrays: Any, nonlinearity: str) -> tuple[Any, Any]:
    check_sequence("rnn", nonlinearity, *arrays)
    return _kernels().rnn_forward(*_same_dtype(arrays), nonlinearity)


def _rnn_backward(gradient: Any, saved: Any, needs: int, *arrays: Any, nonlinearity: str) -> tuple[Any, ...]:
    x, _h, w_ih, w_hh, *_biases = _same_dtype(arrays)
    *most, bias = _kernels().rnn_backward(gradient, saved, x, w_ih, w_hh, nonlinearity, bool(needs & 1))
    return (*most, bias, bias)


def _gru_forward(*arrays: Any) -> tuple[Any, Any]:
    check_sequence("gru", "torch", *arrays)
    return _kernels().gru_forward(*_same_dtype(arrays))


def _gru_backward(gradient: Any, saved: Any, needs: int, *arrays: Any) -> tuple[Any, ...]:
    x, _h, w_ih, w_hh, *_biases = _same_dtype(arrays)
    return tuple(_kernels().gru_backward(gradient, saved, x, w_ih, w_hh, bool(needs & 1)))


def _gru_course_forward(*arrays: Any) -> tuple[Any, Any]:
    check_sequence("gru", "torch", *arrays)
    return _kernels("gru_course").gru_course_forward(*_same_dtype(arrays))


def _gru_course_backward(gradient: Any, saved: Any, needs: int, *arrays: Any) -> tuple[Any, ...]:
    x, _h, w_ih, w_hh, *_biases = _same_dtype(arrays)
    return tuple(_kernels("gru_course").gru_course_backward(gradient, saved, x, w_ih, w_hh, bool(needs & 1)))


recurrent.lstm_sequence.fused(_lstm_forward, _lstm_backward)
recurrent.rnn_sequence.fused(_rnn_forward, _rnn_backward)
recurrent.gru_sequence.fused(_gru_forward, _gru_backward, when={"convention": "torch"})
recurrent.gru_sequence.fused(_gru_course_forward, _gru_course_backward, when={"convention": "course"})
