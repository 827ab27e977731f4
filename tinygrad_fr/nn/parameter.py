"""What a module holds: parameters, which it learns, and buffers, which it does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.handles.copies import deep
from tinygrad_fr.handles.reading import new_array
from tinygrad_fr.handles.size import Size
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.record.mode import now
from tinygrad_fr.views import share


class Parameter(Tensor, plain=True):
    """A tensor that a module learns: a leaf that requires a gradient.

    Args:
        data: the initial value; a tensor shares its elements.
        requires_grad: False freezes it.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> w = nn.Parameter(tensor([1.0, 2.0]))
        >>> (w * w).sum().backward()
        >>> w.grad
        tensor([2., 4.])
    """

    __slots__ = ()

    def __init__(self, data: Any = (), requires_grad: bool = True) -> None:
        if isinstance(data, Tensor):
            source = data.current
            now().tape.lent(source)
            self._begin(source.value, requires_grad, None)
            share(self, source)
        else:
            self._begin(new_array(data), requires_grad, None)

    def __deepcopy__(self, memo: dict[int, Any], gradient: bool = False) -> Any:
        """A parameter with a copy of the value, and no gradient, as PyTorch's."""
        return deep(self, memo, gradient)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor, plain=True):
    """A tensor that a module enters among its buffers when it becomes an attribute.

    Args:
        data: the value; a tensor shares its elements.
        persistent: whether it is saved with the module.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> module = nn.Module()
        >>> module.mean = nn.Buffer(tensor([1.0]))
        >>> dict(module.state_dict())
        {'mean': tensor([1.])}
    """

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        self.persistent = persistent
        source = Tensor.wrap(np.zeros(0, np.float32)) if data is None else data.detach()
        self._begin(source.value, data is not None and data.requires_grad, None)
        share(self, source)


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet.

    Example:
        >>> from tinygrad_fr import nn
        >>> try:
        ...     nn.LazyLinear(3).weight.shape
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        ShapeError
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__([0.0])

    def __repr__(self) -> str:
        return "<UninitializedParameter>" if type(self) is UninitializedParameter else super().__repr__()

    @property
    def shape(self) -> Size:
        """Refused until the first batch has come."""
        if type(self) is UninitializedParameter:
            raise ShapeError(
                _("{node}: its shape is not known before the first batch; run the model once on one").format(
                    node=self.label or "—"
                )
            )
        return super().shape
