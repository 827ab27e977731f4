"""Invertible functions that make new distributions of old ones, under the names of ``torch.distributions.transforms``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_fr.distributions.distribution import as_tensor
from tinygrad_fr.naming import Named
from tinygrad_fr.nn.functional import softplus
from tinygrad_fr.ops import registry

if TYPE_CHECKING:
    from collections.abc import Sequence


class Transform(Named):
    """A function with an inverse, and the logarithm of how it stretches.

    Attributes:
        bijective: whether each result comes from one argument.
        sign: 1 where it grows, −1 where it falls.
        event_dim: how many last dimensions it takes as one.

    Example:
        >>> import tinygrad_fr as tg
        >>> double = AffineTransform(0.0, 2.0)
        >>> double(tg.tensor(3.0)), double.inv(tg.tensor(6.0))
        (tensor(6.), tensor(3.))
    """

    bijective = True
    sign: Any = 1
    event_dim = 0

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln |dy/dx|."""
        raise NotImplementedError

    def __call__(self, x: Any) -> Any:
        """The function of a tensor or a number."""
        return self._call(as_tensor(x))

    @property
    def inv(self) -> Transform:
        """The inverse."""
        return _Inverse(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _Inverse(Transform):
    """The other way round."""

    def __init__(self, of: Transform) -> None:
        self.of = of
        self.bijective, self.sign, self.event_dim = of.bijective, of.sign, of.event_dim

    def _call(self, x: Any) -> Any:
        return self.of._inverse(x)

    def _inverse(self, y: Any) -> Any:
        return self.of._call(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Less that of the way there."""
        return -self.of.log_abs_det_jacobian(y, x)

    @property
    def inv(self) -> Transform:
        """What it is the inverse of."""
        return self.of


class ExpTransform(Transform):
    """eˣ.

    Example:
        >>> ExpTransform().log_abs_det_jacobian(3.0, None)
        3.0
    """

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

    def __init__(self, exponent: Any) -> None:
        self.exponent = as_tensor(exponent)

    @property
    def sign(self) -> Any:
        """That of the exponent."""
        return self.exponent.sign()

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln |p y / x|."""
        return (self.exponent * y / x).abs().log()


class SigmoidTransform(Transform):
    """1/(1 + e⁻ˣ).

    Example:
        >>> SigmoidTransform()(0.0)
        tensor(0.5000)
    """

    def _call(self, x: Any) -> Any:
        return x.sigmoid().clamp(1.1754943508222875e-38, 1 - 1.1920928955078125e-07)

    def _inverse(self, y: Any) -> Any:
        kept = y.clamp(1.1754943508222875e-38, 1 - 1.1920928955078125e-07)
        return kept.log() - registry["log1p"](-kept)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Less both softpluses."""
        return -softplus(-x) - softplus(x)


class TanhTransform(Transform):
    """The hyperbolic tangent.

    Example:
        >>> TanhTransform()(0.0)
        tensor(0.)
    """

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return registry["atanh"](y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """2 (ln 2 − x − softplus(−2x))."""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class SoftplusTransform(Transform):
    """ln(1 + eˣ).

    Example:
        >>> SoftplusTransform()(0.0)
        tensor(0.6931)
    """

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-registry["expm1"](-y)).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """−softplus(−x)."""
        return -softplus(-x)


class AffineTransform(Transform):
    """loc + scale x.

    Example:
        >>> AffineTransform(1.0, 2.0)(3.0)
        tensor(7.)
    """

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0) -> None:
        self.loc, self.scale, self.event_dim = as_tensor(loc), as_tensor(scale), event_dim

    @property
    def sign(self) -> Any:
        """That of the scale."""
        return self.scale.sign()

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln |scale|, of each number, or summed over an event."""
        found = registry["expand_to"](self.scale.abs().log(), tuple(x.shape))
        return summed(found, self.event_dim)


class ComposeTransform(Transform):
    """Several, one after the other.

    Example:
        >>> ComposeTransform([ExpTransform(), AffineTransform(0.0, 2.0)])(0.0)
        tensor(2.)
    """

    def __init__(self, parts: Sequence[Transform]) -> None:
        self.parts = list(parts)
        self.bijective = all(part.bijective for part in self.parts)
        self.event_dim = max((part.event_dim for part in self.parts), default=0)

    @property
    def sign(self) -> Any:
        """The product of the signs."""
        return math.prod(part.sign for part in self.parts)

    def _call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part.inv(y)
        return y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum."""
        total: Any = 0.0
        for part in self.parts:
            following = part(x)
            total = total + summed(part.log_abs_det_jacobian(x, following), self.event_dim - part.event_dim)
            x = following
        return total


def summed(x: Any, dims: int) -> Any:
    """Summed over so many last dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> summed(tg.ones(2, 3), 1)
        tensor([3., 3.])
    """
    return x.sum(tuple(range(-dims, 0))) if dims else x
