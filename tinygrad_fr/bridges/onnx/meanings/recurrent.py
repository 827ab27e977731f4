"""ONNX's recurrent layers: its rows of the gates in our order, a direction at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import MEANINGS, WEIGHTS, At, Meaning
from tinygrad_fr.kernels.contract import Contract
from tinygrad_fr.locale import _
from tinygrad_fr.ops import recurrent
from tinygrad_fr.ops.definition import value_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _directions(at: At) -> tuple[str, ...]:
    """What the names of each direction's parameters end with, PyTorch's."""
    one, other = ("_l0",), ("_l0_reverse",)
    ways = {"forward": one, "reverse": other, "bidirectional": one + other}
    found = ways.get(at.get("direction", "forward"))
    if found is None:
        raise at.refuse(_("expected direction to be one of {ways}").format(ways=", ".join(ways)))
    return found


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


def _gates(operator: str, gates: tuple[int, ...], signs: Callable[[At], tuple[float, ...]]) -> None:
    """Enter the parameters of a sequence; ``gates`` says where each of our gates stands among ONNX's."""

    def weights(at: At, _x: Any, w: Any, r: Any, b: Any = None, *_rest: Any) -> dict[str, Any]:
        if w is None or r is None:
            raise at.refuse(_("weights that are computed have no counterpart here"))
        _check(at, _WEIGHTS[len(gates)], w=w, r=r, b=b)
        by = signs(at)

        def rows(part: Any) -> Any:
            blocks = np.split(part, len(gates))
            return np.concatenate([blocks[gate] * part.dtype.type(sign) for gate, sign in zip(gates, by, strict=True)])

        found: dict[str, Any] = {}
        for place, suffix in enumerate(_directions(at)):
            found |= {f"weight_ih{suffix}": rows(w[place]), f"weight_hh{suffix}": rows(r[place])}
            if b is not None:
                inner, outer = np.split(b[place], 2)
                found |= {f"bias_ih{suffix}": rows(inner), f"bias_hh{suffix}": rows(outer)}
        return found

    WEIGHTS["", operator] = weights


def _recurrent(states: int, run: Any) -> Meaning:
    """The meaning of a sequence that carries so many states."""

    def mean(at: At, x: Any, _w: Any, r: Any, _b: Any = None, lengths: Any = None, *held: Any) -> Any:
        states_given = dict(zip(("initial_h", "initial_c"), (*held[:states], None, None), strict=False))
        _check(at, _STATES, x=x, lengths=lengths, hidden_size=r.shape[-1], **states_given)
        if lengths is not None and np.any(np.asarray(value_of(lengths)) != x.shape[0]):
            raise at.refuse(_("sequences of different lengths in one batch have no counterpart here"))
        if at.get("layout", 0) or at.get("clip") is not None or any(p is not None for p in held[states:]):
            raise at.refuse(_("only sequences (T, N, I), without clipping or peepholes, have a counterpart here"))
        zeros = [tg.Tensor(np.zeros((x.shape[1], r.shape[-1]), x.dtype), name=name) for name in ("h₀", "C₀")[:states]]
        sides, last = [], []
        for place, suffix in enumerate(_directions(at)):
            pairs = zip((*held, None, None), zeros, strict=False)
            given = [zero if state is None else state[place] for state, zero in pairs]
            parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            weights = [at.weights.get(f"{part}{suffix}") for part in parts]
            backwards = suffix.endswith("reverse")
            out, *ends = run(at, x[::-1] if backwards else x, *given, *weights)
            sides.append(out[::-1] if backwards else out)
            last.append(ends)
        return tg.stack(sides, 1), *(tg.stack([ends[i] for ends in last]) for i in range(states))

    return mean


def _activations(at: At, *expected: str) -> None:
    given = at.get("activations")
    own = [name.lower() for name in given] if given is not None else list(expected)
    if (
        own[: len(expected)] != list(expected)
        or len(own) % len(expected)
        or own != own[: len(expected)] * (len(own) // len(expected))
    ):
        raise at.refuse(
            _("other activations than {expected} have no counterpart here").format(expected=", ".join(expected))
        )


def _run_rnn(at: At, *operands: Any) -> Any:
    name = "tanh" if at.get("activations") is None else at.get("activations")[0].lower()
    _activations(at, "relu" if name == "relu" else "tanh")
    return recurrent.rnn_sequence(*operands, nonlinearity=name)


def _run_lstm(at: At, *operands: Any) -> Any:
    _activations(at, "sigmoid", "tanh", "tanh")
    if at.get("input_forget", 0):
        raise at.refuse(_("an input gate tied to the forget gate has no counterpart here"))
    return recurrent.lstm_sequence(*operands)


def _run_gru(at: At, *operands: Any) -> Any:
    _activations(at, "sigmoid", "tanh")
    return recurrent.gru_sequence(*operands, convention="torch" if at.get("linear_before_reset", 0) else "course")


def _gru_signs(at: At) -> tuple[float, ...]:
    """Where r comes before the product, as in the course, z is 1 − ONNX's, and 1 − σ(x) = σ(−x)."""
    return (1, 1 if at.get("linear_before_reset", 0) else -1, 1)


def _plain_signs(count: int) -> Callable[[At], tuple[float, ...]]:
    return lambda at: (1,) * count


_gates("RNN", (0,), _plain_signs(1))
_gates("LSTM", (0, 2, 3, 1), _plain_signs(4))  # i, o, f, C̃ → i, f, C̃, o
_gates("GRU", (1, 0, 2), _gru_signs)  # z, r, h̃ → r, z, h̃
MEANINGS["", "RNN"] = _recurrent(1, _run_rnn)
MEANINGS["", "LSTM"] = _recurrent(2, _run_lstm)
MEANINGS["", "GRU"] = _recurrent(1, _run_gru)
