"""Recurrent sequences in ONNX: the rows of the gates in its order, one direction per node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.operators.rule import rule, shape_of

if TYPE_CHECKING:
    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node


def _sequence(
    w: Writer, node: Node, operator: str, order: tuple[int, ...], signs: tuple[float, ...], **how: Any
) -> Any:
    """The operator on a sequence; ``order`` and ``signs`` make ONNX's gates of ours."""
    states = 2 if operator == "LSTM" else 1
    x, held, (w_ih, w_hh, b_ih, b_hh) = node.inputs[0], node.inputs[1 : 1 + states], node.inputs[1 + states :]
    arrays = [None if part is None else w.fixed(part) for part in (w_ih, w_hh, b_ih, b_hh)]
    if arrays[0] is None or arrays[1] is None or (b_ih is None) != (arrays[2] is None) or 0 in shape_of(x):
        return None
    biases: Any = None if b_ih is None else np.concatenate([_rows(a, order, signs) for a in arrays[2:]])[None]
    initial = []
    for state in held:
        start = w.fixed(state)
        given = start is None or bool(np.any(start))
        initial.append(w.add("Unsqueeze", w.operand(state), w.whole(0)) if given else "")
    path = w.operand(w_ih).removesuffix("weight_ih")
    found = w.add(
        operator,
        w.operand(x),
        w.constant(_rows(arrays[0], order, signs)[None], f"{path}.W"),
        w.constant(_rows(arrays[1], order, signs)[None], f"{path}.R"),
        "" if biases is None else w.constant(biases, f"{path}.B"),
        "",
        *initial,
        outputs=1 + states,
        hidden_size=shape_of(w_hh)[1],
        **how,
    )
    return w.add("Squeeze", found[0], w.whole(1)), *(w.add("Squeeze", last, w.whole(0)) for last in found[1:])


def _rows(array: Any, order: tuple[int, ...], signs: tuple[float, ...]) -> Any:
    blocks = np.split(array, len(order))
    return np.concatenate([blocks[place] * array.dtype.type(sign) for place, sign in zip(order, signs, strict=True)])


@rule("rnn_sequence")
def _rnn(w: Writer, node: Node) -> Any:
    return _sequence(w, node, "RNN", (0,), (1,), activations=[node.attrs["nonlinearity"].capitalize()])


@rule("lstm_sequence")
def _lstm(w: Writer, node: Node) -> Any:
    return _sequence(w, node, "LSTM", (0, 3, 1, 2), (1, 1, 1, 1))  # i, f, C̃, o → i, o, f, C̃


@rule("gru_sequence")
def _gru(w: Writer, node: Node) -> Any:
    """r, z, h̃ → z, r, h̃. The course's z is 1 − ONNX's, and 1 − σ(x) = σ(−x): its rows change sign."""
    course = node.attrs["convention"] == "course"
    return _sequence(
        w, node, "GRU", (1, 0, 2), (-1 if course else 1, 1, 1), linear_before_reset=int(not course)
    )  # fmt: skip
