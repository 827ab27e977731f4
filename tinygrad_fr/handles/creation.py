"""New tensors: of one number, of equal distances, out of arrays of another library."""

from __future__ import annotations

import math
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.devices.layout import arranged, laid_as, preserve_format
from tinygrad_fr.errors import DataError, DtypeError, ShapeError
from tinygrad_fr.handles import protocols
from tinygrad_fr.handles.reading import array_of, checked_sides, filled
from tinygrad_fr.locale import _
from tinygrad_fr.memory import shared
from tinygrad_fr.outputs import into_out
from tinygrad_fr.promotion.dtype import as_dtype, get_default_dtype
from tinygrad_fr.record.mode import now, untaped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

from tinygrad_fr.handles.tensor import Tensor, tensor

Array = npt.NDArray[Any]


def sized_by_name(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function of a size as lessons call it: the size may come by its name, and an arrangement in memory is accepted.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(size=(2, 3)).shape
        torch.Size([2, 3])
    """

    make = into_out(make)

    @wraps(make)
    def called(*sides: Any, size: Any = None, layout: Any = None, pin_memory: bool = False, **options: Any) -> Tensor:
        return make(*sides, **options) if size is None else make(*sides, size, **options)

    return called


def arranged_like(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function of a tensor's size and dtype as lessons call it: what it makes lies in memory as that tensor, or as is asked.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros_like(tg.ones(2, 3).T).stride(), tg.zeros_like(tg.ones(2, 3).T, memory_format=tg.contiguous_format).stride()
        ((1, 3), (2, 1))
    """
    making = in_words(make)

    @wraps(make)
    def called(
        input: Any, *args: Any, layout: Any = None, pin_memory: bool = False, memory_format: Any = None, **options: Any
    ) -> Tensor:
        made, image = making(input, *args, **options), getattr(getattr(input, "current", input), "value", None)
        if now().tape.keeps_arrays or not isinstance(image, np.ndarray):
            return made
        if memory_format is not None and memory_format is not preserve_format:
            made.value = arranged(made.value, memory_format)
        elif not image.flags.c_contiguous:
            made.value = laid_as(made.value, image)
        return made

    return called


def _of_size(name: str, fill: Callable[..., Array]) -> Callable[..., Tensor]:
    def make(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        checked_device(device)
        return tensor(filled(fill, size, dtype or get_default_dtype()), requires_grad=requires_grad)

    make.__name__ = make.__qualname__ = name
    return sized_by_name(make)


zeros = _of_size("zeros", np.zeros)
zeros.__doc__ = """A tensor of zeros of the given size.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
ones = _of_size("ones", np.ones)
ones.__doc__ = """A tensor of ones of the given size.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ones(2), tg.ones((1, 2), dtype=tg.int64)
        (tensor([1., 1.]), tensor([[1, 1]]))
    """


@into_out
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
    return tensor(array_of(size, fill_value, dtype), requires_grad=requires_grad)


def _like(name: str, fill: Callable[..., Array]) -> Callable[..., Tensor]:
    def make(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        checked_device(device)
        return tensor(fill(input.shape, as_dtype(dtype or input.dtype)), requires_grad=requires_grad)

    make.__name__ = make.__qualname__ = name
    return arranged_like(make)


zeros_like = _like("zeros_like", np.zeros)
zeros_like.__doc__ = """Zeros of the shape and dtype of a tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros_like(tg.tensor([[5, 6]]))
        tensor([[0, 0]])
    """
ones_like = _like("ones_like", np.ones)
ones_like.__doc__ = """Ones of the shape and dtype of a tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ones_like(tg.tensor([[5, 6]]))
        tensor([[1, 1]])
    """
empty_like, empty = zeros_like, zeros  # nothing here is ever left undefined


@in_words
def empty_strided(
    size: Sequence[int], stride: Sequence[int], *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Zeros whose element (i, j, …) lies in memory at i · stride[0] + j · stride[1] + …

    Raises:
        ShapeError: there are not as many strides as sides, or one is negative.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.empty_strided((2, 3), (1, 2)).stride()
        (1, 2)
    """
    checked_device(device)
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if len(size) != len(stride) or any(n < 0 for n in (*size, *stride)):
        raise ShapeError(
            _("empty_strided: expected as many strides as sides, none negative, got {size} and {stride}").format(
                size=size, stride=stride
            )
        )
    kind = np.dtype(as_dtype(dtype or get_default_dtype()))
    span = 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if all(size) else 0
    bytes_ = [step * kind.itemsize for step in stride]
    array: Array = np.ndarray(size, kind, np.zeros(span, kind).data if span else None, strides=bytes_ if span else None)
    return Tensor.wrap(array).requires_grad_(requires_grad)


@arranged_like
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
    return tensor(array_of(input.shape, fill_value, dtype or input.dtype), requires_grad=requires_grad)


@in_words
def scalar_tensor(value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor without dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.scalar_tensor(3).shape, tg.scalar_tensor(3).item()
        (torch.Size([]), 3.0)
    """
    checked_device(device)
    return tensor(array_of((), value, dtype or get_default_dtype()), requires_grad=requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The tensor itself, one that shares the elements of an array, or a new one of anything else.

    Example:
        >>> import numpy as np
        >>> import tinygrad_fr as tg
        >>> x, array = tg.tensor([1.0]), np.zeros(2)
        >>> tg.as_tensor(x) is x, tg.as_tensor([1.0]) is x
        (True, False)
        >>> y = tg.as_tensor(array)
        >>> array[0] = 9
        >>> y.tolist()
        [9.0, 0.0]
    """
    checked_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or as_dtype(dtype) == data.dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def is_tensor(obj: Any) -> bool:
    """Whether this is a Tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_tensor(tg.ones(1)), tg.is_tensor([1.0])
        (True, False)
    """
    return isinstance(obj, Tensor)


@in_words
def detach(input: Tensor) -> Tensor:
    """The same values, which no gradient reaches.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.detach(tg.ones(2, requires_grad=True)).requires_grad
        False
    """
    return input.detach()


@in_words
def is_complex(input: Tensor) -> bool:
    """False: no complex elements are here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_complex(tg.tensor([1.0]))
        False
    """
    return input.is_complex()


@in_words
def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floats.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_floating_point(tg.tensor([1.0])), tg.is_floating_point(tg.tensor([1]))
        (True, False)
    """
    return input.dtype.kind == "f"


@in_words
def numel(input: Tensor) -> int:
    """Number of elements.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.numel(tg.zeros(2, 3, 4))
        24
    """
    return input.numel()


@into_out
def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal of a matrix, zeros elsewhere.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.eye(2, 3)
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    checked_device(device)
    checked_sides(n, m)
    return tensor(np.eye(n, m, dtype=as_dtype(dtype or get_default_dtype())), requires_grad=requires_grad)


def _no_booleans(name: str, dtype: Any) -> None:
    if dtype is not None and as_dtype(dtype) == np.bool_:
        raise DtypeError(_("{name}: expected a dtype of numbers, got bool").format(name=name))


@into_out
def linspace(
    start: float, end: float, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers at equal distances, both ends included.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linspace(0, 1, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    checked_device(device)
    _no_booleans("linspace", dtype)
    checked_sides(steps)
    kind = as_dtype(dtype or get_default_dtype())
    return tensor(np.linspace(float(start), float(end), steps).astype(kind), requires_grad=requires_grad)


@into_out
def logspace(
    start: float,
    end: float,
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
    checked_sides(steps)
    kind = as_dtype(dtype or get_default_dtype())
    return tensor(np.logspace(float(start), float(end), steps, base=base).astype(kind), requires_grad=requires_grad)


@into_out
def arange(
    start: float = 0,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from a start (0 when one bound is given) to an end, which is excluded, by a step.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(3), tg.arange(1.0, 2.0, 0.25)
        (tensor([0, 1, 2]), tensor([1.0000, 1.2500, 1.5000, 1.7500]))
    """
    checked_device(device)
    _no_booleans("arange", dtype)
    start, end = (0, start) if end is None else (start, end)
    start, end, step = bounds = [x.item() if isinstance(x, Tensor) else x for x in (start, end, step)]
    if not all(map(math.isfinite, bounds)):
        raise DataError(_("arange: expected finite numbers, got {found}").format(found=tuple(bounds)))
    whole = dtype is not None and as_dtype(dtype) == np.int64  # of which PyTorch counts the numbers among integers
    if not (int(step) if whole else step) or (end - start) / step < 0:
        raise ShapeError(
            _("arange: a step of {step} does not lead from {start} to {end}").format(step=step, start=start, end=end)
        )
    array = np.arange(*map(int, bounds)) if whole else np.arange(*bounds)
    if dtype is not None and as_dtype(dtype).kind in "iu" and array.dtype.kind == "f":  # integers from the start on
        array = int(bounds[0]) + int(bounds[2]) * np.arange(len(array))
    if dtype is None and array.dtype.kind == "f":
        dtype = get_default_dtype()
    return tensor(array, dtype=dtype, requires_grad=requires_grad)


@into_out
def range(  # noqa: A001 - PyTorch's name
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from a start to an end, which is included, by a step: floats, unlike those of :func:`arange`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.range(0, 3)
        tensor([0., 1., 2., 3.])
    """
    checked_device(device)
    start, end = (0, start) if end is None else (start, end)
    bounds = [x.item() if isinstance(x, Tensor) else x for x in (start, end, step)]
    if not bounds[2] or (bounds[1] - bounds[0]) / bounds[2] < 0:
        raise ShapeError(
            _("range: a step of {step} does not lead from {start} to {end}").format(step=step, start=start, end=end)
        )
    count = int((bounds[1] - bounds[0]) / bounds[2] + 1)
    array = bounds[0] + bounds[2] * np.arange(count)
    return tensor(array, dtype=dtype or get_default_dtype(), requires_grad=requires_grad)


def from_numpy(array: Array) -> Tensor:
    """A tensor on the elements of an array: what is written to one the other has.

    Raises:
        DtypeError: it is no array, or its elements are none that a tensor may have.
        DataError: they lie in memory as those of a tensor cannot.

    Example:
        >>> import numpy as np
        >>> import tinygrad_fr as tg
        >>> array = np.zeros(2)
        >>> x = tg.from_numpy(array)
        >>> array[0] = 9
        >>> x.add_(1).tolist(), array.tolist()
        ([10.0, 1.0], [10.0, 1.0])
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(_("from_numpy: expected an array of numpy, got {found}").format(found=type(array).__name__))
    if array.dtype.kind not in "biuf":
        raise DtypeError(_("from_numpy: not for elements of {found}").format(found=array.dtype))
    as_dtype(array.dtype)
    if not array.dtype.isnative:
        raise DataError(_("from_numpy: the bytes of its elements are in the order of another machine; use astype()"))
    if any(step < 0 for step in array.strides):
        raise DataError(_("from_numpy: the array goes backwards through its memory; use copy()"))
    if not array.flags.aligned or any(step % array.itemsize for step in array.strides):
        raise DataError(_("from_numpy: its elements are not at multiples of their size in memory; use copy()"))
    if now().tape.keeps_arrays:
        untaped(_("it shares elements with an array of numpy"))
        return tensor(array)
    return Tensor.wrap(shared(array))


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor on the elements of another library's, by DLPack; on a copy of them, where one is asked for.

    Raises:
        DataError: it offers none, or one that requires a gradient, which would be lost.

    Example:
        >>> import numpy as np
        >>> import tinygrad_fr as tg
        >>> array = np.array([1.0, 2.0])
        >>> x = tg.from_dlpack(array)
        >>> array[0] = 9
        >>> x.tolist()
        [9.0, 2.0]
    """
    checked_device(device)
    found = protocols.shared(ext_tensor)
    return from_numpy(found.copy() if copy else found)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """A tensor on the elements of a tensor, an array or a buffer, unless a copy is asked for or needed.

    Args:
        obj: what is given.
        dtype: the type of the elements; by default that of what is given.
        device: where they are.
        copy: whether they are copied; by default where they have to be.
        requires_grad: whether the tensor requires a gradient; by default as what is given.

    Raises:
        DataError: no copy may be made, and one is needed.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.asarray([1, 2])
        tensor([1, 2])
    """
    checked_device(device)
    if isinstance(obj, bytes | bytearray | memoryview):
        obj = frombuffer(obj, dtype=dtype or get_default_dtype())
    shares = isinstance(obj, Tensor | np.ndarray) and (dtype is None or as_dtype(dtype) == obj.dtype)
    if copy is False and not shares:
        raise DataError(_("asarray: a copy is needed of a {found}").format(found=type(obj).__name__))
    if not isinstance(obj, Tensor):
        found: Tensor = as_tensor(obj) if shares and not copy else tensor(obj, dtype=dtype)
    else:
        found = obj.clone() if copy else obj
        found = found if dtype is None else found.to(dtype)
    if requires_grad is None or requires_grad == found.requires_grad:
        return found
    return found.requires_grad_(requires_grad) if requires_grad or found.is_leaf else found.detach()


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor of one dimension on the bytes of a buffer, such as a ``bytearray``.

    Args:
        buffer: the bytes.
        dtype: how they are read.
        count: how many numbers; -1 for all.
        offset: how many bytes come before them.
        requires_grad: whether the tensor requires a gradient.

    Raises:
        DataError: the bytes are not as many as the numbers need.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.frombuffer(bytearray(b"\x01\x02\x03"), dtype=tg.uint8)
        tensor([1, 2, 3], dtype=torch.uint8)
    """
    try:
        array = np.frombuffer(buffer, as_dtype(dtype), count, offset)
    except (ValueError, TypeError) as error:
        raise DataError(_("frombuffer: {error}").format(error=error)) from None
    return from_numpy(array).requires_grad_(requires_grad)
