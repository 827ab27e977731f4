"""Normalisations: they differ in the dimensions over which they take mean and variance."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.modes import unseen
from tinygrad_fr.ops.arithmetic import add, div, mul, rsqrt, sub
from tinygrad_fr.ops.comparison import clamp_min, gt, where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.linalg.norms import vector_norm
from tinygrad_fr.ops.reductions.sums import mean, sum
from tinygrad_fr.ops.reductions.variance import variance
from tinygrad_fr.ops.shapes.broadcasting import broadcast_tensors
from tinygrad_fr.ops.shapes.padding import pad_constant
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of
from tinygrad_fr.ops.shapes.strided import unfold
from tinygrad_fr.ops.shared.arrangement import as_image, as_operand, rows
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import Saved, computed, constant, dtype_of, value_of
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.sampling import Draw, Sample


def _scaled(y: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Any:
    """y · weight + bias, each seen in a shape that broadcasts."""
    y = y if weight is None else mul(y, reshape_to(weight, shape))
    return y if bias is None else add(y, reshape_to(bias, shape))


def _standard(x: Any, dims: tuple[int, ...], eps: float) -> Any:
    """x with mean 0 and variance 1 over some dimensions."""
    centred = sub(x, mean(x, dims, True))
    return mul(centred, rsqrt(add(mean(mul(centred, centred), dims, True), eps)))


def _channels(x: Any) -> tuple[int, ...]:
    return (-1, *(1,) * (len(x.shape) - 2))


def _affine(draw: Draw, shape: tuple[int, ...]) -> list[Any]:
    return [draw.array(shape), draw.array(shape)] if draw.choice([True, False]) else [None, None]


def _layer_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    own = shape[draw.integer(0, len(shape) - 1) :]
    return Sample((draw.array(shape), *_affine(draw, own)), {"normalized_shape": own, "eps": 0.1})


@composite(
    symbol="LN",
    latex=r"\frac{x - \bar x}{\sqrt{s^2 + \epsilon}} w + b",
    sample=_layer_sample,
    method=False,
    explained=Explanation(
        shown_as="layer_norm",
        forward=message("Centre and scale the numbers of each sample, then stretch and shift them."),
    ),
)
@in_single
def layer_norm_of(input: Array, weight: Array, bias: Array, normalized_shape: Any, eps: float = 1e-5) -> Array:
    """Each sample with mean 0 and variance 1 over its last dimensions, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["layer_norm_of"](tg.tensor([1.0, 7.0]), tg.tensor([10.0, 10.0]), tg.tensor([5.0, 5.0]), (2,))  # 10 · (−1, 1) + 5
        tensor([-5.0000, 15.0000])
    """
    own = own_shape(input, weight, normalized_shape, "layer_norm")
    return rows(_scaled(_standard(input, tuple(range(-len(own), 0)), eps), weight, bias, own))


def own_shape(input: Any, weight: Any, normalized_shape: Any, name: str) -> tuple[int, ...]:
    """The last dimensions, that are normalised together."""
    own = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not own or shape_of(input)[-len(own) :] != own or (weight is not None and shape_of(weight) != own):
        raise ShapeError(
            tr("{name}: expected an input (…, {own}), got shape {found} ({where})").format(
                name=name, own=", ".join(map(str, own)), found=tuple(input.shape), where=here()
            )
        )
    return own


@function
def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each sample with mean 0 and variance 1 over its last dimensions, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.layer_norm(tg.tensor([1.0, 3.0]), (2,))
        tensor([-1.0000,  1.0000])
    """
    return layer_norm_of(input, weight, bias, _sides(normalized_shape), eps)


def _sides(normalized_shape: Any) -> tuple[int, ...]:
    """A shape, or one side, as a tuple of Python's integers."""
    if normalized_shape.__class__ is tuple:
        for side in normalized_shape:
            if side.__class__ is not int:
                break
        else:
            sides: tuple[int, ...] = normalized_shape
            return sides
    return tuple(np.atleast_1d(normalized_shape).tolist())


def _rms_sample(draw: Draw) -> Sample:
    sample = _layer_sample(draw)
    return Sample(sample.inputs[:2], sample.attrs)


@composite(
    symbol="RMS",
    latex=r"\frac{x}{\sqrt{\overline{x^2} + \epsilon}} w",
    sample=_rms_sample,
    method=False,
    explained=Explanation(shown_as="rms_norm"),
)
@in_single
def rms_norm_of(input: Array, weight: Array, normalized_shape: Any, eps: float | None = None) -> Array:
    """Each sample divided by the root of its mean square over its last dimensions, then scaled.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["rms_norm_of"](tg.tensor([1.0, 7.0]), tg.tensor([10.0, 5.0]), (2,))  # 10 · 1/√25, 5 · 7/√25
        tensor([2., 7.])
    """
    own = own_shape(input, weight, normalized_shape, "rms_norm")
    eps = least_square(input) if eps is None else eps
    y = mul(input, rsqrt(add(mean(mul(input, input), tuple(range(-len(own), 0)), True), eps)))
    return as_image(_scaled(y, weight, None, own), input)


def least_square(input: Any) -> float:
    """What is added to a mean square where nothing is said: the dtype's own precision."""
    return float(np.finfo(dtype_of(input)).eps)


@function
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Each sample divided by the root of its mean square over its last dimensions, then scaled.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.rms_norm(tg.tensor([1.0, 7.0]), (2,))  # over √25
        tensor([0.2000, 1.4000])
    """
    return rms_norm_of(input, weight, _sides(normalized_shape), eps)


def _group_sample(draw: Draw) -> Sample:
    groups = draw.integer(1, 2)
    x = draw.array((draw.integer(1, 2), 2 * groups, *draw.shape(0, 2)))
    return Sample((x, *_affine(draw, (2 * groups,))), {"num_groups": groups, "eps": 0.1})


@composite(
    symbol="GN",
    latex=r"\frac{x - \bar x_G}{\sqrt{s_G^2 + \epsilon}} w + b",
    sample=_group_sample,
    method=False,
    explained=Explanation(shown_as="group_norm"),
)
@in_single
def group_norm_of(input: Array, weight: Array, bias: Array, num_groups: int, eps: float = 1e-5) -> Array:
    """Each group of channels of each sample with mean 0 and variance 1, then channels scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> x, weight = tg.tensor([[0.0, 8.0, 10.0, 70.0]]), tg.tensor([1.0, 1.0, 5.0, 5.0])
        >>> tg.ops.registry["group_norm_of"](x, weight, None, 2)  # 4 ± 4 and 40 ± 30
        tensor([[-1.0000,  1.0000, -5.0000,  5.0000]])
    """
    n, groups, channels, side = group_sides(input, num_groups)
    grouped = reshape_to(input, (n, groups, channels * side))
    y = reshape_to(_standard(grouped, (2,), eps), tuple(input.shape))
    return as_image(_scaled(y, weight, bias, _channels(input)), input)


def group_sides(input: Any, num_groups: int) -> tuple[int, int, int, int]:
    """Samples, groups, channels of a group and elements of a channel."""
    n, c, *sides = input.shape
    if num_groups < 1 or c % num_groups:
        raise ShapeError(
            tr("group_norm: {groups} groups do not divide {channels} channels ({where})").format(
                groups=num_groups, channels=c, where=here()
            )
        )
    return n, num_groups, c // num_groups, prod(sides)


@function
def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each group of channels of each sample with mean 0 and variance 1, then channels scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.group_norm(tg.tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    return group_norm_of(input, weight, bias, num_groups, eps)


def _batch_sample(draw: Draw) -> Sample:
    c = draw.integer(1, 3)
    x = draw.array((draw.integer(2, 3), c, *draw.shape(0, 2)))
    return Sample((x, *_affine(draw, (c,))), {"eps": 0.1})


@composite(
    symbol="BN",
    latex=r"\frac{x - \bar x_B}{\sqrt{s_B^2 + \epsilon}} w + b",
    sample=_batch_sample,
    method=False,
    explained=Explanation(
        shown_as="batch_norm",
        forward=message("Centre and scale each feature over the batch, then stretch and shift it."),
    ),
)
@in_single
def batch_norm_of(input: Array, weight: Array, bias: Array, eps: float = 1e-5) -> Array:
    """Each channel with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["batch_norm_of"](tg.tensor([[2.0, 0.0], [8.0, 100.0]]), None, None)  # 5 ± 3 and 50 ± 50
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """
    batch_sides(input)
    dims = (0, *range(2, len(input.shape)))
    return as_image(_scaled(_standard(input, dims, eps), weight, bias, _channels(input)), input)


def batch_sides(input: Any) -> tuple[int, int, int]:
    """Samples, channels, and elements of a channel of a sample."""
    n, c, *sides = input.shape
    if n * prod(sides) == 1:
        raise ValueError("expected more than 1 value a channel when training")
    return n, c, prod(sides)


def _running_sample(draw: Draw) -> Sample:
    sample = _batch_sample(draw)
    c = sample.inputs[0].shape[1]
    return Sample((sample.inputs[0], draw.array((c,)), draw.array((c,), 0.5, 2.0), *sample.inputs[1:]), {"eps": 0.1})


@composite(
    symbol="BN",
    latex=r"\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} w + b",
    sample=_running_sample,
    method=False,
    explained=Explanation(shown_as="batch_norm"),
)
def batch_norm_running(
    input: Array, running_mean: Array, running_var: Array, weight: Array, bias: Array, eps: float = 1e-5
) -> Array:
    """Each channel with a given mean and variance taken out, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> x, mean, var = tg.tensor([[9.0]]), tg.tensor([3.0]), tg.tensor([4.0])
        >>> tg.ops.registry["batch_norm_running"](x, mean, var, None, tg.tensor([0.5]))  # (9 − 3) / √4 + 0.5
        tensor([[3.5000]])
    """
    shape = _channels(input)
    centred = sub(input, reshape_to(running_mean, shape))
    return _scaled(mul(centred, rsqrt(add(reshape_to(running_var, shape), eps))), weight, bias, shape)


class Statistics(NamedTuple):
    """What a shortcut keeps of a normalisation: means, one over the deviations, and variances, which divide by the count."""

    mean: Any
    rate: Any
    variance: Any


def _kept_statistics(y: Any, input: Any) -> tuple[Any, Any] | None:
    """What a shortcut kept of a batch that it normalised: each channel's mean, and its variance, which divides by one less than the count."""
    kept = y.rare.saved if y.rare is not None else None
    if kept.__class__ is not Statistics or kept.variance is None or y.value.dtype is not dtype_of(input):
        return None
    return _unbiased(kept, y.value.size)


def _unbiased(kept: Statistics, size: int) -> tuple[Any, Any]:
    count = size // max(kept.variance.size, 1)
    freedom = kept.variance.dtype.type(count / max(count - 1, 1))
    return kept.mean.reshape(-1), (kept.variance * freedom).reshape(-1)


def _statistics(saved: Any, x: Array) -> Array:
    """Each channel's mean and variance in two rows, from what a shortcut saved, or by the kernel that normalises a batch."""
    if saved.__class__ is not Statistics or saved.variance is None:
        saved = batch_norm_of.shortcuts[0].forward(x, None, eps=1.0)[1]
    return np.stack(_unbiased(saved, x.size))


def _track(y: Any, input: Any, held: tuple[Any, Any], momentum: float) -> None:
    """Move the running mean and variance towards those of a batch that was normalised."""
    alone = thread.state.tape is NOBODY  # who records follows the running statistics
    found: Any = _kept_statistics(y, input) if alone else None
    if found is not None:
        _update_each(held, found, momentum)
        return
    with unseen():
        if not alone and dtype_of(input).char in "fd":  # the kernel's numbers, as without a record
            both = constant(computed(_statistics, Saved(y.current), input))
            _update_each(held, (both[0], both[1]), momentum)
            return
        shape = tuple(input.shape)
        whole, dims = value_of(input) if alone else input, (0, *range(2, len(shape)))
        count = prod(shape) // shape[1]
        _update_each(held, (mean(whole, dims), variance(whole, dims, min(1, count - 1))), momentum)


def _update_each(held: tuple[Any, Any], found: tuple[Any, Any], momentum: float) -> None:
    for each, own in zip(held, found, strict=True):
        if each is not None:
            _update(each, own, momentum)


def _update(held: Any, found: Any, momentum: float) -> None:
    """Move a running statistic towards the batch's: new = (1 − momentum) old + momentum batch."""
    if isinstance(found, np.ndarray):
        node = held.current
        value = node.value
        if value.dtype is found.dtype:
            kind = value.dtype.type
            node.rebind(value * kind(1 - momentum) + found * kind(momentum))
            return
        node.rebind(np.asarray(add(mul(value, 1 - momentum), mul(found, momentum)), value.dtype))
        return
    moved = add(mul(held, 1 - momentum), mul(found, momentum))
    held.current.rebind(cast(moved, dtype_of(held)).value)


def count_batch(held: Any) -> None:
    """Add one to the number of batches seen."""
    held.current.rebind(computed(_one_more, held))


def _one_more(count: Array) -> Array:
    return np.asarray(count + 1, count.dtype)


@function
def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel normalised by the batch (and the running statistics updated), or by the running statistics.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.batch_norm(tg.tensor([[7.0]]), tg.tensor([3.0]), tg.tensor([4.0]))  # (7 − 3) / √4
        tensor([[2.0000]])
        >>> F.batch_norm(tg.tensor([[2.0], [8.0]]), None, None, training=True).flatten()
        tensor([-1.0000,  1.0000])
    """
    shape = shape_of(input)
    if len(shape) < 2:
        raise ShapeError(
            tr("batch_norm: expected an input (N, C, …), got shape {found} ({where})").format(found=shape, where=here())
        )
    for part in (running_mean, running_var, weight, bias):
        if part is not None and shape_of(part) != shape[1:2]:
            raise ShapeError(
                tr(
                    "batch_norm: expected {channels} channels, got a statistic or weight of shape {found} ({where})"
                ).format(channels=shape[1], found=tuple(part.shape), where=here())
            )
    if not training:
        return batch_norm_running(input, running_mean, running_var, weight, bias, eps)
    y = batch_norm_of(input, weight, bias, eps)
    if prod(shape) and (running_mean is not None or running_var is not None):  # a batch of nothing says nothing
        _track(y, input, (running_mean, running_var), momentum)
    return y


@function
def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of each sample with mean 0 and variance 1, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.instance_norm(tg.tensor([[[1.0, 3.0], [10.0, 30.0]]])).flatten()
        tensor([-1.0000,  1.0000, -1.0000,  1.0000])
    """
    if not use_input_stats:
        return batch_norm_running(input, running_mean, running_var, weight, bias, eps)
    if prod(input.shape[2:]) <= 1:
        raise ShapeError(
            tr("instance_norm: expected more than 1 value a channel, got shape {found} ({where})").format(
                found=tuple(input.shape), where=here()
            )
        )
    y = rows(group_norm_of(input, weight, bias, input.shape[1], eps))
    if running_mean is not None:
        with unseen():
            runs = reshape_to(input, (*input.shape[:2], -1))
            _update(running_mean, mean(mean(runs, -1), 0), momentum)
            _update(running_var, mean(variance(runs, -1), 0), momentum)
    return y


def _response_sample(draw: Draw) -> Sample:
    return Sample((draw.array((1, draw.integer(1, 4), 2)),), {"size": draw.integer(1, 3)})


@composite(
    symbol="LRN", latex=r"x \left(k + \tfrac{\alpha}{n} \sum x^2\right)^{-\beta}", sample=_response_sample, method=False
)
def local_response_norm(input: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Array:
    """Each element divided by a power of the mean square of its neighbours in other channels (AlexNet's).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.local_response_norm(tg.tensor([[[3.0], [4.0]]]), 3, alpha=3.0, beta=0.5, k=0.0).flatten()  # over √25
        tensor([0.6000, 0.8000])
    """
    squares = mul(input, input)
    widths = [(0, 0)] * len(input.shape)
    widths[1] = (size // 2, (size - 1) // 2)
    around = mean(unfold(pad_constant(squares, tuple(widths)), 1, size, 1), -1)
    return as_operand(div(input, add(mul(around, alpha), k) ** beta), input)


@overload
def renorm(x: Any, p: float, dim: int, maxnorm: float) -> Any:
    """The tensor with each slice along a dimension scaled down to a norm, where it is longer.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.renorm(tg.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
        tensor([[0.6000, 0.8000],
                [0.3000, 0.4000]])
    """
    if len(x.shape) < 2:
        raise ShapeError(
            tr("renorm: expected at least two dimensions, got shape {found} ({where})").format(
                found=tuple(x.shape), where=here()
            )
        )
    if not p > 0 or not maxnorm >= 0:
        raise refusal("renorm", tr("p > 0 and maxnorm ≥ 0"), (p, maxnorm))
    kept = dimension(dim, len(x.shape))
    others = tuple(axis for axis in range(len(x.shape)) if axis != kept)
    longer = gt(vector_norm(x, float(p), others, True), maxnorm)
    length = vector_norm(
        where(longer, x, 0.0), float(p), others, True
    )  # what is kept as it is sends its gradient as it is
    return rows(mul(x, where(longer, div(maxnorm, add(length, 1e-7)), 1.0)))


@function
def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """Divided along ``dim`` by its norm, which counts as eps at least.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> [round(v, 3) for v in F.normalize(tg.tensor([3.0, 4.0]), dim=0).tolist()]
        [0.6, 0.8]
    """
    return div(input, clamp_min(vector_norm(input, float(p), dim, True), eps))


def _similarity_sample(draw: Draw) -> Sample:
    shape = draw.shape(2, 3)
    return Sample((draw.array(shape), draw.array(shape)), {"dim": draw.integer(0, len(shape) - 1)})


@composite(
    symbol="cos",
    latex=r"\frac{x_1 \cdot x_2}{\max(\|x_1\|, \epsilon) \max(\|x_2\|, \epsilon)}",
    sample=_similarity_sample,
    method=False,
)
def cosine_similarity(x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8) -> Array:
    """Cosine of the angle between vectors along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.cosine_similarity(tg.tensor([1.0, 0.0]), tg.tensor([0.0, 2.0]), dim=0).item()
        0.0
    """
    x1, x2 = broadcast_tensors(x1, x2)
    lengths = [_counted(vector_norm(x, 2.0, dim, True), eps) for x in (x1, x2)]
    return sum(mul(div(x1, lengths[0]), div(x2, lengths[1])), dim)


def _counted(length: Any, eps: float) -> Any:
    """A length, or eps where it is less; that changes what is divided by, and nothing of what the length is sent, as in PyTorch."""
    return add(length, computed(lambda found: np.maximum(eps - found, 0).astype(found.dtype), length))


@function
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """Norm of the difference (plus eps) of vectors along the last dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.pairwise_distance(tg.tensor([[0.0, 0.0]]), tg.tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """
    return vector_norm(add(sub(x1, x2), eps), float(p), -1, keepdim)
