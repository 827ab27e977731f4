"""Who looks at whom: the weights of every head of every attention of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.equations.tracing import Trace, operation
from tinygrad_fr.explain.levels.parts import moves
from tinygrad_fr.locale import _
from tinygrad_fr.ops.attention import attention
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed
    from tinygrad_fr.graph import Vertex
    from tinygrad_fr.record.scope import Scope

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Attention:
    """One attention of the first row of a batch.

    Attributes:
        path: of its module.
        weights: (heads, L, S): each row sums to 1.
        queries: what stands at each place that looks; its number where nothing else is known.
        keys: what stands at each place that is looked at.
        first: number of the first head that is shown, from 1.

    Example:
        >>> found = Attention("self_attn", np.array([[[0.75, 0.25], [0.5, 0.5]]]), ("le", "chat"), ("le", "chat"))
        >>> found.most(head=0, place=0)
        ('le', 0.75)
        >>> round(Attention("", np.full((1, 4, 4), 0.25), (), ()).spread(0), 3)  # looks at all four
        4.0
    """

    path: str
    weights: Array
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    first: int = 1

    @property
    def heads(self) -> int:
        """Attentions side by side."""
        return len(self.weights)

    def most(self, head: int, place: int) -> tuple[str, float]:
        """What a place looks at most, and how much."""
        row = self.weights[head, place]
        best = int(row.argmax())
        return self.keys[best], float(row[best])

    def spread(self, head: int) -> float:
        """Number of places that a head looks at, in the mean: the exponential of its entropy, 1 for one place alone."""
        weights = self.weights[head]
        entropy = -(weights * np.log(np.maximum(weights, 1e-30))).sum(axis=-1)
        return float(np.exp(entropy).mean())

    def to_json(self) -> dict[str, Any]:
        """The weights as plain data."""
        return {
            "path": self.path,
            "first_head": self.first,
            "queries": list(self.queries),
            "keys": list(self.keys),
            "weights": self.weights.tolist(),
            "spread": [self.spread(head) for head in range(self.heads)],
        }


def attentions(run: Observed, *, layer: int | None = None, head: int | None = None) -> tuple[Attention, ...]:
    """Every attention of an observed run, in the order in which they ran.

    It is found by its structure: the softmax of products of queries and keys, multiplied by values.

    Args:
        run: the run.
        layer: which attention, from 1; all by default.
        head: which head of it, from 1; all by default.

    Raises:
        UsageError: there is none, or not this one.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("transformer")
        >>> run = observed(model, model.settings)
        >>> [found.path for found in attentions(run)]
        ['transformer/encoder/0/self_attn', 'transformer/encoder/1/self_attn', 'transformer/decoder/0/self_attn', 'transformer/decoder/0/multihead_attn', 'transformer/decoder/1/self_attn', 'transformer/decoder/1/multihead_attn']
    """
    ran = _looks(run)
    if not ran:
        raise UsageError(_("model “{name}” has no attention; try transformer, gpt or bert").format(name=run.model.name))
    read = run.model.tokens(run.settings, run.batch)
    written = run.model.target_tokens(run.settings, run.batch)
    found = []
    for path, weights in ran:
        queries, keys = (_names(length, read, written) for length in weights.shape[1:])
        found.append(Attention(path, weights, queries, keys))
    if layer is not None:
        if layer > len(found):
            raise UsageError(
                _("model “{name}” has {total} attentions, expected one from 1 to {total}, got {found}").format(
                    name=run.model.name, total=len(found), found=layer
                )
            )
        found = [found[layer - 1]]
    if head is not None:
        least = min(each.heads for each in found)
        if head > least:
            raise UsageError(
                _("an attention here has {total} heads, expected one from 1 to {total}, got {found}").format(
                    total=least, found=head
                )
            )
        found = [replace(each, weights=each.weights[head - 1 : head], first=head) for each in found]
    return tuple(found)


def _looks(run: Observed) -> list[tuple[str, Array]]:
    """Path and weights (heads, L, S) of each attention, of the first row of the batch."""
    trace = Trace(run.graph)
    found: list[tuple[str, Array]] = []
    steps: dict[tuple[Any, ...], int] = {}  # attentions that ask with one query a time step → their place
    for vertex in run.graph.nodes:
        name = operation(vertex)
        if name == "attention":
            weights = _composite(run.nodes[vertex.id])
        elif name in ("matmul", "contract", "mul", "sum") and (soft := _softmax(trace, vertex)) is not None:
            weights = _first(_as_used(trace, vertex, soft), _heads(trace, vertex))
        else:
            continue
        path = _named(vertex.scope).path or vertex.site.where
        key = (_untimed(vertex.scope), weights.shape[0], weights.shape[2])
        if weights.shape[1] == 1 and key in steps and weights.shape[2] > 1:  # a decoder's, one step after the other
            before = found[steps[key]]
            found[steps[key]] = (before[0], np.concatenate([before[1], weights], axis=1))
            continue
        if weights.shape[1] == 1:
            steps[key] = len(found)
        found.append((path, weights))
    return found


def _as_used(trace: Trace, means: Vertex, soft: Vertex) -> Array:
    """The weights in the shape in which they meet the values, where sides of 1 were added or taken off on the way."""
    value = np.asarray(soft.value)
    means = (trace.source(means.inputs[0]) or means) if operation(means) == "sum" else means
    sides = [side for side in value.shape if side != 1]
    for i in means.inputs[:2]:
        used = trace.graph.by_id[i].shape if isinstance(i, int) else ()
        if len(used) > value.ndim and operation(means) != "mul" and [side for side in used if side != 1] == sides:
            return value.reshape(used)
    return value


def _composite(node: Node) -> Array:
    """The weights of the operation that is attention itself."""
    inputs: list[Any] = [x.value if isinstance(x, Node) else x for x in node.inputs]
    query, key, _value, mask, _dropout = inputs
    # The mean of unit vectors is the weights themselves.
    weights = np.asarray(attention(query, key, np.eye(key.shape[-2], dtype=key.dtype), mask, **node.attrs))
    return weights.reshape(-1, *weights.shape[-3:])[0] if weights.ndim > 2 else weights[None]


def _softmax(trace: Trace, vertex: Vertex) -> Vertex | None:
    """The softmax of scores whose mean of values a vertex is, if it is one."""
    if operation(vertex) == "sum":  # of weights times values, element by element
        times = trace.source(vertex.inputs[0])
        return _softmax(trace, times) if operation(times) == "mul" and times is not None else None
    operands = vertex.inputs[:2]
    for one, other in (operands, operands[::-1]):
        soft = _passed(trace, one)
        if soft is None or (operation(vertex) == "mul" and not _summed(trace, vertex)):
            continue
        axis = soft.attrs.get("dim", -1)
        axes = axis if isinstance(axis, tuple) else (axis,)
        if len(axes) != 1 or not isinstance(other, int) or trace.weight(other) is not None:
            continue
        if soft.value.ndim and _scored(trace, soft):
            return soft
    return None


def _passed(trace: Trace, operand: Any) -> Vertex | None:
    """The softmax behind an operand, through dropout and where nothing may be looked at."""
    for _step in range(6):
        source = trace.source(operand)
        if operation(source) == "softmax" or source is None:
            return source
        inside = [i for i in source.inputs if isinstance(i, int) and trace.graph.by_id[i].op is not None]
        if operation(source) not in ("mul", "where", "div", "dropout", "cast") or len(inside) != 1:
            return None
        operand = inside[0]
    return None


def _summed(trace: Trace, vertex: Vertex) -> bool:
    return any(operation(user) == "sum" for user in trace.users(vertex))


def _scored(trace: Trace, soft: Vertex) -> bool:
    """Whether the softmax is over scores of pairs: what it reads is a product of two computed values, or depends on them."""
    waiting, left = list(trace.sources(soft.inputs[0])), 40  # several where scores were put side by side
    while waiting and left:
        vertex = waiting.pop(0)
        left -= 1
        name = operation(vertex)
        operands = [i for i in vertex.inputs if isinstance(i, int)]
        if name in ("matmul", "contract", "linear"):
            if all(trace.weight(i) is None for i in operands[:2]):
                return True
            if name == "linear" or any(trace.weight(i) is not None for i in operands[:2]):
                bent = [trace.source(i) for i in operands[:2] if trace.weight(i) is None]
                if any(operation(v) == "tanh" for v in bent):  # v · tanh(W q + U k), additive attention
                    return True
            continue
        if name in (
            "add",
            "mul",
            "div",
            "where",
            "sub",
            "masked_fill",
            "cast",
            "sum",
            "clamp",
            "tanh",
            "setitem",
            "stack",
            "cat",
        ):
            waiting += [v for i in operands for v in trace.sources(i)]
    return False


def _first(value: Array, heads: int) -> Array:
    """The weights of the first row of a batch as (heads, L, S)."""
    if value.ndim >= 4:
        return np.asarray(value.reshape(-1, *value.shape[-3:])[0], float)
    return np.asarray(value[:heads] if value.ndim == 3 else np.atleast_2d(value)[None], float)


def _heads(trace: Trace, means: Vertex) -> int:
    """How many means of a batch stand side by side in one row afterwards: heads that were counted with the batch."""
    waiting, width = [means], max(means.shape[-1:] or (1,))
    while waiting:
        for edge in trace.graph.users[waiting.pop().id]:
            user = trace.graph.by_id[edge.target]
            if moves(user.op) and math.prod(user.shape) == math.prod(means.shape):  # all of them and nothing else
                wide = max(user.shape[-1:] or (0,))
                if wide > width and wide % width == 0 and means.shape[0] % (wide // width) == 0:
                    return int(wide // width)
                waiting.append(user)
    return 1


def _untimed(scope: Scope) -> str:
    return "/".join(each.name for each in list(scope.ancestors())[::-1] if each.step is None)


def _named(scope: Scope) -> Scope:
    """The scope, or the one around it where a module was made in the call, and so has no name but its class's."""
    while scope.parent is not None and scope.parent.path and scope.name == scope.kind.lower():
        scope = scope.parent
    return scope


def _names(length: int, *known: tuple[str, ...]) -> tuple[str, ...]:
    return next((names for names in known if len(names) == length), tuple(str(i + 1) for i in range(length)))
