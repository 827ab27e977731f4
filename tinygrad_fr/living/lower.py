"""A record of arrays as a program of single numbers.

An element-wise operation is itself on each number; moving numbers about is no operation on them; products of matrices,
convolutions, sums and extremes are the multiplications, additions and choices that they do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.explain.levels.parts import moves
from tinygrad_fr.graph import Constant
from tinygrad_fr.living.code import FOUND, IDENTITY, Code
from tinygrad_fr.living.javascript import spoken
from tinygrad_fr.living.program import Ids, Program
from tinygrad_fr.locale import _, number
from tinygrad_fr.ops.definition import select
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.op import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tinygrad_fr.graph import Graph, Vertex

MOST = 3_000_000  # numbers that a page computes again; up to 300 000 of them in one frame
_SIDE_BY_SIDE = 64  # terms that are added one after the other; more are added in pairs


class StaticRunError(TinygradError):
    """A run that a page cannot compute again.

    Attributes:
        say: the reason, in the language in force.
        large: whether a smaller run could be computed.
    """

    def __init__(self, say: Callable[[], str], *, large: bool = False) -> None:
        super().__init__(say())
        self.say = say
        self.large = large


def lowered(graph: Graph, most: int = MOST, arranged: frozenset[int] = frozenset()) -> tuple[Program, dict[int, Ids]]:
    """The program of a run that was recorded down to its equations.

    Args:
        graph: a record with one result.
        most: how many numbers it may have.
        arranged: vertices that only turn or join parameters, whose own gradients nobody asks for.

    Returns:
        The program, and for each vertex that computes the places of its numbers, those of several outputs one after the other.

    Raises:
        StaticRunError: an operation has no form on single numbers, or there are too many of them.
    """
    lowering = _Lowering(graph, most, arranged)
    for vertex in _in_order(graph):
        lowering.take(vertex)
        if lowering.program.size > most:
            raise StaticRunError(
                lambda: _("this run does more than {most} operations on numbers: make it smaller").format(
                    most=number(most)
                ),
                large=True,
            )
    joined = {
        i: ids if isinstance(ids, np.ndarray) else np.concatenate([part.ravel() for part in ids if part is not None])
        for i, ids in lowering.ids.items()
    }
    return lowering.program, joined


def _in_order(graph: Graph) -> Iterator[Vertex]:
    """Leaves where they are first read, so that a run on another batch is the same program whenever its leaves were made."""
    taken = set()
    for vertex in graph.nodes:
        if vertex.op is None:
            continue
        for x in vertex.inputs:
            if isinstance(x, int) and graph.by_id[x].op is None and x not in taken:
                taken.add(x)
                yield graph.by_id[x]
        yield vertex
    yield from (vertex for vertex in graph.nodes if vertex.op is None and vertex.id not in taken)


class _Lowering:
    def __init__(self, graph: Graph, most: int, arranged: frozenset[int]) -> None:
        self.graph = graph
        self.most = most
        self.arranged = arranged
        self.program = Program()
        self.ids: dict[int, Any] = {}  # vertex → places of its numbers, or several of them
        self.given: dict[int, Any] = {}  # vertex → an array that no number of the page changes

    def take(self, vertex: Vertex) -> None:
        """Put one vertex into the program."""
        if vertex.op is None:
            array = np.asarray(vertex.value)
            if array.dtype.kind == "f":
                self._room(array.size)
                self.ids[vertex.id] = self.program.leaves(array)
            else:
                self.given[vertex.id] = array
            return
        if all(not isinstance(x, int) or x in self.given for x in vertex.inputs):
            self.given[vertex.id] = vertex.value
            return
        self.ids[vertex.id] = self._computed(vertex)

    def _room(self, count: int) -> None:
        if self.program.size + count > self.most:
            raise StaticRunError(
                lambda: _("this run does more than {most} operations on numbers: make it smaller").format(
                    most=number(self.most)
                ),
                large=True,
            )

    def _computed(self, vertex: Vertex) -> Any:
        op = vertex.op
        if op is select:
            part = self.ids[vertex.inputs[0]][vertex.attrs["index"]]  # type: ignore[index]
            if part is None:
                raise self._refused(vertex)
            return part
        if isinstance(op, Elementwise):
            if not spoken(op, vertex.attrs):
                raise self._refused(vertex)
            needs = sum(1 << i for i, x in enumerate(vertex.inputs) if self._needs(x))
            operands = [self._places(x) for x in vertex.inputs]
            self._room(int(np.prod(np.broadcast_shapes(*(x.shape for x in operands)))))
            return self.program.computed(Code.of(op, vertex.attrs, needs), operands, vertex.id)
        if op is not None and op.name == "cast":
            if np.asarray(vertex.value).dtype.kind != "f":
                raise self._refused(vertex)
            return self._own(vertex, self._places(vertex.inputs[0]))
        if moves(op):
            return self._moved(vertex)
        if op is not None and op.name in POOLS:
            return self._pooled(vertex, self._places(vertex.inputs[0]), POOLS[op.name], **vertex.attrs)
        form = getattr(self, f"_{op.name}", None) if op is not None and op.name in FORMS else None
        if form is None:
            raise self._refused(vertex)
        return form(vertex, *[self._places(x) for x in vertex.inputs], **vertex.attrs)

    def _refused(self, vertex: Vertex) -> StaticRunError:
        name = vertex.op.name if vertex.op is not None else ""
        return StaticRunError(
            lambda: _("the operation {name} ({place}) has no form on single numbers").format(
                name=name, place=vertex.scope.path or vertex.site.where
            )
        )

    def _needs(self, x: int | Constant) -> bool:
        return isinstance(x, int) and x in self.ids and self.graph.by_id[x].requires_grad

    def _places(self, x: int | Constant) -> Ids:
        if isinstance(x, Constant):
            return self.program.constants(x.value)
        if x in self.given:
            return self.program.constants(self.given[x])
        return self.ids[x]

    def _moved(self, vertex: Vertex) -> Any:
        """Where each number went, found by moving their places instead of them; a filling of zeros is number 0."""
        operands = [
            x.value if isinstance(x, Constant)
            else self._places(x) if x in self.ids or np.asarray(self.given[x]).dtype.kind == "f"
            else self.given[x]
            for x in vertex.inputs
        ]  # fmt: skip
        op: Any = vertex.op
        try:
            went = op.call(operands, **vertex.attrs) if op.signature.variadic else op.call(*operands, **vertex.attrs)
        except TinygradError:
            raise self._refused(vertex) from None
        if isinstance(went, tuple):
            return tuple(self._own(vertex, np.asarray(part).astype(np.int64)) for part in went)
        return self._own(vertex, np.asarray(went).astype(np.int64))

    def _own(self, vertex: Vertex, places: Ids) -> Ids:
        """Moved numbers are the same numbers, unless they have a gradient of their own, or were chosen: then they are copies."""
        if not vertex.requires_grad or vertex.id in self.arranged:
            return places
        if self._alone(vertex, places) and not self._chosen(vertex):
            return places
        self._room(places.size)
        return self.program.computed(IDENTITY, [places], vertex.id)

    def _alone(self, vertex: Vertex, places: Ids) -> bool:
        """Whether nothing else uses what is moved, and no number of it goes to two places."""
        used = all(len(self.graph.users[x]) == 1 for x in vertex.inputs if isinstance(x, int) and x in self.ids)
        return used and np.unique(places).size == places.size

    def _chosen(self, vertex: Vertex) -> bool:
        """Whether whole numbers decide what is moved: others may be chosen later."""
        told = [
            *vertex.attrs.values(),
            *(self.given[x] for x in vertex.inputs if isinstance(x, int) and x in self.given),
        ]
        parts = [part for each in told for part in (each if isinstance(each, tuple) else (each,))]
        return any(isinstance(part, np.ndarray) and part.dtype.kind == "i" for part in parts)

    # Forms on single numbers

    def _one(self, name: str, needs: int, vertex: Vertex, *operands: Ids) -> Ids:
        self._room(int(np.prod(np.broadcast_shapes(*(x.shape for x in operands)))))
        op: Any = registry[name]
        return self.program.computed(Code.of(op, {}, needs), operands, vertex.id)

    def _folded(self, name: str, vertex: Vertex, terms: Ids) -> Ids:
        """The last dimension put together by an operation, term after term, or in pairs where there are many."""
        needs = 3 if vertex.requires_grad else 0
        op: Any = registry[name]
        return self._put_together(Code.of(op, {}, needs), vertex, terms)

    def _put_together(self, code: Code, vertex: Vertex, terms: Ids) -> Ids:
        while terms.shape[-1] > _SIDE_BY_SIDE:
            half, odd = terms.shape[-1] // 2, terms[..., terms.shape[-1] // 2 * 2 :]
            pairs = self._each(code, vertex, terms[..., : 2 * half : 2], terms[..., 1 : 2 * half : 2])
            terms = np.concatenate((pairs, odd), axis=-1)
        if terms.shape[-1] == 0:
            return self.program.constants(np.zeros(terms.shape[:-1]))
        if terms.shape[-1] == 1:  # nothing is put together: the same numbers
            return self._own(vertex, terms[..., 0])
        found = terms[..., 0]
        for i in range(1, terms.shape[-1]):
            found = self._each(code, vertex, found, terms[..., i])
        return found

    def _each(self, code: Code, vertex: Vertex, *operands: Ids) -> Ids:
        self._room(int(np.prod(np.broadcast_shapes(*(x.shape for x in operands)))))
        return self.program.computed(code, operands, vertex.id)

    def _found(self, vertex: Vertex, terms: Ids) -> tuple[Ids, None]:
        """The largest of the last dimension; its place is not followed, so nothing may depend on it."""
        return self._put_together(replace(FOUND, needs=3 if vertex.requires_grad else 0), vertex, terms), None

    def _max_along(self, vertex: Vertex, x: Ids, dim: int = -1, keepdim: bool = False) -> tuple[Ids, None]:
        values, place = self._found(vertex, np.moveaxis(x, dim, -1))
        return (np.expand_dims(values, dim) if keepdim else values), place

    def _pooled(
        self, vertex: Vertex, x: Ids, n: int, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> tuple[Ids, None]:  # fmt: skip
        """The largest of each window; the windows that there are stand in the shape of what was recorded."""
        kernel, pads, steps = (np.broadcast_to(each, n).tolist() for each in (kernel_size, padding, dilation))
        strides = kernel if stride is None or stride == () else np.broadcast_to(stride, n).tolist()
        out = vertex.value[0].shape[-n:]
        nothing, lead = self.program.constants(-np.inf), x.ndim - n
        for d in range(n):
            axis = lead + d
            at = np.arange(out[d])[:, None] * strides[d] - pads[d] + np.arange(kernel[d]) * steps[d]
            inside = (at >= 0) & (at < x.shape[axis])
            shape = [1] * axis + list(at.shape) + [1] * (x.ndim - axis - 1)
            taken = np.take(x, np.clip(at, 0, x.shape[axis] - 1), axis)
            x = np.moveaxis(np.where(inside.reshape(shape), taken, nothing), axis + 1, -1)
        return self._found(vertex, x.reshape(*x.shape[: lead + n], -1))

    def _products(self, vertex: Vertex, a: Ids, b: Ids) -> Ids:
        needs = sum(1 << i for i, x in enumerate(vertex.inputs[:2]) if self._needs(x))
        return self._folded("add", vertex, self._one("mul", needs, vertex, a, b))

    def _matmul(self, vertex: Vertex, a: Ids, b: Ids) -> Ids:
        left = a[None, :] if a.ndim == 1 else a
        right = b[:, None] if b.ndim == 1 else b
        found = self._products(vertex, left[..., :, None, :], np.swapaxes(right, -1, -2)[..., None, :, :])
        found = found[..., 0, :] if a.ndim == 1 else found
        return found[..., 0] if b.ndim == 1 else found

    def _convolution(self, vertex: Vertex, x: Ids, w: Ids, **how: Any) -> Ids:
        stride, padding, dilation, groups = (how[key] for key in ("stride", "padding", "dilation", "groups"))
        x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))  # number 0 is the constant 0
        sides = tuple(d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True))
        axes = tuple(range(2, x.ndim))
        windows = np.lib.stride_tricks.sliding_window_view(x, sides, axis=axes)
        steps = tuple(slice(None, None, s) for s in stride)
        windows = windows[(slice(None), slice(None), *steps, *(slice(None, None, d) for d in dilation))]
        n, c, out = windows.shape[0], windows.shape[1], windows.shape[2 : 2 + len(stride)]
        windows = windows.reshape(n, groups, c // groups, int(np.prod(out)), -1)
        columns = np.moveaxis(windows, 2, 3).reshape(n, groups, 1, int(np.prod(out)), -1)
        rows = w.reshape(1, groups, w.shape[0] // groups, 1, -1)
        return self._products(vertex, columns, rows).reshape(n, w.shape[0], *out)

    def _sum(self, vertex: Vertex, x: Ids, dim: Any = None, keepdim: bool = False) -> Ids:
        return self._reduced("add", vertex, x, dim, keepdim)

    def _mean(self, vertex: Vertex, x: Ids, dim: Any = None, keepdim: bool = False) -> Ids:
        total = self._reduced("add", vertex, x, dim, keepdim)
        count = self.program.constants(x.size / total.size if total.size else np.nan)
        return self._one("div", 1 if vertex.requires_grad else 0, vertex, total, count)

    def _amax(self, vertex: Vertex, x: Ids, dim: Any = None, keepdim: bool = False) -> Ids:
        return self._reduced("maximum", vertex, x, dim, keepdim)

    def _amin(self, vertex: Vertex, x: Ids, dim: Any = None, keepdim: bool = False) -> Ids:
        return self._reduced("minimum", vertex, x, dim, keepdim)

    def _reduced(self, name: str, vertex: Vertex, x: Ids, dim: Any, keepdim: bool) -> Ids:
        every = tuple(range(x.ndim)) if dim is None or dim == () else dim if isinstance(dim, tuple) else (dim,)
        axes = sorted(axis % x.ndim for axis in every)
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        terms = x.transpose(*kept, *axes).reshape(*(x.shape[axis] for axis in kept), -1)
        found = self._folded(name, vertex, terms)
        if keepdim:
            found = found.reshape(tuple(1 if axis in axes else side for axis, side in enumerate(x.shape)))
        return found


FORMS: Mapping[str, None] = dict.fromkeys(("matmul", "convolution", "sum", "mean", "amax", "amin", "max_along"))
POOLS: Mapping[str, int] = {
    f"max_pool{n}d_with_indices": n for n in (1, 2, 3)
}  # recorded whole: only the largest counts
