"""numpy's and DLPack's protocols: how a tensor passes to other libraries, and when it must not without a word.

Values may leave; the record does not go with them. So what numpy is asked to compute of tensors is recorded where an operation
here means the same, is computed on the values where nothing is recorded, and is refused where a gradient would be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError, GradientError
from tinygrad_fr.handles.numpy_functions import ANSWERS, recorded
from tinygrad_fr.locale import _
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.ops.functional_api import ALIASES
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

CPU = (1, 0)  # DLPack's number of it

# numpy's names that are neither the operation's nor one of its aliases.
_UFUNCS = {
    "degrees": "rad2deg", "equal": "eq", "fabs": "abs", "invert": "bitwise_not", "left_shift": "bitwise_left_shift",
    "power": "pow", "radians": "deg2rad", "right_shift": "bitwise_right_shift", "rint": "round",
}  # fmt: skip


def ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """``np.exp(tensor)``, ``array * tensor``: recorded.

    Raises:
        GradientError: no operation here means the same, and a gradient would be lost.
    """
    name = ufunc.__name__
    op = registry.get(_UFUNCS.get(name, ALIASES.get(name, name)))
    if method == "__call__" and not options and (isinstance(op, Elementwise) or name == "matmul") and op is not None:
        return op(*_in_numpys_types(ufunc, inputs))
    if any(isinstance(x, Node) for x in options.get("out", ())):
        raise GradientError(
            _("np.{name}: numpy cannot write into a tensor, whose value the record keeps").format(name=name)
        )
    if any(isinstance(x, Node) and x.requires_grad for x in inputs):
        raise GradientError(
            _(
                "np.{name}: numpy would compute it outside the record, and its gradient would be lost; use an operation of tinygrad_fr, or detach() the tensor"
            ).format(name=name if method == "__call__" else f"{name}.{method}")
        )
    arrays = [_valued(x) for x in inputs]
    return getattr(ufunc, method)(*arrays, **options)


def _in_numpys_types(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Sequence[Any]:
    """Integers as the floats that numpy makes of them: ``np.cos`` of 64 bits has 64, where an operation here has the default's.

    Beside a number of numpy's it may be Python's operator that asks, ``np.float32(2) * x``, which is the operation's.
    """
    if not all(isinstance(x, Node) for x in inputs):
        return inputs
    values = [np.asarray(x.current.value) for x in inputs]
    if not any(value.dtype.kind in "biu" for value in values):
        return inputs
    try:
        kinds = ufunc.resolve_dtypes((*(value.dtype for value in values), None))
    except TypeError:  # of something that is no number, which the operation says
        return inputs
    return [
        cast(x, kind) if value.dtype.kind in "biu" and kind.kind == "f" else x
        for x, value, kind in zip(inputs, values, kinds, strict=False)
    ]


def function(self: Any, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``np.mean(tensor, axis=0)``, ``np.concatenate([tensor, array])``: recorded.

    Raises:
        GradientError: no operation here means the same, and a gradient would be lost.
    """
    name = func.__name__ if not func.__module__.endswith("linalg") else f"linalg.{func.__name__}"
    result = recorded(name, args, kwargs)
    if result is not NotImplemented:
        return result
    if name not in ANSWERS and _requiring((args, kwargs)):
        raise GradientError(
            _(
                "np.{name}: numpy would compute it outside the record, and its gradient would be lost; use an operation of tinygrad_fr, or detach() the tensor"
            ).format(name=name)
        )
    return func(*_valued(args), **_valued(kwargs))


def _requiring(x: Any) -> bool:
    """Whether a tensor in nested arguments requires a gradient."""
    if isinstance(x, Node):
        return x.requires_grad
    if isinstance(x, dict):
        return any(_requiring(part) for part in x.values())
    return isinstance(x, list | tuple) and any(_requiring(part) for part in x)


def _valued(x: Any) -> Any:
    """Nested arguments with arrays in the place of tensors."""
    if isinstance(x, Node):
        value = x.current.value
        if isinstance(value, np.ndarray):
            value = value.view()
            value.flags.writeable = False
        return value
    if isinstance(x, dict):
        return {key: _valued(part) for key, part in x.items()}
    return type(x)(_valued(part) for part in x) if type(x) in (list, tuple) else x


def array(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    """``np.asarray(tensor)``: its very elements; refused where a gradient would be lost.

    Raises:
        GradientError: a gradient is required; ``detach()`` says that it may be lost.
    """
    node = self.current
    if isinstance(node.value, float):
        if node.needs:
            raise GradientError(
                _("{node} requires a gradient, which would be lost; detach() it").format(node=node.describe())
            )
        return np.asarray(node.value, dtype=dtype)
    found = self.numpy()
    if dtype is not None and found.dtype != dtype:
        return found.astype(dtype)
    return found.copy() if copy else found


def dlpack(
    self: Any, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """The very elements for ``from_dlpack`` of another library, or a copy where one is asked for.

    Raises:
        GradientError: the tensor requires a gradient, which would be lost; detach() it.
    """
    array = np.array(self.numpy()) if copy else self.numpy()
    how = {} if max_version is None else {"max_version": max_version}
    return array.__dlpack__(dl_device=dl_device, **how)


def dlpack_device(self: Any) -> tuple[int, int]:
    """The CPU."""
    return CPU


class _Writeable:
    """Elements of an array, as ones that may be written to."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.__array_interface__ = {**array.__array_interface__, "data": (array.__array_interface__["data"][0], False)}


class _Offer:
    """What offers a capsule of DLPack that somebody holds, as tensors offer theirs."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **_how: Any) -> Any:
        return self.capsule

    __dlpack_device__ = dlpack_device


def shared(x: Any) -> Any:
    """An array on the elements of another library's tensor, or of a capsule of DLPack.

    Raises:
        DataError: it offers none through DLPack, or one that numpy cannot read.
    """
    try:
        found = np.from_dlpack(_Offer(x) if type(x).__name__ == "PyCapsule" else x)
        if not found.flags.writeable and not isinstance(x, np.ndarray):
            found = np.asarray(_Writeable(found))  # the protocol's first version cannot say that it may be written to
        return found
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError) as error:
        raise DataError(_("from_dlpack: {cause}").format(cause=str(error).strip().splitlines()[0])) from None
