"""Recurrent cells and sequences; their equations are the course's.

Parameters are stored as PyTorch stores them: ``weight_ih`` (gates·H, I), ``weight_hh`` (gates·H, H), gates in the order
i, f, C̃, o for the LSTM and r, z, h̃ for the GRU. A sequence is (T, N, I); a step takes (N, I) or (I,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DataError, ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.kernels.runtime.contract import Contract
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.modes import time_step
from tinygrad_fr.ops.activation import relu, sigmoid, tanh
from tinygrad_fr.ops.arithmetic import add, mul, sub
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.products import linear
from tinygrad_fr.ops.shapes.joining import cat, chunk, stack
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def named(value: T, name: str) -> T:
    """Write the course's symbol on what an equation defines."""
    if isinstance(value, Node):
        value.label = name
    return value


def _joined(x: Any, h: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any) -> tuple[Any, Any, Any]:
    """[h, x], W and b as the course writes them, of the two matrices and two biases that are stored."""
    return cat([h, x], dim=-1), cat([weight_hh, weight_ih], dim=1), _sum(bias_ih, bias_hh)


def _sum(bias_ih: Any, bias_hh: Any) -> Any:
    """Both biases, of which each may be missing."""
    if bias_ih is None or bias_hh is None:
        return bias_hh if bias_ih is None else bias_ih
    return add(bias_ih, bias_hh)


def _rows(weight: Any, bias: Any, gates: int) -> list[tuple[Any, Any]]:
    """The rows of W and b that belong to each gate."""
    biases = (None,) * gates if bias is None else chunk(bias, gates)
    return list(zip(chunk(weight, gates), biases, strict=True))


def _contract(name: str, gates: int, lead: str, states: tuple[str, ...]) -> Contract:
    """What a recurrent operation expects of its operands: the weights say the widths, the input the batch."""
    weights = f"weight_hh: {gates}*H H; weight_ih: {gates}*H I; bias_ih?, bias_hh?: {gates}*H"
    text = f"{weights}; x: {lead} I; {', '.join(states)}: {lead.split()[-1]} H"
    names = ("x", *states, "weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return Contract(text, names, name, compact=False, where=here)


STEPS, SEQUENCES = (
    {
        kind: _contract(f"{kind}_{what}", gates, lead, states)
        for kind, gates, states in (("rnn", 1, ("h",)), ("lstm", 4, ("h", "c")), ("gru", 3, ("h",)))
    }
    for what, lead in (("step", "*N"), ("sequence", "T N"))
)


def check_step(kind: str, chosen: str, *operands: Any) -> None:
    """Raise unless the operands of a step fit each other, and what was chosen is one of the kind's."""
    STEPS[kind](*operands)
    _known(STEPS[kind].name, kind, chosen)


def check_sequence(kind: str, chosen: str, *operands: Any) -> None:
    """Raise unless the operands of a sequence fit each other, and what was chosen is one of the kind's."""
    SEQUENCES[kind](*operands)
    _known(SEQUENCES[kind].name, kind, chosen)
    if not operands[0].shape[0]:
        raise ShapeError(
            tr("{name}: expected a sequence of one step at least, got shape {found} ({where})").format(
                name=SEQUENCES[kind].name, found=tuple(operands[0].shape), where=here()
            )
        )


CHOICES = {"rnn": ("nonlinearity", ("tanh", "relu")), "lstm": ("", ("",)), "gru": ("convention", ("torch", "course"))}


def _known(name: str, kind: str, chosen: str) -> None:
    option, choices = CHOICES[kind]
    if chosen not in choices:
        raise DataError(
            tr("{name}: expected {option} to be one of {options}, got “{found}” ({where})").format(
                name=name, option=option, options=", ".join(choices), found=chosen, where=here()
            )
        )


def _sampler(gates: int, states: int, steps: bool, **attrs: list[Any]) -> Any:
    def sample(draw: Draw) -> Sample:
        n, features, hidden = (draw.integer(1, 3) for _side in range(3))
        lead = (draw.integer(1, 3), n) if steps else (n,)
        biases = (
            (draw.array((gates * hidden,)), draw.array((gates * hidden,)))
            if draw.choice([True, False])
            else (None, None)
        )
        inputs = (
            draw.array((*lead, features)),
            *(draw.array((n, hidden)) for _state in range(states)),
            draw.array((gates * hidden, features)),
            draw.array((gates * hidden, hidden)),
            *biases,
        )
        return Sample(inputs, {key: draw.choice(options) for key, options in attrs.items()})

    return sample


@composite(
    symbol="RNN",
    latex=r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)",
    sample=_sampler(1, 1, steps=False, nonlinearity=["tanh"]),
    opens_at="op",
    method=False,
    explained=Explanation(shown_as="rnn_cell", word=message("RNN cell")),
)
def rnn_step(
    x: Array,
    h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    nonlinearity: str = "tanh",
) -> Array:
    """One step of the Elman network: h = σ(W_hh·h + W_xh·x + b), σ being tanh or relu.

    Example:
        >>> import tinygrad_fr as tg
        >>> x, h = tg.tensor([1.0]), tg.tensor([2.0])
        >>> tg.ops.registry["rnn_step"](x, h, tg.tensor([[3.0]]), tg.tensor([[4.0]]), nonlinearity="relu")  # 4·2 + 3·1
        tensor([11.])
    """
    check_step("rnn", nonlinearity, x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    z = add(linear(h, weight_hh, bias_hh), linear(x, weight_ih, bias_ih))
    return named((tanh if nonlinearity == "tanh" else relu)(z), "h")


@composite(
    symbol="LSTM",
    latex=r"C_t = f_t \odot C_{t-1} + i_t \odot \tilde C_t, \quad h_t = o_t \odot \tanh C_t",
    sample=_sampler(4, 2, steps=False),
    opens_at="op",
    method=False,
    explained=Explanation(shown_as="lstm_cell", word=message("LSTM cell")),
)
def lstm_step(
    x: Array,
    h: Array,
    c: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
) -> tuple[Array, Array]:
    """One step of the LSTM, the course's six equations; gives (h, C).

    Example:
        >>> import tinygrad_fr as tg
        >>> x, h, c = tg.tensor([1.0]), tg.tensor([0.0]), tg.tensor([6.0])
        >>> h, c = tg.ops.registry["lstm_step"](x, h, c, tg.zeros(4, 1), tg.zeros(4, 1))
        >>> c  # without weights every gate is half open, and the candidate 0
        tensor([3.])
    """
    check_step("lstm", "", x, h, c, weight_ih, weight_hh, bias_ih, bias_hh)
    hx, weight, bias = _joined(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    named(hx, "[h,x]")
    (w_i, b_i), (w_f, b_f), (w_c, b_c), (w_o, b_o) = _rows(weight, bias, 4)
    f = named(sigmoid(linear(hx, named(w_f, "W_f"), named(b_f, "b_f"))), "f")
    i = named(sigmoid(linear(hx, named(w_i, "W_i"), named(b_i, "b_i"))), "i")
    candidate = named(tanh(linear(hx, named(w_c, "W_C"), named(b_c, "b_C"))), "C̃")
    cell = named(add(mul(f, c), mul(i, candidate)), "C")
    o = named(sigmoid(linear(hx, named(w_o, "W_o"), named(b_o, "b_o"))), "o")
    return named(mul(o, tanh(cell)), "h"), cell


@composite(
    symbol="GRU",
    latex=r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t",
    sample=_sampler(3, 1, steps=False, convention=["torch", "course"]),
    opens_at="op",
    method=False,
    explained=Explanation(shown_as="gru_cell", word=message("GRU cell")),
)
def gru_step(
    x: Array,
    h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    convention: str = "torch",
) -> Array:
    """One step of the GRU, in the course's convention or PyTorch's.

    The course: h̃ = tanh(W·[r ⊙ h, x] + b), h ← (1 − z) ⊙ h + z ⊙ h̃. PyTorch applies r after the matrix product and
    exchanges z and 1 − z.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["gru_step"](tg.tensor([1.0]), tg.tensor([6.0]), tg.zeros(3, 1), tg.zeros(3, 1))  # half of 6, half of 0
        tensor([3.])
    """
    check_step("gru", convention, x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    (wi_r, bi_r), (wi_z, bi_z), (wi_h, bi_h) = _rows(weight_ih, bias_ih, 3)
    (wh_r, bh_r), (wh_z, bh_z), (wh_h, bh_h) = _rows(weight_hh, bias_hh, 3)
    hx = named(cat([h, x], dim=-1), "[h,x]")

    def gate(wh: Any, wi: Any, bh: Any, bi: Any, suffix: str) -> Any:
        weight = named(cat([wh, wi], dim=1), f"W_{suffix}")
        return sigmoid(linear(hx, weight, named(_sum(bi, bh), f"b_{suffix}")))

    z = named(gate(wh_z, wi_z, bh_z, bi_z, "z"), "z")
    r = named(gate(wh_r, wi_r, bh_r, bi_r, "r"), "r")
    if convention == "course":
        rhx = named(cat([mul(r, h), x], dim=-1), "[r⊙h,x]")
        bias = named(_sum(bi_h, bh_h), "b")
        candidate = named(tanh(linear(rhx, named(cat([wh_h, wi_h], dim=1), "W"), bias)), "h̃")
        return named(add(mul(sub(1.0, z), h), mul(z, candidate)), "h")
    inner = add(linear(x, named(wi_h, "W_x"), bi_h), mul(r, linear(h, named(wh_h, "W_h"), bh_h)))
    candidate = named(tanh(inner), "h̃")
    return named(add(mul(sub(1.0, z), candidate), mul(z, h)), "h")


def _over_time(x: Any, state: tuple[Any, ...], step: Callable[..., tuple[Any, ...]]) -> tuple[Any, ...]:
    """The states h of every step over x (T, N, I), and the whole state after the last one."""
    states = []
    for t in range(x.shape[0]):
        with time_step(t + 1):
            state = step(named(getitem(x, t), "x"), *state)
        states.append(state[0])
    return stack(states), *state


@composite(
    symbol="RNN",
    latex=r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h),\; t = 1 \ldots T",
    sample=_sampler(1, 1, steps=True, nonlinearity=["tanh"]),
    opens_at="op",
    method=False,
    explained=Explanation(shown_as="rnn", word=message("RNN, whole sequence")),
)
def rnn_sequence(
    x: Array,
    h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    nonlinearity: str = "tanh",
) -> tuple[Array, Array]:
    """The Elman network over (T, N, I): every state (T, N, H) and the last one (N, H).

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 0.0, 0.0]).reshape(3, 1, 1)
        >>> states, last = tg.ops.registry["rnn_sequence"](x, tg.zeros(1, 1), tg.ones(1, 1), tg.tensor([[2.0]]), nonlinearity="relu")
        >>> states.flatten()  # the 1 that came first, doubled at each step
        tensor([1., 2., 4.])
    """
    check_sequence("rnn", nonlinearity, x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    weights = weight_ih, weight_hh, bias_ih, bias_hh, nonlinearity
    states, h = _over_time(x, (h,), lambda x, h: (rnn_step(x, h, *weights),))
    return states, h


@composite(
    symbol="LSTM",
    latex=r"C_t = f_t \odot C_{t-1} + i_t \odot \tilde C_t, \; h_t = o_t \odot \tanh C_t,\; t = 1 \ldots T",
    sample=_sampler(4, 2, steps=True),
    opens_at="op",
    method=False,
    explained=Explanation(shown_as="lstm", word=message("LSTM, whole sequence")),
)
def lstm_sequence(
    x: Array,
    h: Array,
    c: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
) -> tuple[Array, Array, Array]:
    """The LSTM over (T, N, I): every state (T, N, H), the last state and the last cell (N, H).

    Example:
        >>> import tinygrad_fr as tg
        >>> x, h, c = tg.ones(3, 1, 1), tg.zeros(1, 1), tg.tensor([[8.0]])
        >>> states, h, c = tg.ops.registry["lstm_sequence"](x, h, c, tg.zeros(4, 1), tg.zeros(4, 1))
        >>> c  # halved three times by a gate that is half open
        tensor([[1.]])
    """
    check_sequence("lstm", "", x, h, c, weight_ih, weight_hh, bias_ih, bias_hh)
    weights = weight_ih, weight_hh, bias_ih, bias_hh
    states, h, c = _over_time(x, (h, c), lambda x, h, c: lstm_step(x, h, c, *weights))
    return states, h, c


@composite(
    symbol="GRU",
    latex=r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t,\; t = 1 \ldots T",
    sample=_sampler(3, 1, steps=True, convention=["torch", "course"]),
    opens_at="op",
    method=False,
    explained=Explanation(shown_as="gru", word=message("GRU, whole sequence")),
)
def gru_sequence(
    x: Array,
    h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    convention: str = "torch",
) -> tuple[Array, Array]:
    """The GRU over (T, N, I): every state (T, N, H) and the last one (N, H).

    Example:
        >>> import tinygrad_fr as tg
        >>> states, last = tg.ops.registry["gru_sequence"](tg.ones(3, 1, 1), tg.tensor([[8.0]]), tg.zeros(3, 1), tg.zeros(3, 1))
        >>> states.flatten()  # halved at each step by a gate that is half open
        tensor([4., 2., 1.])
    """
    check_sequence("gru", convention, x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    weights = weight_ih, weight_hh, bias_ih, bias_hh, convention
    states, h = _over_time(x, (h,), lambda x, h: (gru_step(x, h, *weights),))
    return states, h
