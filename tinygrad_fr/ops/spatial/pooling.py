"""Pooling: each window of the last dimensions is reduced to one number."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import relu
from tinygrad_fr.ops.arithmetic import abs, div, mul, pow
from tinygrad_fr.ops.arithmetic import sign as sign_of
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.reductions.extremes import max_along
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.ops.spatial.pooling_examples import enter, with_own_example
from tinygrad_fr.ops.spatial.pooling_kernels import fuse_max, fuse_mean
from tinygrad_fr.ops.spatial.sides import each
from tinygrad_fr.ops.spatial.windows import Windows, adaptive_windows, sliding_windows, windowed
from tinygrad_fr.sampling import Draw, Sample


def _max(x: Any, windows: list[Windows]) -> tuple[Any, Any]:
    """Largest element of each window, and its place in the flattened input."""
    picked, inside = windowed(x, windows)
    if not np.all(inside):
        dtype = dtype_of(x)
        lowest = -np.inf if dtype.kind == "f" else np.asarray(np.iinfo(dtype).min, dtype)
        picked = where(inside, picked, lowest)
    values, at = max_along(picked, -1)
    at = value_of(at)
    n = len(windows)
    flat = np.zeros((), np.int64)
    inside_window = np.unravel_index(at, tuple(w.index.shape[1] for w in windows))
    for d, (w, k) in enumerate(zip(windows, inside_window, strict=True)):
        row = np.arange(len(w.index)).reshape([-1 if i == d else 1 for i in range(n)])
        flat = flat * x.shape[len(x.shape) - n + d] + w.index[row, k]
    return values, flat


def _mean(x: Any, windows: list[Windows], divisor: Any) -> Any:
    picked, inside = windowed(x, windows)
    total = sum(picked if np.all(inside) else where(inside, picked, 0), -1)
    if dtype_of(x).kind != "f":  # integers are divided as C divides them
        shares = computed(lambda total: np.sign(total) * (np.abs(total) // divisor), total)
        return shares if isinstance(total, np.ndarray) else constant(shares)
    return div(total, np.asarray(divisor, dtype_of(x)))


def _outer(counts: list[Any]) -> Any:
    result = np.ones((), np.int64)
    for count in counts:
        result = np.multiply.outer(result, count)
    return result


def _max_sample(n: int) -> Any:
    def sample(draw: Draw) -> Sample:
        x = draw.array((1, 2, *(draw.integer(2, 4 if n < 3 else 3) for _each in range(n))))
        return Sample(
            (x,),
            {
                "kernel_size": 2,
                "stride": draw.choice([None, 1]),
                "padding": draw.integer(0, 1),
                "ceil_mode": draw.choice([False, True]),
            },
        )

    return sample


def _adaptive_sample(n: int) -> Any:
    def sample(draw: Draw) -> Sample:
        x = draw.array((2, *(draw.integer(2, 4 if n < 3 else 3) for _each in range(n))))
        return Sample((x,), {"output_size": tuple(draw.integer(1, 3) for _each in range(n))})

    return sample


_LARGEST = Explanation(
    forward=message("Keep the largest number of each window."),
    backward=message("Only the largest number of each window receives the gradient."),
)
_MEAN = Explanation(
    forward=message("Keep the mean of each window."),
    backward=message("Each window shares its gradient equally among its numbers."),
)
_TIE: Any = {"kinks": ("ties",), "at_kink": "The gradient goes to the first of the largest elements."}


def _max_pool(n: int) -> tuple[Any, Any]:
    """Enter max pooling over n dimensions: the operation, and PyTorch's function."""

    @composite(
        symbol="max",
        latex=r"\max_{k} x_{s i + d k - p}",
        sample=_max_sample(n),
        method=False,
        name=f"max_pool{n}d_with_indices",
        explained=_LARGEST,
        **_TIE,
    )
    def max_pool(
        input: Array, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
    ) -> tuple[Array, Array]:
        """Largest element of each window, and its place in the flattened input."""
        return _max(input, max_windows(input, kernel_size, stride, padding, dilation, ceil_mode))

    def max_windows(input: Any, *given: Any, **named: Any) -> list[Windows]:
        return sliding_windows(f"max_pool{n}d", input, n, *given, **named)

    def plain(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if n == 1 and not return_indices:
            takes("max_pool1d", input, *FLOATS)
        values, indices = max_pool(input, kernel_size, stride, padding, dilation, ceil_mode)
        return (values, indices) if return_indices else values

    if n < 3:
        fuse_max(max_pool, max_windows, n)
    enter(plain, f"max_pool{n}d", "Largest element of each window; with its place when asked for.")
    return max_pool, plain


def _avg_pool(n: int) -> Any:
    """Enter average pooling over n dimensions."""

    @composite(
        symbol="mean",
        latex=r"\frac{1}{n} \sum_k x_{s i + k - p}",
        sample=_max_sample(n),
        method=False,
        name=f"avg_pool{n}d",
        explained=_MEAN,
    )
    @in_single
    def avg_pool(
        input: Array,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Array:
        """Mean of each window."""
        given = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        return _mean(input, *mean_windows(input, *given))

    def mean_windows(
        input: Any,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        ceil_mode: bool,
        count_include_pad: bool,
        divisor_override: int | None,
    ) -> tuple[list[Windows], Any]:
        """The windows, and what their sums are divided by."""
        windows = sliding_windows(f"avg_pool{n}d", input, n, kernel_size, stride, padding, 1, ceil_mode)
        if divisor_override is None:
            return windows, _outer([w.counted if count_include_pad else w.inside.sum(1) for w in windows])
        if not divisor_override:
            raise UsageError(tr("avg_pool: the divisor must not be zero ({where})").format(where=here()))
        return windows, divisor_override

    if n < 3:
        fuse_mean(avg_pool, mean_windows, n)
    return avg_pool


def _adaptive_pools(n: int) -> tuple[Any, Any]:
    """Enter the poolings over n dimensions that make an output of a given size."""

    @composite(
        symbol="max",
        latex=r"\max_k x_k",
        sample=_adaptive_sample(n),
        method=False,
        name=f"adaptive_max_pool{n}d_with_indices",
        explained=_LARGEST,
        **_TIE,
    )
    def adaptive_max(input: Array, output_size: Any) -> tuple[Array, Array]:
        """Largest element of windows that make an output of the given size, and its place."""
        return _max(input, adapted_max(input, output_size))

    def adapted_max(input: Any, output_size: Any) -> list[Windows]:
        return adaptive_windows(f"adaptive_max_pool{n}d", input, n, output_size)

    def adaptive_plain(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        values, indices = adaptive_max(input, output_size)
        return (values, indices) if return_indices else values

    @composite(
        symbol="mean",
        latex=r"\frac{1}{n} \sum_k x_k",
        sample=_adaptive_sample(n),
        method=False,
        name=f"adaptive_avg_pool{n}d",
        explained=_MEAN,
    )
    def adaptive_avg(input: Array, output_size: Any) -> Array:
        """Mean of windows that make an output of the given size."""
        return _mean(input, *adapted_mean(input, output_size))

    def adapted_mean(input: Any, output_size: Any) -> tuple[list[Windows], Any]:
        windows = adaptive_windows(f"adaptive_avg_pool{n}d", input, n, output_size)
        return windows, _outer([w.counted for w in windows])

    if n < 3:
        fuse_max(adaptive_max, adapted_max, n)
        fuse_mean(adaptive_avg, adapted_mean, n)
    doc = "Largest element of windows that make an output of the given size."
    enter(adaptive_plain, f"adaptive_max_pool{n}d", doc)
    return adaptive_max, adaptive_avg


def _lp_pool(n: int, max_pool: Any, avg_pool: Any) -> None:
    """Enter power-average pooling over n dimensions."""

    def lp(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
        takes(f"lp_pool{n}d", input, *FLOATS)
        if norm_type in (np.inf, -np.inf):
            sign = 1 if norm_type > 0 else -1
            return mul(sign, max_pool(mul(sign, abs(input)), kernel_size, stride, 0, 1, ceil_mode))
        # As PyTorch does: powers keep their sign, and a window that leaves the image counts as a whole one.
        mean = avg_pool(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
        kept = mul(sign_of(mean), relu(abs(mean)))  # no gradient where the sum is 0
        return pow(mul(kept, prod(each("kernel_size", kernel_size, n))), 1 / norm_type)

    enter(lp, f"lp_pool{n}d", "Norm of order p of each window.")


for _n in (1, 2, 3):
    _with_indices, _max_of = _max_pool(_n)
    _mean_of = _avg_pool(_n)
    _lp_pool(_n, _max_of, _mean_of)
    for _op in (_with_indices, _mean_of, *_adaptive_pools(_n)):
        _op.__doc__ = with_own_example(_op.name, _op.__doc__ or "")
