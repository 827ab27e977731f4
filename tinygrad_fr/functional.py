"""Derivatives of functions: they take a function and give one, or the derivative at a point, and compose at any order.

``grad`` and ``value_and_grad`` are those of ``torch.func``; ``vjp``, ``jvp``, ``hvp``, ``jacobian`` and ``hessian`` take
``(func, inputs, …)`` as those of ``torch.autograd.functional``; its ``create_graph``, ``strict``, ``vectorize`` and ``strategy``
are accepted and change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError, ShapeError
from tinygrad_fr.gradients import grad as gradients
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad
from tinygrad_fr.ops.reductions import sums
from tinygrad_fr.ops.shapes import joining, shape
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vhp", "vjp"]


def point(x: Any) -> Tensor:
    """A node of its own that stands for an argument: a leaf, or a recorded copy where an outer derivative looks on."""
    if isinstance(x, Tensor) and x.requires_grad:
        return x.clone()
    return tensor(x, requires_grad=True)


def pulled(y: Any, points: list[Tensor], upstream: Any) -> list[Tensor]:
    """Recorded gradients, zero where the output does not depend on a point."""
    if not (isinstance(y, Node) and y.requires_grad):
        return [tensor(np.zeros(p.shape, p.dtype)) for p in points]
    found = gradients(y, points, upstream, create_graph=True, allow_unused=True)
    return [tensor(np.zeros(p.shape, p.dtype)) if g is None else g for g, p in zip(found, points, strict=True)]


def released(value: Any, own: Sequence[Node]) -> Any:
    """A result without its record, unless it depends on more than the points that were made for it."""
    if isinstance(value, tuple):
        return tuple(released(part, own) for part in value)
    if not isinstance(value, Tensor) or not value.requires_grad:
        return value
    ids = {node.id for node in own}
    seen: set[int] = set()
    stack: list[Node] = [value.current]
    while stack:
        node = stack.pop()
        if node.id in seen or node.id in ids:
            continue
        seen.add(node.id)
        if node.op is None and node.needs:
            return value
        stack.extend(x for x in node.inputs if isinstance(x, Node))
    return value.detach()


def value_and_grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """The function that gives ``(func(*args), its gradient)``.

    Args:
        func: gives a tensor of one element.
        argnums: which arguments to differentiate by; a tuple gives a tuple of gradients.

    Raises:
        GradientError: the function gives more than one number.

    Example:
        >>> value_and_grad(lambda x: (x * x).sum())([1.0, 3.0])[1].tolist()
        [2.0, 6.0]
    """
    places = (argnums,) if isinstance(argnums, int) else argnums

    def differentiated(*args: Any, **options: Any) -> tuple[Any, Any]:
        with enable_grad():
            points = {i: point(args[i]) for i in places}
            own = [p for p in points.values() if p.is_leaf]
            y = func(*(points.get(i, x) for i, x in enumerate(args)), **options)
            if int(np.prod(y.shape)) != 1:
                raise GradientError(
                    _("grad() needs a function that gives one number, got shape {shape}").format(shape=tuple(y.shape))
                )
            found = pulled(y, list(points.values()), None)
        result = released(tuple(found), own)
        return released(y, own), result[0] if isinstance(argnums, int) else result

    return differentiated


def grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that gives the gradient of ``func``; see :func:`value_and_grad`.

    Example:
        >>> from tinygrad_fr import functional, tensor
        >>> second = functional.grad(functional.grad(lambda x: x**3))
        >>> second(tensor(2.0)).item()
        12.0
    """
    both = value_and_grad(func, argnums)
    return lambda *args, **options: both(*args, **options)[1]


MODES = {"create_graph", "strict", "vectorize", "strategy", "outer_jacobian_strategy"}


def _inputs(inputs: Any, modes: Collection[str] = ()) -> tuple[tuple[Any, ...], bool]:
    for name in modes:
        if name not in MODES:
            raise TypeError(f"got an unexpected keyword argument {name!r}")
    return (tuple(inputs), True) if isinstance(inputs, tuple | list) else ((inputs,), False)


def _like(v: Any, of: Tensor, what: str) -> Any:
    """A direction, checked against what it belongs to; ones for a single number."""
    if v is None:
        if int(np.prod(of.shape)) != 1:
            raise ShapeError(_("{what} needs a vector of shape {shape}").format(what=what, shape=tuple(of.shape)))
        return tensor(np.ones(of.shape, of.dtype))
    v = v if isinstance(v, Tensor) else tensor(v, dtype=of.dtype)
    if v.shape != of.shape:
        raise ShapeError(
            _("{what}: expected a vector of shape {expected}, got {found}").format(
                what=what,
                expected=tuple(of.shape),
                found=tuple(v.shape),
            )
        )
    return v


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, **modes: Any) -> tuple[Any, Any]:
    """``(func(*inputs), vᵀ J)``: the vector–Jacobian product, one backward pass.

    Args:
        func: gives a tensor.
        inputs: a tensor or a tuple of them.
        v: of the output's shape; 1 where that is one number.

    Example:
        >>> y, back = vjp(lambda x: x * x, Tensor([1.0, 3.0]), Tensor([1.0, 10.0]))
        >>> y.tolist(), back.tolist()
        ([1.0, 9.0], [2.0, 60.0])
    """
    args, several = _inputs(inputs, modes)
    with enable_grad():
        points = [point(x) for x in args]
        own = [p for p in points if p.is_leaf]
        y = func(*points)
        found = pulled(y, points, _like(v, y, "vjp"))
    result = released(tuple(found), own)
    return released(y, own), result if several else result[0]


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, **modes: Any) -> tuple[Any, Any]:
    """``(func(*inputs), J v)``: the Jacobian–vector product.

    The vector–Jacobian product uᵀJ is linear in u, so its own derivative by u, pulled back along v, is J v.

    Example:
        >>> y, forth = jvp(lambda x: x * x, Tensor([1.0, 3.0]), Tensor([1.0, 0.0]))
        >>> y.tolist(), forth.tolist()
        ([1.0, 9.0], [2.0, 0.0])
    """
    args, several = _inputs(inputs, modes)
    directions = _inputs(v)[0] if several else (v,)
    with enable_grad():
        points = [point(x) for x in args]
        own = [p for p in points if p.is_leaf]
        y = func(*points)
        u = tensor(np.zeros(y.shape, y.dtype), requires_grad=True)
        own.append(u)
        back = pulled(y, points, u)
        total: Any = None
        for g, p, d in zip(back, points, directions, strict=True):
            part = sums.sum(g * _like(d, p, "jvp"))
            total = part if total is None else total + part
        (pushed,) = pulled(total, [u], None)
    return released(y, own), released(pushed, own)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, **modes: Any) -> tuple[Any, Any]:
    """``(func(*inputs), vᵀ H)``: the same as :func:`hvp`, since the Hessian is symmetric.

    Example:
        >>> vhp(lambda x: (x**3).sum(), Tensor([1.0, 2.0]), Tensor([1.0, 1.0]))[1].tolist()
        [6.0, 12.0]
    """
    return hvp(func, inputs, v, **modes)


def jacobian(func: Callable[..., Any], inputs: Any, **modes: Any) -> Any:
    """Every derivative of every output: for an output of shape (…o) and an input of shape (…i), shape (…o, …i).

    Example:
        >>> jacobian(lambda x: x * x, Tensor([1.0, 3.0])).tolist()
        [[2.0, 0.0], [0.0, 6.0]]
    """
    args, several = _inputs(inputs, modes)
    with enable_grad():
        points = [point(x) for x in args]
        own = [p for p in points if p.is_leaf]
        y = func(*points)
        rows: list[list[Tensor]] = []
        for index in np.ndindex(tuple(y.shape)):
            one = np.zeros(y.shape, y.dtype)
            one[index] = 1
            rows.append(pulled(y, points, tensor(one)))
        found = tuple(
            shape.reshape(joining.stack([row[i] for row in rows]), (*y.shape, *p.shape))
            if rows
            else tensor(np.zeros((*y.shape, *p.shape), y.dtype))
            for i, p in enumerate(points)
        )
    result = released(found, own)
    return result if several else result[0]


def hessian(func: Callable[..., Any], inputs: Any, **modes: Any) -> Any:
    """Second derivatives of a function that gives one number: shape (…i, …j), in nested tuples for several inputs.

    Example:
        >>> hessian(lambda x: (x**3).sum(), Tensor([1.0, 2.0])).tolist()
        [[6.0, 0.0], [0.0, 12.0]]
    """
    args, several = _inputs(inputs, modes)
    if not several:
        return jacobian(grad(func), args[0])
    places = tuple(range(len(args)))

    def row(i: int) -> Any:
        return jacobian(lambda *xs: grad(func, places)(*xs)[i], args)

    return tuple(row(i) for i in places)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, **modes: Any) -> tuple[Any, Any]:
    """``(func(*inputs), H v)`` for a function that gives one number, without the Hessian.

    Example:
        >>> hvp(lambda x: (x**3).sum(), Tensor([1.0, 2.0]), Tensor([1.0, 1.0]))[1].tolist()
        [6.0, 12.0]
    """
    args, several = _inputs(inputs, modes)
    directions = _inputs(v)[0] if several else (v,)
    places = tuple(range(len(args)))
    with enable_grad():
        points = [point(x) for x in args]
        own = [p for p in points if p.is_leaf]
        y, first = value_and_grad(func, places)(*points)
        total: Any = None
        for g, p, d in zip(first, points, directions, strict=True):
            part = sums.sum(g * _like(d, p, "hvp"))
            total = part if total is None else total + part
        found = pulled(total, points, None)
    result = released(tuple(found), own)
    return released(y, own), result if several else result[0]
