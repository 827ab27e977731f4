"""What every distribution does, and a batch of them as one."""

from __future__ import annotations

from copy import copy
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from tinygrad_fr.errors import DataError
from tinygrad_fr.generators import drawn
from tinygrad_fr.handles.size import Size
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.naming import Named
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.shapes import broadcasting
from tinygrad_fr.ops.shapes.broadcasting import broadcast_shapes
from tinygrad_fr.promotion.dtype import get_default_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.generators import Generator


class Support(NamedTuple):
    """The values that a distribution may give: what holds for them, and how that is written."""

    holds: Callable[[Any, Any], Any]
    said: str


class Distribution(Named):
    """A distribution, or a batch of independent ones.

    Attributes:
        batch_shape: how many distributions there are.
        event_shape: the shape of one draw.

    Example:
        >>> from tinygrad_fr.distributions import Normal
        >>> one = Normal(0.0, 1.0)
        >>> one.batch_shape, one.event_shape, round(one.log_prob(0.0).item(), 4)
        (torch.Size([]), torch.Size([]), -0.9189)
    """

    has_rsample = has_enumerate_support = False
    told: ClassVar[tuple[str, ...]] = ()  # parameters that it shows when it is printed, as PyTorch's
    shared: ClassVar[tuple[str, ...]] = ()  # parameters that a whole batch has in common
    within: ClassVar[Support | None] = None
    _validates = True

    def __init_subclass__(cls, within: Support | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if within is not None:
            cls.within = within
        made, told = cls.__dict__.get("__init__"), cls.__dict__.get("log_prob")
        if made is not None:
            cls.__init__ = _remembering(made)  # type: ignore[method-assign]
        if told is not None:
            cls.log_prob = _within_support(told)  # type: ignore[assignment, method-assign]

    def __init__(
        self, batch_shape: tuple[int, ...] = (), event_shape: tuple[int, ...] = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape, self.event_shape = Size(batch_shape), Size(event_shape)

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

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution for each place of a shape: parameters are views that repeat."""
        sides, own = tuple(batch_shape), len(self.batch_shape)
        made = copy(self)
        for name, x in vars(self).items():
            if name in self.shared:
                continue
            if isinstance(x, Distribution):
                setattr(made, name, x.expand((*sides, *x.batch_shape[own:])))
            elif isinstance(x, Tensor):
                setattr(made, name, x.expand(*sides, *x.shape[own:]))
        made.batch_shape = Size(sides)
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

    # Under the names that distributions of one's own read in PyTorch's.

    _batch_shape = property(lambda self: self.batch_shape)
    _event_shape = property(lambda self: self.event_shape)

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        """The shape of draws."""
        return Size(self._extended(sample_shape))

    def _extended(self, sample_shape: Any) -> tuple[int, ...]:
        return (*tuple(sample_shape), *self.batch_shape, *self.event_shape)

    def _shown(self) -> tuple[str, ...]:
        """The parameters that were given and are shown."""
        return self.told or tuple(name for name in getattr(self, "arg_constraints", ()) if name in vars(self))

    def __repr__(self) -> str:
        values = [(name, getattr(self, name)) for name in self._shown()]
        shown = [f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in values]
        return f"{type(self).__name__}({', '.join(shown)})"


def _remembering(made: Callable[..., None]) -> Callable[..., None]:
    """A constructor that keeps whether it was told not to look at values."""

    @wraps(made)
    def begin(self: Any, *args: Any, **options: Any) -> None:
        if options.get("validate_args") is False:
            self._validates = False
        made(self, *args, **options)

    return begin


def _within_support(told: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """log_prob() that refuses values which the distribution never gives."""

    @wraps(told)
    def log_prob(self: Any, value: Any) -> Any:
        within = self.within
        if within is not None and self._validates and type(self).log_prob is log_prob:
            given = value if isinstance(value, Tensor) else np.asarray(value)
            if not bool(np.all(within.holds(given.detach().numpy() if isinstance(given, Tensor) else given, self))):
                raise DataError(
                    _(
                        "{name}: log_prob() expects values {expected}; PyTorch's validate_args=False takes others"
                    ).format(name=type(self).__name__, expected=within.said)
                )
        return told(self, value)

    return log_prob


def whole(x: Any) -> Any:
    """Where a number is an integer."""
    return x == np.floor(x)


REAL = Support(lambda x, _self: x == x, "that are numbers")
POSITIVE = Support(lambda x, _self: x > 0, "> 0")
NOT_NEGATIVE = Support(lambda x, _self: x >= 0, "≥ 0")
UNIT = Support(lambda x, _self: (x >= 0) & (x <= 1), "∈ [0, 1]")
TRUTH = Support(lambda x, _self: (x == 0) | (x == 1), "0 or 1")
COUNT = Support(lambda x, _self: (x >= 0) & whole(x), "0, 1, 2 …")
SIMPLEX = Support(lambda x, _self: (x >= 0).all(-1) & (np.abs(x.sum(-1) - 1) < 1e-6), "≥ 0 whose sum is 1")


class Independent(Distribution):
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

    def __init__(self, base_distribution: Distribution, reinterpreted_batch_ndims: int) -> None:
        self.base_dist, self.count = base_distribution, reinterpreted_batch_ndims
        self.has_rsample = base_distribution.has_rsample
        self.has_enumerate_support = base_distribution.has_enumerate_support and not reinterpreted_batch_ndims
        whole = base_distribution.batch_shape + base_distribution.event_shape
        cut = len(base_distribution.batch_shape) - reinterpreted_batch_ndims
        super().__init__(whole[:cut], whole[cut:])

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
        return f"{type(self).__name__}({self.base_dist}, {self.count})"

    def _summed(self, x: Any) -> Any:
        return x.sum(tuple(range(-self.count, 0))) if self.count else x

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


def checked(name: str, parameter: str, value: Any, holds: Any, expected: str) -> None:
    """Refuse parameters outside their domain.

    Raises:
        DataError: some element is.
    """
    if not bool(np.all(holds(value.detach().numpy()))):
        raise DataError(
            _("{name}: expected {parameter} {expected}").format(name=name, parameter=parameter, expected=expected)
        )


def draws(sides: tuple[int, ...], parameter: Tensor, draw: Callable[[Generator, Any], Any]) -> Tensor:
    """Numbers of a shape and of a parameter's dtype, drawn; a step that is replayed draws them again."""
    kind = parameter.current.value.dtype
    return drawn(lambda source: np.asarray(draw(source, kind)).reshape(sides).astype(kind, copy=False))


def positive(x: Any) -> Any:
    """Where a number is above 0."""
    return x > 0


def log_gamma(x: Any) -> Any:
    """ln Γ(x)."""
    return registry["lgamma"](x)


def digamma(x: Any) -> Any:
    """The derivative of ln Γ(x)."""
    return registry["digamma"](x)


def xlogy(x: Any, y: Any) -> Any:
    """x ln y, 0 where x is 0."""
    return registry["xlogy"](x, y)
