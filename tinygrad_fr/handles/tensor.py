"""Tensor: an array in the record, under PyTorch's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.devices.device import device, is_device
from tinygrad_fr.errors import DataError, DtypeError, GradientError, ShapeError
from tinygrad_fr.handles import copies, protocols
from tinygrad_fr.handles.chance import Chance
from tinygrad_fr.handles.methods import reflected
from tinygrad_fr.locale import _
from tinygrad_fr.ops import arithmetic, comparison, forms, indexing, joining, products, registry, shape
from tinygrad_fr.ops.definition import Elementwise, as_dtype, castable, converted, get_default_dtype, lent, result_type
from tinygrad_fr.record.backward import backward
from tinygrad_fr.record.mode import escapes, now
from tinygrad_fr.record.node import KINDS, Node
from tinygrad_fr.record.views import ORDINARY, as_it_was, clash, overlaps, refused, share, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Array = npt.NDArray[Any]
CPU = device("cpu")


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
        return self._replace(lambda me: op(me, me if other is self else other), other)

    return change


class Tensor(Chance):
    """An array in the record. The class itself makes one as PyTorch's does; :func:`tensor` chooses the dtype by the data.

    Args:
        data: a size, as integers, of which the elements are 0; or a nested list of numbers, an array, or lists of Scalars
            (which stay connected).
        dtype: the default dtype, float32, for a size or a list, whatever its numbers are; an array keeps its own.
        requires_grad: whether backward computes a gradient for this leaf.
        name: what pictures and messages call it.

    Raises:
        DataError: the lists are ragged or hold something else than numbers.

    Example:
        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> w.grad
        tensor([2., 4.])
        >>> Tensor([1, 2]), Tensor(1, 2)
        (tensor([1., 2.]), tensor([[0., 0.]]))
    """

    __slots__ = ()

    def __new__(cls, *data: Any, **options: Any) -> Self:
        """Stack Scalars into a recorded tensor; anything else makes a leaf."""
        if len(data) == 1 and isinstance(data[0], list | tuple) and _holds_nodes(data[0]):
            return _stacked(data[0])
        return super().__new__(cls)

    def __init__(self, *data: Any, dtype: Any = None, requires_grad: bool = False, name: str | None = None) -> None:
        if len(data) == 1 and isinstance(data[0], list | tuple) and _holds_nodes(data[0]):
            return  # recorded by __new__
        if all(type(side) is int for side in data):
            _count(*data)
            array = np.zeros(data or (0,), as_dtype(dtype or get_default_dtype()))
        elif len(data) > 1:
            raise DataError(_("expected a size as integers, or one list of numbers, got {found}").format(found=data))
        else:
            keeps = isinstance(data[0], Node | np.ndarray | np.generic)
            array = _array(data[0], dtype if keeps or dtype is not None else get_default_dtype())
        self._begin(array, requires_grad, name)

    def _begin(self, array: Array, requires_grad: bool, name: str | None) -> None:
        """Become a leaf on this very array."""
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
    def H(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The transpose of a matrix: elements are real."""
        return shape.t(self)

    @property
    def mH(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The tensor with its last two dimensions exchanged: elements are real."""
        return shape.mT(self)

    @property
    def real(self) -> Tensor:
        """The tensor itself: elements are real."""
        return self

    @property
    def mT(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The tensor with its last two dimensions exchanged."""
        return shape.mT(self)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> Any:
        """Number of elements."""
        return self.current.value.size

    nelement = numel

    def ndimension(self) -> Any:
        """Number of dimensions."""
        return self.ndim

    def is_signed(self) -> Any:
        """Whether elements have a sign."""
        return self.dtype.kind in "if"

    @property
    def retains_grad(self) -> Any:
        """Whether the gradient is kept though this is no leaf."""
        return self.current.rare is not None and self.current.rare.retain

    @property
    def itemsize(self) -> Any:
        """Bytes an element."""
        return self.current.value.itemsize

    def element_size(self) -> Any:
        """Bytes an element."""
        return self.current.value.itemsize

    @property
    def nbytes(self) -> Any:
        """Bytes of all elements."""
        return self.current.value.nbytes

    def stride(self, dim: Any = None) -> Any:
        """Elements from one index to the next, along each dimension: a view's are those of its base."""
        value = self.current.value
        steps = tuple(step // value.itemsize for step in value.strides)
        if value.flags.c_contiguous:  # numpy says nothing of dimensions of length 1
            steps = (
                tuple(int(n) for n in np.cumprod([1, *(max(side, 1) for side in value.shape[:0:-1])])[::-1])
                if value.ndim
                else ()
            )
        return steps if dim is None else steps[dim]

    def is_contiguous(self, *, memory_format: Any = None) -> Any:
        """Whether elements that follow each other in the last dimension do so in memory, and so on outwards."""
        return bool(self.current.value.flags.c_contiguous)

    def contiguous(self, *, memory_format: Any = None) -> Tensor:
        """The tensor itself where its elements lie one after the other, else a recorded copy."""
        if self.is_contiguous():
            return self
        copy = self.clone()
        if now().tape is None:
            copy.value = np.ascontiguousarray(copy.value)
        return copy

    def to_dense(self) -> Tensor:
        """The tensor itself: what is kept by rows is an array as soon as it is seen."""
        return self

    def cpu(self) -> Tensor:
        """The tensor itself: there is one device."""
        return self

    def cuda(self, device: Any = None, non_blocking: Any = False) -> Tensor:
        """Refused: there is no such device here."""
        return self.to("cuda")

    @property
    def is_cuda(self) -> Any:
        """False: there is one device, the CPU."""
        return False

    def pin_memory(self) -> Tensor:
        """The tensor itself: memory is pinned for other devices."""
        return self

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def is_floating_point(self) -> Any:
        """Whether the elements are floats."""
        return self.dtype.kind == "f"

    @property
    def grad_fn(self) -> Any:
        """The operation that made this tensor, or None for a leaf."""
        return self.current.op if self.current.needs else None

    def dim(self) -> int:
        """Number of dimensions."""
        return self.ndim

    def item(self) -> Any:
        """The only element as a Python number.

        Raises:
            ShapeError: the tensor has several elements, or none.
        """
        escapes(self)
        value = self.current.value
        if value.size != 1:
            raise ShapeError(_("item() needs a tensor of one element, got shape {shape}").format(shape=value.shape))
        return value.item()

    def tolist(self) -> Any:
        """The elements as nested lists."""
        escapes(self)
        return self.current.value.tolist()

    def numpy(self) -> Array:
        """The array itself, read-only: what the record holds is never written to; copy it to change it."""
        escapes(self)
        view: Array = self.current.value.view()
        view.flags.writeable = False
        return view

    __array__ = protocols.array
    __array_function__ = protocols.function
    __array_ufunc__ = protocols.ufunc
    __dlpack__ = protocols.dlpack
    __dlpack_device__ = protocols.dlpack_device
    __reduce_ex__ = copies.reduced
    __deepcopy__ = copies.deep

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
        tape = now().tape
        if tape is not None:
            tape.looked(self.current)
        return self.current.gradient

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if gradient is not None:
            gradient = gradient if isinstance(gradient, Tensor) else tensor(gradient, dtype=self.dtype)
            if gradient.shape != self.shape:
                raise ShapeError(
                    _("expected a gradient of shape {expected}, got {found}").format(
                        expected=self.shape, found=gradient.shape
                    )
                )
        tape = now().tape
        if tape is not None:
            tape.graded(self.current)
        self.current._grad = gradient

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient for this leaf, or for none."""
        self.requires_grad = requires_grad
        return self

    def detach(self) -> Tensor:
        """The same value as a leaf that requires no gradient; changing it in place changes this tensor too."""
        source = self.current
        node = Tensor.wrap(lent(source))
        share(node, source)
        return node

    def clone(self) -> Tensor:
        """A recorded copy."""
        copy = shape.cast(self, self.dtype)
        if 0 in copy.value.strides and now().tape is None:
            copy.value = np.ascontiguousarray(copy.value)
        return copy

    def to(self, dtype: Any = None, *args: Any, copy: Any = False, **options: Any) -> Tensor:
        """The tensor in another dtype (or in another tensor's), recorded; devices are accepted: there is one, the CPU."""
        is_device(options.get("device"))
        given = [
            x
            for x in (dtype, *args, options.get("dtype"))
            if not (x is None or x is True or x is False or is_device(x))  # True: PyTorch's non_blocking
        ]
        if not given:
            return self.clone() if copy else self
        wanted = given[0].dtype if isinstance(given[0], Tensor) else as_dtype(given[0])
        if copy and wanted == self.dtype:
            return self.clone()
        return self if wanted == self.dtype else shape.cast(self, wanted)

    def half(self) -> Tensor:
        """The tensor in float16."""
        return self.to(np.float16)

    def int(self) -> Tensor:
        """The tensor in int32."""
        return self.to(np.int32)

    def short(self) -> Tensor:
        """The tensor in int16."""
        return self.to(np.int16)

    def byte(self) -> Tensor:
        """The tensor in uint8."""
        return self.to(np.uint8)

    def char(self) -> Tensor:
        """The tensor in int8."""
        return self.to(np.int8)

    def type(self, dtype: Any = None) -> Any:
        """The dtype's name, or the tensor in another dtype."""
        return self.dtype.name if dtype is None else self.to(dtype)

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the dtype of another."""
        return self.to(other.dtype)

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
        if not self.requires_grad:
            raise GradientError(
                _("{node} requires no gradient: no hook would ever be called").format(node=self.describe())
            )
        rare = self.current.extra
        hooks: Any = rare.hooks or {}
        rare.hooks = hooks
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

    __matmul__ = products.matmul.call
    __rmatmul__ = reflected(products.matmul)
    __eq__ = comparison.eq.call
    __ne__ = comparison.ne.call
    __and__ = __rand__ = comparison.bitwise_and.call
    __or__ = __ror__ = comparison.bitwise_or.call
    __xor__ = __rxor__ = comparison.bitwise_xor.call
    __invert__ = comparison.bitwise_not.call
    __lshift__ = comparison.bitwise_left_shift.call
    __rlshift__ = reflected(comparison.bitwise_left_shift)
    __rshift__ = comparison.bitwise_right_shift.call
    __rrshift__ = reflected(comparison.bitwise_right_shift)
    __hash__ = object.__hash__

    def __pos__(self) -> Tensor:
        return self

    def __getitem__(self, index: Any) -> Tensor:
        return indexing.at(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        value = value if isinstance(value, Node | float | int) else tensor(value, dtype=self.dtype)
        me = self.current
        if me.rare is not None and (me.rare.base is not None or (isinstance(value, Tensor) and value.rare is not None)):
            part = self[index]
            shows = part.rare is not None and part.rare.base is not None
            if shows and (
                overlaps(me.value) or (isinstance(value, Tensor) and clash(part, value.current, copied=True))
            ):
                part.copy_(value)  # which refuses what overlaps there
                return
        self._replace(lambda me: indexing.with_written(me, index, value), repeated=not isinstance(value, Tensor))

    def __len__(self) -> Any:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(joining.unbind(self))

    def __bool__(self) -> Any:
        escapes(self)
        value = self.current.value
        if value.size != 1:
            raise ShapeError(
                _("the truth of a tensor of shape {shape} is ambiguous; use any() or all()").format(shape=value.shape)
            )
        return value.item() != 0

    def __float__(self) -> Any:
        return 1.0 * self.item()

    def __int__(self) -> Any:
        return int(self.item())

    def __format__(self, spec: str) -> str:
        """A tensor without dimensions as its number; another one as its text."""
        return format(self.item(), spec) if not self.shape and type(self) is Tensor else object.__format__(self, spec)

    def __index__(self) -> Any:
        if self.dtype.kind not in "iub":
            raise TypeError(f"a {self.dtype} tensor is no index")
        return int(self.item())

    # In place: this handle then stands for the result; the old value stays in the record.

    def _replace(
        self, compute: Callable[[Tensor], Any], *others: Any, copied: Any = False, repeated: Any = False
    ) -> Tensor:
        """Put the result of an operation in this tensor's place.

        Args:
            compute: the operation, on a second handle on what is there now.
            others: its other operands, which may show the same elements.
            copied: whether it writes their elements as they are.
            repeated: whether it writes the same everywhere, and so may write to an element twice.
        """
        me: Any = self.current
        base = me.rare.base.current if me.rare is not None and me.rare.base is not None else None
        if not repeated and (base is not None or (me.rare is not None and me.rare.steps)) and overlaps(me.value):
            raise DataError(
                _(
                    "{node} shows some elements more than once, as expand() gives them: it cannot be changed in place; clone() it first"
                ).format(node=me.describe())
            )
        for other in others:
            if isinstance(other, Tensor) and other is not self and clash(me, other.current, copied=copied):
                raise DataError(
                    _(
                        "{node} and what is written into it share some elements at different places; clone() one of them first"
                    ).format(node=me.describe())
                )
        me.extra  # noqa: B018 - made, so that the second handle shares it
        twin: Any = me.frozen() if base is None else as_it_was(me)
        result = compute(twin)
        if result is twin:
            return self
        value = result.value
        if value.shape != me.value.shape:
            raise ShapeError(
                _("an in-place operation must keep shape {expected}, it would give {found}").format(
                    expected=me.value.shape, found=value.shape
                )
            )
        if value.dtype != me.value.dtype:
            if not castable(value.dtype, me.value.dtype):
                raise DataError(
                    _("an in-place operation cannot turn {expected} into {found}").format(
                        expected=me.value.dtype, found=value.dtype
                    )
                )
            result = shape.cast(result, me.value.dtype)
        elif result.rare is not None and (result.rare.base is not None or result.rare.origin is not None):
            result = shape.cast(result, value.dtype)  # the result keeps nothing in common with another tensor
        state = now()
        if state.grad and (me.needs or result.needs or (base is not None and base.needs)):
            if base is not None and me.rare.birth != ORDINARY:
                raise refused(me, me.rare.birth, indirect=False)
            if base is not None and base.op is None and base.needs:
                raise GradientError(
                    _(
                        "{node} is a view of a leaf that requires a gradient: it cannot be changed in place while it is recorded; use no_grad()"
                    ).format(node=me.describe())
                )
            if base is None and me.op is None and me.needs:
                raise GradientError(
                    _(
                        "{node} is a leaf that requires a gradient: it cannot be changed in place while it is recorded; use no_grad()"
                    ).format(node=me.describe())
                )
        changed = result.id
        whole = me
        if base is not None:
            whole, result = base, written(base.frozen(), result, me.rare.steps)
        if result.op is not None and (
            result.needs or (not whole.needs and (state.tape is None or whole.op is not None))
        ):
            whole.move_to(result, changed)
        else:
            whole.rebind(result.value, changed)
        return self

    __iadd__ = in_place(arithmetic.add)
    __isub__ = in_place(arithmetic.sub)
    __imul__ = in_place(arithmetic.mul)
    __itruediv__ = in_place(arithmetic.div)
    __ipow__ = in_place(arithmetic.pow)
    __imod__ = in_place(arithmetic.remainder)
    __ifloordiv__ = in_place(comparison.floor_divide)
    __iand__ = in_place(comparison.bitwise_and)
    __ior__ = in_place(comparison.bitwise_or)
    __ixor__ = in_place(comparison.bitwise_xor)

    def zero_(self) -> Tensor:
        """Set every element to 0."""
        return self.fill_(0)

    def fill_(self, value: Any) -> Tensor:
        """Set every element to a number."""
        return self._replace(lambda me: indexing.setitem(me, value, Ellipsis), repeated=True)

    def set_(self, source: Any) -> Tensor:
        """Take over the value of another tensor, outside the record."""
        self.current.rebind(_array(source, self.dtype))
        return self

    def detach_(self) -> Tensor:
        """Cut this tensor off its record: a leaf from now on."""
        me = self.current
        if me.rare is not None and me.rare.base is not None:
            raise GradientError(
                _("{node} is a view: detach_() cannot cut it off; use detach()").format(node=me.describe())
            )
        if me.op is not None:
            me.cut_off(Tensor.wrap(me.value))
        me.needs = 0
        return self

    def apply_(self, function: Callable[[Any], Any]) -> Tensor:
        """Apply a Python function to each element, outside the record."""
        escapes(self)
        kept = self.current.value
        self.current.rebind(np.array([function(v) for v in kept.ravel().tolist()], kept.dtype).reshape(kept.shape))
        return self

    def fill_diagonal_(self, value: Any) -> Tensor:
        """Write one number on the diagonal."""
        places = np.arange(min(self.shape))
        return self._replace(lambda me: indexing.setitem(me, value, (places,) * self.ndim))

    def copy_(self, source: Any) -> Tensor:
        """Take over the elements of ``source``, which broadcasts to this shape."""
        source = source if isinstance(source, Node) else tensor(source, dtype=self.dtype)
        return self._replace(lambda me: indexing.setitem(me, source, Ellipsis), source, copied=True)

    # New tensors of the same dtype

    def new_tensor(self, data: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
        """A leaf with other data in this tensor's dtype."""
        return tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def new_zeros(self, *size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
        """Zeros in this tensor's dtype."""
        return zeros(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def new_ones(self, *size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
        """Ones in this tensor's dtype."""
        return ones(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def new_empty(self, *size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
        """Zeros in this tensor's dtype: nothing here is ever left undefined."""
        return zeros(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
        """One number everywhere, in this tensor's dtype."""
        return full(size, fill_value, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def __repr__(self) -> str:
        escapes(self)
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
        x if isinstance(x, Node) else (tensor(x) if tensors else scalar(float(x), requires_grad=False)) for x in parts
    ]
    return joining.stack(parts)


def _array(data: Any, dtype: Any = None) -> Array:
    """A new array of what the user gave, in the dtype that PyTorch would choose."""
    source = data
    if isinstance(data, Node):
        data = data.current.value
    wanted = as_dtype(dtype) if dtype is not None else None
    array = np.array(data, dtype=wanted) if isinstance(data, np.ndarray | np.generic) else _read(data, wanted)
    as_dtype(array.dtype)
    tape = now().tape
    if tape is not None:
        tape.copied(source, array)
    return array


def _read(data: Any, wanted: Any) -> Array:
    """Numbers in lists as an array."""
    try:
        array = np.array(data, dtype=wanted if wanted is None or wanted.kind == "f" else None)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(_("expected numbers in lists of equal lengths: {cause}").format(cause=error)) from None
    if wanted is not None:
        return array if wanted.kind == "f" else _of_numbers(array, wanted)
    if array.dtype in (np.uint64, np.object_) and _integers(array):
        raise DataError(
            _("expected integers of at most 64 bits with their sign, got {found}").format(found=array.max())
        )
    return array.astype(get_default_dtype()) if array.dtype == np.float64 else array


def _integers(array: Array) -> bool:
    """Whether the elements are integers, if numpy has no dtype for them."""
    return all(isinstance(x, int) for x in array.ravel().tolist())


def _of_numbers(array: Array, dtype: Any) -> Array:
    """Numbers that a person wrote, as elements of an integer dtype or booleans: each must fit."""
    if array.dtype.kind not in "biuf" and not _integers(array):
        raise DataError(_("expected numbers, got {found}").format(found=array.ravel()[0]))
    if dtype.kind == "b":
        return array.astype(dtype) if array.dtype.kind in "biuf" else np.asarray(array != 0)
    if array.size:
        for end in (array.min(), array.max()):  # NaN is both
            converted(end.item() if isinstance(end, np.generic) else end, dtype)
    if array.dtype == np.object_:  # integers of which one takes the 64th bit
        return np.array([x % (1 << 64) for x in array.ravel().tolist()], np.uint64).astype(dtype).reshape(array.shape)
    return array.astype(dtype, copy=False)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, name: str | None = None
) -> Tensor:
    """A new tensor with a copy of the data: integers stay integers, floats become the default dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1.0, 2.0], [3.0, 4.0]]).shape, tg.tensor([1, 2]).dtype
        ((2, 2), dtype('int64'))
        >>> tg.tensor([1.0, 2.0], requires_grad=True)
        tensor([1., 2.], requires_grad=True)
    """
    checked_device(device)
    if isinstance(data, list | tuple) and _holds_nodes(data):
        return Tensor(data)
    made = object.__new__(Tensor)
    made._begin(_array(data, dtype), requires_grad, name)
    return made


def _filled(fill: Callable[..., Array]) -> Callable[..., Tensor]:
    def make(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        checked_device(device)
        sides = tuple(size[0]) if len(size) == 1 and isinstance(size[0], list | tuple) else size
        _count(*sides)
        return Tensor(fill(sides, as_dtype(dtype or get_default_dtype())), requires_grad=requires_grad)

    return make


zeros = _filled(np.zeros)
zeros.__doc__ = """A tensor of zeros of the given size.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
ones = _filled(np.ones)
ones.__doc__ = """A tensor of ones of the given size.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ones(2), tg.ones((1, 2), dtype=tg.int64)
        (tensor([1., 1.]), tensor([[1, 1]]))
    """


def full(
    size: Sequence[int], fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of one number.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.full((2, 3), 7.0)
        tensor([[7., 7., 7.],
                [7., 7., 7.]])
    """
    checked_device(device)
    return Tensor(_full(size, fill_value, dtype), requires_grad=requires_grad)


def _full(size: Any, value: Any, dtype: Any = None) -> Array:
    """An array of one number, which must fit in the dtype."""
    if isinstance(value, Node | np.generic):
        value = np.asarray(value.current.value if isinstance(value, Node) else value).item()
    wanted = result_type(value) if dtype is None else as_dtype(dtype)
    return np.full(size, converted(value, wanted))


def _like(fill: Callable[..., Array]) -> Callable[..., Tensor]:
    def make(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        checked_device(device)
        return Tensor(fill(input.shape, as_dtype(dtype or input.dtype)), requires_grad=requires_grad)

    return make


zeros_like = _like(np.zeros)
zeros_like.__doc__ = """Zeros of the shape and dtype of a tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros_like(tg.tensor([[5, 6]]))
        tensor([[0, 0]])
    """
ones_like = _like(np.ones)
ones_like.__doc__ = """Ones of the shape and dtype of a tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ones_like(tg.tensor([[5, 6]]))
        tensor([[1, 1]])
    """
empty_like, empty = zeros_like, zeros  # nothing here is ever left undefined


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """One number, in the shape and dtype of a tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.full_like(tg.tensor([[1, 2]]), 9)
        tensor([[9, 9]])
    """
    checked_device(device)
    return Tensor(_full(input.shape, fill_value, dtype or input.dtype), requires_grad=requires_grad)


def scalar_tensor(value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor without dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.scalar_tensor(3).shape, tg.scalar_tensor(3).item()
        ((), 3.0)
    """
    checked_device(device)
    return Tensor(_full((), value, dtype or get_default_dtype()), requires_grad=requires_grad)


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """The tensor itself, or a new one of the data.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0])
        >>> tg.as_tensor(x) is x, tg.as_tensor([1.0]) is x
        (True, False)
    """
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


def is_tensor(x: Any) -> bool:
    """Whether this is a Tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_tensor(tg.ones(1)), tg.is_tensor([1.0])
        (True, False)
    """
    return isinstance(x, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floats.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_floating_point(tg.tensor([1.0])), tg.is_floating_point(tg.tensor([1]))
        (True, False)
    """
    return input.dtype.kind == "f"


def numel(input: Tensor) -> int:
    """Number of elements.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.numel(tg.zeros(2, 3, 4))
        24
    """
    return input.numel()


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal of a matrix, zeros elsewhere.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.eye(2, 3)
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    checked_device(device)
    _count(n, m)
    return Tensor(np.eye(n, m, dtype=as_dtype(dtype or get_default_dtype())), requires_grad=requires_grad)


def _count(*numbers: int | None) -> None:
    for n in numbers:
        if n is not None and n < 0:
            raise ShapeError(_("expected a number of elements of at least 0, got {found}").format(found=n))


def _no_booleans(name: str, dtype: Any) -> None:
    if dtype is not None and as_dtype(dtype) == np.bool_:
        raise DtypeError(_("{name}: expected a dtype of numbers, got bool").format(name=name))


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers at equal distances, both ends included.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linspace(0, 1, 5)
        tensor([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    checked_device(device)
    _no_booleans("linspace", dtype)
    _count(steps)
    kind = as_dtype(dtype or get_default_dtype())
    return Tensor(np.linspace(float(start), float(end), steps).astype(kind), requires_grad=requires_grad)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Powers of a base whose exponents lie at equal distances, both ends included.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.logspace(0, 3, 4)
        tensor([   1.,   10.,  100., 1000.])
    """
    checked_device(device)
    _no_booleans("logspace", dtype)
    _count(steps)
    kind = as_dtype(dtype or get_default_dtype())
    return Tensor(np.logspace(float(start), float(end), steps, base=base).astype(kind), requires_grad=requires_grad)


def arange(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from a start (0 when one bound is given) to an end, which is excluded, by a step.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(3), tg.arange(1.0, 2.0, 0.25)
        (tensor([0, 1, 2]), tensor([1.  , 1.25, 1.5 , 1.75]))
    """
    checked_device(device)
    _no_booleans("arange", dtype)
    start, end = (0, start) if end is None else (start, end)
    if not step or (end - start) / step < 0:
        raise ShapeError(
            _("arange: a step of {step} does not lead from {start} to {end}").format(step=step, start=start, end=end)
        )
    array = np.arange(*(x.item() if isinstance(x, Tensor) else x for x in (start, end, step)))
    if dtype is None and array.dtype.kind == "f":
        dtype = get_default_dtype()
    return tensor(array, dtype=dtype, requires_grad=requires_grad)


def from_numpy(array: Array) -> Tensor:
    """A tensor with a copy of an array: what enters the record is never written to from outside.

    Example:
        >>> import numpy as np
        >>> import tinygrad_fr as tg
        >>> array = np.zeros(2)
        >>> x = tg.from_numpy(array)
        >>> array[0] = 9
        >>> x.tolist()  # a copy
        [0.0, 0.0]
    """
    return tensor(array)


def from_dlpack(x: Any) -> Tensor:
    """A tensor with a copy of another library's, by DLPack.

    Raises:
        DataError: it offers none, or one that requires a gradient, which would be lost.

    Example:
        >>> import numpy as np
        >>> import tinygrad_fr as tg
        >>> tg.from_dlpack(np.array([1.0, 2.0])).tolist()
        [1.0, 2.0]
    """
    return Tensor(protocols.shared(x))


def _in_place_form(name: str) -> Callable[..., Tensor]:
    operation = getattr(Tensor, name)

    def change(self: Tensor, *args: Any, **options: Any) -> Tensor:
        return self._replace(lambda me: operation(me, *(me if x is self else x for x in args), **options), *args)

    said, _heading, _example = str(operation.__doc__).partition("\n\nExample:")
    change.__name__, change.__doc__ = f"{name}_", f"In place: {said}"
    return change


# Operations whose result can take the place of their first operand: PyTorch's name with a line under its end.
IN_PLACE = (
    *(name for name, op in registry.items() if isinstance(op, Elementwise) and op.facts.method),
    "add", "sub", "div", "round", "clamp", "clip", "addcmul", "addcdiv", "addmm", "addmv", "addbmm", "baddbmm", "addr",
    "masked_fill", "masked_scatter", "scatter", "scatter_add", "scatter_reduce", "index_add", "index_copy", "index_fill",
    "index_put", "cumsum", "cumprod", "tril", "triu", "nan_to_num", "logit", "multiply", "subtract", "divide", "absolute",
    "negative", "float_power", "true_divide", "floor_divide", "fmod", "remainder", "prelu",
)  # fmt: skip
IN_PLACE = (*IN_PLACE, *(alias for alias, name in forms.ALIASES.items() if name in IN_PLACE))
for _name in IN_PLACE:
    setattr(Tensor, f"{_name}_", _in_place_form(_name))

KINDS[np.ndarray] = Tensor
_of_lists: Any = tensor
KINDS[list] = _of_lists
