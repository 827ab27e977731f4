"""Reductions with PyTorch's further arguments: a dtype, several dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.reductions import cumulative, extremes, factors, sums
from tinygrad_fr.ops.shared.overloads import overload, usually
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.promotion.dtype import as_dtype

if TYPE_CHECKING:
    from collections.abc import Callable


def _dims(dim: Any) -> Any:
    return tuple(dim) if isinstance(dim, list) else dim


@usually(sums.sum)
def sum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Sum along ``dim``, everything by default; integers and booleans give int64.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, 2], [3, 4]])
        >>> tg.sum(x), tg.sum(x, 0), tg.sum(x, 1, keepdim=True).shape
        (tensor(10), tensor([4, 6]), torch.Size([2, 1]))
    """
    return _in_dtype(lambda x: sums.sum(x, _dims(dim), keepdim), x, dtype)


def _in_dtype(compute: Callable[[Any], Any], x: Any, dtype: Any) -> Any:
    """What is computed of x in a dtype, which the result has too: integers come back to a narrow one as PyTorch's wrap."""
    if dtype is None:
        return compute(x)
    wanted = as_dtype(dtype)
    found = compute(cast(x, wanted))
    return found if dtype_of(found) == wanted else cast(found, wanted)


@overload
def mean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Mean along ``dim``, of everything by default.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> tg.mean(x), tg.mean(x, 1)
        (tensor(2.5000), tensor([1.5000, 3.5000]))
    """
    wanted = dtype_of(x) if dtype is None else as_dtype(dtype)
    if wanted.kind != "f":
        raise UsageError(
            tr("mean: expected a float dtype, got {found}; convert it, or give dtype ({where})").format(
                found=wanted, where=here()
            )
        )
    return sums.mean.call(x if dtype is None else cast(x, wanted), _dims(dim), keepdim)


@usually(factors.prod)
def prod(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Product along ``dim``, of everything by default; integers and booleans give int64.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, 2], [3, 4]])
        >>> tg.prod(x), tg.prod(x, 0)
        (tensor(24), tensor([3, 8]))
    """
    return _in_dtype(lambda x: factors.prod(x, dim, keepdim), x, dtype)


@usually(cumulative.cumsum)
def cumsum(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running sum along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumsum(tg.tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    return _cumulated("cumsum", cumulative.cumsum, x, dim, dtype)


def _cumulated(name: str, op: Callable[..., Any], x: Any, dim: int, dtype: Any) -> Any:
    if dtype is not None and as_dtype(dtype).kind == "b":
        raise DtypeError(
            tr("{op}: expected a dtype of numbers, got {found} ({where})").format(
                op=name, found=as_dtype(dtype), where=here()
            )
        )
    return _in_dtype(lambda x: op(x, dim), x, dtype)


@usually(factors.cumprod)
def cumprod(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running product along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumprod(tg.tensor([1, 2, 3, 4]), 0)
        tensor([ 1,  2,  6, 24])
    """
    return _cumulated("cumprod", factors.cumprod, x, dim, dtype)


def _every(x: Any, dim: Any) -> Any:
    """The dimensions that amax goes over, by name: of NaN its gradient is NaN everywhere, where max() knows whose it is."""
    if dim is not None:
        return _dims(dim)
    return tuple(range(len(x.shape)))


@overload
def amax(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Largest element along ``dim``; ties share the gradient equally.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([3.0, 3.0, 1.0], requires_grad=True)
        >>> y = tg.amax(x, 0)
        >>> y.backward()
        >>> y.item(), x.grad
        (3.0, tensor([0.5000, 0.5000, 0.0000]))
    """
    return extremes.amax.call(x, _every(x, dim), keepdim)


@overload
def amin(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest element along ``dim``; ties share the gradient equally.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.amin(tg.tensor([[4, 2], [3, 5]]), 1)
        tensor([2, 3])
    """
    return extremes.amin.call(x, _every(x, dim), keepdim)
