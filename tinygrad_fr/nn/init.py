"""Starting values of parameters, under the names of ``torch.nn.init``: each fills a tensor in place and returns it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _
from tinygrad_fr.random import Generator, default

if TYPE_CHECKING:
    from tinygrad_fr.handles.tensor import Tensor


def _filled(tensor: Tensor, values: Any) -> Tensor:
    tensor.current.rebind(np.asarray(values, tensor.dtype).reshape(tensor.shape))
    return tensor


def _source(generator: Generator | None) -> Any:
    return (generator or default).numpy


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """What keeps the size of values through an activation.

    Example:
        >>> round(calculate_gain("relu") ** 2, 6)
        2.0
    """
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    return gains.get(nonlinearity, 1.0)


def _fans(tensor: Tensor) -> tuple[int, int]:
    """Numbers of inputs and outputs of a weight (out, in, kernel…)."""
    if tensor.ndim < 2:
        raise ShapeError(_("expected a weight of at least 2 dimensions, got shape {shape}").format(shape=tensor.shape))
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere.

    Example:
        >>> import tinygrad_fr as tg
        >>> constant_(tg.empty(2), 3.0).tolist()
        [3.0, 3.0]
    """
    return _filled(tensor, np.full(tensor.shape, val))


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros.

    Example:
        >>> import tinygrad_fr as tg
        >>> zeros_(tg.ones(2)).tolist()
        [0.0, 0.0]
    """
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Ones.

    Example:
        >>> import tinygrad_fr as tg
        >>> ones_(tg.zeros(2)).tolist()
        [1.0, 1.0]
    """
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix.

    Example:
        >>> import tinygrad_fr as tg
        >>> eye_(tg.empty(2, 2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    return _filled(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Drawn uniformly between a and b.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = uniform_(tg.empty(1000), -2.0, 2.0, generator=tg.Generator(0))
        >>> bool((x.abs() <= 2).all()), abs(x.mean().item()) < 0.1
        (True, True)
    """
    return _filled(tensor, _source(generator).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Drawn from a normal law.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = normal_(tg.empty(1000), mean=5.0, std=0.1, generator=tg.Generator(0))
        >>> round(x.mean().item(), 1), round(x.std().item(), 1)
        (5.0, 0.1)
    """
    return _filled(tensor, _source(generator).normal(mean, std, tensor.shape))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform in ±gain √(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Example:
        >>> import tinygrad_fr as tg
        >>> bool((xavier_uniform_(tg.empty(4, 2)).abs() <= 1).all())  # ±√(6 / (4 + 2))
        True
    """
    bound = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal of deviation gain √(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = xavier_normal_(tg.empty(100, 100), generator=tg.Generator(0))
        >>> round(W.std().item(), 2)  # √(2 / 200)
        0.1
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def _spread(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fan = _fans(tensor)[0 if mode == "fan_in" else 1]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform in ±√3 gain / √fan (He et al., 2015).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = kaiming_uniform_(tg.empty(50, 6), nonlinearity="relu", generator=tg.Generator(0))
        >>> 0.9 < W.abs().max().item() <= 1  # √3 √2 / √6
        True
    """
    bound = math.sqrt(3) * _spread(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal of deviation gain / √fan (He et al., 2015).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = kaiming_normal_(tg.empty(100, 200), nonlinearity="relu", generator=tg.Generator(0))
        >>> round(W.std().item(), 2)  # √2 / √200
        0.1
    """
    return normal_(tensor, 0.0, _spread(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """A matrix with orthonormal rows or columns, the fewer (Saxe et al., 2014).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = orthogonal_(tg.empty(3, 3))
        >>> float((W.T @ W - tg.eye(3)).abs().max()) < 1e-6
        True
    """
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    drawn = _source(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diag(r))
    return _filled(tensor, gain * (q if rows >= columns else q.T))
