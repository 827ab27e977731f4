"""Functions that make new distributions of old ones, under the names of ``torch.distributions.transforms``."""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING, Any

from tinygrad_fr.distributions import constraints
from tinygrad_fr.distributions.distribution import as_tensor
from tinygrad_fr.dtypes import finfo
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.nn.functional import logsigmoid, pad, softplus
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.shapes.broadcasting import broadcast_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.distributions.distribution import Distribution


class Transform(Named):
    """A function with an inverse, and the logarithm of how it stretches.

    Attributes:
        domain: the values that it takes.
        codomain: the values that it gives.
        bijective: whether each result comes from one argument.
        sign: 1 where it grows, −1 where it falls.

    Args:
        cache_size: 1 keeps the last argument with its result, so that the inverse of the result is the argument itself.

    Example:
        >>> import tinygrad_fr as tg
        >>> double = AffineTransform(0.0, 2.0)
        >>> double(tg.tensor(3.0)), double.inv(tg.tensor(6.0))
        (tensor(6.), tensor(3.))
    """

    bijective: Any = False
    sign: Any = NotImplemented
    domain: Any
    codomain: Any
    _cache_size = 0
    _kept: tuple[Any, Any] = (None, None)
    _inverted: Any = None

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise DataError(_("{name}: expected a cache_size of 0 or 1").format(name=type(self).__name__))
        self._cache_size = cache_size

    @property
    def event_dim(self) -> int:
        """How many last dimensions it takes as one."""
        taken, given = self.domain.event_dim, self.codomain.event_dim
        if taken != given:
            raise DataError(
                _("{name}: expected domain.event_dim or codomain.event_dim").format(name=type(self).__name__)
            )
        return int(taken)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same function, which keeps its last result or does not."""
        if cache_size == self._cache_size:
            return self
        made = copy(self)
        Transform.__init__(made, cache_size)
        made._inverted, made._kept = None, (None, None)
        return made

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln |dy/dx|."""
        raise NotImplementedError

    def __call__(self, x: Any) -> Any:
        """The function of a tensor or a number."""
        if self._cache_size and x is self._kept[0]:
            return self._kept[1]
        y = self._call(as_tensor(x))
        if self._cache_size:
            self._kept = x, y
        return y

    def _inv_call(self, y: Any) -> Any:
        if self._cache_size and y is self._kept[1]:
            return self._kept[0]
        x = self._inverse(as_tensor(y))
        if self._cache_size:
            self._kept = x, y
        return x

    @property
    def inv(self) -> Any:
        """The inverse, whose inverse is the transform itself."""
        if self._inverted is None:
            self._inverted = _InverseTransform(self)
        return self._inverted

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_inverted", "_kept")}

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result of an argument of a shape."""
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of the argument of a result of a shape."""
        return shape

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self._alike(other))

    __hash__ = object.__hash__

    def _alike(self, other: Any) -> bool:
        """Whether another of its class is the same function."""
        return False

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _same(a: Any, b: Any) -> bool:
    return bool((as_tensor(a) == as_tensor(b)).all())


class _Plain(Transform):
    """A transform without parameters: every object of its class is the same function."""

    def _alike(self, other: Any) -> bool:
        return True


class _InverseTransform(Transform):
    """The other way round."""

    def __init__(self, of: Transform) -> None:
        super().__init__(of._cache_size)
        self._inverted = of

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """What the transform gives."""
        return self._inverted.codomain

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """What it takes."""
        return self._inverted.domain

    bijective = property(lambda self: self._inverted.bijective)
    sign = property(lambda self: self._inverted.sign)
    _inv = property(lambda self: self._inverted)

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))

    def __call__(self, x: Any) -> Any:
        """The inverse of a value."""
        return self._inverted._inv_call(x)

    def _inv_call(self, y: Any) -> Any:
        return self._inverted(y)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The inverse of what keeps its last result."""
        return self._inverted.with_cache(cache_size).inv

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Less that of the way there."""
        return -self._inverted.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        """That of the inverse."""
        return self._inverted.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """That of the way there."""
        return self._inverted.forward_shape(shape)

    def _alike(self, other: Any) -> bool:
        return bool(self._inverted == other._inverted)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inverted!r})"


class ExpTransform(_Plain):
    """eˣ.

    Example:
        >>> ExpTransform().log_abs_det_jacobian(3.0, None)
        3.0
    """

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """X itself."""
        return x


class PowerTransform(Transform):
    """x to a power, of numbers above 0.

    Example:
        >>> PowerTransform(2.0)(3.0)
        tensor(9.)
    """

    domain, codomain, bijective = constraints.positive, constraints.positive, True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = as_tensor(exponent)

    @property
    def sign(self) -> Any:
        """That of the exponent."""
        return self.exponent.sign()

    def _alike(self, other: Any) -> bool:
        return _same(self.exponent, other.exponent)

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln |p y / x|."""
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        """That which the exponent makes of it."""
        return broadcast_shapes(tuple(shape), tuple(self.exponent.shape))

    inverse_shape = forward_shape


def _clipped(y: Any) -> Any:
    """Shares that are kept from 0 and 1 by their dtype's precision."""
    kind = finfo(y.dtype)
    return y.clamp(kind.tiny, 1 - kind.eps)


class SigmoidTransform(_Plain):
    """1/(1 + e⁻ˣ).

    Example:
        >>> SigmoidTransform()(0.0)
        tensor(0.5000)
    """

    domain, codomain, bijective, sign = constraints.real, constraints.unit_interval, True, 1

    def _call(self, x: Any) -> Any:
        return _clipped(x.sigmoid())

    def _inverse(self, y: Any) -> Any:
        kept = _clipped(y)
        return kept.log() - registry["log1p"](-kept)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Less both softpluses."""
        return -softplus(-x) - softplus(x)


class TanhTransform(_Plain):
    """The hyperbolic tangent.

    Example:
        >>> TanhTransform()(0.0)
        tensor(0.)
    """

    domain, codomain, bijective, sign = constraints.real, constraints.interval(-1.0, 1.0), True, 1

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return registry["atanh"](y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """2 (ln 2 − x − softplus(−2x))."""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class SoftplusTransform(_Plain):
    """ln(1 + eˣ).

    Example:
        >>> SoftplusTransform()(0.0)
        tensor(0.6931)
    """

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-registry["expm1"](-y)).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """−softplus(−x)."""
        return -softplus(-x)


class AbsTransform(_Plain):
    """|x|, whose inverse gives the number above 0.

    Example:
        >>> AbsTransform()(-2.0)
        tensor(2.)
    """

    domain, codomain = constraints.real, constraints.positive

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """loc + scale x.

    Example:
        >>> AffineTransform(1.0, 2.0)(3.0)
        tensor(7.)
    """

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    @property
    def event_dim(self) -> int:
        """How many last dimensions it takes as one."""
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """Every number."""
        return constraints.independent(constraints.real, self._event_dim) if self._event_dim else constraints.real

    codomain = domain

    @property
    def sign(self) -> Any:
        """That of the scale."""
        if isinstance(self.scale, Tensor):
            return self.scale.sign()
        return (self.scale > 0) - (self.scale < 0)

    def _alike(self, other: Any) -> bool:
        return _same(self.loc, other.loc) and _same(self.scale, other.scale)

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln |scale|, of each number, or summed over an event."""
        found = registry["expand_to"](as_tensor(self.scale).abs().log().to(x.dtype), tuple(x.shape))
        return summed(found, self._event_dim)

    def forward_shape(self, shape: Any) -> Any:
        """That which loc and scale make of it."""
        return broadcast_shapes(tuple(shape), *(tuple(getattr(x, "shape", ())) for x in (self.loc, self.scale)))

    inverse_shape = forward_shape


class ComposeTransform(Transform):
    """Several, one after the other.

    Example:
        >>> ComposeTransform([ExpTransform(), AffineTransform(0.0, 2.0)])(0.0)
        tensor(2.)
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) if cache_size else part for part in parts]

    def with_cache(self, cache_size: int = 1) -> Any:
        """Of parts that keep their last results."""
        return self if cache_size == self._cache_size else ComposeTransform(self.parts, cache_size)

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """What the first one takes, of as many dimensions as the others ask for."""
        if not self.parts:
            return constraints.real
        dims = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            dims = max(dims + part.domain.event_dim - part.codomain.event_dim, part.domain.event_dim)
        return _of_dims(self.parts[0].domain, dims)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """What the last one gives, of as many dimensions as the others ask for."""
        if not self.parts:
            return constraints.real
        dims = self.parts[0].domain.event_dim
        for part in self.parts:
            dims = max(dims + part.codomain.event_dim - part.domain.event_dim, part.codomain.event_dim)
        return _of_dims(self.parts[-1].codomain, dims)

    bijective = property(lambda self: all(part.bijective for part in self.parts))

    @property
    def sign(self) -> Any:
        """The product of the signs."""
        return math.prod(part.sign for part in self.parts)

    @property
    def inv(self) -> Any:
        """The inverses, the last one first."""
        if self._inverted is None:
            self._inverted = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inverted._inverted = self
        return self._inverted

    def _alike(self, other: Any) -> bool:
        return bool(self.parts == other.parts)

    def __call__(self, x: Any) -> Any:
        """The function of a tensor or a number."""
        for part in self.parts:
            x = part(x)
        return x

    def _inv_call(self, y: Any) -> Any:
        return self.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum."""
        if not self.parts:
            return x * 0
        total: Any = 0.0
        dims = self.domain.event_dim
        for i, part in enumerate(self.parts):
            following = y if i == len(self.parts) - 1 else part(x)
            total = total + summed(part.log_abs_det_jacobian(x, following), dims - part.domain.event_dim)
            dims += part.codomain.event_dim - part.domain.event_dim
            x = following
        return total

    def forward_shape(self, shape: Any) -> Any:
        """That after all of them."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """That before all of them."""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        inside = ",\n    ".join(map(repr, self.parts))
        return f"{type(self).__name__}(\n    {inside}\n)"


def _of_dims(held: Any, dims: int) -> Any:
    return constraints.independent(held, dims - held.event_dim) if dims > held.event_dim else held


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """A transform whose last dimensions are taken as one.

    Example:
        >>> import tinygrad_fr as tg
        >>> IndependentTransform(ExpTransform(), 1).log_abs_det_jacobian(tg.ones(3), None)
        tensor(3.)
    """

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """That of the transform, of more dimensions."""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """That of the transform, of more dimensions."""
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    bijective = property(lambda self: self.base_transform.bijective)
    sign = property(lambda self: self.base_transform.sign)

    def _call(self, x: Any) -> Any:
        return self.base_transform(self._deep(x, self.domain))

    def _inverse(self, y: Any) -> Any:
        return self.base_transform.inv(self._deep(y, self.codomain))

    def _deep(self, x: Any, held: Any) -> Any:
        if x.ndim < held.event_dim:
            raise DataError(_("expected at least {n} dimensions, got {found}").format(n=held.event_dim, found=x.ndim))
        return x

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Summed over these dimensions."""
        return summed(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Any) -> Any:
        """That of the transform."""
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """That of the transform."""
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


class ReshapeTransform(Transform):
    """Another shape of the last dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> ReshapeTransform((4,), (2, 2))(tg.zeros(3, 4)).shape
        torch.Size([3, 2, 2])
    """

    bijective = True

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.in_shape, self.out_shape = tuple(in_shape), tuple(out_shape)
        if math.prod(self.in_shape) != math.prod(self.out_shape):
            raise DataError(
                _("ReshapeTransform: expected shapes of as many numbers, got {given} and {found}").format(
                    given=self.in_shape, found=self.out_shape
                )
            )

    @constraints.dependent_property
    def domain(self) -> Any:
        """Numbers in the one shape."""
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Numbers in the other one."""
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Any) -> Any:
        return x.reshape(self.forward_shape(tuple(x.shape)))

    def _inverse(self, y: Any) -> Any:
        return y.reshape(self.inverse_shape(tuple(y.shape)))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """0."""
        return x.new_zeros(tuple(x.shape)[: x.ndim - len(self.in_shape)])

    def forward_shape(self, shape: Any) -> Any:
        """With the one shape in the other's place."""
        return self._exchanged(tuple(shape), self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        """With the other shape in the one's place."""
        return self._exchanged(tuple(shape), self.out_shape, self.in_shape)

    def _exchanged(self, shape: tuple[int, ...], old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
        cut = len(shape) - len(old)
        if cut < 0 or shape[cut:] != old:
            raise DataError(
                _("ReshapeTransform: expected a shape that ends in {expected}, got {found}").format(
                    expected=old, found=shape
                )
            )
        return (*shape[:cut], *new)


class _OfVectors(_Plain):
    """A transform of vectors, whose results have some more numbers."""

    domain, codomain = constraints.real_vector, constraints.simplex
    more = 0

    def forward_shape(self, shape: Any) -> Any:
        """With as many more numbers."""
        return self._longer(shape, self.more)

    def inverse_shape(self, shape: Any) -> Any:
        """With as many fewer."""
        return self._longer(shape, -self.more)

    def _longer(self, shape: Any, more: int) -> Any:
        if len(shape) < 1:
            raise DataError(_("expected at least {n} dimensions, got {found}").format(n=1, found=0))
        return (*shape[:-1], shape[-1] + more)


class SoftmaxTransform(_OfVectors):
    """Softmax over the last dimension; its inverse gives the logarithms.

    Example:
        >>> import tinygrad_fr as tg
        >>> SoftmaxTransform()(tg.zeros(2))
        tensor([0.5000, 0.5000])
    """

    def _call(self, x: Any) -> Any:
        shares = (x - x.max(-1, keepdim=True)[0]).exp()
        return shares / shares.sum(-1, keepdim=True)

    def _inverse(self, y: Any) -> Any:
        return y.log()


class StickBreakingTransform(_OfVectors):
    """Shares that add up to 1, one more than there are numbers: each number breaks its share off what is left.

    Example:
        >>> import tinygrad_fr as tg
        >>> StickBreakingTransform()(tg.zeros(2))
        tensor([0.3333, 0.3333, 0.3333])
    """

    bijective, more = True, 1

    def _offset(self, x: Any, count: int) -> Any:
        return (count - x.new_ones(x.shape[-1]).cumsum(-1)).log()

    def _call(self, x: Any) -> Any:
        z = _clipped((x - self._offset(x, x.shape[-1] + 1)).sigmoid())
        return pad(z, [0, 1], value=1) * pad((1 - z).cumprod(-1), [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        kept = y[..., :-1]
        left = (1 - kept.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return kept.log() - left.log() + self._offset(kept, y.shape[-1])

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Σ ln of each share's slope."""
        x = x - self._offset(x, x.shape[-1] + 1)
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)


class LowerCholeskyTransform(_Plain):
    """A lower triangle whose diagonal is e to a matrix's.

    Example:
        >>> import tinygrad_fr as tg
        >>> LowerCholeskyTransform()(tg.zeros(2, 2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    domain, codomain = constraints.independent(constraints.real, 2), constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(0, -2, -1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(0, -2, -1).log().diag_embed()


class PositiveDefiniteTransform(_Plain):
    """L Lᵀ of the triangle that a matrix makes.

    Example:
        >>> import tinygrad_fr as tg
        >>> PositiveDefiniteTransform()(tg.zeros(2, 2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    domain, codomain = constraints.independent(constraints.real, 2), constraints.positive_definite

    def _call(self, x: Any) -> Any:
        root = LowerCholeskyTransform()(x)
        return root @ root.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(registry["linalg.cholesky"](y))


class _Parts(Transform):
    """A transform for each part of a tensor along a dimension."""

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms = [each.with_cache(cache_size) if cache_size else each for each in tseq]
        self.dim = dim

    bijective = property(lambda self: all(each.bijective for each in self.transforms))

    def _split(self, x: Any) -> Any:
        raise NotImplementedError

    def _joined(self, parts: list[Any]) -> Any:
        raise NotImplementedError

    def _call(self, x: Any) -> Any:
        return self._joined([each(part) for each, part in zip(self.transforms, self._split(x), strict=True)])

    def _inverse(self, y: Any) -> Any:
        return self._joined([each.inv(part) for each, part in zip(self.transforms, self._split(y), strict=True)])


class CatTransform(_Parts):
    """A transform for each of several lengths along a dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> CatTransform([ExpTransform(), identity_transform], 0, [1, 2])(tg.zeros(3))
        tensor([1., 0., 0.])
    """

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        self.length = sum(self.lengths)

    @property
    def event_dim(self) -> int:
        """The greatest."""
        return max(each.event_dim for each in self.transforms)

    @constraints.dependent_property
    def domain(self) -> Any:
        """Those of the parts."""
        return constraints.cat([each.domain for each in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Those of the parts."""
        return constraints.cat([each.codomain for each in self.transforms], self.dim, self.lengths)

    def _split(self, x: Any) -> Any:
        return x.split(self.lengths, self.dim)

    def _joined(self, parts: list[Any]) -> Any:
        return registry["cat"](parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Those of the parts, or their sum where the dimension lies inside an event."""
        found = [
            summed(each.log_abs_det_jacobian(a, b), self.event_dim - each.event_dim)
            for each, a, b in zip(self.transforms, self._split(x), self._split(y), strict=True)
        ]
        dim = (self.dim - x.ndim if self.dim >= 0 else self.dim) + self.event_dim
        return registry["cat"](found, dim) if dim < 0 else sum(found)


class StackTransform(_Parts):
    """A transform for each place along a dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> StackTransform([ExpTransform(), identity_transform])(tg.zeros(2))
        tensor([1., 0.])
    """

    @constraints.dependent_property
    def domain(self) -> Any:
        """Those of the places."""
        return constraints.stack([each.domain for each in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Those of the places."""
        return constraints.stack([each.codomain for each in self.transforms], self.dim)

    def _split(self, x: Any) -> Any:
        return x.unbind(self.dim)

    def _joined(self, parts: list[Any]) -> Any:
        return registry["stack"](parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Those of the places."""
        parts = zip(self.transforms, self._split(x), self._split(y), strict=True)
        return self._joined([each.log_abs_det_jacobian(a, b) for each, a, b in parts])


class CumulativeDistributionTransform(Transform):
    """The probability of at most a value.

    Example:
        >>> from tinygrad_fr.distributions import Normal
        >>> CumulativeDistributionTransform(Normal(0.0, 1.0))(0.0)
        tensor(0.5000)
    """

    codomain, bijective, sign = constraints.unit_interval, True, 1

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        """The values that a draw may have."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of the density."""
        return self.distribution.log_prob(x)


def summed(x: Any, dims: int) -> Any:
    """Summed over so many last dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> summed(tg.ones(2, 3), 1)
        tensor([3., 3.])
    """
    return x.sum(tuple(range(-dims, 0))) if dims else x
