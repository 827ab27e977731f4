"""Backpropagation: gradients flow from the youngest node to the oldest.

A node is recorded after its inputs, so ids are a topological order: the nodes that lead to the roots are gathered and
visited from the youngest on. Everything that used a node is younger and has sent its share by then. No recursion, and a node
is visited once however many paths lead to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.arguments.fits import check_replaced
from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.memory import apart
from tinygrad_fr.reach import leading, reached
from tinygrad_fr.record.accelerator import LazyGradient, accelerator, materialized
from tinygrad_fr.record.mode import now, setting, untaped
from tinygrad_fr.record.node import Bundle, Node
from tinygrad_fr.record.recorder import NOBODY, Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def plus(total: Any, part: Any) -> Any:
    """Add two gradients; a bundle's are tuples whose absent entries are None."""
    if total is None:
        return part
    if part is None:
        return total
    if isinstance(total, tuple):
        return tuple(plus(a, b) for a, b in zip(total, part, strict=True))
    return total + part


def propagate(
    roots: Sequence[tuple[Node, Any]],
    *,
    record: bool = False,
    wanted: frozenset[int] | None = None,
    inside: bool = False,
) -> dict[int, Any]:
    """Send gradients back from the roots and return those that arrive.

    Args:
        roots: nodes with the gradient to start from, of the node's own shape.
        record: record the backward pass itself; gradients are then nodes, else plain arrays or floats.
        wanted: ids whose gradients are returned and added to no leaf; None returns nothing and fills ``.grad``.
        inside: the pass runs inside one operation: it ends at the wanted nodes, and observers, who will see that
            operation's own shares, do not see it.

    Returns:
        The gradient of each wanted node that was reached, by id.
    """
    state, ends = now(), frozenset(wanted or () if inside else ())
    nodes = reached([node for node, _gradient in roots], ends)
    if wanted is not None and not inside:
        nodes, ends = leading(nodes, wanted)
    this = Pass(record, wanted, inside, ends, state.tape if record else NOBODY, () if inside else state.observers)
    for observer in this.observers:
        observer.goes(nodes)
    return accelerator().sweep(sweep)(roots, nodes, this)  # type: ignore[no-any-return]


class Pass(NamedTuple):
    """What one backward pass is to do: see :func:`propagate`."""

    record: bool
    wanted: frozenset[int] | None
    inside: bool
    ends: frozenset[int]
    tape: Recorder
    observers: tuple[Recorder, ...]


def sweep(roots: Sequence[tuple[Node, Any]], nodes: Mapping[int, Node], this: Pass) -> dict[int, Any]:
    """Backpropagation: each node, from the youngest on, sends to its inputs, where what arrives is added up."""
    waiting: dict[int, Any] = {}  # id → the gradient that has come so far
    found: dict[int, Any] = {}
    for node, gradient in roots:
        waiting[node.id] = plus(waiting.get(node.id), gradient)
    for i in sorted(nodes, reverse=True):
        node, gradient = nodes[i], waiting.pop(i, None)
        if gradient is None:
            continue
        if not (this.inside and i in this.wanted):  # type: ignore[operator]  # where a pass inside an operation ends
            gradient = hooked(node, gradient, this.record)
        kept(node, gradient, this, found)
        for source, sent in zip(node.inputs, shares(node, gradient, this), strict=False):
            if sent is not None:
                waiting[source.id] = plus(waiting.get(source.id), sent)  # type: ignore[union-attr]  # a node: others are sent nothing
    return found


def kept(node: Node, gradient: Any, this: Pass, found: dict[int, Any]) -> None:
    """Keep the gradient that has come to a node where it is wanted: among those found, or at the node itself."""
    if this.wanted is not None:
        if node.id in this.wanted:
            found[node.id] = apart(materialized(gradient))
        return
    retained = node.rare is not None and node.rare.retain
    if node.op is None or retained or (node.retains and gradient.__class__ is not np.ndarray):
        accumulate(node, gradient)


def shares(node: Node, gradient: Any, this: Pass) -> Sequence[Any]:
    """What a node sends to each of its inputs, shown to whoever observes."""
    if node.op is None or node.id in this.ends:
        sent: Sequence[Any] = ()
    else:
        if this.record and node.rare is not None:
            node = node.recorded  # the derivative may take the result for an operand
        sent = this.tape.vjp(node, gradient)
    if this.observers:
        sent = tuple(materialized(each) for each in sent)
        for observer in this.observers:
            observer.sent(node, gradient, sent)
    return sent


def hooked(node: Node, gradient: Any, record: bool) -> Any:
    """The gradient after the node's hooks."""
    if gradient is None or node.rare is None:
        return gradient
    first = given = node.handle_of(gradient)  # one object for all: a hook may leave on it what the next ones read
    held = given.current.value if isinstance(given, Node) else given
    for hook in tuple(node.rare.hooks.values()):
        if (replaced := hook(given)) is not None:
            check_replaced(node, given, replaced)
            given = replaced
    value = given.current.value if isinstance(given, Node) else given
    if given is first and value is held:  # else a hook gave another one, or wrote to it
        return gradient
    return given.current if record and isinstance(given, Node) else value


def accumulate(node: Node, gradient: Any) -> None:
    """Add a gradient to what a node has, and tell its hooks."""
    tape, hooks = now().tape, tuple(node.rare.hooks.values()) if node.rare is not None else ()
    for hook in hooks:
        gradient = getattr(hook, "adding", lambda _leaf, same: same)(node, gradient)
    before = tape.received(node)
    gradient = accelerator().laid(apart(gradient), node.value)
    if before is None:
        node._grad = gradient if isinstance(gradient, np.ndarray | LazyGradient) else node.handle_of(gradient)
    elif not isinstance(before, Node) and not isinstance(gradient, Node):
        total = before + gradient
        node._grad = np.asarray(total) if isinstance(total, np.generic) else total
    elif tape is NOBODY and not isinstance(gradient, Node) and before.current.needs == 0:
        # whoever holds what .grad was sees the sum, as in PyTorch
        before.current.rebind(np.asarray(before.current.value + materialized(gradient)))
    else:
        before = node.gradient
        with setting(grad=isinstance(gradient, Node)):
            node._grad = before + node.handle_of(gradient)
    for hook in hooks:
        getattr(hook, "accumulated", lambda _leaf, _gradient: None)(node, gradient)


def backward(
    tensors: Sequence[Node],
    gradients: Sequence[Any] | None = None,
    *,
    create_graph: bool = False,
    inputs: Node | Sequence[Node] | None = None,
) -> None:
    """Add to the ``.grad`` of leaves the gradient of the tensors' (weighted) sum.

    Args:
        tensors: what to differentiate.
        gradients: one upstream gradient each, of the tensor's shape; 1 where the tensor is a single number.
        create_graph: record the backward pass too, so that it can be drawn and differentiated again.
        inputs: give gradients to these nodes only.

    Raises:
        GradientError: a tensor requires no gradient, needs an explicit upstream gradient, or a value that the record
            needs was changed in place.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> autograd.backward([x * x, 3 * x], [tensor([1.0, 1.0]), tensor([1.0, 0.0])])
        >>> x.grad  # 2x, and 3 for the first
        tensor([5., 4.])
    """
    state, record = now(), records(create_graph)
    before, state.grad = state.grad, create_graph
    try:
        roots = roots_of(tensors, gradients, record)
        for observer in state.observers:
            observer.started([node for node, _gradient in roots])
        if inputs is None:
            propagate(roots, record=record)
            return
        targets = nodes_of(inputs)
        if not targets:
            raise GradientError(_("backward(inputs=…): expected at least one tensor, got none"))
        found = propagate(roots, record=record, wanted=frozenset(node.id for node in targets))
        for node in targets:
            if node.id in found:
                accumulate(node, found[node.id])
    finally:
        state.grad = before


def nodes_of(given: Node | Sequence[Node]) -> list[Node]:
    """The nodes that handles stand for now."""
    return [node.current for node in ([given] if isinstance(given, Node) else given)]


def records(create_graph: bool) -> bool:
    """Whether a backward pass is recorded: because it is asked for, or for a tape."""
    if create_graph:
        untaped(_("it differentiates a backward pass"))
    return create_graph or now().tape is not NOBODY


def roots_of(outputs: Node | Sequence[Node], seeds: Any, record: bool) -> list[tuple[Node, Any]]:
    """The nodes where a pass starts, each with its gradient, 1 for a single number by default.

    Raises:
        GradientError: one requires no gradient, or its gradient does not fit.
    """
    nodes = nodes_of(outputs)
    for node in nodes:
        if node.needs == 0 or isinstance(node, Bundle):
            raise GradientError(
                _("backward() needs a value that requires a gradient; {node} requires none").format(
                    node=node.describe()
                )
            )
    seeds = [seeds] if isinstance(outputs, Node) else seeds or [None] * len(nodes)
    return [(node, node.seed(seed, record=record)) for node, seed in zip(nodes, seeds, strict=True)]
