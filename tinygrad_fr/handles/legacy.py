"""PyTorch's older names: a constructor for each type, and Variable, which lessons of before 2018 still use."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinygrad_fr.errors import DtypeError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.promotion.dtype import set_default_dtype
from tinygrad_fr.promotion.elements import shown


class _Kind(type):
    """A constructor that is also a type: what ``isinstance`` and ``tensor.type`` take, as in PyTorch."""

    dtype: Any

    def __call__(cls, *data: Any) -> Tensor:
        return Tensor(*data, dtype=cls.dtype)

    def __instancecheck__(cls, held: Any) -> bool:
        return isinstance(held, Tensor) and held.dtype == cls.dtype


def _constructor(name: str, dtype: Any) -> Any:
    text = f"""A tensor of {np.dtype(dtype)}, of data, or of a size whose elements are 0 here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.{name}([1, 0]).dtype.name, tg.{name}(2, 3).shape
        ('{np.dtype(dtype)}', torch.Size([2, 3]))
    """
    return _Kind(name, (Named,), {"__doc__": text, "__module__": __name__, "dtype": shown(dtype)})


FloatTensor = _constructor("FloatTensor", np.float32)
DoubleTensor = _constructor("DoubleTensor", np.float64)
HalfTensor = _constructor("HalfTensor", np.float16)
LongTensor = _constructor("LongTensor", np.int64)
IntTensor = _constructor("IntTensor", np.int32)
ShortTensor = _constructor("ShortTensor", np.int16)
ByteTensor = _constructor("ByteTensor", np.uint8)
CharTensor = _constructor("CharTensor", np.int8)
BoolTensor = _constructor("BoolTensor", np.bool_)


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of an older type, or of its name, the float dtype of new tensors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.set_default_tensor_type("torch.DoubleTensor")
        >>> tg.tensor([1.0]).dtype
        torch.float64
        >>> tg.set_default_tensor_type(tg.FloatTensor)
    """
    kind = globals().get(t.removeprefix("torch.")) if isinstance(t, str) else t
    if not isinstance(kind, _Kind):
        raise DtypeError(
            _("set_default_tensor_type: expected a type such as torch.DoubleTensor, got {found}").format(found=t)
        )
    set_default_dtype(kind.dtype)


class _AnyTensor(type):
    """A constructor that every tensor is an instance of."""

    def __instancecheck__(cls, held: Any) -> bool:
        return isinstance(held, Tensor)


class Variable(Named, metaclass=_AnyTensor):
    """A new leaf with the tensor's elements: since 2018 every tensor is what a Variable was, and an instance of it.

    ``volatile`` says a warning and nothing else, as PyTorch's: ``with no_grad():`` has taken its place.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = autograd.Variable(tensor([1.0]), requires_grad=True)
        >>> x, isinstance(x, autograd.Variable)
        (tensor([1.], requires_grad=True), True)
    """

    def __new__(cls, data: Tensor, requires_grad: bool | None = None, volatile: bool = False) -> Any:
        """What shares the tensor's elements and none of its history."""
        if not isinstance(data, Tensor):
            raise TypeError(_("Variable: expected a tensor, got {found}").format(found=type(data).__name__))
        if volatile:
            warnings.warn(
                _("Variable: volatile was removed (Variable.volatile is always False); use “with no_grad():” instead"),
                UserWarning,
                stacklevel=2,
            )
        return data.detach().requires_grad_(bool(requires_grad))
