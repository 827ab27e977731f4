"""``torch.autograd.forward_ad``: tensors that carry a direction, and results that tell how they move along it.

The record goes backwards, so that a result's tangent is read from it: uᵀJ is linear in u, and its derivative by u along the
tangents is J v.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.functional import point, pulled, released
from tinygrad_fr.gradients import grad
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad, is_grad_enabled
from tinygrad_fr.ops.reductions import sums

if TYPE_CHECKING:
    from types import TracebackType

_levels: list[list[tuple[Any, Any]]] = []  # of each level that is open: duals, and their tangents


class UnpackedDualTensor(NamedTuple):
    """A value, and how it moves; None where it does not depend on a dual.

    Example:
        >>> UnpackedDualTensor(1.0, None).tangent is None
        True
    """

    primal: Any
    tangent: Any


class dual_level:  # noqa: N801 - PyTorch's name
    """A block in which duals live; one at a time, as in PyTorch.

    Example:
        >>> from tinygrad_fr import ones, tensor
        >>> with dual_level():
        ...     x = make_dual(tensor([1.0, 2.0]), ones(2))
        ...     unpack_dual((x * x).sum()).tangent
        tensor(6.)
    """

    def __enter__(self) -> Self:
        if _levels:
            raise UsageError(_("dual_level: another one is open, and PyTorch has one at a time"))
        _levels.append([])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _levels.pop()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Tensor:
    """A tensor that carries a direction.

    Raises:
        UsageError: no level is open, or nothing is recorded.
        ShapeError: the tangent has another shape.

    Example:
        >>> from tinygrad_fr import ones
        >>> with dual_level():
        ...     unpack_dual(make_dual(ones(2), ones(2))).tangent
        tensor([1., 1.])
    """
    if not _levels:
        raise UsageError(_("make_dual: expected to be called inside dual_level()"))
    if not is_grad_enabled():
        raise UsageError(_("make_dual: tangents are read from the record here, and no_grad() keeps none"))
    if tuple(tangent.shape) != tuple(tensor.shape):
        raise ShapeError(
            _("make_dual: expected a tangent of shape {expected}, got {found}").format(
                expected=tuple(tensor.shape), found=tuple(tangent.shape)
            )
        )
    dual = point(tensor)
    _levels[-1].append((dual, tangent))
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """A tensor's value, and its tangent.

    Example:
        >>> from tinygrad_fr import ones
        >>> unpack_dual(ones(2)).tangent is None
        True
    """
    if not _levels or not tensor.requires_grad:
        return UnpackedDualTensor(tensor, None)
    duals = [dual for dual, _tangent in _levels[-1]]
    own = [dual for dual in duals if dual.is_leaf]
    with enable_grad():
        pushed = _pushed(tensor, duals, [tangent for _dual, tangent in _levels[-1]], own)
    return UnpackedDualTensor(released(tensor, own), pushed)


def _pushed(y: Any, duals: list[Any], tangents: list[Any], own: list[Any]) -> Any:
    upstream = tensor(np.zeros(y.shape, y.dtype), requires_grad=True)
    own.append(upstream)
    found = grad(y, duals, upstream, create_graph=True, allow_unused=True)
    parts = [sums.sum(g * t) for g, t in zip(found, tangents, strict=True) if g is not None]
    if not parts:
        return None
    total: Any = parts[0]
    for part in parts[1:]:
        total = total + part
    return released(pulled(total, [upstream], None)[0], own)
