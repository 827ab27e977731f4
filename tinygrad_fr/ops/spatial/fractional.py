"""Fractional max pooling: the output has a given size, and random numbers place the windows in each plane."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.errors import DtypeError, RangeError, UsageError
from tinygrad_fr.generators import drawn
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.indexing.gather import gather_along
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of
from tinygrad_fr.ops.spatial.sides import each
from tinygrad_fr.source.docstring import with_example

Sides = tuple[int, ...]


def _starts(draws: Any, side: int, count: int, kernel: int) -> Any:
    """First places of windows along one dimension, (planes, count): steps of equal length that begin within one, and the last window at the end."""
    draws = draws[:, None]
    step = (draws.dtype.type(side - kernel) / draws.dtype.type(count - 1)) if count > 1 else draws.dtype.type(0)
    at = np.arange(count).astype(draws.dtype)
    starts = ((at + draws) * step).astype(np.int64) - (draws * step).astype(np.int64)
    starts[:, count - 1 :] = side - kernel
    return np.clip(starts, 0, side - kernel)  # draws outside of [0, 1) stay in the image too


def _places(x: Any, draws: Any, kernel: Sides, sizes: Sides) -> Any:
    """Where the largest element of each window is in its flattened plane: the first one, or the last that is no number."""
    n = len(kernel)
    sides, planes = x.shape[-n:], prod(x.shape[:-n])
    draws = draws[: max(1, planes // x.shape[-n - 1])].reshape(planes, n)
    draws = draws if draws.dtype == np.float64 else draws.astype(np.float32)
    flat = np.zeros((planes, *(1,) * 2 * n), np.int64)
    for d in range(n):  # the first number is the last dimension's in images, the first one's in volumes
        starts = _starts(draws[:, n - 1 - d if n == 2 else d], sides[d], sizes[d], kernel[d])
        places = starts[..., None] + np.arange(kernel[d])
        shape = [planes, *(1,) * 2 * n]
        shape[1 + d], shape[1 + n + d] = places.shape[1:]
        flat = flat * sides[d] + places.reshape(shape)
    windows = flat.reshape(planes, prod(sizes), prod(kernel))
    chosen = windows.reshape(planes, prod(sizes) * prod(kernel))
    picked = np.take_along_axis(x.reshape(planes, prod(sides)), chosen, 1).reshape(windows.shape)
    missing = np.isnan(picked)
    last = picked.shape[-1] - 1 - missing[..., ::-1].argmax(-1)
    best = np.where(missing.any(-1), last, picked.argmax(-1))
    return np.take_along_axis(windows, best[..., None], -1).reshape(*x.shape[:-n], prod(sizes))


def _sizes(name: str, input: Any, n: int, kernel: Sides, output_size: Any, output_ratio: Any) -> Sides:
    """The sides of the output, from one of the two ways to say them."""
    if output_size is None and output_ratio is None:
        raise UsageError(tr("{name}: expected output_size or output_ratio, got neither").format(name=name))
    sides = tuple(input.shape[-n:])
    if output_size is None:
        ratios = (output_ratio,) * n if isinstance(output_ratio, float | int) else tuple(output_ratio)
        if len(ratios) != n:
            raise refusal(name, tr("one ratio or {n}").format(n=n), ratios)
        output_size = tuple(int(side * ratio) for side, ratio in zip(sides, ratios, strict=True))
    sizes = each("output_size", output_size, n)
    most = [side - (n == 3) for side in sides]  # as PyTorch: windows of volumes leave one place over
    if min(kernel) < 1 or min(sizes) < 0 or any(o + k - 1 > s for o, k, s in zip(sizes, kernel, most, strict=True)):
        expected = tr("windows {kernel} that fit into {sides}, {sizes} of them").format(
            kernel=kernel, sides=sides, sizes=sizes
        )
        raise refusal(name, expected, tuple(input.shape))
    return sizes


def _draws(name: str, input: Any, n: int, given: Any) -> Any:
    """Random numbers for each plane, (batch, channels, n): those given, or PyTorch's from the generator."""
    batch, channels = (input.shape[0] if len(input.shape) == n + 2 else 1), input.shape[-n - 1]
    if given is None:
        return drawn(lambda source: source.uniform((batch, channels, n), dtype=dtype_of(input)))
    if dtype_of(given) != dtype_of(input):
        raise refusal(name, tr("random numbers of the input’s dtype"), dtype_of(given), DtypeError)
    shape = tuple(given.shape)
    if len(shape) != 3 or shape[0] < batch or shape[1:] != (channels, n):
        raise refusal(name, tr("random numbers of shape {shape}").format(shape=(batch, channels, n)), shape)
    return given


_EXAMPLES = {
    2: (
        "(tg.arange(30.0).reshape(1, 5, 6), 2, (2, 3), _random_samples=tg.tensor([[[0.3, 0.6]]])).tolist()",
        "[[[7.0, 9.0, 11.0], [25.0, 27.0, 29.0]]]",
    ),
    3: ("(tg.arange(27.0).reshape(1, 3, 3, 3), 2, output_ratio=0.4).tolist()", "[[[[26.0]]]]"),
}


def _fractional(n: int) -> None:
    """Enter fractional max pooling over n dimensions."""
    name = f"fractional_max_pool{n}d"

    def pool(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        takes(name, input, *FLOATS)
        if len(input.shape) not in (n + 1, n + 2):
            raise refusal(
                name, tr("{low} or {high} dimensions").format(low=n + 1, high=n + 2), tuple(input.shape), RangeError
            )
        if 0 in input.shape[-n - 1 :]:
            raise refusal(name, tr("sides of one element at least"), tuple(input.shape))
        kernel = each("kernel_size", kernel_size, n)
        sizes = _sizes(name, input, n, kernel, output_size, output_ratio)
        draws = _draws(name, input, n, _random_samples)
        lead = tuple(input.shape[:-n])
        planes = reshape_to(input, (*lead, prod(input.shape[-n:])))
        places = computed(lambda x, draws: _places(x, draws, kernel, sizes), input, draws)
        values = reshape_to(gather_along(planes, len(lead), places), (*lead, *sizes))
        return (values, reshape_to(constant(places), (*lead, *sizes))) if return_indices else values

    pool.__name__ = name
    doc = "Largest element of windows at random places, as many as asked for; with its place when asked for."
    arguments, shown = _EXAMPLES[n]
    pool.__doc__ = with_example(doc, {f"tg.nn.functional.{name}{arguments}": shown})
    function(pool)


for _n in (2, 3):
    _fractional(_n)
