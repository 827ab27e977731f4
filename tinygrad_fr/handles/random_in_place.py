"""Random numbers in place: ``x.normal_()`` and its kin, PyTorch's for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import DataError, DtypeError
from tinygrad_fr.generators import Layout, check_held, drawn
from tinygrad_fr.handles.methods import TensorMethods
from tinygrad_fr.handles.random_draws import flat
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.generators import Generator


class RandomInPlace(TensorMethods):
    """What fills a tensor by chance."""

    __slots__ = ()

    def _filled(self, draw: Callable[[Generator, Any], Any], generator: Generator | None) -> Self:
        """Take over what is drawn for this shape, in the order of memory."""
        me: Any = self
        layout = Layout(me)
        found: Self = me.copy_(drawn(lambda source: layout.drawn(lambda shape: draw(source, shape)), generator))
        return found

    def _of_floats(self, name: str) -> Any:
        kind: Any = self.dtype  # type: ignore[attr-defined]
        if kind.kind != "f":
            raise DtypeError(_("{name}: expected a tensor of floats, got {found}").format(name=name, found=kind))
        return kind

    @in_words
    def uniform_(
        self, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **bound: Any
    ) -> Self:
        """Fill with numbers drawn uniformly between two bounds."""
        kind = self._of_floats("uniform_")
        low = bound.pop("from", from_)  # a word of Python's, which PyTorch has as a name
        if bound:
            raise TypeError(f"uniform_() got an unexpected keyword argument {next(iter(bound))!r}")
        if not low <= to:
            raise DataError(
                _("uniform_: expected a low bound up to the high one, got {low} and {high}").format(low=low, high=to)
            )
        return self._filled(lambda source, shape: source.uniform(shape, low, to, kind), generator)

    @in_words
    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill with normal numbers."""
        kind = self._of_floats("normal_")
        if not std >= 0:
            raise DataError(_("normal_: expected a deviation of at least 0, got {found}").format(found=std))
        me: Any = self
        dense = me.is_contiguous()
        return self._filled(lambda source, shape: source.normal(shape, mean, std, kind, dense=dense), generator)

    @in_words
    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Self:
        """Fill with exponentials of normal numbers."""
        kind = self._of_floats("log_normal_")
        if not std > 0:
            raise DataError(_("log_normal_: expected a deviation above 0, got {found}").format(found=std))
        return self._filled(lambda source, shape: source.log_normal(shape, mean, std, kind), generator)

    @in_words
    def exponential_(self, lambd: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill with numbers of density λ exp(−λ x)."""
        kind = self._of_floats("exponential_")
        if not lambd > 0:
            raise DataError(_("exponential_: expected a rate above 0, got {found}").format(found=lambd))
        return self._filled(lambda source, shape: source.exponential(shape, lambd, kind), generator)

    @in_words
    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill with Cauchy's numbers."""
        kind = self._of_floats("cauchy_")
        if not sigma > 0:
            raise DataError(_("cauchy_: expected a scale above 0, got {found}").format(found=sigma))
        return self._filled(lambda source, shape: source.cauchy(shape, median, sigma, kind), generator)

    @in_words
    def geometric_(self, p: float, *, generator: Generator | None = None) -> Self:
        """Fill with how many trials it takes until the first that succeeds."""
        kind: Any = self.dtype  # type: ignore[attr-defined]
        if not 0 < p < 1:
            raise DataError(_("geometric_: expected a probability between 0 and 1, got {found}").format(found=p))
        return self._filled(lambda source, shape: source.geometric(shape, p, kind), generator)

    @in_words
    def bernoulli_(self, p: Any = 0.5, *, generator: Generator | None = None) -> Self:
        """Fill with 1 with probability p, else 0; p may be a tensor."""
        kind: Any = self.dtype  # type: ignore[attr-defined]
        chances = value_of(p)
        if np.any((np.asarray(chances) < 0) | (np.asarray(chances) > 1)):
            raise DataError(_("bernoulli: expected probabilities from 0 to 1"))
        if isinstance(chances, np.ndarray):
            of_each = np.broadcast_to(chances, Layout(self).shape)
            me: Any = self
            found = drawn(lambda source: source.bernoulli(of_each.shape, of_each).astype(kind), generator)
            made: Self = me.copy_(flat(found, p))
            return made
        return self._filled(lambda source, shape: source.bernoulli(shape, float(p)).astype(kind), generator)

    @in_words
    def random_(
        self, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None, **bound: Any
    ) -> Self:
        """Fill with integers from a bound on, under another; over the whole range from 0 on where none is given."""
        kind: Any = self.dtype  # type: ignore[attr-defined]
        low = bound.pop("from", from_)
        if bound:
            raise TypeError(f"random_() got an unexpected keyword argument {next(iter(bound))!r}")
        if low is None and to is None:
            return self._filled(lambda source, shape: source.whole(shape, kind), generator)
        first, last = (0, low) if to is None else (low or 0, to)
        if first >= last:
            raise DataError(
                _("random_: expected a low bound under the high one, got {low} and {high}").format(low=first, high=last)
            )
        check_held("random_", kind, first, last)
        return self._filled(lambda source, shape: source.integers(shape, first, last, kind), generator)
