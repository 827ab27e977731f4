"""Draws whose chances the elements of a tensor say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import DataError, DtypeError, GradientError
from tinygrad_fr.generators import drawn
from tinygrad_fr.locale import _
from tinygrad_fr.modes import is_grad_enabled
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.indexing.subscripts import setitem
from tinygrad_fr.ops.shapes.broadcasting import broadcast_to
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.outputs import into_out
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from tinygrad_fr.generators import Generator
    from tinygrad_fr.handles.tensor import Tensor


def of_floats(name: str, x: Any) -> None:
    """Refuse chances that are no floats.

    Raises:
        DtypeError: they are not.

    Example:
        >>> import tinygrad_fr as tg
        >>> of_floats("bernoulli", tg.ones(2))
    """
    if x.dtype.kind != "f":
        raise DtypeError(_("{name}: expected probabilities of floats, got {found}").format(name=name, found=x.dtype))


def flat(found: Tensor, *parameters: Any) -> Tensor:
    """What was drawn, which sends a gradient of zeros to what said the chances, as in PyTorch.

    Example:
        >>> import tinygrad_fr as tg
        >>> p = tg.tensor([0.5], requires_grad=True)
        >>> y = flat(tg.ones(1), p)
        >>> y, tg.autograd.grad(y, p)
        (tensor([1.], grad_fn=<CopySlices>), (tensor([0.]),))
    """
    for x in parameters:
        if isinstance(x, Node) and x.requires_grad and is_grad_enabled():
            found = setitem(cast(broadcast_to(x, tuple(found.shape)), found.dtype), found, Ellipsis)
    return found


def underivable(name: str, found: Tensor, *parameters: Any) -> Tensor:
    """What was drawn, which requires a gradient where its parameters do, and has none: as in PyTorch, backward refuses.

    Example:
        >>> import tinygrad_fr as tg
        >>> p = tg.tensor([0.5], requires_grad=True)
        >>> y = underivable("bernoulli", tg.ones(1), p)
        >>> y.requires_grad
        True
        >>> try:
        ...     y.backward()
        ... except tg.errors.GradientError as error:
        ...     print(error)
        bernoulli has no derivative
    """
    found = flat(found, *parameters)

    def refuse(_gradient: Any) -> None:
        raise GradientError(_("{name} has no derivative").format(name=name))

    if found.requires_grad:
        found.register_hook(refuse)
    return found


@into_out
def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that each element says (or p everywhere), else 0.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.bernoulli(tg.ones(3)).tolist()
        [1.0, 1.0, 1.0]
    """
    if p is None:
        of_floats("bernoulli", input)
    chances = value_of(input) if p is None else float(p)
    if np.any((chances < 0) | (chances > 1)):
        raise DataError(_("bernoulli: expected probabilities from 0 to 1"))
    shape, kind = tuple(input.shape), input.dtype
    found = drawn(lambda source: source.bernoulli(shape, chances).astype(kind), generator)
    return flat(found, input) if p is None else underivable("bernoulli", found, input)


@in_words
def binomial(count: Any, prob: Any, *, generator: Generator | None = None) -> Tensor:
    """How many of as many trials succeed, each with a probability; of tensors that are broadcast.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.binomial(tg.tensor([5.0, 7.0]), tg.tensor([1.0, 0.0]))
        tensor([5., 0.])
    """
    for x in (count, prob):
        if x.dtype.kind != "f":
            raise DataError(
                _("binomial: expected counts and probabilities of floats, got {found}").format(found=x.dtype)
            )
    counts, chances = np.broadcast_arrays(value_of(count), value_of(prob))
    if counts.dtype != chances.dtype:
        raise DtypeError(
            _("binomial: expected counts and probabilities of one dtype, got {count} and {prob}").format(
                count=count.dtype, prob=prob.dtype
            )
        )
    if np.isnan(counts).any() or np.isnan(chances).any():
        raise DataError(_("binomial: expected counts and probabilities without NaN"))
    found = drawn(lambda source: source.binomial(counts, chances), generator)
    return underivable("binomial", found, count, prob)


@into_out
def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with the weights of each row.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.multinomial(tg.Tensor([0.0, 3.0, 0.0]), 4, replacement=True)
        tensor([1, 1, 1, 1])
        >>> sorted(tg.multinomial(tg.Tensor([1.0, 1.0, 1.0]), 3).tolist())  # without replacement: each once
        [0, 1, 2]
    """
    of_floats("multinomial", input)
    if num_samples < 1:
        raise DataError(_("multinomial: expected at least 1 sample, got {n}").format(n=num_samples))
    weights = np.ascontiguousarray(value_of(input))
    rows = np.atleast_2d(weights)
    if (
        not np.isfinite(rows).all()
        or np.any(rows < 0)
        or np.any(rows.sum(1) <= 0)
        or (not replacement and np.any((rows > 0).sum(1) < num_samples))
    ):
        raise DataError(_("multinomial: expected weights of at least 0, of which {n} are not").format(n=num_samples))
    return drawn(lambda source: source.multinomial(weights, num_samples, replacement), generator)
