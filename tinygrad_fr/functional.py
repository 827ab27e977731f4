"""Derivatives of functions: they take a function and give one, or the derivative at a point, and compose at any order.

``grad`` and ``value_and_grad`` are those of ``torch.func``; ``vjp``, ``jvp``, ``hvp``, ``jacobian`` and ``hessian`` take
``(func, inputs, …)`` as those of ``torch.autograd.functional``: the function may give several tensors, results carry no gradient
unless ``create_graph`` is true or another of these calls is around, and ``strict`` refuses what does not depend on an input.
``vectorize`` and ``strategy`` are accepted and change nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DtypeError, GradientError, ShapeError
from tinygrad_fr.gradients import grad as gradients
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad
from tinygrad_fr.ops.reductions import sums
from tinygrad_fr.ops.shapes import joining, shape
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


_within: ContextVar[bool] = ContextVar("within", default=False)  # whether another of these calls runs the function


def called(func: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What a function gives whose derivatives are wanted: calls of this module inside it keep their record."""
    token = _within.set(True)
    try:
        return func(*args, **options)
    finally:
        _within.reset(token)


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
            y = called(func, *(points.get(i, x) for i, x in enumerate(args)), **options)
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


class _Call:
    """One call of a function at points of its own: what it gave, and what became of it when it is given back."""

    def __init__(self, name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool) -> None:
        self.name, self.create_graph, self.strict = name, create_graph, strict
        self.several = isinstance(inputs, tuple | list)
        self.points = [point(x) for x in (inputs if self.several else (inputs,))]
        self.own: list[Node] = [p for p in self.points if p.is_leaf]
        self.outside = _within.get()
        y = called(func, *self.points)
        self.tuple = isinstance(y, tuple | list)
        self.outputs: tuple[Any, ...] = tuple(y) if self.tuple else (y,)
        for each in self.outputs:
            if not isinstance(each, Tensor):
                raise DtypeError(
                    _("{name}: expected a function that gives tensors, got {found}").format(
                        name=name, found=type(each).__name__
                    )
                )
            if strict and not each.requires_grad:
                raise self.independent()

    def independent(self) -> GradientError:
        """What ``strict`` says of a result that does not depend on an input."""
        return GradientError(_("{name}: strict, and a result does not depend on an input").format(name=self.name))

    def pulled(self, y: Any, upstream: Any) -> list[Tensor]:
        """Gradients of the points, zeros where there are none."""
        if self.strict:
            found = gradients(y, self.points, upstream, create_graph=True, allow_unused=True)
            if any(g is None for g in found):
                raise self.independent()
            return list(found)
        return pulled(y, self.points, upstream)

    def directions(self, v: Any, of: Sequence[Tensor], several: bool) -> list[Any]:
        """A vector for each input, or output, checked against it."""
        given = list(v) if several and isinstance(v, tuple | list) else [v] * len(of) if v is None else [v]
        if len(given) != len(of):
            raise ShapeError(
                _("{what}: expected {expected} vectors, got {found}").format(
                    what=self.name, expected=len(of), found=len(given)
                )
            )
        return [_like(d, x, self.name) for d, x in zip(given, of, strict=True)]

    def given(self, found: Sequence[Any], several: bool) -> Any:
        """Results as they are handed over; strict derivatives that are to carry gradients must depend on the inputs."""
        if self.create_graph and self.strict and not all(x.requires_grad for x in found):
            raise self.independent()
        if not self.create_graph:
            found = [released(x, self.own) if self.outside else x.detach() for x in found]
        return tuple(found) if several else found[0]

    def value(self) -> Any:
        """What the function gave."""
        return self.given(self.outputs, self.tuple)


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


def _total(parts: Sequence[Any], directions: Sequence[Any]) -> Any:
    """Σ of the products with directions."""
    total: Any = 0.0
    for part, d in zip(parts, directions, strict=True):
        total = total + sums.sum(part * d)
    return total


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), vᵀ J)``: the vector–Jacobian product, one backward pass.

    Args:
        func: gives a tensor, or several.
        inputs: a tensor or a tuple of them.
        v: of the output's shape; 1 where that is one number.
        create_graph: whether results carry gradients.
        strict: whether a result that does not depend on an input is refused; it is zeros otherwise.

    Raises:
        GradientError: ``strict`` refuses.

    Example:
        >>> y, back = vjp(lambda x: x * x, Tensor([1.0, 3.0]), Tensor([1.0, 10.0]))
        >>> y.tolist(), back.tolist()
        ([1.0, 9.0], [2.0, 60.0])
    """
    with enable_grad():
        call = _Call("vjp", func, inputs, create_graph, strict)
        directions = call.directions(v, call.outputs, call.tuple)
        found = call.pulled(_total(call.outputs, directions), None)
    return call.value(), call.given(found, call.several)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), J v)``: the Jacobian–vector product.

    The vector–Jacobian product uᵀJ is linear in u, so its own derivative by u, pulled back along v, is J v.

    Example:
        >>> y, forth = jvp(lambda x: x * x, Tensor([1.0, 3.0]), Tensor([1.0, 0.0]))
        >>> y.tolist(), forth.tolist()
        ([1.0, 9.0], [2.0, 0.0])
    """
    with enable_grad():
        call = _Call("jvp", func, inputs, create_graph, strict)
        directions = call.directions(v, call.points, call.several)
        upstream = [tensor(np.zeros(y.shape, y.dtype), requires_grad=True) for y in call.outputs]
        call.own += upstream
        back = call.pulled(_total(call.outputs, upstream), None)
        pushed = pulled(_total(back, directions), upstream, None)
    return call.value(), call.given(pushed, call.tuple)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Every derivative of every output: for an output of shape (…o) and an input of shape (…i), shape (…o, …i).

    A tuple of outputs gives a tuple, and a tuple of inputs a tuple for each output.

    Example:
        >>> jacobian(lambda x: x * x, Tensor([1.0, 3.0])).tolist()
        [[2.0, 0.0], [0.0, 6.0]]
    """
    with enable_grad():
        call = _Call("jacobian", func, inputs, create_graph, strict)
        found = [_rows(call, y) for y in call.outputs]
    blocks = tuple(call.given(each, call.several) for each in found)
    return blocks if call.tuple else blocks[0]


def _rows(call: _Call, y: Tensor) -> list[Any]:
    """The derivatives of one output by each point."""
    rows: list[list[Tensor]] = []
    for index in np.ndindex(tuple(y.shape)):
        one = np.zeros(y.shape, y.dtype)
        one[index] = 1
        rows.append(call.pulled(y, tensor(one)))
    return [
        shape.reshape(joining.stack([row[i] for row in rows]), (*y.shape, *p.shape))
        if rows
        else tensor(np.zeros((*y.shape, *p.shape), y.dtype))
        for i, p in enumerate(call.points)
    ]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Second derivatives of a function that gives one number: shape (…i, …j), in nested tuples for several inputs.

    Example:
        >>> hessian(lambda x: (x**3).sum(), Tensor([1.0, 2.0])).tolist()
        [[6.0, 0.0], [0.0, 12.0]]
    """
    several = isinstance(inputs, tuple | list)
    places = tuple(range(len(inputs))) if several else 0

    def first(*xs: Any) -> Any:
        found = grad(func, places)(*xs)
        if strict and not all(g.requires_grad for g in (found if several else (found,))):
            raise GradientError(_("{name}: strict, and a result does not depend on an input").format(name="hessian"))
        return found

    return jacobian(first, inputs, create_graph, strict)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), H v)`` for a function that gives one number, without the Hessian.

    Example:
        >>> hvp(lambda x: (x**3).sum(), Tensor([1.0, 2.0]), Tensor([1.0, 1.0]))[1].tolist()
        [6.0, 12.0]
    """
    with enable_grad():
        call = _Call("hvp", func, inputs, create_graph, strict)
        (y,) = call.outputs
        if int(np.prod(y.shape)) != 1:
            raise GradientError(
                _("grad() needs a function that gives one number, got shape {shape}").format(shape=tuple(y.shape))
            )
        directions = call.directions(v, call.points, call.several)
        found = call.pulled(_total(call.pulled(y, None), directions), None)
    return call.value(), call.given(found, call.several)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), vᵀ H)``: the same as :func:`hvp`, since the Hessian is symmetric.

    Example:
        >>> vhp(lambda x: (x**3).sum(), Tensor([1.0, 2.0]), Tensor([1.0, 1.0]))[1].tolist()
        [6.0, 12.0]
    """
    return hvp(func, inputs, v, create_graph, strict)
