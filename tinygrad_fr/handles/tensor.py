"""Tensor: an array in the record, under PyTorch's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import DataError, GradientError, ShapeError
from tinygrad_fr.handles.methods import TensorMethods, reflected
from tinygrad_fr.locale import _
from tinygrad_fr.ops import arithmetic, linalg, shape
from tinygrad_fr.ops.definition import as_dtype, get_default_dtype
from tinygrad_fr.record.backward import backward
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import KINDS, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Array = npt.NDArray[Any]


class Hook:
    """A registered hook; :meth:`remove` takes it off."""

    def __init__(self, hooks: dict[int, Callable[[Any], Any]], key: int) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Take the hook off."""
        self._hooks.pop(self._key, None)


def in_place(op: Any) -> Callable[..., Any]:
    """The operation as ``x += y`` calls it."""

    def change(self: Tensor, other: Any) -> Tensor:
        return self._replace(lambda me: op(me, me if other is self else other))

    return change


class Tensor(TensorMethods):
    """An array in the record.

    Args:
        data: numbers, nested lists, an array, or lists of Scalars (which stay connected).
        dtype: float32 for Python floats by default, int64 for integers; an array keeps its own.
        requires_grad: whether backward computes a gradient for this leaf.
        name: what pictures and messages call it.

    Raises:
        DataError: the lists are ragged or hold something else than numbers.

    Example:
        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> w.grad
        tensor([2., 4.])
    """

    __slots__ = ()

    def __new__(cls, data: Any = (), *args: Any, **options: Any) -> Self:
        """Stack Scalars into a recorded tensor; anything else makes a leaf."""
        if isinstance(data, list | tuple) and _holds_nodes(data):
            return _stacked(data)
        return super().__new__(cls)

    def __init__(
        self, data: Any = (), dtype: Any = None, requires_grad: bool = False, *, name: str | None = None
    ) -> None:
        if isinstance(data, list | tuple) and _holds_nodes(data):
            return  # recorded by __new__
        array = _array(data, dtype)
        if requires_grad and array.dtype.kind != "f":
            raise GradientError(
                _("only tensors of a float dtype can require a gradient, got {found}").format(found=array.dtype)
            )
        self._leaf(array, int(requires_grad), name)

    @classmethod
    def wrap(cls, array: Array) -> Tensor:
        """A leaf on this very array, which nobody may write to any more."""
        node = object.__new__(Tensor)
        node._leaf(array, 0)
        return node

    # What it holds

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return self.current.value.shape

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self.current.value.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.current.value.dtype

    @property
    def T(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The tensor with its dimensions in reverse order."""
        return shape.permute(self, *range(self.ndim)[::-1])

    @property
    def mT(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The tensor with its last two dimensions exchanged."""
        return shape.mT(self)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """Number of elements."""
        return self.current.value.size

    def dim(self) -> int:
        """Number of dimensions."""
        return self.ndim

    def item(self) -> Any:
        """The only element as a Python number.

        Raises:
            ShapeError: the tensor has several elements, or none.
        """
        value = self.current.value
        if value.size != 1:
            raise ShapeError(_("item() needs a tensor of one element, got shape {shape}").format(shape=value.shape))
        return value.item()

    def tolist(self) -> Any:
        """The elements as nested lists."""
        return self.current.value.tolist()

    def numpy(self) -> Array:
        """The array itself, read-only: what the record holds is never written to; copy it to change it."""
        view: Array = self.current.value.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    __array_priority__ = 1000  # array * tensor is recorded, not spread over the array's elements
    __array_ufunc__ = None

    # Its place in the record

    @property
    def data(self) -> Tensor:
        """The value alone, outside the record. Assigning gives this tensor another value."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        self.current.rebind(_array(value, self.dtype))

    @property
    def grad(self) -> Tensor | None:
        """Gradient that backward accumulated, or None."""
        return self.current._grad

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if gradient is not None:
            gradient = gradient if isinstance(gradient, Tensor) else Tensor(gradient, self.dtype)
            if gradient.shape != self.shape:
                raise ShapeError(
                    _("expected a gradient of shape {expected}, got {found}").format(
                        expected=self.shape, found=gradient.shape
                    )
                )
        self.current._grad = gradient

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient for this leaf, or for none."""
        if requires_grad and self.dtype.kind != "f":
            raise GradientError(
                _("only tensors of a float dtype can require a gradient, got {found}").format(found=self.dtype)
            )
        self.requires_grad = requires_grad
        return self

    def detach(self) -> Tensor:
        """The same value as a leaf that requires no gradient; changing it in place changes this tensor too."""
        node = Tensor.wrap(self.current.value)
        node.extra.alias = self.current
        return node

    def clone(self) -> Tensor:
        """A recorded copy."""
        return shape.cast(self, self.dtype)

    def to(self, dtype: Any) -> Tensor:
        """The tensor in another dtype, recorded."""
        wanted = as_dtype(dtype)
        return self if wanted == self.dtype else shape.cast(self, wanted)

    def float(self) -> Tensor:
        """The tensor in float32."""
        return self.to(np.float32)

    def double(self) -> Tensor:
        """The tensor in float64."""
        return self.to(np.float64)

    def long(self) -> Tensor:
        """The tensor in int64."""
        return self.to(np.int64)

    def bool(self) -> Tensor:
        """The tensor as booleans."""
        return self.to(np.bool_)

    def retain_grad(self) -> None:
        """Keep the gradient of this node though it is no leaf."""
        self.current.extra.retain = True

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Hook:
        """Call ``hook(gradient)`` when the gradient reaches this node; what it returns replaces the gradient."""
        hooks = self.current.extra.hooks
        key = max(hooks, default=0) + 1
        hooks[key] = hook
        return Hook(hooks, key)

    def backward(
        self,
        gradient: Any = None,
        retain_graph: Any = None,
        create_graph: Any = False,
        inputs: Sequence[Node] | None = None,
    ) -> None:
        """Add to the ``.grad`` of leaves the gradient of this tensor.

        Args:
            gradient: upstream gradient of this tensor's shape; 1 when it is a single number.
            retain_graph: accepted for PyTorch's sake; the record is always kept.
            create_graph: record the backward pass, so that it can be drawn and differentiated again.
            inputs: give gradients to these nodes only.
        """
        backward([self], [gradient], create_graph=bool(create_graph), inputs=inputs)

    def handle_of(self, gradient: Any) -> Any:
        """The gradient as a tensor."""
        return gradient if isinstance(gradient, Node) else Tensor.wrap(np.asarray(gradient))

    def seed(self, gradient: Any, *, record: Any) -> Any:
        """The gradient to start from, checked against this tensor's shape."""
        value = self.value
        if gradient is None:
            if value.size != 1:
                raise GradientError(
                    _(
                        "backward() of a tensor of shape {shape} needs a gradient of that shape; reduce it first, with sum() or mean()"
                    ).format(shape=value.shape)
                )
            gradient = np.ones(value.shape, value.dtype)
        array = gradient.current.value if isinstance(gradient, Node) else np.asarray(gradient, dtype=value.dtype)
        if np.shape(array) != value.shape:
            raise ShapeError(
                _("expected a gradient of shape {expected}, got {found}").format(
                    expected=value.shape, found=np.shape(array)
                )
            )
        if record:
            return gradient.current if isinstance(gradient, Node) else Tensor.wrap(array)
        return array

    # Operators

    __matmul__ = linalg.matmul.call
    __rmatmul__ = reflected(linalg.matmul)
    __eq__ = arithmetic.eq.call
    __ne__ = arithmetic.ne.call
    __and__ = arithmetic.logical_and.call
    __hash__ = object.__hash__

    def __pos__(self) -> Tensor:
        return self

    def __getitem__(self, index: Any) -> Tensor:
        return shape.take(self, _index(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        value = value if isinstance(value, Node) else Tensor(value, self.dtype)
        self._replace(lambda me: shape.assign(me, value, _index(index)), value)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(shape.unbind(self))

    def __bool__(self) -> Any:
        value = self.current.value
        if value.size != 1:
            raise ShapeError(
                _("the truth of a tensor of shape {shape} is ambiguous; use any() or all()").format(shape=value.shape)
            )
        return value.item() != 0

    def __float__(self) -> Any:
        return 1.0 * self.item()

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iub":
            raise TypeError(f"a {self.dtype} tensor is no index")
        return int(self.item())

    # In place: this handle then stands for the result; the old value stays in the record.

    def _replace(self, compute: Callable[[Tensor], Any], *others: Any) -> Tensor:
        me: Any = self.current
        twin = me.frozen()
        result = compute(twin)
        value = result.value
        if value.shape != me.value.shape:
            raise ShapeError(
                _("an in-place operation must keep shape {expected}, it would give {found}").format(
                    expected=me.value.shape, found=value.shape
                )
            )
        if value.dtype != me.value.dtype:
            if value.dtype.kind == "f" and me.value.dtype.kind != "f":
                raise DataError(
                    _("an in-place operation cannot turn {expected} into {found}").format(
                        expected=me.value.dtype, found=value.dtype
                    )
                )
            result = shape.cast(result, me.value.dtype)
        if me.op is None and me.needs and now().grad:
            raise GradientError(
                _(
                    "{node} is a leaf that requires a gradient: it cannot be changed in place while it is recorded; use no_grad()"
                ).format(node=me.describe())
            )
        if result.op is not None:
            me.move_to(result)
        else:
            me.rebind(result.value)
        return self

    __iadd__ = in_place(arithmetic.add)
    __isub__ = in_place(arithmetic.sub)
    __imul__ = in_place(arithmetic.mul)
    __itruediv__ = in_place(arithmetic.div)
    __ipow__ = in_place(arithmetic.pow)

    def zero_(self) -> Tensor:
        """Set every element to 0."""
        return self._replace(lambda me: arithmetic.mul(me, 0))

    def copy_(self, source: Any) -> Tensor:
        """Take over the elements of ``source``, which broadcasts to this shape."""
        source = source if isinstance(source, Node) else Tensor(source, self.dtype)
        return self._replace(lambda me: shape.assign(me, source, Ellipsis))

    def __repr__(self) -> str:
        node = self.current
        text = np.array2string(node.value, separator=", ", threshold=40, precision=4, prefix="tensor(")
        parts = [text]
        if node.value.dtype not in (get_default_dtype(), np.dtype(np.int64), np.dtype(np.bool_)):
            parts.append(f"dtype={node.value.dtype}")
        if node.op is not None:
            parts.append(f"op={node.op.name}")
        elif node.needs:
            parts.append("requires_grad=True")
        return f"tensor({', '.join(parts)})"


def _holds_nodes(data: Any) -> bool:
    """Whether nested lists hold a node somewhere."""
    return any(isinstance(x, Node) or (isinstance(x, list | tuple) and _holds_nodes(x)) for x in data)


def _stacked(data: Any) -> Any:
    """A tensor out of nested lists of nodes and numbers, still connected."""
    parts = [_stacked(x) if isinstance(x, list | tuple) else x for x in data]
    tensors = any(isinstance(x, Node) and not isinstance(x.current.value, float) for x in parts)
    scalar: Any = KINDS[float]
    parts = [
        x if isinstance(x, Node) else (Tensor(x) if tensors else scalar(float(x), requires_grad=False)) for x in parts
    ]
    return shape.stack(parts)


def _array(data: Any, dtype: Any = None) -> Array:
    """A new array of what the user gave, in the dtype that PyTorch would choose."""
    if isinstance(data, Node):
        data = data.current.value
    wanted = as_dtype(dtype) if dtype is not None else None
    try:
        array = np.array(data, dtype=wanted)
    except (ValueError, TypeError) as error:
        raise DataError(_("expected numbers in lists of equal lengths: {cause}").format(cause=error)) from None
    if wanted is None and array.dtype == np.float64 and not isinstance(data, np.ndarray | np.generic):
        array = array.astype(get_default_dtype())
    as_dtype(array.dtype)
    return array


def _index(index: Any) -> Any:
    """An index for numpy: tensors in it become arrays."""
    if isinstance(index, tuple):
        return tuple(_index(part) for part in index)
    return index.current.value if isinstance(index, Tensor) else index


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, name: str | None = None) -> Tensor:
    """A new tensor with a copy of the data. See :class:`Tensor`."""
    if isinstance(data, Node):
        data = data.current.value
    return Tensor(data, dtype, requires_grad, name=name)


def _filled(fill: Callable[..., Array]) -> Callable[..., Tensor]:
    def make(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
        sides = tuple(size[0]) if len(size) == 1 and isinstance(size[0], list | tuple) else size
        return Tensor(fill(sides, as_dtype(dtype or get_default_dtype())), requires_grad=requires_grad)

    return make


zeros = _filled(np.zeros)
zeros.__doc__ = "A tensor of zeros of the given size."
ones = _filled(np.ones)
ones.__doc__ = "A tensor of ones of the given size."


def full(size: Sequence[int], fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of one number."""
    return Tensor(
        np.full(size, fill_value, None if dtype is None else as_dtype(dtype)), dtype or _kind(fill_value), requires_grad
    )


def _kind(value: Any) -> Any:
    return get_default_dtype() if isinstance(value, float) else None


def zeros_like(x: Any) -> Tensor:
    """Zeros of the shape and dtype of a tensor."""
    return Tensor(np.zeros(x.shape, x.dtype))


def ones_like(x: Any) -> Tensor:
    """Ones of the shape and dtype of a tensor."""
    return Tensor(np.ones(x.shape, x.dtype))


def arange(*bounds: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers from a start (0) to an end, which is excluded, by a step (1)."""
    array = np.arange(*bounds)
    if dtype is None and array.dtype.kind == "f":
        dtype = get_default_dtype()
    return Tensor(array, dtype, requires_grad)


def from_numpy(array: Array) -> Tensor:
    """A tensor with a copy of an array: what enters the record is never written to from outside."""
    return Tensor(array)


KINDS[np.ndarray] = Tensor
