"""Layers with weights of their own, besides the recurrent ones."""

from __future__ import annotations

import math
from typing import Any, Self

from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.handles.creation import zeros
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.init import calculate_gain
from tinygrad_fr.nn.module import Module, Parameter, placed
from tinygrad_fr.ops.convolution import each
from tinygrad_fr.random import randn, uniform
from tinygrad_fr.record.mode import setting

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def _map(shape: tuple[int, ...], outputs: int, inputs: int, bias: bool) -> tuple[Parameter, Parameter | None]:
    """A weight, and then a bias, drawn as PyTorch draws them: uniform in ±1/√inputs."""
    bound = math.sqrt(3) * (calculate_gain("leaky_relu", math.sqrt(5)) / math.sqrt(inputs)) if inputs else 0.0
    weight = Parameter(uniform(shape, -bound, bound))
    bound = 1 / math.sqrt(inputs) if inputs else 0.0
    return weight, Parameter(uniform((outputs,), -bound, bound)) if bias else None


@placed
class Linear(Module):
    """y = W x + b, on the last dimension: (…, in_features) → (…, out_features).

    Weights and biases start uniform in ±1/√in_features, as PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Linear(3, 2)(tg.zeros(5, 3)).shape
        torch.Size([5, 2])
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight, drawn = _map((out_features, in_features), out_features, in_features, bias)
        self.register_parameter("bias", drawn)

    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Apply the map to (…, in_features)."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


@placed
class Bilinear(Module):
    """y = x₁ᵀ W x₂ + b for each output: (…, in1_features) and (…, in2_features) → (…, out_features).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> layer = nn.Bilinear(2, 2, 1, bias=False)
        >>> nn.init.ones_(layer.weight).shape
        torch.Size([1, 2, 2])
        >>> layer(tensor([1.0, 2.0]), tensor([3.0, 4.0])).item()  # (1 + 2) (3 + 4)
        21.0
    """

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        bound = 1 / math.sqrt(in1_features)
        self.weight = Parameter(uniform((out_features, in1_features, in2_features), -bound, bound))
        self.register_parameter("bias", Parameter(uniform((out_features,), -bound, bound)) if bias else None)

    bias: Parameter | None

    def forward(self, input1: Any, input2: Any) -> Tensor:
        """Apply the map to both inputs."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        sizes = f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


@placed
class Embedding(Module):
    """A table of ``num_embeddings`` vectors of ``embedding_dim``, looked up by integers: (…) → (…, embedding_dim).

    ``sparse`` is accepted for PyTorch's sake: which rows were read is kept without being asked for.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Embedding(10, 4)(tg.tensor([[1, 2, 9]])).shape
        torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
    ) -> None:
        super().__init__()
        if scale_grad_by_freq:
            raise UsageError(_("Embedding: scale_grad_by_freq is not here"))
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise UsageError(
                    _("Embedding: expected padding_idx within {size} rows, got {found}").format(
                        size=num_embeddings, found=padding_idx
                    )
                )
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = max_norm, norm_type, False, sparse
        table = randn(num_embeddings, embedding_dim) if _weight is None else _weight
        if padding_idx is not None and _weight is None:
            table[padding_idx] = 0.0
        self.weight = Parameter(table, requires_grad=not _freeze)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A table of given rows (n, dim), which learning leaves alone unless ``freeze`` is False."""
        if embeddings.ndim != 2:
            raise ShapeError(
                _("Embedding.from_pretrained: expected a table of 2 dimensions, got shape {found}").format(
                    found=tuple(embeddings.shape)
                )
            )
        rows, width = embeddings.shape
        more = (max_norm, norm_type, scale_grad_by_freq, sparse)
        return cls(rows, width, padding_idx, *more, _weight=embeddings, _freeze=freeze)  # which draws nothing

    def forward(self, input: Any) -> Tensor:
        """Look the rows up."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type)

    def extra_repr(self) -> str:
        """Sizes."""
        more = {"padding_idx": None, "max_norm": None, "norm_type": 2.0, "sparse": False}
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        return ", ".join([f"{self.num_embeddings}", f"{self.embedding_dim}", *said])


@placed
class EmbeddingBag(Module):
    """Rows of a table added up (``mode="sum"``), averaged, or their largest, one result a bag.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.EmbeddingBag(10, 4)(tg.tensor([1, 2, 9, 4]), tg.tensor([0, 3])).shape  # bags of 3 and of 1
        torch.Size([2, 4])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim, self.mode = num_embeddings, embedding_dim, mode
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.include_last_offset, self.padding_idx = include_last_offset, padding_idx
        table = randn(num_embeddings, embedding_dim) if _weight is None else _weight
        if padding_idx is not None and _weight is None:
            table[padding_idx] = 0.0
        self.weight = Parameter(table)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, mode: str = "mean", **options: Any) -> Self:
        """A table of given rows (n, dim), which learning leaves alone unless ``freeze`` is False."""
        made = cls(embeddings.shape[0], embeddings.shape[1], mode=mode, _weight=embeddings, **options)
        made.weight.requires_grad_(not freeze)
        return made

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        """Look the rows up and put each bag's together."""
        result: Tensor = F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            per_sample_weights=per_sample_weights, include_last_offset=self.include_last_offset, padding_idx=self.padding_idx,
        )  # fmt: skip
        return result

    def extra_repr(self) -> str:
        """Sizes and mode."""
        more = {"max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False}
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        last = [] if self.padding_idx is None else [f"padding_idx={self.padding_idx}"]
        return ", ".join([f"{self.num_embeddings}", f"{self.embedding_dim}", *said, f"mode={self.mode!r}", *last])


class _Convolution(Module):
    """A convolution over ``dims`` dimensions: weight (out, in/groups, kernel…), uniform in ±1/√fan_in as PyTorch's."""

    dims: int
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        output_padding: Any = 0,
    ) -> None:
        super().__init__()
        if padding_mode not in PADDING_MODES:
            raise UsageError(
                _("padding_mode: expected one of {expected}, got “{found}”").format(
                    expected=", ".join(PADDING_MODES), found=padding_mode
                )
            )
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise UsageError(
                _("groups: expected a positive divisor of {inner} and {outer} channels, got {found}").format(
                    inner=in_channels, outer=out_channels, found=groups
                )
            )
        if padding == "same" and any(step != 1 for step in each("stride", stride, self.dims)):
            raise UsageError(_("padding “same” goes with a stride of 1, got {found}").format(found=stride))
        self.padding_mode = padding_mode
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = each("kernel_size", kernel_size, self.dims)
        self.stride, self.dilation = each("stride", stride, self.dims), each("dilation", dilation, self.dims)
        self.padding = padding if isinstance(padding, str) else each("padding", padding, self.dims)
        self.groups, self.output_padding = groups, each("output_padding", output_padding, self.dims)
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        fan_in = inner // groups * math.prod(self.kernel_size)
        shape = (outer, inner // groups, *self.kernel_size)
        self.weight, drawn = _map(shape, out_channels, fan_in, bias)
        self.register_parameter("bias", drawn)

    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """(N, in, …) → (N, out, …)."""
        function: Any = getattr(F, f"conv{self.dims}d")
        x: Any = input
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            x, padding = F.pad(x, self._sides(), mode=self.padding_mode), 0
        return function(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _sides(self) -> list[int]:
        """What is added at both ends of each dimension, the last dimension first."""
        if isinstance(self.padding, str):
            both = [
                0 if self.padding == "valid" else d * (k - 1)
                for d, k in zip(self.dilation, self.kernel_size, strict=True)
            ]
            return [end for total in reversed(both) for end in (total // 2, total - total // 2)]
        return [side for side in reversed(self.padding) for _end in range(2)]

    def extra_repr(self) -> str:
        """Sizes."""
        none, one = (0,) * self.dims, (1,) * self.dims
        more = {"padding": none, "dilation": one, "output_padding": none, "groups": 1}
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        if self.bias is None:
            said.append("bias=False")
        if self.padding_mode != "zeros":
            said.append(f"padding_mode={self.padding_mode}")
        sizes = f"kernel_size={self.kernel_size}, stride={self.stride}"
        return ", ".join([f"{self.in_channels}", f"{self.out_channels}", sizes, *said])


@placed
class Conv1d(_Convolution):
    """Convolution of (N, in, L).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Conv1d(2, 4, 3)(tg.zeros(1, 2, 10)).shape
        torch.Size([1, 4, 8])
    """

    dims = 1


@placed
class Conv2d(_Convolution):
    """Convolution of (N, in, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Conv2d(3, 8, 5, padding=2, stride=2)(tg.zeros(1, 3, 28, 28)).shape
        torch.Size([1, 8, 14, 14])
    """

    dims = 2


@placed
class Conv3d(_Convolution):
    """Convolution of (N, in, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Conv3d(1, 4, 3, padding=(0, 1, 1))(zeros(1, 1, 5, 8, 8)).shape
        torch.Size([1, 4, 3, 8, 8])
        >>> nn.Conv3d(1, 4, 3).weight.shape
        torch.Size([4, 1, 3, 3, 3])
    """

    dims = 3


class _Transposed(_Convolution):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
    ) -> None:
        if padding_mode != "zeros":
            raise UsageError(
                _("padding_mode: expected “zeros” for a transposed convolution, got “{found}”").format(
                    found=padding_mode
                )
            )
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            output_padding=output_padding,
        )

    def forward(self, input: Any, output_size: Any = None) -> Tensor:
        """(N, in, …) → (N, out, …), of a size that may be chosen among those that the stride leaves open."""
        function: Any = getattr(F, f"conv_transpose{self.dims}d")
        more = self.output_padding
        if output_size is not None:
            more = self._beyond(tuple(input.shape), tuple(output_size))
        return function(input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _beyond(self, shape: tuple[int, ...], output_size: tuple[int, ...]) -> tuple[int, ...]:
        """How much longer than its least length each dimension of the output is to be."""
        least = [
            (side - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
            for side, stride, padding, dilation, kernel in zip(
                shape[-self.dims :],
                self.stride,
                each("padding", self.padding, self.dims),
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        sides = output_size[-self.dims :] if len(output_size) == len(shape) else output_size
        if len(sides) != self.dims or any(
            not low <= side < low + stride for side, low, stride in zip(sides, least, self.stride, strict=False)
        ):
            raise UsageError(
                _("output_size: expected sides from {least} to {most}, got {found}").format(
                    least=tuple(least),
                    most=tuple(low + stride - 1 for low, stride in zip(least, self.stride, strict=True)),
                    found=output_size,
                )
            )
        return tuple(side - low for side, low in zip(sides, least, strict=True))


@placed
class ConvTranspose1d(_Transposed):
    """Transpose of a convolution, of (N, in, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> layer = nn.ConvTranspose1d(1, 1, 2, stride=2, bias=False)
        >>> _keys = layer.load_state_dict({"weight": [[[1.0, 10.0]]]})
        >>> layer(tensor([[[1.0, 2.0, 3.0]]])).tolist()  # each number lays its kernel down
        [[[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]]]
    """

    dims = 1


@placed
class ConvTranspose2d(_Transposed):
    """Transpose of a convolution, of (N, in, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1)(tg.zeros(1, 8, 14, 14)).shape
        torch.Size([1, 3, 28, 28])
    """

    dims = 2


@placed
class ConvTranspose3d(_Transposed):
    """Transpose of a convolution, of (N, in, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.ConvTranspose3d(8, 1, 2, stride=2)(zeros(1, 8, 3, 4, 5)).shape
        torch.Size([1, 1, 6, 8, 10])
    """

    dims = 3


@placed
class LayerNorm(Module):
    """Each sample with mean 0 and variance 1 over its last dimensions, then scaled and shifted by weights learnt.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.LayerNorm(2)(tg.tensor([[1.0, 3.0]])).tolist()[0][1] > 0.999
        True
    """

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True
    ) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", Parameter(_ones(self.normalized_shape)) if elementwise_affine else None)
        self.register_parameter(
            "bias", Parameter(zeros(self.normalized_shape)) if elementwise_affine and bias else None
        )

    weight: Parameter | None
    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Normalise (…, normalized_shape)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


@placed
class RMSNorm(Module):
    """Each sample divided by the root of its mean square over its last dimensions, then scaled.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.RMSNorm(2)(tg.tensor([[3.0, 3.0]])).shape
        torch.Size([1, 2])
    """

    def __init__(self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", Parameter(_ones(self.normalized_shape)) if elementwise_affine else None)

    weight: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Normalise (…, normalized_shape)."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


@placed
class GroupNorm(Module):
    """Each group of channels of each sample with mean 0 and variance 1, then channels scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.GroupNorm(2, 4)(tg.zeros(1, 4, 8, 8)).shape  # 2 groups of 2 channels
        torch.Size([1, 4, 8, 8])
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, bias: bool = True
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise UsageError(
                _("GroupNorm: {groups} groups do not divide {channels} channels").format(
                    groups=num_groups, channels=num_channels
                )
            )
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.register_parameter("weight", Parameter(_ones((num_channels,))) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels)) if affine and bias else None)

    weight: Parameter | None
    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """Normalise (N, C, …)."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        said = f"{self.num_groups}, {self.num_channels}, eps={self.eps}"
        return f"{said}, affine={self.affine}, bias={self.bias is not None}"


class _Running(Module):
    """Statistics of channels followed while training, and used when not."""

    _ranks: tuple[int, ...]  # numbers of dimensions that an input may have
    per_sample = False
    late = frozenset(("num_batches_tracked",))  # PyTorch has counted since 0.4.1

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum, self.affine = num_features, eps, momentum, affine
        self.register_parameter("weight", Parameter(_ones((num_features,))) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_features)) if affine and bias else None)
        self.track_running_stats = track_running_stats
        if track_running_stats:
            self.register_buffer("running_mean", zeros(num_features))
            self.register_buffer("running_var", _ones((num_features,)))
            self.register_buffer("num_batches_tracked", tensor(0))

    def reset_running_stats(self) -> None:
        """Forget what was seen: mean 0, variance 1, no batch."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget what was seen and learnt."""
        self.reset_running_stats()
        for parameter, value in ((self.weight, 1), (self.bias, 0)):
            if parameter is not None:
                with setting(grad=False):
                    parameter.fill_(value)

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def forward(self, input: Any) -> Tensor:
        """Normalise (N, C, …)."""
        if input.ndim not in self._ranks:
            raise ShapeError(
                _("{layer}: expected an input of {expected} dimensions, got shape {found}").format(
                    layer=type(self).__name__, expected=_(" or ").join(map(str, self._ranks)), found=tuple(input.shape)
                )
            )
        if self.per_sample and input.ndim == self._ranks[0]:  # one sample
            return self.forward(input[None])[0]
        held = (self.running_mean, self.running_var) if self.track_running_stats else (None, None)
        own = self.training or not self.track_running_stats
        if self.training and self.track_running_stats and not self.per_sample:  # PyTorch counts batches there alone
            self.num_batches_tracked += 1
        momentum = self.momentum
        if momentum is None:  # the mean of all batches so far
            momentum = (
                1 / self.num_batches_tracked.item()
                if self.training and self.track_running_stats and not self.per_sample
                else 0.0
            )
        function: Any = F.instance_norm if self.per_sample else F.batch_norm
        return function(input, *held, self.weight, self.bias, own, momentum, self.eps)

    def extra_repr(self) -> str:
        """Sizes."""
        said = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{said}, bias={self.bias is not None}, track_running_stats={self.track_running_stats}"


@placed
class BatchNorm1d(_Running):
    """Each channel of (N, C) or (N, C, L) with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> norm = nn.BatchNorm1d(1)
        >>> norm(tg.tensor([[1.0], [3.0]])).shape, [round(m, 3) for m in norm.running_mean.tolist()]
        (torch.Size([2, 1]), [0.2])
    """

    _ranks = (2, 3)


@placed
class BatchNorm2d(_Running):
    """Each channel of (N, C, H, W) with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.BatchNorm2d(3)(tg.zeros(4, 3, 8, 8)).shape
        torch.Size([4, 3, 8, 8])
    """

    _ranks = (4,)


@placed
class BatchNorm3d(_Running):
    """Each channel of (N, C, D, H, W) with mean 0 and variance 1 over the batch, then scaled and shifted.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> x = tensor([1.0, 3.0]).reshape(2, 1, 1, 1, 1)  # two samples of one channel
        >>> nn.BatchNorm3d(1)(x).flatten().detach()
        tensor([-1.0000,  1.0000])
    """

    _ranks = (5,)


class _Instance(_Running):
    per_sample = True

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)


@placed
class InstanceNorm1d(_Instance):
    """Each channel of each sample of (N, C, L) with mean 0 and variance 1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.InstanceNorm1d(2)(tensor([[[1.0, 3.0], [10.0, 50.0]]]))
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """

    _ranks = (2, 3)


@placed
class InstanceNorm2d(_Instance):
    """Each channel of each sample of (N, C, H, W) with mean 0 and variance 1.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.InstanceNorm2d(3)(tg.zeros(4, 3, 8, 8)).shape
        torch.Size([4, 3, 8, 8])
    """

    _ranks = (3, 4)


@placed
class InstanceNorm3d(_Instance):
    """Each channel of each sample of (N, C, D, H, W) with mean 0 and variance 1.

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> y = nn.InstanceNorm3d(2)(arange(16.0).reshape(1, 2, 1, 2, 4))
        >>> bool((y[0, 0] == y[0, 1]).all())  # 0 to 7 and 8 to 15 differ in their mean alone
        True
    """

    _ranks = (4, 5)


@placed
class PReLU(Module):
    """relu with a slope that is learnt for negative inputs: one, or one for each channel.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.PReLU()(tg.tensor([-1.0, 2.0])).tolist()
        [-0.25, 2.0]
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(_ones((num_parameters,)) * init)

    def forward(self, input: Any) -> Tensor:
        """Apply it to each element."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many slopes."""
        return f"num_parameters={self.num_parameters}"


def _ones(shape: tuple[int, ...]) -> Tensor:
    return zeros(shape) + 1.0
