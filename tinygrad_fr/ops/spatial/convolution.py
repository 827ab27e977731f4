"""Convolutions of any number of dimensions, and their transposes.

A convolution is linear in its input and in its weight. Its two derivatives are operations of their own, each linear
in its operands too, so the three are one another's derivatives at every order.
"""

from __future__ import annotations

import math
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.devices.layout import like
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.kernels.images import convolution as fast
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.shapes.padding import pad_constant
from tinygrad_fr.ops.shapes.shape import reshape_to, squeeze, unsqueeze
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.sums import added

Sides = tuple[int, ...]
_KEPT = 2**24  # bytes of columns that a record keeps for the backward pass


def _by_kernel(x: Array, w: Array, groups: int) -> bool:
    """Whether a kernel convolves these in place of numpy's passes."""
    return groups == 1 and accelerator().kernels and fast.fits(x, w)


def _columns(x: Array, kernel: Sides, out: Sides, stride: Sides, padding: Sides, dilation: Sides, groups: int) -> Array:
    """The first windows of the padded input, each a column: (N, groups, C/groups · kernel, positions)."""
    if any(padding):
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    n, c = x.shape[:2]
    steps = x.strides[2:]
    windows = np.lib.stride_tricks.as_strided(
        x,
        (n, c, *kernel, *out),
        (
            *x.strides[:2],
            *(s * d for s, d in zip(steps, dilation, strict=True)),
            *(s * t for s, t in zip(steps, stride, strict=True)),
        ),
        writeable=False,
    )
    return windows.reshape(n, groups, c // groups * prod(kernel), prod(out))


def output_sides(sides: Sides, kernel: Sides, stride: Sides, padding: Sides, dilation: Sides) -> Sides:
    """Number of positions of the kernel along each dimension."""
    return tuple(
        (side + 2 * p - d * (k - 1) - 1) // s + 1
        for side, k, s, p, d in zip(sides, kernel, stride, padding, dilation, strict=True)
    )


def _fills(name: str, out: Sides, *windows: Sides) -> bool:
    """Whether a kernel has just so many positions on the sides of an input, and not more; windows are :func:`output_sides`'.

    Raises:
        ShapeError: it has fewer than are asked for.
    """
    expected = output_sides(*windows)
    if len(out) != len(expected) or any(o > e for o, e in zip(out, expected, strict=True)):
        raise refusal(name, tr("{positions} positions of the kernel").format(positions=expected), tuple(out))
    return tuple(out) == expected


def _sample(draw: Draw) -> tuple[Array, Array, dict[str, Any]]:
    n = draw.integer(1, 2)
    groups = draw.integer(1, 2)
    kernel = tuple(draw.integer(1, 2) for _each in range(n))
    stride, padding, dilation = (tuple(draw.integer(low, 2 - (1 - low)) for _each in range(n)) for low in (1, 0, 1))
    sides = tuple(d * (k - 1) + 1 + draw.integer(0, 2) for k, d in zip(kernel, dilation, strict=True))
    x = draw.array((draw.integer(1, 2), groups * draw.integer(1, 2), *sides))
    w = draw.array((groups * draw.integer(1, 2), x.shape[1] // groups, *kernel))
    return x, w, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def _forward_sample(draw: Draw) -> Sample:
    x, w, attrs = _sample(draw)
    return Sample((x, w), attrs)


def _input_sample(draw: Draw) -> Sample:
    x, w, attrs = _sample(draw)
    out = output_sides(x.shape[2:], w.shape[2:], attrs["stride"], attrs["padding"], attrs["dilation"])
    return Sample((draw.array((x.shape[0], w.shape[0], *out)), w), {"sides": x.shape[2:], **attrs})


def _weight_sample(draw: Draw) -> Sample:
    x, w, attrs = _sample(draw)
    out = output_sides(x.shape[2:], w.shape[2:], attrs["stride"], attrs["padding"], attrs["dilation"])
    return Sample((x, draw.array((x.shape[0], w.shape[0], *out))), {"kernel": w.shape[2:], **attrs})


def _flops(y: Any, inputs: Any) -> float:
    """A product and a sum for every number of the result and every place of a filter."""
    return 2.0 * math.prod(y) * math.prod(inputs[1][1:])


@structured(
    symbol="∗",
    latex=r"(x \ast w)_i = \sum_{c, k} w_{c, k} \, x_{c, s i + d k - p}",
    sample=_forward_sample,
    method=False,
    explained=Explanation(flops=_flops),
)
def convolution(x: Array, w: Array, stride: Sides, padding: Sides, dilation: Sides, groups: int) -> Array:
    """Cross-correlation: (N, C, …) with (O, C/groups, …) gives (N, O, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> x, w = tg.tensor([[[1.0, 2.0, 4.0, 8.0]]]), tg.tensor([[[1.0, 10.0]]])
        >>> tg.convolution(x, w, stride=(1,), padding=(0,), dilation=(1,), groups=1)  # 1 + 20, 2 + 40, 4 + 80
        tensor([[[21., 42., 84.]]])
    """
    kernel = w.shape[2:]
    out = output_sides(x.shape[2:], kernel, stride, padding, dilation)
    if _by_kernel(x, w, groups):
        return like(fast.convolve(x, w, out, stride, padding, dilation, None), x)
    columns = _columns(x, kernel, out, stride, padding, dilation, groups)
    rows = w.reshape(groups, w.shape[0] // groups, -1)
    return like(np.matmul(rows, columns).reshape(x.shape[0], w.shape[0], *out), x)


@structured(
    symbol="∗ᵀ",
    latex=r"x = w \ast^{\top} y",
    sample=_input_sample,
    method=False,
    explained=Explanation(shown_as="convolution_backward", flops=_flops),
)
def convolution_input(
    y: Array, w: Array, sides: Sides, stride: Sides, padding: Sides, dilation: Sides, groups: int
) -> Array:
    """What a convolution sends back to its input, of the given sides: its transpose.

    Example:
        >>> import tinygrad_fr as tg
        >>> g, w = tg.tensor([[[1.0, 2.0]]]), tg.tensor([[[1.0, 10.0]]])
        >>> tg.ops.registry["convolution_input"](g, w, (3,), stride=(1,), padding=(0,), dilation=(1,), groups=1)  # 1, 10 + 2, 20
        tensor([[[ 1., 12., 20.]]])
    """
    fills = _fills("convolution_input", y.shape[2:], sides, w.shape[2:], stride, padding, dilation)
    if fills and _by_kernel(y, w, groups):
        return like(fast.to_input(y, w, sides, stride, padding, dilation), y)
    n, kernel, out = y.shape[0], w.shape[2:], y.shape[2:]
    rows = w.reshape(groups, w.shape[0] // groups, -1)
    columns = np.matmul(np.swapaxes(rows, -1, -2), y.reshape(n, groups, w.shape[0] // groups, prod(out)))
    channels = groups * w.shape[1]
    parts = columns.reshape(n, channels, *kernel, *out)
    result = np.zeros((n, channels, *(side + 2 * p for side, p in zip(sides, padding, strict=True))), columns.dtype)
    for place in np.ndindex(*kernel):
        window = tuple(
            slice(k * d, k * d + s * (o - 1) + 1, s) for k, d, s, o in zip(place, dilation, stride, out, strict=True)
        )
        result[(slice(None), slice(None), *window)] += parts[(slice(None), slice(None), *place)]
    result = result[(slice(None), slice(None), *(slice(p, p + side) for p, side in zip(padding, sides, strict=True)))]
    return like(result, y)


@structured(
    symbol="∗ʷ",
    latex=r"w = x \ast^{w} y",
    sample=_weight_sample,
    method=False,
    explained=Explanation(shown_as="convolution_backward", flops=_flops),
)
def convolution_weight(
    x: Array, y: Array, kernel: Sides, stride: Sides, padding: Sides, dilation: Sides, groups: int
) -> Array:
    """What a convolution sends back to its weight, whose kernel has the given sides.

    Example:
        >>> import tinygrad_fr as tg
        >>> x, g = tg.tensor([[[1.0, 2.0, 3.0]]]), tg.tensor([[[1.0, 10.0]]])
        >>> tg.ops.registry["convolution_weight"](x, g, (2,), stride=(1,), padding=(0,), dilation=(1,), groups=1)  # 1 + 20, 2 + 30
        tensor([[[21., 32.]]])
    """
    fills = _fills("convolution_weight", y.shape[2:], x.shape[2:], kernel, stride, padding, dilation)
    if fills and _by_kernel(x, y, groups):
        return fast.to_weight(x, y, kernel, stride, padding, dilation)
    n, o = y.shape[:2]
    columns = _columns(x, kernel, y.shape[2:], stride, padding, dilation, groups)
    rows = y.reshape(n, groups, o // groups, -1)
    return added(np.matmul(rows, np.swapaxes(columns, -1, -2)), 0).reshape(o, x.shape[1] // groups, *kernel)


convolution.lays_out = convolution_input.lays_out = False  # they do so themselves, but for channels that come last


@convolution.derivative("x")
def _(g: Any, y: Any, x: Any, w: Any, **how: Any) -> Any:
    return convolution_input(g, w, tuple(x.shape[2:]), **how)


@convolution.derivative("w")
def _(g: Any, y: Any, x: Any, w: Any, **how: Any) -> Any:
    return convolution_weight(x, g, tuple(w.shape[2:]), **how)


@convolution_input.derivative("y")
def _(g: Any, _x: Any, y: Any, w: Any, sides: Any, **how: Any) -> Any:
    return _first(convolution(g, w, **how), y)


@convolution_input.derivative("w")
def _(g: Any, _x: Any, y: Any, w: Any, sides: Any, **how: Any) -> Any:
    return convolution_weight(g, y, tuple(w.shape[2:]), **how)


@convolution_weight.derivative("x")
def _(g: Any, _w: Any, x: Any, y: Any, kernel: Any, **how: Any) -> Any:
    return convolution_input(y, g, tuple(x.shape[2:]), **how)


@convolution_weight.derivative("y")
def _(g: Any, _w: Any, x: Any, y: Any, kernel: Any, **how: Any) -> Any:
    return _first(convolution(x, g, **how), y)


def _first(found: Any, y: Any) -> Any:
    """The positions that y has, of those that fit: a transposed convolution may be given a larger output."""
    if tuple(found.shape) == tuple(y.shape):
        return found
    return getitem(found, tuple(slice(0, side) for side in y.shape))


def each(name: str, value: Any, n: int) -> Sides:
    """One number for every dimension, or one each."""
    sides = (int(value),) * n if isinstance(value, int | np.integer) else tuple(int(v) for v in value)
    if len(sides) == 1:
        sides *= n
    if len(sides) != n:
        raise ShapeError(
            tr("{name}: expected one number or {n}, got {found} ({where})").format(
                name=name, n=n, found=tuple(value), where=here()
            )
        )
    return sides


def _refuse(n: int, what: str, input: Any, weight: Any) -> None:
    raise ShapeError(
        tr("conv{n}d: an input of shape {input} and a weight of shape {weight} do not fit: {what} ({where})").format(
            n=n, input=tuple(input.shape), weight=tuple(weight.shape), what=what, where=here()
        )
    )


def _batched(n: int, input: Any, weight: Any) -> tuple[Any, bool]:
    """The input with a batch dimension, and whether it had one."""
    if len(weight.shape) != n + 2 or len(input.shape) not in (n + 1, n + 2):
        _refuse(n, tr("expected (N, C, …) and (O, C/groups, …)"), input, weight)
    alone = len(input.shape) == n + 1
    return (unsqueeze(input, 0) if alone else input), alone


def _biased(y: Any, bias: Any, n: int, alone: bool) -> Any:
    if bias is not None:
        if tuple(bias.shape) != (y.shape[1],):
            raise refusal(
                f"conv{n}d", tr("a bias of {channels} channels").format(channels=y.shape[1]), tuple(bias.shape)
            )
        y = add(y, reshape_to(bias, (-1, *(1,) * n)))
    return squeeze(y, 0) if alone else y


def _convolve(n: int, input: Any, weight: Any, bias: Any, *given: Any) -> Any:
    x, how, alone = _settled(n, input, weight, *given)
    return _biased(convolution(x, weight, **how), bias, n, alone)


def _settled(
    n: int, input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> tuple[Any, dict[str, Any], bool]:
    """The input with a batch dimension, what a convolution takes besides, and whether the input came alone."""
    x, alone = _batched(n, input, weight)
    stride, dilation = each("stride", stride, n), each("dilation", dilation, n)
    kernel = tuple(weight.shape[2:])
    if padding == "valid":
        padding = 0
    if padding == "same":
        if any(s != 1 for s in stride):
            _refuse(n, tr("padding “same” needs stride 1"), input, weight)
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        if any(t % 2 for t in total):  # the odd one goes to the end
            x = pad_constant(x, ((0, 0), (0, 0), *((0, t % 2) for t in total)))
        padding = tuple(t // 2 for t in total)
    padding = each("padding", padding, n)
    if min(stride) < 1 or min(dilation) < 1 or min(padding) < 0 or groups < 1:
        _refuse(n, tr("stride, dilation and groups must be positive, padding not negative"), input, weight)
    if x.shape[1] != weight.shape[1] * groups or weight.shape[0] % groups:
        _refuse(n, tr("the channels do not agree for {groups} groups").format(groups=groups), input, weight)
    if min(output_sides(tuple(x.shape[2:]), kernel, stride, padding, dilation)) < 1:
        _refuse(n, tr("the kernel is larger than the padded input"), input, weight)
    return x, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}, alone


def _transposed(
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    x, alone = _batched(n, input, weight)
    stride, padding, dilation = each("stride", stride, n), each("padding", padding, n), each("dilation", dilation, n)
    extra = each("output_padding", output_padding, n)
    if x.shape[1] != weight.shape[0] or x.shape[1] % groups:
        _refuse(n, tr("the channels do not agree for {groups} groups").format(groups=groups), input, weight)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        _refuse(n, tr("output_padding must be smaller than stride or dilation"), input, weight)
    sides = tuple(
        (side - 1) * s - 2 * p + d * (k - 1) + 1 + e
        for side, k, s, p, d, e in zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, extra, strict=True)
    )
    y = convolution_input(x, weight, sides, stride, padding, dilation, groups)
    return _biased(y, bias, n, alone)


def _conv_sample(n: int) -> Any:
    def sample(draw: Draw) -> Sample:
        groups = draw.integer(1, 2)
        x = draw.array((1, groups, *(3,) * n))
        w = draw.array((groups, 1, *(2,) * n))
        bias = draw.choice([None, draw.array((groups,))])
        return Sample((x, w, bias), {"stride": draw.integer(1, 2), "padding": draw.integer(0, 1), "groups": groups})

    return sample


def _conv_latex(n: int) -> str:
    return r"y = x \ast w + b"


@composite(symbol="conv", latex=_conv_latex(1), sample=_conv_sample(1), method=False, opens_at="equation")
def conv1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Convolution over one dimension: (N, C, L) with (O, C/groups, K) gives (N, O, L′).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.conv1d(tg.tensor([[[1.0, 4.0, 9.0, 16.0]]]), tg.tensor([[[-1.0, 1.0]]])).tolist()  # differences
        [[[3.0, 5.0, 7.0]]]
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


@composite(
    symbol="conv",
    latex=_conv_latex(2),
    sample=_conv_sample(2),
    method=False,
    explained=Explanation(
        forward=message("Slide each filter over the image: one weighted sum at every place."),
        backward=message("Each weight adds up what it receives from every place that the filter visited."),
    ),
)
def conv2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Convolution over two dimensions: (N, C, H, W) with (O, C/groups, Kh, Kw) gives (N, O, H′, W′).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.conv2d(tg.ones(1, 1, 3, 3), tg.ones(1, 1, 2, 2)).tolist()
        [[[[4.0, 4.0], [4.0, 4.0]]]]
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


def _conv2d_forward(
    input: Array, weight: Array, bias: Array | None, stride: Any, padding: Any, dilation: Any, groups: int
) -> tuple[Array, Array | None]:
    """The convolution with its bias, and its columns where keeping them costs less than making them again."""
    x, how, alone = _settled(2, input, weight, stride, padding, dilation, groups)
    columns = None
    kernel, windows = weight.shape[2:], (how["stride"], how["padding"], how["dilation"])
    out = output_sides(x.shape[2:], kernel, *windows)
    if _by_kernel(x, weight, groups) and (bias is None or (bias.dtype == x.dtype and bias.shape == weight.shape[:1])):
        if fast.straight(x, kernel, out, *windows):
            y = fast.convolve(x, weight, out, *windows, bias)
        else:
            columns = fast.columns(x, kernel, out, *windows)
            y = fast.product(columns, weight, len(x), out, bias)
        y = y[0] if alone else y
    else:
        y = np.asarray(_biased(convolution(x, weight, **how), bias, 2, alone))
    return like(y, input), columns if columns is not None and columns.nbytes <= _KEPT else None


def _conv2d_backward(
    g: Array,
    columns: Array | None,
    needs: int,
    input: Array,
    weight: Array,
    bias: Array | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> tuple[Array | None, ...]:
    x, how, alone = _settled(2, input, weight, stride, padding, dilation, groups)
    g = g[None] if alone else g
    back, grown = None, None
    if needs & 1:
        whole = convolution_input(g, weight, tuple(x.shape[2:]), **how)
        height, width = input.shape[-2:]  # padding “same” may have added a row or a column at the end
        back = whole[:, :, :height, :width]
        back = back[0] if alone else back
    if needs & 2 and columns is not None:
        grown = fast.from_columns(columns, g, weight.shape)
    elif needs & 2:
        grown = convolution_weight(x, g, tuple(weight.shape[2:]), **how)
    return back, grown, added(g, (0, 2, 3)) if needs & 4 else None


conv2d.fused(_conv2d_forward, _conv2d_backward)


@composite(symbol="conv", latex=_conv_latex(3), sample=_conv_sample(3), method=False)
def conv3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Convolution over three dimensions: (N, C, D, H, W) with (O, C/groups, Kd, Kh, Kw) gives (N, O, D′, H′, W′).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.conv3d(tg.ones(1, 1, 3, 3, 3), tg.ones(5, 1, 2, 2, 2)).shape
        torch.Size([1, 5, 2, 2, 2])
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


@composite(symbol="convᵀ", latex=r"y = w \ast^{\top} x + b", sample=_conv_sample(1), method=False)
def conv_transpose1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Array:
    """Transpose of a convolution over one dimension: (N, C, L) with (C, O/groups, K) gives (N, O, L′).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.conv_transpose1d(tg.tensor([[[1.0, 2.0]]]), tg.tensor([[[1.0, 10.0]]])).tolist()
        [[[1.0, 12.0, 20.0]]]
    """
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@composite(symbol="convᵀ", latex=r"y = w \ast^{\top} x + b", sample=_conv_sample(2), method=False)
def conv_transpose2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Array:
    """Transpose of a convolution over two dimensions: (N, C, H, W) with (C, O/groups, Kh, Kw) gives (N, O, H′, W′).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.conv_transpose2d(tg.tensor([[[5.0]]]), tg.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).tolist()
        [[[5.0, 10.0], [15.0, 20.0]]]
    """
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@composite(symbol="convᵀ", latex=r"y = w \ast^{\top} x + b", sample=_conv_sample(3), method=False)
def conv_transpose3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Array:
    """Transpose of a convolution over three dimensions: (N, C, D, H, W) with (C, O/groups, Kd, Kh, Kw).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.conv_transpose3d(tg.ones(1, 2, 3, 3, 3), tg.ones(2, 4, 2, 2, 2), stride=2).shape
        torch.Size([1, 4, 6, 6, 6])
    """
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


@function
def im2col(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Every window of (N, C, H, W) as a column: (N, C · kernel, positions); ``unfold`` of torch.nn.functional.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.unfold(tg.arange(9.0).reshape(1, 1, 3, 3), 2)[0, :, 0]  # the window at the upper left
        tensor([0., 1., 3., 4.])
    """
    kernel, stride, padding, dilation = (
        each(name, value, 2)
        for name, value in (
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("padding", padding),
            ("dilation", dilation),
        )
    )
    alone = len(input.shape) == 3
    x = unsqueeze(input, 0) if alone else input
    c, size = x.shape[1], prod(kernel)
    if min(output_sides(tuple(x.shape[2:]), kernel, stride, padding, dilation)) < 1:
        raise ShapeError(
            tr("unfold: the window {kernel} is larger than the padded input {sides} ({where})").format(
                kernel=kernel, sides=tuple(x.shape[2:]), where=here()
            )
        )
    picks = np.eye(size, dtype=dtype_of(x)).reshape(size, 1, *kernel)
    y = convolution(x, np.tile(picks, (c, 1, 1, 1)), stride, padding, dilation, c)
    columns = reshape_to(y, (x.shape[0], c * size, prod(y.shape[2:])))
    return squeeze(columns, 0) if alone else columns


@function
def col2im(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns added up where their windows lie: the transpose of :func:`im2col`, ``fold`` of torch.nn.functional.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.fold(tg.ones(1, 4, 4), 3, 2).tolist()  # four windows of 2 × 2 meet in the middle
        [[[[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]]]
    """
    sides = each("output_size", output_size, 2)
    kernel, stride, padding, dilation = (
        each(name, value, 2)
        for name, value in (
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("padding", padding),
            ("dilation", dilation),
        )
    )
    alone = len(input.shape) == 2
    x = unsqueeze(input, 0) if alone else input
    size = prod(kernel)
    out = output_sides(sides, kernel, stride, padding, dilation)
    if x.shape[1] % size or x.shape[2] != prod(out):
        raise ShapeError(
            tr("fold: columns of shape {found} do not fit windows {kernel} of an output {sides} ({where})").format(
                found=tuple(x.shape), kernel=kernel, sides=sides, where=here()
            )
        )
    c = x.shape[1] // size
    picks = np.eye(size, dtype=dtype_of(x)).reshape(size, 1, *kernel)
    y = convolution_input(
        reshape_to(x, (x.shape[0], c * size, *out)), np.tile(picks, (c, 1, 1, 1)), sides, stride, padding, dilation, c
    )
    return squeeze(y, 0) if alone else y
