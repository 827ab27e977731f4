"""PyTorch's convolutions with a bias, ``conv1d`` to ``conv3d``, and their transposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.devices.layout import like
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.kernels.images import convolution as fast
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.shapes.padding import pad_constant
from tinygrad_fr.ops.shapes.shape import reshape_to, squeeze, unsqueeze
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.spatial.convolution import by_kernel, convolution, convolution_input, convolution_weight
from tinygrad_fr.ops.spatial.sides import each, output_sides
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.sums import added

_KEPT = 2**24  # bytes of columns that a record keeps for the backward pass


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
    return rows(_biased(y, bias, n, alone)) if alone else _biased(y, bias, n, alone)


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
    if by_kernel(x, weight, groups) and (bias is None or (bias.dtype == x.dtype and bias.shape == weight.shape[:1])):
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
