"""Pooling: each window of the last dimensions is reduced to one number.

A window is a table of indices along each dimension, with a mask for the padding; plain, adaptive and dilated windows differ only in
their tables.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.devices.layout import like
from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import relu
from tinygrad_fr.ops.arithmetic import abs, div, mul, pow
from tinygrad_fr.ops.arithmetic import sign as sign_of
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.gather import gather_along
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.reductions.extremes import max_along
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.kinds import FLOATS, NUMBERS, takes
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.ops.spatial.convolution import each
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.source.docstring import with_example


class Windows(NamedTuple):
    """Positions of windows along one dimension.

    Attributes:
        index: (positions, length) indices, clipped to the input.
        inside: (positions, length) whether they lie in the input.
        counted: number of elements that each window counts, padding included where it is asked for.
    """

    index: Any
    inside: Any
    counted: Any


def _kept(index: Any, inside: Any, counted: Any) -> Windows:
    """Windows that many calls share: nobody writes to them."""
    for array in (index, inside, counted):
        array.flags.writeable = False
    return Windows(index, inside, counted)


@lru_cache(maxsize=256)
def _sliding(side: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> Windows:
    room = side + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= side + padding:  # a window must start inside
        count -= 1
    places = np.arange(max(count, 0))[:, None] * stride - padding + np.arange(kernel) * dilation
    counted = (places < side + padding).sum(1)
    return _kept(np.clip(places, 0, max(side - 1, 0)), (places >= 0) & (places < side), counted)


@lru_cache(maxsize=256)
def _adaptive(side: int, positions: int) -> Windows:
    at = np.arange(positions)
    starts, ends = at * side // max(positions, 1), -(-(at + 1) * side // max(positions, 1))
    places = starts.reshape(-1, 1) + np.arange(np.max(ends - starts, initial=1))
    inside = places < ends.reshape(-1, 1)
    return _kept(np.minimum(places, max(side - 1, 0)), inside, inside.sum(1))


def _windowed(x: Any, windows: list[Windows]) -> tuple[Any, Any]:
    """The input by windows, (…, positions…, elements of a window), and which of these lie inside."""
    n = len(windows)
    index, inside = [], np.ones((1,) * 2 * n, np.bool_)
    for d, w in enumerate(windows):
        shape = [1] * 2 * n
        shape[d], shape[n + d] = w.index.shape
        index.append(w.index.reshape(shape))
        inside = inside & w.inside.reshape(shape)
    positions = tuple(len(w.index) for w in windows)
    size = prod(w.index.shape[1] for w in windows)
    picked = getitem(x, (Ellipsis, *np.broadcast_arrays(*index)))
    inside = np.broadcast_to(inside, (*positions, *(w.index.shape[1] for w in windows)))
    lead = tuple(x.shape[: len(x.shape) - n])
    return reshape_to(picked, (*lead, *positions, size)), inside.reshape(*positions, size)


def _plain(
    name: str, x: Any, n: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> list[Windows]:
    takes(name, x, *(NUMBERS if name.startswith("max") else (*FLOATS, "int64") if name.startswith("avg") else FLOATS))
    kernel = each("kernel_size", kernel_size, n)
    stride = kernel if stride is None or stride == () else each("stride", stride, n)
    padding, dilation = each("padding", padding, n), each("dilation", dilation, n)
    if len(x.shape) not in (n + 1, n + 2):
        raise ShapeError(
            tr("{name}: expected {low} or {high} dimensions, got shape {shape} ({where})").format(
                name=name, low=n + 1, high=n + 2, shape=tuple(x.shape), where=here()
            )
        )
    if (
        min(kernel) < 1
        or min(stride) < 1
        or min(dilation) < 1
        or min(padding) < 0
        or any(2 * p > k for p, k in zip(padding, kernel, strict=True))
    ):
        raise ShapeError(
            tr(
                "{name}: expected a positive kernel and stride, and padding of at most half the kernel, got {kernel}, {stride}, {padding} ({where})"
            ).format(name=name, kernel=kernel, stride=stride, padding=padding, where=here())
        )
    _check_sides(name, x, n)
    windows = [
        _sliding(side, k, s, p, d, ceil_mode)
        for side, k, s, p, d in zip(x.shape[-n:], kernel, stride, padding, dilation, strict=True)
    ]
    if any(not len(w.index) for w in windows):
        raise ShapeError(
            tr("{name}: the window {kernel} is larger than the padded input {sides} ({where})").format(
                name=name, kernel=kernel, sides=tuple(x.shape[-n:]), where=here()
            )
        )
    return windows


def _max(x: Any, windows: list[Windows]) -> tuple[Any, Any]:
    """Largest element of each window, and its place in the flattened input."""
    picked, inside = _windowed(x, windows)
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
    picked, inside = _windowed(x, windows)
    total = sum(picked if np.all(inside) else where(inside, picked, 0), -1)
    if dtype_of(x).kind != "f":  # integers are divided as C divides them
        shares = computed(lambda total: np.sign(total) * (np.abs(total) // divisor), total)
        return shares if isinstance(total, np.ndarray) else constant(shares)
    return div(total, np.asarray(divisor, dtype_of(x)))


def _images(x: Array) -> Array:
    """Images (n, H, W) in a dtype of the kernels: half precision is widened."""
    wide = x if x.dtype.char in "fd" else x.astype(np.float32)
    return np.ascontiguousarray(wide).reshape(prod(x.shape[:-2]), *x.shape[-2:])


def _flat(x: Array) -> Array:
    """The same with the elements of an image in a row, (n, H · W)."""
    return _images(x).reshape(prod(x.shape[:-2]), prod(x.shape[-2:]))


def _tables(windows: list[Windows]) -> tuple[Any, Any, Any, Any]:
    """What the kernels ask of the windows of images: a table per dimension."""
    rows, columns = windows
    return (
        np.ascontiguousarray(rows.index, np.int64),
        np.ascontiguousarray(rows.inside),
        np.ascontiguousarray(columns.index, np.int64),
        np.ascontiguousarray(columns.inside),
    )


_PLAIN = frozenset((int, bool, type(None)))
_KEPT = 256  # answers, each a few numbers


class _Known:
    """What was found of windows, by the form of an input and the other arguments, where these are plain numbers: the same call is checked once."""

    def __init__(self, find: Any) -> None:
        self.find = find
        self.found: dict[Any, Any] = {}

    def __call__(self, input: Array, attrs: dict[str, Any]) -> Any:
        """What ``find(input, **attrs)`` gives."""
        key: list[Any] = [input.shape, input.dtype]
        for value in attrs.values():
            kind = value.__class__
            if kind not in _PLAIN and not (kind is tuple and all(part.__class__ is int for part in value)):
                return self.find(input, **attrs)
            key += (kind, value)
        found = self.found.get(known := tuple(key))
        if found is None:
            if len(self.found) >= _KEPT:
                self.found.clear()
            found = self.found[known] = self.find(input, **attrs)
        return found


def _kernels() -> Any:
    """The kernels, imported with numba when one is first needed."""
    return imported("tinygrad_fr.kernels.images.pooling")


def _fuse_max(pool: Any, windows_of: Any) -> None:
    """Largest elements of images by one kernel."""

    def find(input: Array, **attrs: Any) -> tuple[Any, Any]:
        windows = windows_of(input, **attrs)
        return (*input.shape[:-2], *(len(w.index) for w in windows)), _tables(windows)

    known = _Known(find)

    def forward(input: Array, **attrs: Any) -> tuple[Any, Any]:
        if input.dtype.kind != "f":
            return pool.equations(input, **attrs), None
        shape, tables = known(input, attrs)
        values, places = _kernels().maxima(_images(input), *tables)
        values = like(values.reshape(shape).astype(input.dtype, copy=False), input)
        return (values, like(places.reshape(shape), input)), places

    def backward(g: Any, places: Array, needs: int, input: Array, **attrs: Any) -> tuple[Array | None]:
        if g[0] is None:
            return (None,)
        back = _kernels().back_to(_flat(g[0]), places, input.shape[-2] * input.shape[-1])
        return (back.reshape(input.shape).astype(input.dtype, copy=False),)

    pool.fused(forward, backward)


def _is_whole(windows: Windows, side: int) -> bool:
    """Whether there is one window, of every element of a dimension once."""
    return windows.index.shape == (1, side) and bool(windows.inside.all()) and windows.index[0, -1] == side - 1


def _fuse_mean(pool: Any, windows_of: Any) -> None:
    """Means of images by one kernel; ``windows_of`` also says what to divide by."""

    def find(input: Array, **attrs: Any) -> tuple[Any, Any, Any]:
        windows, divisor = windows_of(input, **attrs)
        wide = input.dtype if input.dtype.char in "fd" else np.dtype(np.float32)
        shape = (*input.shape[:-2], *(len(w.index) for w in windows))
        whole = all(_is_whole(w, side) for w, side in zip(windows, input.shape[-2:], strict=True))
        return shape, np.asarray(divisor, wide), None if whole else _tables(windows)

    known = _Known(find)

    def forward(input: Array, **attrs: Any) -> tuple[Any, Any]:
        if input.dtype.kind != "f":
            return pool.equations(input, **attrs), None
        shape, divisor, tables = known(input, attrs)
        if tables is None:
            y = np.add.reduce(_flat(input), axis=1).reshape(shape) / divisor
        else:
            y = _kernels().sums(_images(input), *tables).reshape(shape) / divisor
        return like(y.astype(input.dtype, copy=False), input), None

    def backward(g: Array, saved: None, needs: int, input: Array, **attrs: Any) -> tuple[Array | None]:
        _shape, divisor, tables = known(input, attrs)
        share = g / divisor.astype(g.dtype, copy=False)
        if tables is None:
            return (np.ascontiguousarray(np.broadcast_to(share, input.shape), input.dtype),)
        share = _flat(share)
        back = _kernels().spread(share, *tables, *input.shape[-2:])
        return (back.reshape(input.shape).astype(input.dtype, copy=False),)

    pool.fused(forward, backward)


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


# Each has an example of its own: arguments, and what they give.
_EXAMPLES = {
    "max_pool1d": ("(tg.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)", "tensor([[3., 5.]])"),
    "max_pool2d": ("(tg.arange(16.0).reshape(1, 4, 4), 2).tolist()", "[[[5.0, 7.0], [13.0, 15.0]]]"),
    "max_pool3d": ("(tg.arange(8.0).reshape(1, 2, 2, 2), 2).tolist()", "[[[[7.0]]]]"),
    "avg_pool1d": ("(tg.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)", "tensor([[2., 4.]])"),
    "avg_pool2d": ("(tg.arange(16.0).reshape(1, 4, 4), 2).tolist()", "[[[2.5, 4.5], [10.5, 12.5]]]"),
    "avg_pool3d": ("(tg.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1)).tolist()", "[[[[2.0, 3.0], [4.0, 5.0]]]]"),
    "adaptive_max_pool1d": ("(tg.tensor([[1.0, 9.0, 2.0, 4.0, 3.0]]), 2)", "tensor([[9., 4.]])"),
    "adaptive_max_pool2d": ("(tg.arange(16.0).reshape(1, 4, 4), (2, 1)).tolist()", "[[[7.0], [15.0]]]"),
    "adaptive_max_pool3d": ("(tg.arange(24.0).reshape(1, 2, 3, 4), 1).item()", "23.0"),
    "adaptive_avg_pool1d": ("(tg.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]), 3)", "tensor([[1.5000, 3.5000, 5.5000]])"),
    "adaptive_avg_pool2d": ("(tg.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]]), 1).item()", "4.0"),
    "adaptive_avg_pool3d": ("(tg.ones(3, 4, 6, 8), (1, 2, None)).shape", "torch.Size([3, 1, 2, 8])"),
    "max_unpool1d": ("(tg.tensor([[3.0, 5.0]]), tg.tensor([[1, 3]]), 2)", "tensor([[0., 3., 0., 5.]])"),
    "max_unpool2d": ("(tg.tensor([[[7.0]]]), tg.tensor([[[2]]]), 2).tolist()", "[[[0.0, 0.0], [7.0, 0.0]]]"),
    "max_unpool3d": (
        "(tg.tensor([[[[9.0]]]]), tg.tensor([[[[5]]]]), 2).tolist()",
        "[[[[0.0, 0.0], [0.0, 0.0]], [[0.0, 9.0], [0.0, 0.0]]]]",
    ),
    "lp_pool1d": ("(tg.tensor([[3.0, 4.0, 6.0, 8.0]]), 2, 2)", "tensor([[ 5., 10.]])"),
    "lp_pool2d": ("(tg.tensor([[[1.0, 5.0], [5.0, 7.0]]]), 2, 2)", "tensor([[[10.]]])"),
    "lp_pool3d": ("(tg.ones(1, 2, 2, 2), 3, 2)", "tensor([[[[2.]]]])"),
    "max_pool1d_with_indices": ("(tg.tensor([[4.0, 2.0, 6.0, 8.0]]), 2)", "(tensor([[4., 8.]]), tensor([[0, 3]]))"),
    "max_pool2d_with_indices": ("(tg.arange(16.0).reshape(1, 4, 4), 2)[1].tolist()", "[[[5, 7], [13, 15]]]"),
    "max_pool3d_with_indices": ("(tg.arange(8.0).reshape(1, 2, 2, 2), 2)[1].item()", "7"),
    "adaptive_max_pool1d_with_indices": (
        "(tg.tensor([[1.0, 9.0, 2.0, 4.0, 3.0]]), 2)",
        "(tensor([[9., 4.]]), tensor([[1, 3]]))",
    ),
    "adaptive_max_pool2d_with_indices": (
        "(tg.arange(16.0).reshape(1, 4, 4), (2, 1))[1].tolist()",
        "[[[7], [15]]]",
    ),
    "adaptive_max_pool3d_with_indices": ("(tg.arange(24.0).reshape(1, 2, 3, 4), 1)[1].item()", "23"),
}


def _told(name: str, doc: str) -> str:
    home = "tg" if name.endswith("_with_indices") else "tg.nn.functional"
    arguments, shown = _EXAMPLES[name]
    return with_example(doc, {f"{home}.{name}{arguments}": shown})


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
        return _plain(f"max_pool{n}d", input, n, *given, **named)

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

    if n == 2:
        _fuse_max(max_pool, max_windows)
    _enter(plain, f"max_pool{n}d", "Largest element of each window; with its place when asked for.")
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
        windows = _plain(f"avg_pool{n}d", input, n, kernel_size, stride, padding, 1, ceil_mode)
        if divisor_override is None:
            return windows, _outer([w.counted if count_include_pad else w.inside.sum(1) for w in windows])
        if not divisor_override:
            raise UsageError(tr("avg_pool: the divisor must not be zero ({where})").format(where=here()))
        return windows, divisor_override

    if n == 2:
        _fuse_mean(avg_pool, mean_windows)
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
        return _adapted(f"adaptive_max_pool{n}d", input, n, output_size)

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
        windows = _adapted(f"adaptive_avg_pool{n}d", input, n, output_size)
        return windows, _outer([w.counted for w in windows])

    if n == 2:
        _fuse_max(adaptive_max, adapted_max)
        _fuse_mean(adaptive_avg, adapted_mean)
    doc = "Largest element of windows that make an output of the given size."
    _enter(adaptive_plain, f"adaptive_max_pool{n}d", doc)
    return adaptive_max, adaptive_avg


def _inside(index: Any, sides: tuple[int, ...]) -> Any:
    """Places in a flattened output of these sides, or an error that names it."""
    if index.size and (index.min() < 0 or index.max() >= prod(sides)):
        raise ShapeError(
            tr("max_unpool: an index lies outside the output {sides} ({where})").format(sides=sides, where=here())
        )
    return index


def _unpool_sample(draw: Draw) -> Sample:
    size = draw.integer(2, 5)
    places = np.arange(size)[draw.integer(0, 1) :: draw.integer(1, 2)]
    return Sample((draw.array((2, len(places))),), {"index": np.stack([places, places[::-1]]), "size": size})


@structured(
    symbol="[ ]←",
    latex=r"0_{i} \leftarrow x",
    reads="",
    sample=_unpool_sample,
    method=False,
    explained=Explanation(shown_as="max_unpool1d"),
)
def unpool_rows(x: Array, index: Any, size: int) -> Array:
    """Rows of zeros with elements where the index says: the last one stays where windows overlap.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["unpool_rows"](tg.tensor([[3.0, 5.0]]), tg.tensor([[1, 3]]), 4)
        tensor([[0., 3., 0., 5.]])
    """
    result = np.zeros((*x.shape[:-1], size), x.dtype)
    np.put_along_axis(result, np.asarray(index), x, -1)
    return result


@unpool_rows.derivative("x")
def _(
    g: Any, y: Any, x: Any, index: Any, size: int
) -> Any:  # as PyTorch: where windows overlap, each receives the whole
    return gather_along(g, len(x.shape) - 1, index)


def _max_unpool(n: int) -> None:
    """Enter the inverse of max pooling over n dimensions."""

    def unpool(
        input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Any:
        if tuple(indices.shape) != tuple(input.shape):
            raise refusal(f"max_unpool{n}d", tr("indices of the input’s shape"), tuple(indices.shape))
        kernel = each("kernel_size", kernel_size, n)
        steps = kernel if stride is None or stride == () else each("stride", stride, n)
        border = each("padding", padding, n)
        sides = tuple(
            (side - 1) * s - 2 * p + k for side, s, p, k in zip(input.shape[-n:], steps, border, kernel, strict=True)
        )
        sides = sides if output_size is None else tuple(output_size)[-n:]
        lead = tuple(input.shape[:-n])
        flat = computed(lambda index: _inside(index, sides).reshape(*lead, -1), indices)
        return reshape_to(unpool_rows(reshape_to(input, flat.shape), flat, prod(sides)), (*lead, *sides))

    _enter(unpool, f"max_unpool{n}d", "Elements put back where max pooling found them, zeros elsewhere.")


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

    _enter(lp, f"lp_pool{n}d", "Norm of order p of each window.")


def _enter(made: Any, name: str, doc: str) -> None:
    """Enter a function that records operations under PyTorch's name."""
    made.__name__, made.__doc__ = name, _told(name, doc)
    function(made)


def _check_sides(name: str, x: Any, n: int) -> None:
    """Raise where there is nothing to take windows of: an element of none has no place."""
    if 0 in x.shape[-n:]:
        raise refusal(name, tr("sides of one element at least"), tuple(x.shape))


def _adapted(name: str, x: Any, n: int, output_size: Any) -> list[Windows]:
    if len(x.shape) not in (n + 1, n + 2):
        raise ShapeError(
            tr("{name}: expected {low} or {high} dimensions, got shape {shape} ({where})").format(
                name=name, low=n + 1, high=n + 2, shape=tuple(x.shape), where=here()
            )
        )
    takes(name, x, *FLOATS)
    _check_sides(name, x, n)
    sizes = (output_size,) * n if output_size is None or isinstance(output_size, int) else tuple(output_size)
    if len(sizes) != n or any(size is not None and size < 0 for size in sizes):
        raise ShapeError(
            tr("{name}: expected one size or {n}, got {found} ({where})").format(
                name=name, n=n, found=sizes, where=here()
            )
        )
    return [_adaptive(side, side if size is None else size) for side, size in zip(x.shape[-n:], sizes, strict=True)]


for _n in (1, 2, 3):
    _with_indices, _max_of = _max_pool(_n)
    _mean_of = _avg_pool(_n)
    _max_unpool(_n)
    _lp_pool(_n, _max_of, _mean_of)
    for _op in (_with_indices, _mean_of, *_adaptive_pools(_n)):
        _op.__doc__ = _told(_op.name, _op.__doc__ or "")
