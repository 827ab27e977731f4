"""Shortcuts of the losses that reduce an error of each element: the error and its derivatives are expressions, written as text.

So one mechanism serves them all: numpy's passes on small arrays, one kernel for the whole expression on large ones. A common part ``c`` of
value and derivatives may be named: small arrays keep it, large ones compute it again, which is faster than reading it from memory.
"""

from __future__ import annotations

import re
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.expression.expression import said
from tinygrad_fr.ops.definition import Array, Composite
from tinygrad_fr.ops.loss import binary, likelihood, regression
from tinygrad_fr.ops.loss.shared import reduced
from tinygrad_fr.promotion.dtype import result_type
from tinygrad_fr.record.accelerator import accelerator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SMALL = 4096  # elements: below, numpy's passes; from here on a kernel, where one pays


class _Error:
    """The error of each element and its derivatives, as functions of arrays that are compiled when they are first needed.

    Args:
        operands: the letters of the operands, in their order.
        value: the text of the error.
        sends: letter → the text of what it is sent, of ``g`` too.
        attrs: the names of numbers that the texts read.
        first: the text of ``c``, a part that the others share.
    """

    def __init__(
        self, operands: str, value: str, sends: Mapping[str, str], attrs: tuple[str, ...] = (), first: str = ""
    ) -> None:
        self.operands, self.attrs, self.first = tuple(operands), attrs, first
        self.texts = (value, *(sends[x] for x in operands))

    @cached_property
    def passes(self) -> list[Any]:
        """On small arrays: ``c``, then the value and what each operand is sent, which read it."""
        args = (*self.operands, *self.attrs)
        return [
            said(self.first).of_arrays(args),
            said(self.texts[0]).of_arrays((*args, "c")),
            *(said(text).of_arrays(("g", *args, "c")) for text in self.texts[1:]),
        ]

    @cached_property
    def whole(self) -> list[Any]:
        """On large arrays, or where nothing is shared: the value, and what each operand is sent."""
        args = (*self.operands, *self.attrs)
        found = []
        for i, text in enumerate(map(self._whole_text, self.texts)):
            own = ("g", *args) if i else args
            found.append(accelerator().on_arrays(own, said(text), said(text).of_arrays(own)))
        return found

    def _whole_text(self, text: str) -> str:
        return re.sub(r"\bc\b", f"({self.first})", text)

    def value(self, operands: Sequence[Any], numbers: Sequence[float]) -> tuple[Any, Any]:
        """The errors, and ``c`` where it is kept."""
        if not self.first or operands[0].size >= _SMALL:
            return self.whole[0](*operands, *numbers), None
        c = self.passes[0](*operands, *numbers)
        return self.passes[1](*operands, *numbers, c), c

    def sent(self, place: int, g: Any, operands: Sequence[Any], numbers: Sequence[float], c: Any) -> Any:
        """What an operand is sent."""
        if c is None:
            return self.whole[1 + place](g, *operands, *numbers)
        return self.passes[2 + place](g, *operands, *numbers, c)

    def reads(self, place: int) -> frozenset[int]:
        """The places of the operands that the derivative of one reads."""
        return said(self._whole_text(self.texts[1 + place])).places({x: i for i, x in enumerate(self.operands)})


def _alike(operands: Sequence[Any]) -> Sequence[Any] | None:
    """Operands in one dtype, the one that PyTorch gives their result; None where that is no float's."""
    dtype = operands[0].dtype
    for x in operands:
        if x.dtype is not dtype:
            break
    else:
        if dtype.kind == "f":
            return operands
    dtype = result_type(*operands)
    return [np.asarray(x, dtype) for x in operands] if dtype.kind == "f" else None


def _over(sent: Array, shape: tuple[int, ...]) -> Array:
    """What each error sends, also where it is the same along a dimension that only another operand has."""
    return sent if sent.shape == shape else np.broadcast_to(sent, shape)


def _shortcut(
    composite: Composite,
    error_of: Callable[..., _Error],
    check: Callable[..., None] | None = None,
    *,
    weighted: bool = False,
    as_input: bool = False,
) -> None:
    """Name the shortcut of a loss of an input and a target.

    Args:
        composite: the loss; its attributes are the reduction and the numbers that the errors read.
        error_of: its error, for what else stands among the operands and the attributes.
        check: refuses operands and attributes.
        weighted: whether a weight of each error may stand after the target.
        as_input: whether the result has the input's dtype, whatever the target is made of.
    """
    count = len(composite.inputs)

    def split(rest: tuple[Any, ...], attrs: dict[str, Any]) -> tuple[Any, list[Any], _Error, list[float]]:
        weight = rest[0] if weighted else None
        more = [x for x in rest[weighted:] if x is not None]
        error = error_of(*more, **attrs)
        return weight, more, error, [attrs[name] for name in error.attrs]

    def forward(input: Array, target: Array, *rest: Any, reduction: str, **attrs: Any) -> tuple[Array, Any]:
        if check is not None:
            check(input, target, **attrs)
        weight, more, error, numbers = split(rest, attrs)
        operands = _alike([input, target, *more])
        if operands is None:
            return composite.equations(input, target, *rest, reduction=reduction, **attrs), None
        losses, c = error.value(operands, numbers)
        if as_input and losses.dtype is not input.dtype:
            losses = losses.astype(input.dtype)
        total = losses if weight is None else losses * weight
        return _total(total, reduction, input), (c, total.shape, None if weight is None else losses)

    def backward(
        g: Array, saved: Any, needs: int, input: Array, target: Array, *rest: Any, reduction: str, **attrs: Any
    ) -> tuple[Any, ...]:
        c, shape, losses = saved
        weight, more, error, numbers = split(rest, attrs)
        operands: Any = _alike([input, target, *more])
        g = g if g.dtype is operands[0].dtype else g.astype(operands[0].dtype)
        share = _share(g, reduction, prod(shape), input)
        each = share if weight is None else share * weight
        sent: list[Any] = [None] * count
        for place in range(len(operands)):
            at = place if place < 2 else place + weighted
            if needs >> at & 1:
                sent[at] = _over(error.sent(place, each, operands, numbers, c), shape)
        if weighted and needs & 4:
            sent[2] = _over(share * losses, shape)
        return tuple(sent)

    def reads(node: Any, position: int) -> bool:
        """Whether what is sent reads an operand: the errors, for a weight, are kept."""
        rest, attrs = node.inputs[2:], {name: value for name, value in node.attrs.items() if name != "reduction"}
        _weight, more, error, _numbers = split(rest, attrs)
        if weighted and position == 2:
            return True
        place = position - (weighted and position > 2)
        asked = [p for p in range(2 + len(more)) if node.needs >> (p if p < 2 else p + weighted) & 1]
        return any(place in error.reads(p) for p in asked)

    backward.reads = reads  # type: ignore[attr-defined] # a text that nothing but the operation's attributes chooses
    composite.fused(forward, backward)


def _total(losses: Array, reduction: str, input: Array) -> Array:
    """The errors reduced."""
    if reduction == "batchmean":
        return np.asarray(reduced(losses, "sum") / losses.dtype.type(_batch(input)))
    return np.asarray(reduced(losses, reduction))


def _share(g: Array, reduction: str, size: int, input: Array) -> Any:
    """What each error is sent: one number for all of them, unless they are not reduced."""
    if reduction == "none":
        return g
    count = size if reduction == "mean" else _batch(input) if reduction == "batchmean" else 1
    return g[()] / g.dtype.type(count)


def _batch(input: Array) -> int:
    return input.shape[0] if input.ndim else 1


_ABSOLUTE = _Error("xt", "abs(c)", {"x": "g * sign(c)", "t": "-g * sign(c)"}, first="x - t")
_BENT = _Error(
    "xt", "c * (x - t - 0.5 * c)", {"x": "g * c", "t": "-g * c"}, ("delta",), "minimum(maximum(x - t, -delta), delta)"
)
_ROUNDED = _Error(
    "xt",
    "c * (x - t - 0.5 * beta * c)",
    {"x": "g * c", "t": "-g * c"},
    ("beta",),
    "minimum(maximum((x - t) / beta, -1), 1)",
)
_SURPRISE = _Error(
    "xt", binary.surprise.forward.text.replace("target", "t"),
    {"x": "g * (x - t) / maximum((1 - x) * x, 9.999999960041972e-13)", "t": "g * (log1p(-x) - log(x))"},
)  # fmt: skip
_LOG_SIGMOID = "(minimum(x, 0) - log1p(exp(-abs(x))))"
_SCORED = _Error("xt", f"(1 - t) * x - {_LOG_SIGMOID}", {"x": "g * (sigmoid(x) - t)", "t": "-g * x"})
_SCORED_POSITIVE = _Error(
    "xtp",
    f"(1 - t) * x - (1 + (p - 1) * t) * {_LOG_SIGMOID}",
    {
        "x": "g * ((p * t + 1 - t) * sigmoid(x) - p * t)",
        "t": f"-g * x - g * (p - 1) * {_LOG_SIGMOID}",
        "p": f"-g * t * {_LOG_SIGMOID}",
    },
)
_DIVERGENCE = _Error(
    "xt", "where(t == 0, 0, t * log(t)) - t * x",
    {"x": "-g * t", "t": "where(t == 0, 0, g * log(t)) + g * t / t - g * x"},
)  # fmt: skip
_DIVERGENCE_OF_LOGARITHMS = _Error(
    "xt", "exp(t) * (t - x)", {"x": "-g * exp(t)", "t": "g * exp(t) * (t - x) + g * exp(t)"}
)

_shortcut(regression.l1_loss, lambda: _ABSOLUTE, regression.check_absolute)
_shortcut(regression.huber_loss_of, lambda delta: _BENT, regression.check_bent, as_input=True)
_shortcut(regression.smooth_l1_loss_of, lambda beta: _ROUNDED if beta else _ABSOLUTE, regression.check_rounded)
_shortcut(binary.binary_cross_entropy_of, lambda: _SURPRISE, binary.check_probabilities, weighted=True)
_shortcut(
    binary.binary_cross_entropy_of_scores,
    lambda positive=None: _SCORED if positive is None else _SCORED_POSITIVE,
    binary.check_scores,
    weighted=True,
)
_shortcut(likelihood.kl_div_of, lambda log_target: _DIVERGENCE_OF_LOGARITHMS if log_target else _DIVERGENCE)
