"""The nearest distance: a run recorded again with a Scalar for each number.

An element-wise operation is itself on each element; moving numbers about is no operation on them; a product of matrices
is the multiplications and additions that it does. Everything else has its equations, and so comes down to these.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.levels.parts import moves
from tinygrad_fr.graph import Constant, Graph, Vertex
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.locale import _, number
from tinygrad_fr.modes import recording
from tinygrad_fr.observers import observe
from tinygrad_fr.ops.arithmetic import maximum, minimum
from tinygrad_fr.ops.definition import select
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.structured import Structured
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST = 300_000  # scalar operations that are still recorded, a few seconds' worth

Numbers = Any  # an array of Scalars


def in_scalars(graph: Graph) -> Graph:
    """The same run, one node per number; see :func:`with_scalars`."""
    return with_scalars(graph)[0]


def with_scalars(graph: Graph) -> tuple[Graph, dict[int, Numbers]]:
    """The same run, one node per number, with the numbers of each vertex.

    Args:
        graph: a run with one result, recorded down to the equations of its operations.

    Returns:
        A graph whose operations lie in a scope for each operation of the first; gradients are there if they were.
        And for each vertex of the first, the array of its Scalars.

    Raises:
        UsageError: an operation has no form on numbers, or there are too many of them.
    """
    work = sum(_count(graph, vertex) for vertex in graph.nodes)
    if work > MOST:
        raise UsageError(
            _("this run does {n} operations on numbers, and the nearest distance shows up to {most}: make it smaller").format(
                n=number(work), most=number(MOST)
            )
        )  # fmt: skip
    values: dict[int, Numbers] = {}
    places: dict[str, Scope] = {}
    with recording(), observe() as seen:
        for vertex in graph.nodes:
            place = places.setdefault(
                vertex.scope.path,
                Scope(vertex.scope.parent, vertex.scope.name, step=vertex.scope.step, kind=vertex.scope.kind),
            )
            values[vertex.id] = _computed(graph, vertex, values, place)
        loss: Scalar = values[graph.outputs[0]].item()
        if graph.by_id[graph.outputs[0]].grad is not None:
            loss.backward()
    return Graph.of(loss, observation=seen), values


def _count(graph: Graph, vertex: Vertex) -> int:
    """How many operations on numbers an operation does, about."""
    if vertex.op is None:
        return 0
    operands = [graph.by_id[i] for i in vertex.inputs if isinstance(i, int)]
    if vertex.op.name == "matmul":
        return 2 * math.prod(vertex.shape) * operands[0].shape[-1]
    return max(math.prod(each.shape) for each in (vertex, *operands))


def _computed(graph: Graph, vertex: Vertex, values: dict[int, Numbers], place: Scope) -> Numbers:
    op = vertex.op
    if op is None:
        return _leaves(vertex)
    if op is select:
        source = vertex.inputs[0]
        assert isinstance(source, int)
        return values[source][vertex.attrs["index"]]
    operands = [x.value if isinstance(x, Constant) else values[x] for x in vertex.inputs]
    alone = isinstance(op, Elementwise) and math.prod(vertex.shape) == 1  # one number by one operation: nothing to open
    with setting(scope=place if alone else place.opening(op.shown_as)):
        if isinstance(op, Elementwise):
            call = np.frompyfunc(lambda *numbers: op.call(*numbers, **vertex.attrs), len(operands), 1)
            return _named(_array(call(*operands)), vertex)
        if isinstance(op, Structured) and moves(op):
            return _moved(op, operands, vertex.attrs)
        if op.name in _FORMS:
            return _named(_array(_FORMS[op.name](*operands, **vertex.attrs)), vertex)
    raise UsageError(
        _("operation {name} ({place}) has no form on single numbers; --zoom equation shows it").format(
            name=op.shown_as, place=vertex.scope.path or vertex.site.where
        )
    )


def _leaves(vertex: Vertex) -> Numbers:
    """A Scalar for each number of a leaf; whole numbers, which choose rows and classes, stay what they are."""
    array = np.asarray(vertex.value)
    if array.dtype.kind != "f":
        return array
    found = np.empty(array.shape, object)
    for at in np.ndindex(array.shape):
        found[at] = Scalar(float(array[at]), requires_grad=vertex.requires_grad, name=_name(vertex, at))
    return found


def _named(found: Numbers, vertex: Vertex) -> Numbers:
    if vertex.name:
        for at in np.ndindex(found.shape):
            if isinstance(found[at], Scalar):
                found[at].name = _name(vertex, at)
    return found


def _name(vertex: Vertex, at: tuple[int, ...]) -> str | None:
    return f"{vertex.name}[{','.join(map(str, at))}]" if vertex.name and at else vertex.name


def _moved(op: Structured, operands: list[Any], attrs: Mapping[str, Any]) -> Numbers:
    """Where each number went, found by moving their places instead of them."""
    every: list[Any] = []
    places = []
    for operand in operands:
        if isinstance(operand, np.ndarray) and operand.dtype == object:
            places.append(np.arange(len(every), len(every) + operand.size).reshape(operand.shape))
            every += operand.ravel().tolist()
        else:
            places.append(operand)
    went = op.call(places, **attrs) if op.signature.variadic else op.call(*places, **attrs)
    return tuple(_taken(every, part) for part in went) if isinstance(went, tuple) else _taken(every, went)


def _taken(every: list[Any], went: Any) -> Numbers:
    found = np.empty(np.shape(went), object)
    for at in np.ndindex(found.shape):
        found[at] = every[int(np.asarray(went)[at])]
    return found


def _array(found: Any) -> Numbers:
    """An array of Scalars; numpy gives a single one bare, and would turn it into a float."""
    if isinstance(found, np.ndarray):
        return found
    array = np.empty((), object)
    array[()] = found
    return array


def _summed(x: Numbers, dim: Any = None, keepdim: bool = False) -> Numbers:
    return np.sum(x, axis=dim, keepdims=keepdim)


def _mean(x: Numbers, dim: Any = None, keepdim: bool = False) -> Numbers:
    total = _array(_summed(x, dim, keepdim))
    return total / float(x.size / total.size)


def _largest(choose: Callable[..., Any]) -> Callable[..., Numbers]:
    def form(x: Numbers, dim: Any = None, keepdim: bool = False) -> Numbers:
        axes = tuple(range(x.ndim)) if dim is None else dim
        for axis in sorted((a % x.ndim for a in (axes if isinstance(axes, tuple) else (axes,))), reverse=True):
            x = _array(np.frompyfunc(choose, 2, 1).reduce(x, axis=axis, keepdims=keepdim))
        return x

    return form


_FORMS: dict[str, Callable[..., Numbers]] = {
    "matmul": np.matmul,
    "sum": _summed,
    "mean": _mean,
    "amax": _largest(maximum.call),
    "amin": _largest(minimum.call),
}
