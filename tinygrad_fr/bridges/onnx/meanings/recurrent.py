"""ONNX's recurrent layers: its rows of the gates in our order, a direction at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import WEIGHTS, At, array_of, means
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.kernels.runtime.contract import Contract
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional
from tinygrad_fr.ops import recurrent

if TYPE_CHECKING:
    from collections.abc import Callable

TAKES = "activations direction hidden_size layout output_sequence"


def _directions(at: At) -> tuple[str, ...]:
    """What the names of each direction's parameters end with, PyTorch's."""
    one, other = ("_l0",), ("_l0_reverse",)
    word = at.one_of("direction", "forward", "reverse", "bidirectional")
    return {"forward": one, "reverse": other, "bidirectional": one + other}[word]


def _contract(text: str, *names: str) -> Contract:
    return Contract(text, (*names, "directions", "hidden_size"), "", compact=False)


# Of gates that are so many. A file may say its widths twice.
_WEIGHTS = {
    gates: _contract(
        f"r: directions {gates}*hidden_size hidden_size; w: directions {gates}*hidden_size _; b?: directions 2*{gates}*hidden_size",
        *"wrb",
    )
    for gates in (1, 3, 4)
}
_STATES = _contract(
    "x: T N I; any lengths?: N; initial_h?, initial_c?: directions N hidden_size",
    "x", "lengths", "initial_h", "initial_c",
)  # fmt: skip


def _check(at: At, expected: Contract, **operands: Any) -> None:
    """Raise unless what a node is given fits what its file says of it."""
    last = operands.get("r")
    sides = (last.shape[-1:] or (0,)) if last is not None else (0,)
    hidden = at.get("hidden_size") or operands.pop("hidden_size", sides[0])
    fault = expected.fault({**operands, "directions": len(_directions(at)), "hidden_size": hidden}, at.name)
    if fault is not None:
        raise fault


def _gates(operator: str, gates: tuple[int, ...], signs: Callable[[At], tuple[float, ...]]) -> Callable[..., Any]:
    """Enter the parameters of a sequence; ``gates`` says where each of our gates stands among ONNX's."""

    def weights(at: At, _x: Any, w: Any, r: Any, b: Any = None, *_rest: Any) -> dict[str, Any]:
        _check(at, _WEIGHTS[len(gates)], w=w, r=r, b=b)
        by = signs(at)

        def rows(part: Any) -> Any:
            side = part.shape[0] // len(gates)
            blocks = [part[gate * side : (gate + 1) * side] for gate in gates]
            blocks = [block if sign == 1 else tg.neg(block) for block, sign in zip(blocks, by, strict=True)]
            return tg.cat(blocks) if isinstance(part, Tensor) else np.concatenate(blocks)

        found: dict[str, Any] = {}
        for place, suffix in enumerate(_directions(at)):
            found |= {f"weight_ih{suffix}": rows(w[place]), f"weight_hh{suffix}": rows(r[place])}
            if b is not None:
                half = b.shape[1] // 2
                inner, outer = b[place][:half], b[place][half:]
                found |= {f"bias_ih{suffix}": rows(inner), f"bias_hh{suffix}": rows(outer)}
        return found

    WEIGHTS["", operator] = weights
    return weights


def _sequence(
    at: At, states: int, run: Any, weights: Any, x: Any, w: Any, r: Any, b: Any, lengths: Any, held: Any
) -> Any:
    """A sequence that carries so many states."""
    if at.get("layout"):  # rows first
        x = tg.permute(x, 1, 0, 2)
        held = [None if state is None else tg.permute(state, 1, 0, 2) for state in held]
    _check(
        at,
        _STATES,
        x=x,
        lengths=lengths,
        hidden_size=r.shape[-1],
        **dict(zip(("initial_h", "initial_c"), (*held, None), strict=False)),
    )
    steps = None if lengths is None else [int(length) for length in array_of(lengths)]
    if steps is not None and not all(0 < length <= x.shape[0] for length in steps):
        raise at.refuse(_("expected lengths from 1 to {most}, got {found}").format(most=x.shape[0], found=steps))
    own = at.weights or weights(at, x, w, r, b)
    zeros = [tg.tensor(np.zeros((x.shape[1], r.shape[-1]), x.dtype), name=name) for name in ("h₀", "C₀")[:states]]
    sides, last = [], []
    for place, suffix in enumerate(_directions(at)):
        given = [zero if state is None else state[place] for state, zero in zip(held, zeros, strict=True)]
        parts = [own.get(f"{part}{suffix}") for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        backwards = suffix.endswith("reverse")

        def way(x: Any, *given: Any, parts: Any = parts, backwards: bool = backwards) -> Any:
            out, *ends = run(at, x.flip(0) if backwards else x, *given, *parts)
            return (out.flip(0) if backwards else out, *ends)

        out, *ends = way(x, *given) if steps is None or set(steps) == {x.shape[0]} else _by_length(way, steps, x, given)
        sides.append(out)
        last.append(ends)
    found = [tg.stack(sides, 1), *(tg.stack([ends[i] for ends in last]) for i in range(states))]
    if at.get("layout"):
        found = [tg.permute(found[0], 2, 0, 1, 3), *(tg.permute(state, 1, 0, 2) for state in found[1:])]
    return tuple(found)


def _by_length(way: Any, lengths: list[int], x: Any, states: Any) -> Any:
    """Sequences of one length go together; behind its end each gives zeros."""
    order, parts = [], []
    for length in sorted(set(lengths), reverse=True):
        rows = [row for row, own in enumerate(lengths) if own == length]
        out, *ends = way(x[:length][:, rows], *(state[rows] for state in states))
        parts.append((functional.pad(out, (0, 0, 0, 0, 0, x.shape[0] - length)), *ends))
        order += rows
    back = np.argsort(order).tolist()
    outs, *ends = zip(*parts, strict=True)
    return (tg.cat(outs, 1)[:, back], *(tg.cat(each, 0)[back] for each in ends))


def _activations(at: At, *expected: str) -> None:
    given = at.get("activations")
    own = [name.lower() for name in given] if given else list(expected)
    if (
        own[: len(expected)] != list(expected)
        or len(own) % len(expected)
        or own != own[: len(expected)] * (len(own) // len(expected))
    ):
        raise at.refuse(
            _("other activations than {expected} have no counterpart here").format(expected=", ".join(expected))
        )


def _run_rnn(at: At, *operands: Any) -> Any:
    name = "tanh" if not at.get("activations") else at.get("activations")[0].lower()
    _activations(at, "relu" if name == "relu" else "tanh")
    return recurrent.rnn_sequence(*operands, nonlinearity=name)


def _run_lstm(at: At, *operands: Any) -> Any:
    _activations(at, "sigmoid", "tanh", "tanh")
    if at.get("input_forget"):
        raise at.refuse(_("an input gate tied to the forget gate has no counterpart here"))
    return recurrent.lstm_sequence(*operands)


def _run_gru(at: At, *operands: Any) -> Any:
    _activations(at, "sigmoid", "tanh")
    return recurrent.gru_sequence(*operands, convention="torch" if at.get("linear_before_reset") else "course")


def _gru_signs(at: At) -> tuple[float, ...]:
    """Where r comes before the product, as in the course, z is 1 − ONNX's, and 1 − σ(x) = σ(−x)."""
    return (1, 1 if at.get("linear_before_reset") else -1, 1)


def _plain_signs(count: int) -> Callable[[At], tuple[float, ...]]:
    return lambda at: (1,) * count


_rnn_rows = _gates("RNN", (0,), _plain_signs(1))
_lstm_rows = _gates("LSTM", (0, 2, 3, 1), _plain_signs(4))  # i, o, f, C̃ → i, f, C̃, o
_gru_rows = _gates("GRU", (1, 0, 2), _gru_signs)  # z, r, h̃ → r, z, h̃


@means("RNN", takes=TAKES, gives=2, fixed=[4, 5])
def _rnn(at: At, x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None) -> Any:
    return _sequence(at, 1, _run_rnn, _rnn_rows, x, w, r, b, lengths, [h])


@means("GRU", takes=f"linear_before_reset {TAKES}", gives=2, fixed=[4, 5])
def _gru(at: At, x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None) -> Any:
    return _sequence(at, 1, _run_gru, _gru_rows, x, w, r, b, lengths, [h])


@means("LSTM", takes=f"input_forget {TAKES}", gives=3, fixed=[4, 5, 6])
def _lstm(at: At, x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None, c: Any = None) -> Any:
    return _sequence(at, 2, _run_lstm, _lstm_rows, x, w, r, b, lengths, [h, c])
