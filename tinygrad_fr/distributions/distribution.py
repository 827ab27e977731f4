"""What every distribution does, and a batch of them as one."""

from __future__ import annotations

from copy import copy
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.distributions import constraints
from tinygrad_fr.errors import DataError, ShapeError
from tinygrad_fr.generators import drawn
from tinygrad_fr.handles.size import Size
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.naming import Named, home
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.shapes import broadcasting
from tinygrad_fr.ops.shapes.broadcasting import broadcast_shapes
from tinygrad_fr.promotion.dtype import get_default_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.generators import Generator


# Parameters that say the same in several ways: those that were not given are not looked at.
_EITHER = ("probs", "logits", "covariance_matrix", "precision_matrix", "scale_tril")


class Distribution(Named):
    """A distribution, or a batch of independent ones.

    Example:
        >>> from tinygrad_fr.distributions import Normal
        >>> one = Normal(0.0, 1.0)
        >>> one.batch_shape, one.event_shape, round(one.log_prob(0.0).item(), 4)
        (torch.Size([]), torch.Size([]), -0.9189)
    """

    has_rsample = has_enumerate_support = False
    told: ClassVar[tuple[str, ...]] = ()  # parameters that it shows when it is printed, as PyTorch's
    shared: ClassVar[tuple[str, ...]] = ()  # parameters that a whole batch has in common
    arg_constraints: ClassVar[dict[str, Any]] = {}
    support: Any = None  # the values that a draw may have
    _validate_args = True
    _asked: ClassVar[dict[str, Any]] = {}  # the function of each name that looks at values first

    def __init_subclass__(cls, asks: bool = True, **options: Any) -> None:
        super().__init_subclass__(**options)
        if asks and home(cls).startswith("tinygrad_fr."):  # one of one's own asks for it itself, as PyTorch's
            for name in ("log_prob", "cdf"):
                if name in vars(cls):
                    checking = _checking(vars(cls)[name], f"{name}()")
                    setattr(cls, name, checking)
                    cls._asked = {**cls._asked, f"{name}()": checking}

    def __init__(
        self, batch_shape: tuple[int, ...] = (), event_shape: tuple[int, ...] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if not constraints.is_dependent(constraint):
                    self._validate(name, constraint)

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Look, or do not look, at the values of distributions that are made without ``validate_args``."""
        Distribution._validate_args = value

    def _validate(self, name: str, constraint: constraints.Constraint) -> None:
        """Refuse a parameter that was given with values out of its set."""
        held = vars(self).get(name, vars(self).get(f"_{name}"))
        if held is None and not isinstance(getattr(type(self), name, None), cached_property) and name not in _EITHER:
            held = getattr(self, name)
        if held is not None:
            self._held_to(name, held, constraint)

    def _held_to(self, name: str, held: Any, constraint: constraints.Constraint) -> None:
        if not valid(held, constraint):
            raise DataError(
                _("{name}: expected {parameter} {expected}").format(
                    name=type(self).__name__, parameter=name, expected=constraint.said
                )
            )

    def _validate_sample(self, value: Any, said: str = "log_prob()") -> None:
        """Refuse values that no draw can have, and shapes that are none of a draw."""
        held = as_tensor(value)
        sides, own = tuple(held.shape), tuple(self.batch_shape) + tuple(self.event_shape)
        if sides[len(sides) - len(self.event_shape) :] != tuple(self.event_shape) or any(
            1 not in (i, j) and i != j for i, j in zip(reversed(sides), reversed(own), strict=False)
        ):
            raise ShapeError(
                _("{name}: {asked} expects a shape that ends in {expected}, got {found}").format(
                    name=type(self).__name__, asked=said, expected=own, found=sides
                )
            )
        if self.support is not None and not valid(held, self.support):
            raise DataError(
                _("{name}: {asked} expects values {expected}; PyTorch's validate_args=False takes others").format(
                    name=type(self).__name__, asked=said, expected=self.support.said
                )
            )

    @property
    def batch_shape(self) -> Size:
        """How many distributions there are."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw."""
        return self._event_shape

    @property
    def mean(self) -> Any:
        """The expected value."""
        raise self._absent("mean")

    @property
    def variance(self) -> Any:
        """The expected square of what differs from the mean."""
        raise self._absent("variance")

    def _absent(self, what: str) -> Exception:
        return NotImplementedError(
            _("{name}: no {what} is here, as no closed form of it is").format(name=type(self).__name__, what=what)
        )

    @property
    def stddev(self) -> Any:
        """The root of the variance."""
        return self.variance.sqrt()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws through which gradients reach the parameters, where the distribution has such (the reparameterization trick)."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample(): its draws carry no gradient")

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws, which carry no gradient."""
        with no_grad():
            return self.rsample(sample_shape).detach()

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, of each draw."""
        raise self._absent("log_prob()")

    def entropy(self) -> Any:
        """The expected −log_prob."""
        raise self._absent("entropy()")

    def cdf(self, value: Any) -> Any:
        """The probability of a draw of at most this value."""
        raise self._absent("cdf()")

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution for each place of a shape: parameters are views that repeat."""
        sides, own = tuple(batch_shape), len(self.batch_shape)
        made = copy(self) if _instance is None else _instance
        vars(made).update(vars(self))
        for name, x in vars(self).items():
            if name in self.shared:
                continue
            if isinstance(x, Distribution):
                setattr(made, name, x.expand((*sides, *x.batch_shape[own:])))
            elif isinstance(x, Tensor):
                setattr(made, name, x.expand(*sides, *x.shape[own:]))
        made._batch_shape = Size(sides)
        return made

    def icdf(self, value: Any) -> Any:
        """The value under which a draw lies with this probability."""
        raise self._absent("icdf()")

    @property
    def mode(self) -> Any:
        """The most probable draw."""
        raise self._absent("mode")

    def enumerate_support(self, expand: bool = True) -> Any:
        """Every value that a draw may have, where there are finitely many."""
        raise self._absent("enumerate_support()")

    def perplexity(self) -> Any:
        """exp of the entropy."""
        return self.entropy().exp()

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An object that ``expand`` of a class of one's own fills, as in PyTorch."""
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                _("{name} has an __init__ of its own, and needs an expand() of its own").format(
                    name=type(self).__name__
                )
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        """The shape of draws."""
        return Size(self._extended(sample_shape))

    def _extended(self, sample_shape: Any) -> tuple[int, ...]:
        return (*tuple(sample_shape), *self.batch_shape, *self.event_shape)

    def _shown(self) -> tuple[str, ...]:
        """The parameters that were given and are shown."""
        own = home(type(self)).startswith("tinygrad_fr.")
        return self.told if own else tuple(name for name in self.arg_constraints if name in vars(self))

    def __repr__(self) -> str:
        values = [(name, getattr(self, name)) for name in self._shown()]
        shown = [f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in values]
        return f"{type(self).__name__}({', '.join(shown)})"


def _checking(found: Callable[[Any, Any], Any], said: str) -> Callable[[Any, Any], Any]:
    """log_prob() or cdf() that refuses values which the distribution never gives."""

    @wraps(found)
    def of(self: Any, value: Any) -> Any:
        if self._validate_args and type(self)._asked[said] is of:
            self._validate_sample(value, said)
        return found(self, value)

    return of


def valid(held: Any, constraint: constraints.Constraint) -> bool:
    """Whether all values are in a set."""
    with no_grad():
        return bool(constraint.check(held.detach()).all())


class Independent(Distribution, asks=False):
    """A batch of distributions as one, whose draws have several dimensions.

    Args:
        base_distribution: the batch.
        reinterpreted_batch_ndims: how many of its last dimensions become dimensions of a draw.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.distributions import Normal
        >>> Independent(Normal(tg.zeros(3), tg.ones(3)), 1).log_prob(tg.zeros(3)).shape
        torch.Size([])
    """

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, reinterpreted_batch_ndims
        self.has_rsample = base_distribution.has_rsample
        self.has_enumerate_support = base_distribution.has_enumerate_support and not reinterpreted_batch_ndims
        whole = base_distribution.batch_shape + base_distribution.event_shape
        cut = len(base_distribution.batch_shape) - reinterpreted_batch_ndims
        super().__init__(whole[:cut], whole[cut:], validate_args)

    @property
    def support(self) -> Any:
        """That of the base, of several numbers."""
        base = self.base_dist.support
        return (
            constraints.independent(base, self.reinterpreted_batch_ndims)
            if self.reinterpreted_batch_ndims and base is not None
            else base
        )

    @property
    def mean(self) -> Any:
        """The expected value."""
        return self.base_dist.mean

    @property
    def variance(self) -> Any:
        """The variance of each number."""
        return self.base_dist.variance

    @property
    def mode(self) -> Any:
        """The most probable draw of each."""
        return self.base_dist.mode

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self.base_dist.rsample(sample_shape)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        return self.base_dist.sample(sample_shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"

    def _summed(self, x: Any) -> Any:
        return x.sum(tuple(range(-self.reinterpreted_batch_ndims, 0))) if self.reinterpreted_batch_ndims else x

    def log_prob(self, value: Any) -> Any:
        """The sum over the dimensions of a draw."""
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Any:
        """The sum over the dimensions of a draw."""
        return self._summed(self.base_dist.entropy())


def tensors(*values: Any) -> tuple[Any, ...]:
    """Parameters as tensors of one shape; numbers are of the first tensor's dtype."""
    kind = next((x.dtype for x in values if isinstance(x, Tensor)), None)
    made = [as_tensor(x, kind) for x in values]
    sides = broadcast_shapes(*(tuple(x.shape) for x in made))
    return tuple(x if tuple(x.shape) == sides else broadcasting.broadcast_to(x, sides) for x in made)


def as_tensor(value: Any, dtype: Any = None) -> Any:
    """A value as a tensor; what is none has a dtype, or the default one."""
    return value if isinstance(value, Tensor) else tensor(np.asarray(value, dtype or get_default_dtype()))


def draws(sides: tuple[int, ...], parameter: Tensor, draw: Callable[[Generator, Any], Any]) -> Tensor:
    """Numbers of a shape and of a parameter's dtype, drawn; a step that is replayed draws them again."""
    kind = parameter.current.value.dtype
    return drawn(lambda source: np.asarray(draw(source, kind)).reshape(sides).astype(kind, copy=False))


def log_gamma(x: Any) -> Any:
    """ln Γ(x)."""
    return registry["lgamma"](x)


def digamma(x: Any) -> Any:
    """The derivative of ln Γ(x)."""
    return registry["digamma"](x)


def xlogy(x: Any, y: Any) -> Any:
    """x ln y, 0 where x is 0."""
    return registry["xlogy"](x, y)
