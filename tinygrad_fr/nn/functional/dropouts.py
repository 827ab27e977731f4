"""Random masks: the dropouts, and the samples of Gumbel softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.generators import Generator, Layout, drawn
from tinygrad_fr.locale import _
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.arithmetic import div, mul
from tinygrad_fr.ops.functional_api.softmax import softmax
from tinygrad_fr.ops.shapes.shape import shape_of
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.overloads import spoken
from tinygrad_fr.ops.shared.untracked import constant, dtype_of, value_of
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable


def _in_place(drop: Callable[[Any], Any], input: Any, inplace: bool) -> Any:
    """What is left of an input; in its place, if so told."""
    if not inplace or not isinstance(input, Node):
        return drop(input)
    handle: Any = input
    return handle._replace(drop)


@spoken
def dropout(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """Each element set to 0 with probability p, the others divided by 1 − p, while training.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> sorted(set(F.dropout(tg.ones(100), 0.75, generator=tg.Generator(0)).tolist()))
        [0.0, 4.0]
        >>> F.dropout(tg.ones(3), 0.75, training=False)
        tensor([1., 1., 1.])
    """
    return _in_place(lambda me: _dropped(me, shape_of(me), p, training, generator), input, inplace)


def _channels(input: Any, p: float, training: bool, generator: Generator | None, name: str, ndim: int | None) -> Any:
    """Dropout of what the first two dimensions choose; an input of ``ndim`` dimensions or none has no batch in front."""
    sides = tuple(input.shape)
    batch = ndim is None or len(sides) == ndim + 2
    if len(sides) < (2 if batch else 1):
        raise ShapeError(
            _("{name}: expected an input of 2 dimensions or more, got {found}").format(name=name, found=sides)
        )
    lead = sides[: 2 if batch else 1]
    return _dropped(input, (*lead, *(1,) * (len(sides) - len(lead))), p, training, generator, rows=True)


@spoken
def dropout1d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`dropout` of whole channels of (N, C, L).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.dropout1d(tg.ones(1, 3, 2), generator=tg.Generator(0)).tolist()
        [[[0.0, 0.0], [0.0, 0.0], [2.0, 2.0]]]
    """
    if len(input.shape) not in (2, 3):
        raise ShapeError(
            _("dropout1d: expected an input of 2 or 3 dimensions, got {found}").format(found=tuple(input.shape))
        )
    return _in_place(lambda me: _channels(me, p, training, generator, "dropout1d", 1), input, inplace)


@spoken
def dropout2d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`dropout` of whole channels of (N, C, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.dropout2d(tg.ones(1, 8, 3, 3), generator=tg.Generator(0)).mean((2, 3))  # a channel is there or not
        tensor([[0., 0., 2., 0., 0., 0., 2., 2.]])
    """
    # As PyTorch: (N, C, …), 3 dimensions too.
    return _in_place(lambda me: _channels(me, p, training, generator, "dropout2d", None), input, inplace)


@spoken
def dropout3d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`dropout` of whole channels of (N, C, D, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.dropout3d(tg.ones(1, 4, 2, 2, 2), 0.75, generator=tg.Generator(1)).sum((2, 3, 4))  # 8 elements by 4
        tensor([[32., 32., 32., 32.]])
    """
    return _in_place(lambda me: _channels(me, p, training, generator, "dropout3d", 3), input, inplace)


def _dropped(
    input: Any, shape: tuple[int, ...], p: float, training: bool, generator: Generator | None, *, rows: bool = False
) -> Any:
    """What is left of an input under a mask of a shape, drawn row after row or in the input's order of memory."""
    if not 0 <= p <= 1:
        raise UsageError(_("dropout: expected a probability from 0 to 1, got {found}").format(found=p))
    if not training or p == 0:
        return input
    kind = dtype_of(input)
    if p < 1:
        takes("dropout", input, *FLOATS)
    mask: Any
    if p == 1:
        mask = constant(np.zeros(shape, kind))
    elif not rows and shape == shape_of(input):
        layout = Layout(input)
        mask = drawn(lambda source: layout.drawn(lambda own: source.bernoulli(own, 1 - p).astype(kind)), generator)
    else:
        mask = drawn(lambda source: source.bernoulli(shape, 1 - p).astype(kind), generator)
    mask.label = "mask"
    return mul(input, mask) if p == 1 else div(mul(input, mask), 1 - p)


@spoken
def alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`dropout` towards selu's lowest value, scaled so that mean and variance stay (Klambauer et al. 2017).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> x = tg.randn(10000, generator=tg.Generator(0))
        >>> y = F.alpha_dropout(x, 0.5, training=True, generator=tg.Generator(1))
        >>> abs(round(y.mean().item(), 1)), round(y.std().item(), 1)
        (0.0, 1.0)
    """
    layout = Layout(input)

    def kept(source: Generator) -> Any:
        return layout.drawn(lambda shape: source.bernoulli(shape, 1 - p))

    return _in_place(lambda me: _alpha(me, p, training, generator, kept), input, inplace)


def _alpha(input: Any, p: float, training: bool, generator: Generator | None, kept: Callable[[Generator], Any]) -> Any:
    """What is left where a draw says so, and selu's lowest value elsewhere, scaled."""
    if not training or p == 0:
        return input
    low = -1.7580993408473766
    if p == 1:
        return mul(input, constant(np.zeros(tuple(input.shape), input.dtype)))
    a = ((1 - p) * (1 + p * low * low)) ** -0.5
    return registry["where"](drawn(kept, generator), input, low) * a + (-a * low * p)


@spoken
def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`alpha_dropout` of whole channels of (N, C, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> y = F.feature_alpha_dropout(tg.ones(1, 8, 2, 2), 0.5, training=True, generator=tg.Generator(0))
        >>> len(y.flatten().unique())  # channels are kept or dropped whole
        2
    """
    sides = (*input.shape[:2], *(1,) * (input.ndim - 2))

    def kept(source: Generator) -> Any:
        return source.bernoulli(sides, 1 - p)

    return _in_place(lambda me: _alpha(me, p, training, generator, kept), input, inplace)


@spoken
def gumbel_softmax(
    logits: Any,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: Generator | None = None,
) -> Any:
    """A draw from a categorical law that gradients pass through; ``hard`` gives one-hot values with the soft gradients.

    ``eps`` stands where PyTorch has it, and is read by neither.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.gumbel_softmax(tg.tensor([0.0, 50.0]), hard=True, generator=tg.Generator(0))
        tensor([0., 1.])
    """
    shape, kind = tuple(logits.shape), logits.dtype
    noise = drawn(lambda source: -np.log(source.exponential(shape, 1.0, kind)), generator)
    soft = softmax(div(logits + noise, tau), dim)
    if not hard:
        return soft
    best = value_of(soft).argmax(axis=dim, keepdims=True)
    one = np.zeros(soft.shape, soft.dtype)
    np.put_along_axis(one, best, 1.0, dim)
    return constant(one) - soft.detach() + soft
