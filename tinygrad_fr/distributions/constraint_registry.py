"""From numbers without bounds to each set of values, under the names of ``torch.distributions.constraint_registry``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.distributions import constraints, transforms
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """A transform for each kind of set.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.distributions import Normal
        >>> transform_to(Normal.arg_constraints["scale"])(tg.zeros(1))
        tensor([1.])
    """

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Callable[[Any], Any] | None = None) -> Any:
        """Enter what makes the transform to sets of a kind; also a decorator.

        Raises:
            TypeError: it is no kind of set.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, constraints.Constraint)):
            raise UsageError(_("register: expected a constraint, got {found}").format(found=constraint))
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The transform to a set."""
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(
                _("no transform to {constraint} is here").format(constraint=type(constraint).__name__)
            )
        return factory(constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def _enter(registries: tuple[ConstraintRegistry, ...], factory: Callable[[Any], Any], *kinds: Any) -> None:
    for registry in registries:
        for kind in kinds:
            registry.register(kind, factory)


def _interval(held: Any) -> Any:
    lower, upper = held.lower_bound, held.upper_bound
    if isinstance(lower, int | float) and isinstance(upper, int | float) and (lower, upper) == (0, 1):
        return transforms.SigmoidTransform()
    return _then(transforms.SigmoidTransform(), lower, upper - lower)


def _then(first: Any, loc: Any, scale: Any) -> Any:
    return transforms.ComposeTransform([first, transforms.AffineTransform(loc, scale)])


_BOTH = (biject_to, transform_to)
_enter(_BOTH, lambda _held: transforms.identity_transform, constraints.real)
_enter(_BOTH, lambda _held: transforms.ExpTransform(), constraints.positive, constraints.nonnegative)
_enter(
    _BOTH,
    lambda held: _then(transforms.ExpTransform(), held.lower_bound, 1),
    constraints.greater_than,
    constraints.greater_than_eq,
)
_enter(_BOTH, lambda held: _then(transforms.ExpTransform(), held.upper_bound, -1), constraints.less_than)
_enter(_BOTH, _interval, constraints.interval, constraints.half_open_interval)
_enter((biject_to,), lambda _held: transforms.StickBreakingTransform(), constraints.simplex)
_enter((transform_to,), lambda _held: transforms.SoftmaxTransform(), constraints.simplex)
_enter((transform_to,), lambda _held: transforms.LowerCholeskyTransform(), constraints.lower_cholesky)
_enter(
    (transform_to,),
    lambda _held: transforms.PositiveDefiniteTransform(),
    constraints.positive_definite,
    constraints.positive_semidefinite,
)


def _enter_parts(one: ConstraintRegistry) -> None:
    """Sets that are made of others, whose transforms the registry itself knows."""

    def independent(held: Any) -> Any:
        return transforms.IndependentTransform(one(held.base_constraint), held.reinterpreted_batch_ndims)

    def cat(held: Any) -> Any:
        return transforms.CatTransform([one(each) for each in held.cseq], held.dim, held.lengths)

    def stack(held: Any) -> Any:
        return transforms.StackTransform([one(each) for each in held.cseq], held.dim)

    one.register(constraints.independent, independent)
    one.register(constraints.cat, cat)
    one.register(constraints.stack, stack)


_enter_parts(biject_to)
_enter_parts(transform_to)
