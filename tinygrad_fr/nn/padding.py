"""Borders around the last dimensions, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.module import Module

if TYPE_CHECKING:
    from tinygrad_fr.handles.tensor import Tensor


class _Padding(Module):
    """A border around the last dimensions, as pairs from the last one."""

    _dims: int
    _mode: str

    def __init_subclass__(cls, mode: str = "", dims: int = 0) -> None:
        super().__init_subclass__()
        if mode:
            cls._mode, cls._dims = mode, dims

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = (padding,) * 2 * self._dims if isinstance(padding, int) else tuple(padding)
        self.value: float | None = None

    def forward(self, input: Any) -> Tensor:
        """Put the border on."""
        return F.pad(input, self.padding, self._mode, self.value)

    def extra_repr(self) -> str:
        """Widths."""
        return f"{self.padding}"


class _Constant(_Padding):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        """Widths and value."""
        return f"padding={self.padding}, value={self.value}"


class _Zero(_Constant):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Widths."""
        return f"{self.padding}"


class ConstantPad1d(_Constant, mode="constant", dims=1):
    """A border of one value around (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ConstantPad1d((1, 2), 9.0)(tensor([[1.0, 2.0]]))  # 1 before, 2 after
        tensor([[9., 1., 2., 9., 9.]])
    """


class ConstantPad2d(_Constant, mode="constant", dims=2):
    """A border of one value around (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ConstantPad2d((1, 0, 0, 1), 9.0)(tensor([[1.0, 2.0]]))
        tensor([[9., 1., 2.],
                [9., 9., 9.]])
    """


class ConstantPad3d(_Constant, mode="constant", dims=3):
    """A border of one value around (…, D, H, W): left, right, top, bottom, front, back.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.ConstantPad3d((1, 1, 0, 2, 0, 3), 9.0)(zeros(1, 2, 2, 2)).shape
        torch.Size([1, 5, 4, 4])
    """


class ZeroPad1d(_Zero, mode="constant", dims=1):
    """A border of zeros around (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ZeroPad1d(1)(tensor([[1.0, 2.0]]))
        tensor([[0., 1., 2., 0.]])
    """


class ZeroPad2d(_Zero, mode="constant", dims=2):
    """A border of zeros around (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ZeroPad2d(1)(tensor([[5.0]]))
        tensor([[0., 0., 0.],
                [0., 5., 0.],
                [0., 0., 0.]])
    """


class ZeroPad3d(_Zero, mode="constant", dims=3):
    """A border of zeros around (…, D, H, W): left, right, top, bottom, front, back.

    Example:
        >>> from tinygrad_fr import nn, ones
        >>> y = nn.ZeroPad3d(1)(ones(1, 2, 2, 2))
        >>> y.shape, y.sum().item()
        (torch.Size([1, 4, 4, 4]), 8.0)
    """


class ReflectionPad1d(_Padding, mode="reflect", dims=1):
    """A border that mirrors (…, L), the edge itself not repeated; it must be thinner than the input.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReflectionPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """


class ReflectionPad2d(_Padding, mode="reflect", dims=2):
    """A border that mirrors (…, H, W), the edge itself not repeated: left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReflectionPad2d((1, 0, 0, 1))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[2., 1., 2.],
                 [4., 3., 4.],
                 [2., 1., 2.]]])
    """


class ReflectionPad3d(_Padding, mode="reflect", dims=3):
    """A border that mirrors (…, D, H, W), the edge itself not repeated.

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.ReflectionPad3d(1)(arange(8.0).reshape(1, 2, 2, 2))[0, 0, 0]  # from the far corner, 7
        tensor([7., 6., 7., 6.])
    """


class ReplicationPad1d(_Padding, mode="replicate", dims=1):
    """A border that repeats the edge of (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReplicationPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[1., 1., 1., 2., 3., 3., 3.]])
    """


class ReplicationPad2d(_Padding, mode="replicate", dims=2):
    """A border that repeats the edge of (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.ReplicationPad2d((1, 0, 0, 1))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[1., 1., 2.],
                 [3., 3., 4.],
                 [3., 3., 4.]]])
    """


class ReplicationPad3d(_Padding, mode="replicate", dims=3):
    """A border that repeats the edge of (…, D, H, W).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.ReplicationPad3d(1)(arange(8.0).reshape(1, 2, 2, 2))[0, 0, 0]  # from the near corner, 0
        tensor([0., 0., 1., 1.])
    """


class CircularPad1d(_Padding, mode="circular", dims=1):
    """A border that goes on at the other end of (…, L).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CircularPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[2., 3., 1., 2., 3., 1., 2.]])
    """


class CircularPad2d(_Padding, mode="circular", dims=2):
    """A border that goes on at the other side of (…, H, W): left, right, top, bottom.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CircularPad2d((2, 0, 0, 1))(tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]))
        tensor([[[2., 3., 1., 2., 3.],
                 [5., 6., 4., 5., 6.],
                 [2., 3., 1., 2., 3.]]])
    """


class CircularPad3d(_Padding, mode="circular", dims=3):
    """A border that goes on at the other side of (…, D, H, W).

    Example:
        >>> from tinygrad_fr import arange, nn
        >>> nn.CircularPad3d((1, 0, 0, 0, 0, 0))(arange(4.0).reshape(1, 1, 1, 4))
        tensor([[[[3., 0., 1., 2., 3.]]]])
    """
