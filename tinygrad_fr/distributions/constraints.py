"""The values that a parameter, or a draw, may have, under the names of ``torch.distributions.constraints``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from tinygrad_fr import linalg
from tinygrad_fr.dtypes import finfo
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.creation import full
from tinygrad_fr.locale import _
from tinygrad_fr.ops.comparison import isclose
from tinygrad_fr.ops.definition import registry

__all__ = [
    "Constraint",
    "boolean",
    "cat",
    "corr_cholesky",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "is_dependent",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "positive_integer",
    "positive_semidefinite",
    "real",
    "real_vector",
    "simplex",
    "square",
    "stack",
    "symmetric",
    "unit_interval",
]


class Constraint:
    """A set of values.

    Attributes:
        is_discrete: whether they can be counted.
        event_dim: how many last dimensions of a tensor are one value.

    Example:
        >>> import tinygrad_fr as tg
        >>> positive.check(tg.tensor([1.0, -1.0])), positive
        (tensor([ True, False]), GreaterThan(lower_bound=0.0))
    """

    is_discrete: Any = False
    event_dim: Any = 0
    bounds: ClassVar[tuple[str, ...]] = ()

    def check(self, value: Any) -> Any:
        """For each value, whether it is in the set."""
        raise NotImplementedError

    @property
    def said(self) -> str:
        """How a sentence writes that something is in the set."""
        return f"∈ {self!r}"

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={getattr(self, name)}" for name in self.bounds)
        return f"{type(self).__name__[1:]}({bounds})"


class _Dependent(Constraint):
    """A set that depends on other values, and can be asked of an object alone."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self) -> Any:
        """What was said when it was made."""
        return self._known("is_discrete", self._is_discrete)

    @property
    def event_dim(self) -> Any:
        """What was said when it was made."""
        return self._known("event_dim", self._event_dim)

    def _known(self, name: str, value: Any) -> Any:
        if value is NotImplemented:
            raise NotImplementedError(_("{name} depends on the object that has it").format(name=name))
        return value

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> _Dependent:
        """Another one, of which more is known."""
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Any) -> Any:
        raise DataError(_("a constraint that depends on other values cannot be checked by itself"))


class _DependentProperty(property, _Dependent):
    """A property of an object that is a set; of its class, a set that depends."""

    def __init__(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ) -> None:
        property.__init__(self, fn)
        _Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    def __call__(self, fn: Callable[..., Any]) -> _DependentProperty:  # type: ignore[override]
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Any) -> bool:
    """Whether a set depends on other values.

    Example:
        >>> is_dependent(dependent), is_dependent(positive)
        (True, False)
    """
    return isinstance(constraint, _Dependent)


class _IndependentConstraint(Constraint):
    """Values of several dimensions, each of whose numbers is in a set."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> Any:
        """That of each number."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> Any:
        """The dimensions of both."""
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    @property
    def said(self) -> str:
        return self.base_constraint.said

    def check(self, value: Any) -> Any:
        found = self.base_constraint.check(value)
        return _all_of(found, found.ndim - self.reinterpreted_batch_ndims, value, self.event_dim)

    def __repr__(self) -> str:
        return f"{type(self).__name__[1:]}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """Values that each part of a mixture may give.

    Example:
        >>> MixtureSameFamilyConstraint(positive)
        MixtureSameFamilyConstraint(GreaterThan(lower_bound=0.0))
    """

    def __init__(self, base_constraint: Constraint) -> None:
        self.base_constraint = base_constraint

    is_discrete = property(lambda self: self.base_constraint.is_discrete)
    event_dim = property(lambda self: self.base_constraint.event_dim)

    @property
    def said(self) -> str:
        """That of the parts."""
        return self.base_constraint.said

    def check(self, value: Any) -> Any:
        """For each value, whether every part may give it."""
        found = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return _all_of(found, value.ndim - self.event_dim, value, self.event_dim)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


def _all_of(found: Any, kept: int, value: Any, event_dim: int) -> Any:
    """What holds of each number, of all that make one value."""
    if kept < 0:
        raise DataError(_("expected at least {n} dimensions, got {found}").format(n=event_dim, found=value.ndim))
    return found.reshape(*found.shape[:kept], -1).all(-1)


class _Boolean(Constraint):
    is_discrete = True

    @property
    def said(self) -> str:
        return _("0 or 1")

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    is_discrete, event_dim = True, 1

    def check(self, value: Any) -> Any:
        return boolean.check(value).all(-1) & (value.sum(-1) == 1)


class _Above(Constraint):
    bounds = ("lower_bound",)

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound


class _Below(Constraint):
    bounds = ("upper_bound",)

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound


class _Between(Constraint):
    bounds = ("lower_bound", "upper_bound")

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound


def _whole(value: Any) -> Any:
    return value % 1 == 0


class _IntegerInterval(_Between):
    is_discrete = True

    def check(self, value: Any) -> Any:
        return _whole(value) & (value >= self.lower_bound) & (value <= self.upper_bound)


class _IntegerLessThan(_Below):
    is_discrete = True

    def check(self, value: Any) -> Any:
        return _whole(value) & (value <= self.upper_bound)


class _IntegerGreaterThan(_Above):
    is_discrete = True

    @property
    def said(self) -> str:
        return f"{self.lower_bound}, {self.lower_bound + 1}, {self.lower_bound + 2} …"

    def check(self, value: Any) -> Any:
        return _whole(value) & (value >= self.lower_bound)


class _Real(Constraint):
    @property
    def said(self) -> str:
        return _("of numbers")

    def check(self, value: Any) -> Any:
        return value == value


class _GreaterThan(_Above):
    @property
    def said(self) -> str:
        return f"> {self.lower_bound:g}"

    def check(self, value: Any) -> Any:
        return value > self.lower_bound


class _GreaterThanEq(_Above):
    @property
    def said(self) -> str:
        return f"≥ {self.lower_bound:g}" if isinstance(self.lower_bound, int | float) else super().said

    def check(self, value: Any) -> Any:
        return value >= self.lower_bound


class _LessThan(_Below):
    def check(self, value: Any) -> Any:
        return value < self.upper_bound


class _Interval(_Between):
    @property
    def said(self) -> str:
        ends = (self.lower_bound, self.upper_bound)
        return f"∈ [{ends[0]:g}, {ends[1]:g}]" if all(isinstance(end, int | float) for end in ends) else super().said

    def check(self, value: Any) -> Any:
        return (value >= self.lower_bound) & (value <= self.upper_bound)


class _HalfOpenInterval(_Between):
    def check(self, value: Any) -> Any:
        return (value >= self.lower_bound) & (value < self.upper_bound)


class _Simplex(Constraint):
    event_dim = 1

    @property
    def said(self) -> str:
        return _("≥ 0 whose sum is 1")

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    is_discrete, event_dim = True, 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


class _LowerTriangular(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return (value.tril() == value).all(-1).all(-1)


class _LowerCholesky(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return lower_triangular.check(value) & (value.diagonal(0, -2, -1) > 0).all(-1)


class _CorrCholesky(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        apart = ((value.detach() ** 2).sum(-1).sqrt() - 1).abs()
        return lower_cholesky.check(value) & (apart <= finfo(value.dtype).eps * value.shape[-1] * 10).all(-1)


class _Square(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return full(tuple(value.shape[:-2]), value.shape[-1] == value.shape[-2], dtype=bool)


class _Symmetric(_Square):
    def check(self, value: Any) -> Any:
        found = super().check(value)
        if not bool(found.all()):
            return found
        return isclose(value, value.mT, atol=1e-6).all(-1).all(-1)


class _PositiveSemidefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        found = super().check(value)
        return (linalg.eigvalsh(value) >= 0).all(-1) if bool(found.all()) else found


class _PositiveDefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        found = super().check(value)
        return (linalg.eigvalsh(value) > 0).all(-1) if bool(found.all()) else found


class _Parts(Constraint):
    """Sets of the parts of a value along a dimension."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> Any:
        """Whether one of them can be counted."""
        return any(each.is_discrete for each in self.cseq)

    @property
    def event_dim(self) -> Any:
        """The greatest."""
        return max(each.event_dim for each in self.cseq)


class _Cat(_Parts):
    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)

    def check(self, value: Any) -> Any:
        parts = value.split(self.lengths, self.dim)
        return registry["cat"]([each.check(part) for each, part in zip(self.cseq, parts, strict=True)], self.dim)


class _Stack(_Parts):
    @property
    def event_dim(self) -> Any:
        """The greatest; one more where the parts lie inside a value."""
        most = max(each.event_dim for each in self.cseq)
        return most + 1 if self.dim + most < 0 else most

    def check(self, value: Any) -> Any:
        parts = value.unbind(self.dim)
        return registry["stack"]([each.check(part) for each, part in zip(self.cseq, parts, strict=True)], self.dim)


dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
cat = _Cat
stack = _Stack
