"""Draws whose chances the elements of a tensor say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError, DtypeError
from tinygrad_fr.generators import drawn
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of

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
    return drawn(lambda source: source.bernoulli(shape, chances).astype(kind), generator)


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
