"""Tensor: an array in the record, under PyTorch's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.devices.device import device, is_device
from tinygrad_fr.devices.layout import contiguous_format, laid_in, order_asked, preserve_format
from tinygrad_fr.errors import DataError, DtypeError, GradientError, ShapeError
from tinygrad_fr.handles import copies, random_draws
from tinygrad_fr.handles.methods import operator, reflected
from tinygrad_fr.handles.reading import array_of, checked_sides, filled, holds_nodes, new_array, stacked
from tinygrad_fr.handles.size import Size
from tinygrad_fr.handles.writes import Writes
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.ops import comparison, conversion, products
from tinygrad_fr.ops.indexing import subscripts
from tinygrad_fr.ops.shapes import shape
from tinygrad_fr.ops.shared.arrangement import arrange
from tinygrad_fr.ops.shared.large import contiguous
from tinygrad_fr.ops.shared.overloads import detaching
from tinygrad_fr.promotion import elements
from tinygrad_fr.promotion.dtype import as_dtype, get_default_dtype
from tinygrad_fr.record.backward import backward
from tinygrad_fr.record.mode import now, thread, untaped
from tinygrad_fr.record.node import KINDS, Node, clock
from tinygrad_fr.source.site import warn
from tinygrad_fr.versions import mark
from tinygrad_fr.views import give, share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = npt.NDArray[Any]
CPU = device("cpu")


class Hook:
    """A registered hook; :meth:`remove` takes it off."""

    def __init__(self, hooks: dict[int, Callable[[Any], Any]], key: int) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Take the hook off."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> Hook:
        return self

    def __exit__(self, *_error: object) -> None:
        self.remove()


# What Python compares, and finds another thing than a tensor.
_NO_NUMBERS = (type(None), str, bytes, dict, set, frozenset, type)
_equal, _different = operator(comparison.eq), operator(comparison.ne)


class _AfterAccumulation:
    """A hook that leaves a gradient as it is on its way, and is called with the leaf when that was added to ``.grad``."""

    def __init__(self, hook: Callable[[Any], Any]) -> None:
        self.hook = hook

    def __call__(self, gradient: Any) -> None:
        """Replace nothing."""

    def accumulated(self, leaf: Any, _gradient: Any) -> None:
        """Call the hook. A step that is replayed would not."""
        untaped(_("a hook is called after a gradient was added"))
        self.hook(leaf)


class Tensor(Writes, Named, plain=True):
    """An array in the record. The class itself makes one as PyTorch's does; :func:`tensor` chooses the dtype by the data.

    Args:
        data: a size, as integers, of which the elements are 0; or a nested list of numbers, an array, or lists of Scalars
            (which stay connected).
        dtype: the default dtype, float32, for a size, a list or an array, whatever its numbers are.
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

    __slots__ = ("__dict__",)

    def __new__(cls, *data: Any, **options: Any) -> Self:
        """Stack Scalars into a recorded tensor; anything else makes a leaf."""
        if len(data) == 1 and isinstance(data[0], list | tuple) and holds_nodes(data[0]):
            return stacked(data[0])
        return super().__new__(cls)

    def __init__(self, *data: Any, dtype: Any = None, requires_grad: bool = False, name: str | None = None) -> None:
        if len(data) == 1 and isinstance(data[0], list | tuple) and holds_nodes(data[0]):
            return  # recorded by __new__
        if len(data) == 1 and isinstance(data[0], Size):
            data = data[0]
        if all(type(side) is int or isinstance(side, np.integer) for side in data):
            checked_sides(*data)
            array = np.zeros(data or (0,), as_dtype(dtype or get_default_dtype()))
        elif len(data) > 1:
            raise DataError(_("expected a size as integers, or one list of numbers, got {found}").format(found=data))
        else:
            keeps = isinstance(data[0], Node)
            if isinstance(data[0], float | np.generic | bool):
                raise DtypeError(
                    _("Tensor: expected a size, a list or an array, got the number {found}; use tensor()").format(
                        found=data[0]
                    )
                )
            array = new_array(data[0], dtype if keeps or dtype is not None else get_default_dtype())
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

    def contiguous(self, *, memory_format: Any = None) -> Tensor:
        """The tensor itself where its elements lie one after the other, else a recorded copy."""
        if self.is_contiguous(memory_format=memory_format):
            return self
        return self.clone(memory_format=memory_format or contiguous_format)

    def to_dense(self) -> Tensor:
        """The tensor itself: what is kept by rows is an array as soon as it is seen."""
        return self

    def cpu(self) -> Tensor:
        """The tensor itself: there is one device."""
        return self

    def cuda(self, device: Any = None, non_blocking: Any = False) -> Tensor:
        """Refused: there is no such device here."""
        return self.to("cuda")

    def pin_memory(self) -> Tensor:
        """The tensor itself: memory is pinned for other devices."""
        return self

    __reduce_ex__ = copies.reduced
    __copy__ = copies.shallow
    __deepcopy__ = copies.deep

    # Its place in the record

    @property
    def data(self) -> Tensor:
        """The value alone, outside the record. Assigning gives this tensor another value."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            if not isinstance(value, (np.ndarray, np.generic)):
                raise DtypeError(_("data: expected a tensor, got {found}").format(found=type(value).__name__))
            value = Tensor.wrap(new_array(value, self.dtype))
        kind = value.dtype
        if kind != self.dtype and self.requires_grad and not kind.is_floating_point:
            raise DtypeError(_("data: expected elements that may require a gradient, got {found}").format(found=kind))
        if value.current is not self.current:
            give(self.current, value.current)

    @property
    def grad(self) -> Tensor | None:
        """Gradient that backward accumulated, or None."""
        node = self.current
        now().tape.looked(node)
        found = node.gradient
        if found is None and node.op is not None and node.needs and not self.retains_grad:
            warn(
                _("{node} is no leaf: backward() gives it no .grad unless retain_grad() was called").format(
                    node=node.describe()
                )
            )
        return found

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if gradient is not None:
            gradient = gradient if isinstance(gradient, Tensor) else tensor(gradient, dtype=self.dtype)
            if gradient.shape != self.shape:
                raise ShapeError(
                    _("expected a gradient of shape {expected}, got {found}").format(
                        expected=tuple(self.shape), found=tuple(gradient.shape)
                    )
                )
            if gradient.dtype != self.dtype:
                raise DtypeError(
                    _("expected a gradient of dtype {expected}, got {found}").format(
                        expected=self.dtype, found=gradient.dtype
                    )
                )
        node = self.current
        if gradient is None or gradient is not node._grad:  # p.grad = p.grad.mul_(2) is the same gradient
            now().tape.graded(node, gradient)
        node._grad = gradient

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def _flag(self, flag: Any) -> None:
        Node.requires_grad.fset(self, flag)  # type: ignore[attr-defined]
        rare = self.current.rare
        if rare is not None and rare.storage.shown:
            rare.storage.changed = clock()  # views that were taken before it are asked anew

    requires_grad = property(Node.requires_grad.fget, _flag, doc=Node.requires_grad.__doc__)  # type: ignore[attr-defined]

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient for this leaf, or for none; any other that requires one does so already."""
        if self.is_leaf or not requires_grad:
            self.requires_grad = requires_grad
        return self

    @detaching
    def detach(self) -> Tensor:
        """The same value as a leaf that requires no gradient; changing it in place changes this tensor too."""
        source: Any = self if self.rare is None else self.current
        thread.state.tape.lent(source)
        node = Tensor.wrap(source.value)
        share(node, source, keeps=True)
        return node

    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A recorded copy."""
        order = order_asked(self.current.value, memory_format)
        if order is not None and now().tape.keeps_arrays:
            return arrange(self, order)
        copy = conversion.cast.call(self, self.dtype)
        if order is not None:
            lay, how = (contiguous, ()) if memory_format is contiguous_format else (laid_in, (order,))
            copy.value = conversion.cast.computed(lay, (copy.value, *how), {})
        return copy

    def to(self, *args: Any, dtype: Any = None, copy: Any = False, **options: Any) -> Tensor:
        """The tensor in another dtype (or in another tensor's), recorded; devices are accepted: there is one, the CPU."""
        if len(args) == 1 and args[0].__class__ is elements.dtype and dtype is None and copy is False and not options:
            return self._in(args[0].dtype)  # most calls
        is_device(options.get("device"))
        if (order := options.pop("memory_format", None)) is not None and order is not preserve_format:
            moved = self.to(*args, dtype=dtype, copy=copy, **options)
            return moved.contiguous(memory_format=order)
        truths = [x for x in args if x is True or x is False]  # PyTorch's non_blocking, then copy
        copy = copy or (len(truths) > 1 and truths[1])
        given = [x for x in (*args, dtype) if not (x is None or x is True or x is False)]
        given = [x for x in given if not is_device(x)]
        if not given:
            return self.clone() if copy else self
        wanted = given[0].current.value.dtype if isinstance(given[0], Tensor) else as_dtype(given[0])
        if copy and wanted == self.dtype:
            return self.clone()
        return self._in(wanted)

    def _in(self, dtype: np.dtype[Any]) -> Tensor:
        """The tensor in a dtype of numpy's; itself where it has that one."""
        value = self.value if self.rare is None else self.current.value
        return self if value.dtype == dtype else conversion.cast.call(self, dtype)

    def half(self) -> Tensor:
        """The tensor in float16."""
        return self._in(np.dtype(np.float16))

    def int(self) -> Tensor:
        """The tensor in int32."""
        return self._in(np.dtype(np.int32))

    def short(self) -> Tensor:
        """The tensor in int16."""
        return self._in(np.dtype(np.int16))

    def byte(self) -> Tensor:
        """The tensor in uint8."""
        return self._in(np.dtype(np.uint8))

    def char(self) -> Tensor:
        """The tensor in int8."""
        return self._in(np.dtype(np.int8))

    def type(self, dtype: Any = None) -> Any:
        """The kind of tensor by PyTorch's older name, such as ``torch.FloatTensor``, or the tensor in another dtype."""
        if dtype is None:
            return f"torch.{elements.LEGACY.get(self.dtype.name, self.dtype.name)}Tensor"
        if isinstance(dtype, str):
            word = dtype.removeprefix("torch.")
            dtype = next((kind for kind, name in elements.LEGACY.items() if word == f"{name}Tensor"), word)
        return self.to(get_default_dtype() if dtype is Tensor else getattr(dtype, "dtype", dtype))

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the dtype of another."""
        return self.to(other.dtype)

    def float(self) -> Tensor:
        """The tensor in float32."""
        return self._in(np.dtype(np.float32))

    def double(self) -> Tensor:
        """The tensor in float64."""
        return self._in(np.dtype(np.float64))

    def long(self) -> Tensor:
        """The tensor in int64."""
        return self._in(np.dtype(np.int64))

    def bool(self) -> Tensor:
        """The tensor as booleans."""
        return self._in(np.dtype(np.bool_))

    def retain_grad(self) -> None:
        """Keep the gradient of this node though it is no leaf."""
        self.current.extra.retain = True
        mark()

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Hook:
        """Call ``hook(gradient)`` when the gradient reaches this node; what it returns replaces the gradient."""
        if not self.requires_grad:
            raise GradientError(
                _("{node} requires no gradient: no hook would ever be called").format(node=self.describe())
            )
        return self._hooked(hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], Any]) -> Hook:
        """Call ``hook(leaf)`` each time that a backward pass has added to this leaf's ``.grad``."""
        if not self.requires_grad:
            raise GradientError(
                _("{node} requires no gradient: no hook would ever be called").format(node=self.describe())
            )
        if not self.is_leaf:
            raise GradientError(
                _("{node} is no leaf: gradients are added to leaves alone").format(node=self.describe())
            )
        return self._hooked(_AfterAccumulation(hook))

    def _hooked(self, hook: Callable[[Any], Any]) -> Hook:
        rare = self.current.extra
        hooks: Any = rare.hooks or {}
        rare.hooks = hooks
        key = max(hooks, default=0) + 1
        hooks[key] = hook
        mark()
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
        """The gradient as a tensor of its own: a recorded one may be another leaf's too, or a view."""
        if not isinstance(gradient, Node):
            return Tensor.wrap(np.asarray(gradient))
        node = gradient.current.snapshot()
        node.rare, node.value = None, node.value if node.value.base is None else np.array(node.value)
        return node

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

    __matmul__ = operator(products.matmul)
    __rmatmul__ = reflected(products.matmul)

    def __eq__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, _NO_NUMBERS) else _equal(self, other)

    def __ne__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, _NO_NUMBERS) else _different(self, other)

    __and__ = __rand__ = operator(comparison.bitwise_and)
    __or__ = __ror__ = operator(comparison.bitwise_or)
    __xor__ = __rxor__ = operator(comparison.bitwise_xor)
    __invert__ = comparison.bitwise_not.call
    __lshift__ = operator(comparison.bitwise_left_shift)
    __rlshift__ = reflected(comparison.bitwise_left_shift)
    __rshift__ = operator(comparison.bitwise_right_shift)
    __rrshift__ = reflected(comparison.bitwise_right_shift)
    __hash__ = object.__hash__

    def __pos__(self) -> Tensor:
        return self

    __getitem__ = subscripts.at

    # In place: this handle then stands for the result; the old value stays in the record.

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

    # New tensors of the same dtype

    @in_words
    def new_tensor(self, data: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
        """A leaf with other data in this tensor's dtype."""
        return tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def resize(self, *sizes: Any) -> Tensor:
        """The same elements in another shape of as many, PyTorch's older name of ``view``."""
        found: Tensor = shape.view(self, *sizes)
        return found

    def new(self, *data: Any) -> Tensor:
        """A tensor of a size, of zeros, or of the numbers in a list, in this tensor's dtype."""
        lists = len(data) == 1 and not isinstance(data[0], int | Size)
        return self.new_tensor(data[0]) if lists else self.new_zeros(*(data or (0,)))

    @in_words
    def new_zeros(
        self, *sides: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False
    ) -> Tensor:
        """Zeros in this tensor's dtype."""
        checked_device(device)
        given = sides if size is None else (*sides, size)
        return tensor(filled(np.zeros, given, dtype or self.dtype), requires_grad=requires_grad)

    @in_words
    def new_ones(
        self, *sides: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False
    ) -> Tensor:
        """Ones in this tensor's dtype."""
        checked_device(device)
        given = sides if size is None else (*sides, size)
        return tensor(filled(np.ones, given, dtype or self.dtype), requires_grad=requires_grad)

    def new_empty(
        self, *sides: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False
    ) -> Tensor:
        """Zeros in this tensor's dtype: nothing here is ever left undefined."""
        return self.new_zeros(*sides, size=size, dtype=dtype, device=device, requires_grad=requires_grad)

    def bernoulli(self, p: Any = None, *, generator: Any = None) -> Tensor:
        """1 with the probability that each element says (or p everywhere), else 0."""
        return random_draws.bernoulli(self, p, generator=generator)

    def multinomial(self, num_samples: Any, replacement: Any = False, *, generator: Any = None) -> Tensor:
        """Indices drawn with the weights of each row."""
        return random_draws.multinomial(self, num_samples, replacement, generator=generator)

    @in_words
    def new_full(
        self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False
    ) -> Tensor:
        """One number everywhere, in this tensor's dtype."""
        checked_device(device)
        return tensor(array_of(size, fill_value, dtype or self.dtype), requires_grad=requires_grad)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, name: str | None = None
) -> Tensor:
    """A new tensor with a copy of the data: integers stay integers, floats become the default dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1.0, 2.0], [3.0, 4.0]]).shape, tg.tensor([1, 2]).dtype
        (torch.Size([2, 2]), torch.int64)
        >>> tg.tensor([1.0, 2.0], requires_grad=True)
        tensor([1., 2.], requires_grad=True)
    """
    checked_device(device)
    if isinstance(data, list | tuple) and holds_nodes(data):
        joined = Tensor(data)
        if dtype is not None:
            joined = joined.to(dtype)
        return joined.detach().requires_grad_() if requires_grad and not joined.requires_grad else joined
    made = object.__new__(Tensor)
    made._begin(new_array(data, dtype), requires_grad, name)
    return made


KINDS[np.ndarray] = Tensor
_of_lists: Any = tensor
KINDS[list] = _of_lists
