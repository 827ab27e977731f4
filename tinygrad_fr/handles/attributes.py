"""What a tensor says of itself: shape, dtype, memory, its elements as numbers and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.devices.device import device
from tinygrad_fr.devices.layout import lies
from tinygrad_fr.errors import DtypeError, GradientError, ShapeError
from tinygrad_fr.handles import printing, protocols
from tinygrad_fr.handles.backward_nodes import backward_node
from tinygrad_fr.handles.random_in_place import RandomInPlace
from tinygrad_fr.handles.size import Size
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shapes import permutation, rearranging
from tinygrad_fr.ops.shared.overloads import overloaded
from tinygrad_fr.promotion import elements
from tinygrad_fr.record.mode import escapes, now, untaped
from tinygrad_fr.record.node import KINDS
from tinygrad_fr.views import outside, storage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = npt.NDArray[Any]
CPU = device("cpu")


class TensorAttributes(RandomInPlace):
    """The questions that a tensor answers about its own value."""

    __slots__ = ()
    plain = True  # written "tensor(…)"; a class of one's own is written by its name

    def __init_subclass__(cls, plain: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.plain = plain

    @property
    def shape(self) -> Size:
        """Length of each dimension."""
        return tuple.__new__(Size, (self if self.rare is None else self.current).value.shape)  # these are integers

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self.current.value.ndim

    @property
    def dtype(self) -> elements.dtype:
        """Type of the elements."""
        return elements.shown(self.current.value.dtype)

    T = property(permutation.backwards)

    @property
    def H(self) -> Any:  # noqa: N802 - PyTorch's name
        """The transpose of a matrix: elements are real."""
        return permutation.t(self) if self.ndim != 1 else permutation.adjoint(self)  # which refuses a vector

    @property
    def mH(self) -> Any:  # noqa: N802 - PyTorch's name
        """The tensor with its last two dimensions exchanged: elements are real."""
        return permutation.adjoint(self)

    @property
    def real(self) -> Any:
        """The tensor itself: elements are real."""
        return self

    @property
    def mT(self) -> Any:  # noqa: N802 - PyTorch's name
        """The tensor with its last two dimensions exchanged."""
        return permutation.adjoint(self)

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
        sides, steps = value.shape, [step // value.itemsize for step in value.strides]
        known = any(value.strides)  # numpy forgets those of an array without elements
        follow = value.flags.c_contiguous and not (known and self._is_view())
        for d in reversed(range(value.ndim)):  # numpy says nothing of dimensions of length 1
            if follow:
                steps[d] = steps[d + 1] * max(sides[d + 1], 1) if d + 1 < len(sides) else 1
            elif sides[d] == 1 and not steps[d]:
                steps[d] = steps[d + 1] * sides[d + 1] if d + 1 < len(sides) else 1
        return tuple(steps) if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """How many elements of its base's memory come before a view's first one; 0 for what is no view."""
        untaped(_("it asks where a tensor lies in memory"))
        node = self.current
        whole, value = storage_of(node), node.value
        return 0 if whole is None or not value.size else (value.ctypes.data - whole.ctypes.data) // value.itemsize

    def is_contiguous(self, *, memory_format: Any = None) -> Any:
        """Whether elements that follow each other in the last dimension do so in memory, and so on outwards."""
        return lies(self.current.value, memory_format)

    @property
    def _base(self) -> Any:
        """The tensor that this one is a view of; None for what is no view."""
        rare = self.current.rare
        return None if rare is None else rare.base

    def _is_view(self) -> bool:
        """Whether this tensor is a view."""
        return self._base is not None

    @property
    def _version(self) -> int:
        """How often the elements were changed in place."""
        rare = self.current.rare
        return 0 if rare is None else rare.storage.version

    is_cpu = True
    is_sparse = is_quantized = is_meta = is_mps = is_xpu = is_nested = False  # what PyTorch's tensors elsewhere say

    def is_complex(self) -> bool:
        """False: no complex elements are here."""
        return False

    def get_device(self) -> int:
        """−1, the number of the CPU."""
        return -1

    def data_ptr(self) -> int:
        """Where the elements lie in memory now; a change of value moves them, as the record keeps the old ones."""
        untaped(_("it asks where a tensor lies in memory"))
        found: int = self.current.value.ctypes.data
        return found

    def share_memory_(self) -> Any:
        """The tensor itself: nothing is shared between processes."""
        return self

    @property
    def is_cuda(self) -> Any:
        """False: there is one device, the CPU."""
        return False

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def is_floating_point(self) -> Any:
        """Whether the elements are floats."""
        return self.dtype.kind == "f"

    @property
    def grad_fn(self) -> Any:
        """The node of the backward pass that belongs to this tensor, under PyTorch's name; None for a leaf."""
        return backward_node(self.current)

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

    def numpy(self, *, force: Any = False) -> Array:
        """An array of the same elements: what is written to it the tensor has, and the other way round.

        Args:
            force: give one of a tensor that requires a gradient too, as ``detach().numpy()`` does.

        Raises:
            GradientError: the tensor requires a gradient, which would be lost, and gradients are recorded.
        """
        escapes(self)
        if self.current.needs and now().grad and not force:
            raise GradientError(
                _("{node} requires a gradient, which would be lost; detach() it").format(node=self.describe())
            )
        array: Array = outside(self)
        return array

    __array__ = protocols.array

    __array_function__ = protocols.function

    __array_ufunc__ = protocols.ufunc

    __dlpack__ = protocols.dlpack

    __dlpack_device__ = protocols.dlpack_device

    def __len__(self) -> Any:
        if not self.shape:
            raise DtypeError(_("expected a tensor of at least one dimension, got shape ()"))
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise DtypeError(_("expected a tensor of at least one dimension, got shape ()"))
        return iter(overloaded["unbind"](self))

    def __reversed__(self) -> Any:
        return rearranging.flip(self, 0) if self.shape else self

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, TensorAttributes | int | float):
            raise DtypeError(_("in: expected a tensor or a number, got {found}").format(found=type(element).__name__))
        same: Any = self == element
        return bool(same.any())

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
        return (
            format(self.item(), spec)
            if not self.shape and type(self) is KINDS[np.ndarray]
            else object.__format__(self, spec)
        )

    def __index__(self) -> Any:
        if self.dtype.kind not in "iub":
            raise DtypeError(_("expected an integer tensor for an index, got {found}").format(found=self.dtype))
        return int(self.item())

    def __repr__(self) -> str:
        escapes(self)
        node = self.current
        origin = self.grad_fn
        more = (
            [f"grad_fn=<{type(origin).__name__}>"] if origin is not None else ["requires_grad=True"] * (node.needs != 0)
        )
        name = "tensor" if type(self).plain else type(self).__name__
        return printing.written(node.value, name, more)
