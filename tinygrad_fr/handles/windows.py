"""Windows: weights that fade a stretch of a signal in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.special import i0
from tinygrad_fr.promotion.dtype import as_dtype, get_default_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.handles.tensor import Tensor


def _window(
    name: str,
    length: int,
    periodic: bool,
    weights: Callable[[Any, int], Any],
    dtype: Any,
    device: Any,
    requires_grad: bool,
) -> Tensor:
    """A window of a length: of the places and of the last of them, its weights.

    Raises:
        UsageError: the length is below 0.
        DtypeError: the elements are no floats.
    """
    checked_device(device)
    kind = as_dtype(dtype or get_default_dtype())
    if kind.kind != "f":
        raise DtypeError(_("{name}: expected a floating dtype, got {found}").format(name=name, found=dtype))
    if length < 0:
        raise UsageError(_("{name}: expected a length of at least 0, got {found}").format(name=name, found=length))
    if length < 2:
        return tensor(np.ones(length, kind), requires_grad=requires_grad)
    count = length + 1 if periodic else length  # a window that is to be repeated ends before its beginning comes again
    found = np.asarray(weights(np.arange(count, dtype=np.float64), count - 1))
    return tensor(found[:length].astype(kind), requires_grad=requires_grad)


@in_words
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """α − β cos(2π n/N): a wave of one period, which does not reach 0.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.hamming_window(4)
        tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """

    def weights(n: Any, last: int) -> Any:
        return alpha - beta * np.cos(2 * np.pi * n / last)

    return _window("hamming_window", window_length, periodic, weights, dtype, device, requires_grad)


@in_words
def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """½ − ½ cos(2π n/N): a wave of one period, from 0 to 1 and back.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.hann_window(4), tg.hann_window(3, periodic=False)
        (tensor([0.0000, 0.5000, 1.0000, 0.5000]), tensor([0., 1., 0.]))
    """

    def weights(n: Any, last: int) -> Any:
        return 0.5 - 0.5 * np.cos(2 * np.pi * n / last)

    return _window("hann_window", window_length, periodic, weights, dtype, device, requires_grad)


@in_words
def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """0.42 − 0.5 cos(2π n/N) + 0.08 cos(4π n/N).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.blackman_window(4)[1:]
        tensor([0.3400, 1.0000, 0.3400])
    """

    def weights(n: Any, last: int) -> Any:
        return 0.42 - 0.5 * np.cos(2 * np.pi * n / last) + 0.08 * np.cos(4 * np.pi * n / last)

    return _window("blackman_window", window_length, periodic, weights, dtype, device, requires_grad)


@in_words
def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """1 − |2n/N − 1|: a triangle.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.bartlett_window(4)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """

    def weights(n: Any, last: int) -> Any:
        return 1 - np.abs(2 * n / last - 1)

    return _window("bartlett_window", window_length, periodic, weights, dtype, device, requires_grad)


@in_words
def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """I₀(β √(1 − (2n/N − 1)²)) / I₀(β), of the modified Bessel function.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.kaiser_window(4, beta=0.0)
        tensor([1., 1., 1., 1.])
    """

    def weights(n: Any, last: int) -> Any:
        return i0(beta * np.sqrt(np.maximum(1 - (2 * n / last - 1) ** 2, 0))) / i0(np.asarray(float(beta)))

    return _window("kaiser_window", window_length, periodic, weights, dtype, device, requires_grad)
