"""Recurrent layers and cells, PyTorch's names, defaults and keys."""

from __future__ import annotations

import math
from contextlib import nullcontext
from itertools import accumulate, groupby, pairwise
from typing import Any, ClassVar

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.explanation import message
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import scope, time_step
from tinygrad_fr.nn import functional
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.nn.utils.rnn import PackedSequence
from tinygrad_fr.ops import recurrent
from tinygrad_fr.ops.indexing import gather, subscripts
from tinygrad_fr.ops.shapes import joining, permutation, shape
from tinygrad_fr.ops.shared.untracked import constant, dtype_of
from tinygrad_fr.random import uniform


class _Kind:
    """What tells one recurrent network from another: gates, states, and its operations."""

    _gates: ClassVar[int]
    _states: ClassVar[int]
    _step: ClassVar[Any]
    _sequence: ClassVar[Any]

    def _options(self) -> dict[str, Any]:
        """Attributes of the operation."""
        return {}


class _Elman(_Kind):
    _gates, _states = 1, 1
    _step, _sequence = recurrent.rnn_step, recurrent.rnn_sequence
    nonlinearity: str

    def _options(self) -> dict[str, Any]:
        """The non-linearity."""
        return {"nonlinearity": self.nonlinearity}


class _LSTM(_Kind):
    _gates, _states = 4, 2
    _step, _sequence = recurrent.lstm_step, recurrent.lstm_sequence


class _GRU(_Kind):
    _gates, _states = 3, 1
    _step, _sequence = recurrent.gru_step, recurrent.gru_sequence
    convention: str

    def _options(self) -> dict[str, Any]:
        """The convention: ``"torch"`` or ``"course"``."""
        return {"convention": self.convention}


def _weights(gates: int, inputs: int, hidden: int, bias: bool, proj: int = 0) -> dict[str, Parameter | None]:
    bound = 1 / math.sqrt(hidden) if hidden else 0.0

    def new(*size: int) -> Parameter:
        return Parameter(uniform(size, -bound, bound))

    drawn = {
        "weight_ih": new(gates * hidden, inputs),
        "weight_hh": new(gates * hidden, proj or hidden),
        "bias_ih": new(gates * hidden) if bias else None,
        "bias_hh": new(gates * hidden) if bias else None,
    }
    return {**drawn, "weight_hr": new(proj, hidden)} if proj else drawn


def _one_of(name: str, value: str, options: tuple[str, ...]) -> str:
    if value not in options:
        raise UsageError(
            _("{name}: expected one of {options}, got “{found}”").format(
                name=name, options=", ".join(options), found=value
            )
        )
    return value


def _fits(module: Module, what: str, found: Any, *shapes: tuple[Any, ...]) -> Any:
    """The very thing, which ``what`` names, if it is a tensor of one of the shapes; a word in a shape stands for any number.

    Raises:
        ShapeError: it is no tensor, or of another shape.
    """
    shape = getattr(found, "shape", None)
    if shape is not None:
        for expected in shapes:
            pairs = zip(expected, shape, strict=False)
            if len(expected) == len(shape) and all(isinstance(side, str) or side == own for side, own in pairs):
                return found
    shown = ["({}{})".format(", ".join(map(str, each)), "," * (len(each) == 1)) for each in shapes]
    raise ShapeError(
        _("{module}: expected {what} of shape {expected}, got {found} ({where})").format(
            module=type(module).__name__,
            what=_(what),
            expected=_(" or ").join(shown),
            found=tuple(shape) if shape is not None else type(found).__name__,
            where=here(),
        )
    )


def _states(module: Any, state: Any, *shapes: tuple[int, ...]) -> list[Any] | None:
    """What was given as state, each of its shape: a pair for the LSTM, one tensor for the others."""
    if state is None:
        return None
    if module._states == 1:
        return [_fits(module, message("a state h"), state, shapes[0])]
    if not isinstance(state, tuple | list) or len(state) != module._states:
        raise ShapeError(
            _("{module}: expected a pair of states (h, C), got {found} ({where})").format(
                module=type(module).__name__,
                found=type(state).__name__ + (f" of {len(state)}" if isinstance(state, tuple | list) else ""),
                where=here(),
            )
        )
    names = (message("a state h"), message("a state C"))
    return [_fits(module, what, each, shape) for what, each, shape in zip(names, state, shapes, strict=True)]


def _zeros(x: Any, rows: tuple[int, ...], *sides: int) -> list[Tensor]:
    """The states before the first step."""
    kind, states = dtype_of(x), []
    for name, side in zip(("h₀", "C₀"), sides, strict=False):
        state = constant(np.zeros((*rows, side), kind))
        state.label = name
        states.append(state)
    return states


class RNNCellBase(Module, _Kind):
    """What the cells of one step are: RNNCell, LSTMCell and GRUCell.

    Example:
        >>> from tinygrad_fr import nn
        >>> isinstance(nn.GRUCell(3, 4), nn.RNNCellBase)
        True
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        for name, parameter in _weights(self._gates, input_size, hidden_size, bias).items():
            self.register_parameter(name, parameter)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """One step: (N, input_size) and a state hx of (N, hidden_size) each; zeros by default."""
        _fits(self, message("an input"), input, ("N", self.input_size), (self.input_size,))
        rows = tuple(input.shape[:-1])
        sides = (self.hidden_size,) * self._states
        states = _states(self, hx, *((*rows, side) for side in sides)) or _zeros(input, rows, *sides)
        weights = (getattr(self, name) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        return self._step(input, *states, *weights, **self._options())

    def extra_repr(self) -> str:
        """Sizes, and what is not usual."""
        more = {"bias": True, "nonlinearity": "tanh"}
        said = [
            f"{name}={getattr(self, name, usual)}"
            for name, usual in more.items()
            if getattr(self, name, usual) != usual
        ]
        return ", ".join([f"{self.input_size}", f"{self.hidden_size}", *said])


@placed
class RNNCell(_Elman, RNNCellBase):
    """One step of the Elman network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.RNNCell(3, 4)(tg.zeros(2, 3), tg.zeros(2, 4)).shape
        torch.Size([2, 4])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh") -> None:
        super().__init__(input_size, hidden_size, bias)
        self.nonlinearity = _one_of("nonlinearity", nonlinearity, ("tanh", "relu"))


@placed
class LSTMCell(_LSTM, RNNCellBase):
    """One step of the LSTM; takes and gives (h, C).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> h, C = nn.LSTMCell(3, 4)(tg.zeros(2, 3))  # a state that is not given is zeros
        >>> h.shape, C.shape
        (torch.Size([2, 4]), torch.Size([2, 4]))
    """


@placed
class GRUCell(_GRU, RNNCellBase):
    """One step of the GRU, in PyTorch's convention or the course's.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.GRUCell(3, 4)(tg.zeros(2, 3), tg.zeros(2, 4)).shape
        torch.Size([2, 4])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, convention: str = "torch") -> None:
        super().__init__(input_size, hidden_size, bias)
        self.convention = _one_of("convention", convention, ("torch", "course"))


class RNNBase(Module, _Kind):
    """What the layers over sequences are: RNN, LSTM and GRU.

    Example:
        >>> from tinygrad_fr import nn
        >>> isinstance(nn.GRU(3, 4), nn.RNNBase)
        True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
    ) -> None:
        super().__init__()
        for name, size in (("hidden_size", hidden_size), ("num_layers", num_layers)):
            if size < 1:
                raise UsageError(_("{name}: expected at least 1, got {found}").format(name=name, found=size))
        if proj_size and self._gates != 4:
            raise UsageError(_("proj_size: only the LSTM has it"))
        if not 0 <= proj_size < max(hidden_size, 1):
            raise UsageError(
                _("proj_size: expected a number from 0 to {most}, got {found}").format(
                    most=hidden_size - 1, found=proj_size
                )
            )
        if not 0 <= dropout <= 1 or isinstance(dropout, bool):
            raise UsageError(_("dropout: expected a probability from 0 to 1, got {found}").format(found=dropout))
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.dropout, self.proj_size = bias, dropout, proj_size
        self.batch_first, self.bidirectional = batch_first, bidirectional
        self.directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            size = input_size if layer == 0 else self._sides[0] * self.directions
            for suffix in self._suffixes(layer):
                for name, parameter in _weights(self._gates, size, hidden_size, bias, proj_size).items():
                    self.register_parameter(f"{name}{suffix}", parameter)

    @property
    def _sides(self) -> tuple[int, ...]:
        """Widths of the states: a projected h is narrower than C."""
        return (self.proj_size or self.hidden_size, self.hidden_size)[: self._states]

    def _suffixes(self, layer: int) -> tuple[str, ...]:
        return (f"_l{layer}", f"_l{layer}_reverse")[: self.directions]

    def flatten_parameters(self) -> None:
        """Nothing to do: there is no device whose memory would be put in order."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Run over a sequence.

        Args:
            input: (T, N, input_size), (N, T, input_size) with ``batch_first``, (T, input_size) without a batch, or a
                :class:`~tinygrad_fr.nn.utils.rnn.PackedSequence`.
            hx: the first states, (layers · directions, N, hidden_size) each; zeros by default. The LSTM takes a pair.

        Returns:
            The last layer's states (T, N, directions · hidden_size), packed where input is, and the last states of every layer.
        """
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        x = input
        first = ("N", "T") if self.batch_first else ("T", "N")
        _fits(self, message("a sequence"), x, (*first, self.input_size), ("T", self.input_size))
        batched = len(x.shape) == 3
        batch = (x.shape[0 if self.batch_first else 1],) if batched else ()
        given = self._given(hx, *batch)
        if not batched:
            x, given = shape.unsqueeze(x, 1), given and [shape.unsqueeze(each, 1) for each in given]
        elif self.batch_first:
            x = permutation.transpose(x, 0, 1)
        x, ends = self._layers(x, given, self._whole, x.shape[1])
        if not batched:
            x, ends = shape.squeeze(x, 1), [shape.squeeze(end, 1) for end in ends]
        elif self.batch_first:
            x = permutation.transpose(x, 0, 1)
        return x, (tuple(ends) if self._states > 1 else ends[0])

    def _given(self, state: Any, *batch: int) -> list[Any] | None:
        """What was given as state, each of its shape."""
        return _states(self, state, *((self.num_layers * self.directions, *batch, side) for side in self._sides))

    def _layers(self, x: Any, given: Any, run: Any, rows: int) -> tuple[Any, list[Any]]:
        """All layers and directions, each by ``run(x, states, weights, backwards)``."""
        last: list[list[Any]] = [[] for _state in range(self._states)]
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = functional.dropout(x, self.dropout, self.training)
            sides = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                rank = layer * self.directions + direction
                states = [each[rank] for each in given] if given is not None else _zeros(x, (rows,), *self._sides)
                names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", *["weight_hr"] * bool(self.proj_size)]
                weights = [getattr(self, f"{name}{suffix}") for name in names]
                with scope(f"l{layer}{'_reverse' if direction else ''}") if self._layered else nullcontext():
                    out, ends = run(x, states, weights, bool(direction))
                sides.append(out)
                for kept, end in zip(last, ends, strict=True):
                    kept.append(end)
            x = sides[0] if len(sides) == 1 else joining.cat(sides, -1)
        return x, [joining.stack(kept) for kept in last]

    def _whole(self, x: Any, states: list[Any], weights: list[Any], backwards: bool) -> tuple[Any, list[Any]]:
        """One layer over (T, N, …), from the last step on where it runs backwards."""
        sequence = subscripts.getitem(x, slice(None, None, -1)) if backwards else x
        if self.proj_size:
            out, *ends = self._projected(sequence, states, *weights)
            return subscripts.getitem(out, slice(None, None, -1)) if backwards else out, ends
        out, *ends = self._sequence(sequence, *states, *weights, **self._options())
        return subscripts.getitem(out, slice(None, None, -1)) if backwards else out, ends

    def _projected(self, x: Any, states: list[Any], *weights: Any) -> tuple[Any, ...]:
        """One layer over (T, N, …) whose state h is mapped to fewer numbers after each step."""
        w_x, w_h, b_x, b_h, narrow = weights
        h, c = states
        found = []
        for t in range(x.shape[0]):
            with time_step(t + 1):
                gates = functional.linear(x[t], w_x, b_x) + functional.linear(h, w_h, b_h)
                i, f, new, o = joining.chunk(gates, 4, -1)
                c = f.sigmoid() * c + i.sigmoid() * new.tanh()
                h = functional.linear(o.sigmoid() * c.tanh(), narrow)
            found.append(h)
        return joining.stack(found), h, c

    def _packed(self, packed: PackedSequence, state: Any) -> Any:
        """Run over sequences of different lengths: each layer over stretches of steps that as many sequences have."""
        sizes = [int(size) for size in packed.batch_sizes.detach().numpy()]
        if not sizes or sizes[-1] < 1 or any(later > earlier for earlier, later in pairwise(sizes)):
            raise ShapeError(
                _(
                    "{module}: expected the batch sizes of packed steps to fall and never reach 0, got {found} ({where})"
                ).format(module=type(self).__name__, found=sizes, where=here())
            )
        _fits(self, message("packed steps"), packed.data, (sum(sizes), self.input_size))
        given = self._given(state, sizes[0])
        if given is not None and packed.sorted_indices is not None:
            given = [gather.index_select(each, 1, packed.sorted_indices) for each in given]
        stretches = [(rows, len(list(group))) for rows, group in groupby(sizes)]

        def run(x: Any, states: list[Any], weights: list[Any], backwards: bool) -> tuple[Any, list[Any]]:
            return self._stretches(x, states, weights, backwards, stretches)

        x, ends = self._layers(packed.data, given, run, sizes[0])
        if packed.unsorted_indices is not None:
            ends = [gather.index_select(end, 1, packed.unsorted_indices) for end in ends]
        return packed._replace(data=x), (tuple(ends) if self._states > 1 else ends[0])

    def _stretches(
        self, x: Any, states: list[Any], weights: list[Any], backwards: bool, stretches: list[tuple[int, int]]
    ) -> tuple[Any, list[Any]]:
        """One layer over packed steps (sum of the lengths, …)."""
        starts = [0, *accumulate(rows * steps for rows, steps in stretches)]
        order = range(len(stretches))
        outs: list[Any] = [None] * len(stretches)
        initial, finished = states, [[] for _state in states]  # type: ignore[var-annotated]
        alive = stretches[-1][0] if backwards else stretches[0][0]
        now = [each[:alive] for each in states]
        for at in reversed(order) if backwards else order:
            rows, steps = stretches[at]
            if rows > alive:  # backwards, longer ones are under way and shorter ones begin
                now = [joining.cat([each, start[alive:rows]]) for each, start in zip(now, initial, strict=True)]
            elif rows < alive:  # forwards, the shortest have ended
                for kept, each in zip(finished, now, strict=True):
                    kept.append(each[rows:])
                now = [each[:rows] for each in now]
            alive = rows
            part = shape.reshape_to(x[starts[at] : starts[at + 1]], (steps, rows, x.shape[-1]))
            out, now = self._whole(part, now, weights, backwards)
            outs[at] = shape.reshape_to(out, (steps * rows, self._sides[0]))
        ends = [
            joining.cat([each, *reversed(kept)]) if kept else each for each, kept in zip(now, finished, strict=True)
        ]
        return (joining.cat(outs) if len(outs) > 1 else outs[0]), ends

    @property
    def _layered(self) -> bool:
        return self.num_layers * self.directions > 1

    def extra_repr(self) -> str:
        """Sizes, and what is not usual."""
        more = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        return ", ".join([f"{self.input_size}", f"{self.hidden_size}", *said])


@placed
class RNN(_Elman, RNNBase):
    """Elman network over a sequence.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> states, last = nn.RNN(3, 4)(tg.zeros(5, 2, 3))  # 5 steps, 2 sequences, 3 numbers a step
        >>> states.shape, last.shape
        (torch.Size([5, 2, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self.nonlinearity = _one_of("nonlinearity", nonlinearity, ("tanh", "relu"))


@placed
class LSTM(_LSTM, RNNBase):
    """Long short-term memory over a sequence; its state is (h, C).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> states, (h, C) = nn.LSTM(3, 4)(tg.zeros(5, 2, 3))  # 5 steps, 2 sequences, 3 numbers a step
        >>> states.shape, h.shape, C.shape
        (torch.Size([5, 2, 4]), torch.Size([1, 2, 4]), torch.Size([1, 2, 4]))
    """


@placed
class GRU(_GRU, RNNBase):
    """Gated recurrent unit over a sequence, in PyTorch's convention or the course's.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> states, last = nn.GRU(3, 4, batch_first=True)(tg.zeros(2, 5, 3))  # 2 sequences, 5 steps, 3 numbers a step
        >>> states.shape, last.shape
        (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        convention: str = "torch",
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self.convention = _one_of("convention", convention, ("torch", "course"))
