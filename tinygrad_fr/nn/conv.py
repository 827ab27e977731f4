"""Convolutions and their transposes."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.linear import drawn_map
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.ops.spatial.sides import each

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """A convolution over ``dims`` dimensions: weight (out, in/groups, kernel…), uniform in ±1/√fan_in as PyTorch's."""

    _dims: int
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
        if padding == "same" and any(step != 1 for step in each("stride", stride, self._dims)):
            raise UsageError(_("padding “same” goes with a stride of 1, got {found}").format(found=stride))
        self.padding_mode = padding_mode
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = each("kernel_size", kernel_size, self._dims)
        self.stride, self.dilation = each("stride", stride, self._dims), each("dilation", dilation, self._dims)
        self.padding = padding if isinstance(padding, str) else each("padding", padding, self._dims)
        self.groups, self.output_padding = groups, each("output_padding", output_padding, self._dims)
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        fan_in = inner // groups * math.prod(self.kernel_size)
        shape = (outer, inner // groups, *self.kernel_size)
        self.weight, drawn = drawn_map(shape, out_channels, fan_in, bias)
        self.register_parameter("bias", drawn)

    bias: Parameter | None

    def forward(self, input: Any) -> Tensor:
        """(N, in, …) → (N, out, …)."""
        function: Any = getattr(F, f"conv{self._dims}d")
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
        none, one = (0,) * self._dims, (1,) * self._dims
        more = {"padding": none, "dilation": one, "output_padding": none, "groups": 1}
        said = [f"{name}={getattr(self, name)}" for name, usual in more.items() if getattr(self, name) != usual]
        if self.bias is None:
            said.append("bias=False")
        if self.padding_mode != "zeros":
            said.append(f"padding_mode={self.padding_mode}")
        sizes = f"kernel_size={self.kernel_size}, stride={self.stride}"
        return ", ".join([f"{self.in_channels}", f"{self.out_channels}", sizes, *said])


@placed
class Conv1d(_ConvNd):
    """Convolution of (N, in, L).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Conv1d(2, 4, 3)(tg.zeros(1, 2, 10)).shape
        torch.Size([1, 4, 8])
    """

    _dims = 1


@placed
class Conv2d(_ConvNd):
    """Convolution of (N, in, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.Conv2d(3, 8, 5, padding=2, stride=2)(tg.zeros(1, 3, 28, 28)).shape
        torch.Size([1, 8, 14, 14])
    """

    _dims = 2


@placed
class Conv3d(_ConvNd):
    """Convolution of (N, in, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Conv3d(1, 4, 3, padding=(0, 1, 1))(zeros(1, 1, 5, 8, 8)).shape
        torch.Size([1, 4, 3, 8, 8])
        >>> nn.Conv3d(1, 4, 3).weight.shape
        torch.Size([4, 1, 3, 3, 3])
    """

    _dims = 3


class _ConvTransposeNd(_ConvNd):
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
        function: Any = getattr(F, f"conv_transpose{self._dims}d")
        more = self.output_padding
        if output_size is not None:
            more = self._beyond(tuple(input.shape), tuple(output_size))
        return function(input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _beyond(self, shape: tuple[int, ...], output_size: tuple[int, ...]) -> tuple[int, ...]:
        """How much longer than its least length each dimension of the output is to be."""
        least = [
            (side - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
            for side, stride, padding, dilation, kernel in zip(
                shape[-self._dims :],
                self.stride,
                each("padding", self.padding, self._dims),
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        sides = output_size[-self._dims :] if len(output_size) == len(shape) else output_size
        if len(sides) != self._dims or any(
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
class ConvTranspose1d(_ConvTransposeNd):
    """Transpose of a convolution, of (N, in, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> layer = nn.ConvTranspose1d(1, 1, 2, stride=2, bias=False)
        >>> _keys = layer.load_state_dict({"weight": [[[1.0, 10.0]]]})
        >>> layer(tensor([[[1.0, 2.0, 3.0]]])).tolist()  # each number lays its kernel down
        [[[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]]]
    """

    _dims = 1


@placed
class ConvTranspose2d(_ConvTransposeNd):
    """Transpose of a convolution, of (N, in, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1)(tg.zeros(1, 8, 14, 14)).shape
        torch.Size([1, 3, 28, 28])
    """

    _dims = 2


@placed
class ConvTranspose3d(_ConvTransposeNd):
    """Transpose of a convolution, of (N, in, D, H, W).

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.ConvTranspose3d(8, 1, 2, stride=2)(zeros(1, 8, 3, 4, 5)).shape
        torch.Size([1, 1, 6, 8, 10])
    """

    _dims = 3
