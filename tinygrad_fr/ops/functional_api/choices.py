"""Functions that choose, copy or ask, in the forms that PyTorch has besides ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.ops import comparison, special
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.indexing.gather import nonzero
from tinygrad_fr.ops.linalg.norms import matrix_norm, vecdot
from tinygrad_fr.ops.products import dot
from tinygrad_fr.ops.reductions import counting, cumulative, sorting
from tinygrad_fr.ops.shapes import padding
from tinygrad_fr.ops.shared.kinds import takes
from tinygrad_fr.ops.shared.overloads import function, methods, overload
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.node import Node


@overload
def conj(input: Any) -> Any:
    """The tensor itself: numbers are real here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([1.0, -2.0]).conj()
        tensor([ 1., -2.])
    """
    return input


@overload
def resolve_conj(input: Any) -> Any:
    """The tensor itself: numbers are real here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.resolve_conj(tg.tensor([1.0]))
        tensor([1.])
    """
    return input


@function
def real(input: Any) -> Any:
    """The tensor itself: numbers are real here.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.real(tg.tensor([1.0, -2.0]))
        tensor([ 1., -2.])
    """
    return input


@function
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """Elements of ``input`` where the condition holds, of ``other`` elsewhere; alone, the indices where it holds.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([-1.0, 2.0])
        >>> tg.where(x > 0, x, 0.0)
        tensor([0., 2.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    return comparison.where.call(_condition(condition), input, other)


def _condition(x: Any) -> Any:
    """A tensor that chooses: of truths, or of bytes as older programs write them."""
    if isinstance(x, Node) and isinstance(x.value, np.ndarray) and x.value.dtype.char != "?":
        takes("where", x, "bool", "uint8")
    return x


def _where_method(self: Any, condition: Any, other: Any) -> Any:
    """Elements of this tensor where the condition holds, of ``other`` elsewhere."""
    return comparison.where(_condition(condition), self, other)


methods["where"] = _where_method


@overload
def clone(x: Any) -> Any:
    """A recorded copy.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0], requires_grad=True)
        >>> (3 * x.clone()).sum().backward()
        >>> x.grad  # it passes through the copy
        tensor([3.])
    """
    return cast.call(x, x.dtype)


@function
def fill(x: Any, value: Any) -> Any:
    """One number everywhere, in the shape of x.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.fill(tg.zeros(2), 5.0)
        tensor([5., 5.])
    """
    return comparison.where(np.False_, x, value)


@overload
def is_nonzero(x: Any) -> bool:
    """Whether the only element is not zero.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_nonzero(tg.tensor([0.0])), tg.is_nonzero(tg.tensor(-2))
        (False, True)
    """
    return bool(value_of(x).item() != 0)


@overload
def is_same_size(x: Any, other: Any) -> bool:
    """Whether two tensors have one shape.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_same_size(tg.zeros(2, 3), tg.ones(2, 3)), tg.is_same_size(tg.zeros(2), tg.zeros(1, 2))
        (True, False)
    """
    return tuple(x.shape) == tuple(other.shape)


def _polygamma(x: Any, n: int) -> Any:
    """n-th derivative of the digamma function."""
    return special.polygamma(n, x)


methods["polygamma"] = _polygamma


methods["unique"] = counting.unique
methods["unique_consecutive"] = counting.unique_consecutive
methods["nanquantile"] = sorting.nanquantile


@overload
def vdot(x: Any, other: Any) -> Any:
    """Inner product of two vectors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.vdot(tg.tensor([1, 2]), tg.tensor([3, 4]))
        tensor(11)
    """
    return dot(x, other)


@function
def constant_pad_nd(x: Any, pad: Any, value: float = 0) -> Any:
    """:func:`pad` with a constant.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.constant_pad_nd(tg.tensor([1, 2]), (1, 2), 9)
        tensor([9, 1, 2, 9, 9])
    """
    return padding.pad(x, pad, "constant", value)


function(vecdot)


@function
def nuclear_norm(x: Any) -> Any:
    """Sum of the singular values.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nuclear_norm(tg.tensor([[3.0, 0.0], [0.0, -4.0]]))
        tensor(7.)
    """
    return matrix_norm(x, "nuc")


@function
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Any:
    """Running integral along ``dim`` by the trapezoidal rule.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumulative_trapezoid(tg.tensor([0.0, 1.0, 2.0]))
        tensor([0.5000, 2.0000])
    """
    found, at = cumulative.areas("cumulative_trapezoid", y, x, dx, dim)
    return cumulative.cumsum(found, at) / 2.0
