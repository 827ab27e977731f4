"""Starting values of parameters, under the names of ``torch.nn.init``: each fills a tensor in place and returns it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.generators import default
from tinygrad_fr.handles.creation import empty
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad

if TYPE_CHECKING:
    from tinygrad_fr.generators import Generator
    from tinygrad_fr.handles.tensor import Tensor

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]

_LINEAR = ("linear", "sigmoid", *(f"conv{way}{dims}d" for way in ("", "_transpose") for dims in (1, 2, 3)))


def _filled(tensor: Tensor, values: Any) -> Tensor:
    with no_grad():
        return tensor.copy_(np.asarray(values, tensor.dtype).reshape(tensor.shape))


@in_words
def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """What keeps the size of values through an activation.

    Example:
        >>> round(calculate_gain("relu") ** 2, 6)
        2.0
    """
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool):
            raise UsageError(_("calculate_gain: expected a number for param, got {found}").format(found=param))
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, **dict.fromkeys(_LINEAR, 1.0)}
    if nonlinearity not in gains:
        raise UsageError(
            _("calculate_gain: expected one of {options}, got “{found}”").format(
                options=", ".join(("leaky_relu", *gains)), found=nonlinearity
            )
        )
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Numbers of inputs and outputs of a weight (out, in, kernel…)."""
    if tensor.ndim < 2:
        raise ShapeError(
            _("expected a weight of at least 2 dimensions, got shape {shape}").format(shape=tuple(tensor.shape))
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


@in_words
def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere.

    Example:
        >>> import tinygrad_fr as tg
        >>> constant_(tg.empty(2), 3.0).tolist()
        [3.0, 3.0]
    """
    with no_grad():
        return tensor.fill_(val)


@in_words
def zeros_(tensor: Tensor) -> Tensor:
    """Zeros.

    Example:
        >>> import tinygrad_fr as tg
        >>> zeros_(tg.ones(2)).tolist()
        [0.0, 0.0]
    """
    return constant_(tensor, 0.0)


@in_words
def ones_(tensor: Tensor) -> Tensor:
    """Ones.

    Example:
        >>> import tinygrad_fr as tg
        >>> ones_(tg.zeros(2)).tolist()
        [1.0, 1.0]
    """
    return constant_(tensor, 1.0)


@in_words
def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix.

    Example:
        >>> import tinygrad_fr as tg
        >>> eye_(tg.empty(2, 2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    return _filled(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


@in_words
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Drawn uniformly between a and b.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = uniform_(tg.empty(1000), -2.0, 2.0, generator=tg.Generator(0))
        >>> bool((x.abs() <= 2).all()), abs(x.mean().item()) < 0.1
        (True, True)
    """
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


@in_words
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Drawn from a normal law.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = normal_(tg.empty(1000), mean=5.0, std=0.1, generator=tg.Generator(0))
        >>> round(x.mean().item(), 1), round(x.std().item(), 1)
        (5.0, 0.1)
    """
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


@in_words
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Drawn from a normal law, and drawn again wherever it falls outside [a, b].

    Example:
        >>> import tinygrad_fr as tg
        >>> x = trunc_normal_(tg.empty(1000), std=2.0, a=-1.0, b=1.0, generator=tg.Generator(0))
        >>> bool((x.abs() <= 1).all())
        True
    """
    kind = tensor.dtype

    def below(x: float) -> float:
        return (1 + math.erf((x - mean) / std / math.sqrt(2))) / 2

    with no_grad():
        if below(b) - below(a) > 0.3:
            low, high = (float(np.asarray(bound, kind)) for bound in (a, b))
            found = tensor.normal_(mean, std, generator=generator).numpy().copy()
            again = empty(*tensor.shape, dtype=kind)
            while (outside := (found < low) | (found > high)).any():
                found = np.where(outside, again.normal_(mean, std, generator=generator).numpy(), found)
        else:  # too rare: candidates drawn uniformly, accepted as often as the density says
            peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
            candidate, chance = (empty(*tensor.shape, dtype=kind) for _each in range(2))
            found, pending = np.zeros(tensor.shape, kind), np.ones(tensor.shape, bool)
            while pending.any():
                drawn = candidate.uniform_(a, b, generator=generator).numpy()
                found = np.where(pending, drawn, found)
                density = ((drawn - kind.type(mean)) / kind.type(std)) ** 2 * kind.type(-0.5) - kind.type(peak)
                with np.errstate(divide="ignore"):
                    pending &= np.log(chance.uniform_(generator=generator).numpy()) > density
    return _filled(tensor, found)


@in_words
def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform in ±gain √(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Example:
        >>> import tinygrad_fr as tg
        >>> bool((xavier_uniform_(tg.empty(4, 2)).abs() <= 1).all())  # ±√(6 / (4 + 2))
        True
    """
    bound = math.sqrt(3) * (gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor))))
    return uniform_(tensor, -bound, bound, generator)


@in_words
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal of deviation gain √(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = xavier_normal_(tg.empty(100, 100), generator=tg.Generator(0))
        >>> round(W.std().item(), 2)  # √(2 / 200)
        0.1
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


def _spread(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise UsageError(_("mode: expected “fan_in” or “fan_out”, got “{found}”").format(found=mode))
    fan = _calculate_fan_in_and_fan_out(tensor)[0 if mode == "fan_in" else 1]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


@in_words
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


@in_words
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


@in_words
def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """A matrix with orthonormal rows or columns, the fewer (Saxe et al., 2014).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = orthogonal_(tg.empty(3, 3))
        >>> float((W.T @ W - tg.eye(3)).abs().max()) < 1e-6
        True
    """
    if tensor.ndim < 2:
        raise ShapeError(
            _("expected a weight of at least 2 dimensions, got shape {shape}").format(shape=tuple(tensor.shape))
        )
    if not tensor.numel():
        return tensor
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    with no_grad():
        drawn = empty(rows, columns, dtype=tensor.dtype).normal_(generator=generator).numpy()
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.sign(np.diag(r))
    return _filled(tensor, gain * (q if rows >= columns else q.T))


@in_words
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Normal, with a share of each column set to zero (Martens, 2010).

    Example:
        >>> import tinygrad_fr as tg
        >>> W = sparse_(tg.empty(10, 3), sparsity=0.2)
        >>> (W == 0).sum(0).tolist()
        [2, 2, 2]
    """
    if tensor.ndim != 2:
        raise ShapeError(_("expected a weight of 2 dimensions, got shape {shape}").format(shape=tuple(tensor.shape)))
    zeros = math.ceil(sparsity * tensor.shape[0])
    with no_grad():
        values = tensor.normal_(0, std, generator=generator).numpy().copy()
    for column in range(tensor.shape[1]):
        values[default.permutation(tensor.shape[0])[:zeros], column] = 0
    return _filled(tensor, values)


@in_words
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Kernels that let as many channels through as they can.

    Example:
        >>> import tinygrad_fr as tg
        >>> dirac_(tg.empty(1, 1, 3)).tolist()
        [[[0.0, 1.0, 0.0]]]
    """
    if tensor.ndim not in (3, 4, 5) or tensor.shape[0] % groups:
        raise ShapeError(
            _("dirac_: expected 3, 4 or 5 dimensions, the first divisible by {groups}, got {shape}").format(
                groups=groups, shape=tuple(tensor.shape)
            )
        )
    values, own = np.zeros(tensor.shape), tensor.shape[0] // groups
    middle = tuple(side // 2 for side in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(own, tensor.shape[1])):
            values[(group * own + channel, channel, *middle)] = 1
    return _filled(tensor, values)


def _old(initialiser: Any) -> Any:
    """An initialiser under the name that it had before names of what changes a tensor ended in ``_``."""

    def fill(tensor: Tensor, *args: Any, **options: Any) -> Tensor:
        filled: Tensor = initialiser(tensor, *args, **options)
        return filled

    fill.__name__ = fill.__qualname__ = initialiser.__name__.removesuffix("_")
    given = {"constant": ", 0.5", "sparse": ", 0.5"}.get(fill.__name__, "")
    shape = "(3, 3, 3)" if fill.__name__ == "dirac" else "(3, 3)"
    fill.__doc__ = f"""``{initialiser.__name__}`` under its name of before 2018.

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.empty{shape}
        >>> tg.nn.init.{fill.__name__}(w{given}) is w
        True
    """
    return fill


uniform, normal, constant, eye, dirac = map(_old, (uniform_, normal_, constant_, eye_, dirac_))
xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, orthogonal, sparse = map(
    _old, (xavier_uniform_, xavier_normal_, kaiming_uniform_, kaiming_normal_, orthogonal_, sparse_)
)
