"""The signature of a call: the kinds of its arguments, and which of them are the same tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.handles.size import Size
from tinygrad_fr.promotion.dtype import get_default_dtype
from tinygrad_fr.promotion.elements import dtype
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.guards.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = frozenset((int, bool, str, bytes, type(None), type(Ellipsis), range))


class Identity:
    """An object as itself: equal to no other, and alive as long as somebody compares with it."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and other.thing is self.thing


def root(node: Node) -> Node:
    """The tensor whose elements a view, or a detached one, shows."""
    while (rare := node.rare) is not None:
        whole = rare.base if rare.base is not None else rare.origin() if rare.origin is not None else None
        if whole is None:
            break
        node = whole
    return node.latest


def signature(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> tuple[Any, list[Node]]:
    """The kinds of a call's arguments, as a key, and the tensors among them, in order.

    Numbers count by type and value (1, 1.0, True, 0.0 and -0.0 apart), tensors by shape, dtype and what a backward pass
    would see; two that are one tensor are not two that are alike.

    Example:
        >>> from tinygrad_fr import tensor
        >>> x, y = tensor([1.0]), tensor([2.0])
        >>> signature((x, y), {})[0] == signature((y, x), {})[0], signature((x, x), {})[0] == signature((x, y), {})[0]
        (True, False)
    """
    nodes: list[Node] = []
    kinds = tuple([kind_of(x, nodes) for x in arguments])
    state = now()
    alike: Any = None
    if options:
        kinds = (*kinds, tuple([(key, kind_of(x, nodes)) for key, x in options.items()]))
    if len(nodes) > 1:
        ids = [root(node).id for node in nodes]
        if len(set(ids)) < len(ids):
            own = [node.id for node in nodes]  # two views of one tensor are not one view given twice
            alike = tuple([(ids.index(i), own.index(k)) for i, k in zip(ids, own, strict=True)])
    return (kinds, alike, state.grad, state.opened, get_default_dtype()), nodes


def kind_of(x: Any, nodes: list[Node]) -> Any:
    """What a program holds an argument to; tensors are added to a list, without which nothing else is looked at."""
    kind = x.__class__
    if isinstance(x, Node):
        node = x.current
        nodes.append(node)
        value, rare = node.value, node.rare
        hooks = (
            ()
            if rare is None
            else (rare.retain, *map(Identity, rare.hooks.values()))
            if rare.hooks or rare.retain
            else ()
        )
        if value.__class__ is not np.ndarray:
            return kind, node.needs, node.op is None, node._grad is None, hooks
        return kind, value.shape, value.strides, value.dtype, node.needs, node.op is None, node._grad is None, hooks
    if kind is float:
        return kind, repr(x)
    if kind in PLAIN:
        return kind, x
    if kind is slice:
        return kind, tuple([kind_of(part, nodes) for part in (x.start, x.stop, x.step)])
    if kind is tuple or kind is list or kind is Size:
        return kind, tuple([kind_of(part, nodes) for part in x])
    if kind is dict:
        return kind, tuple(
            [(key if key.__class__ is str else kind_of(key, nodes), kind_of(part, nodes)) for key, part in x.items()]
        )
    if kind is np.ndarray and not x.dtype.hasobject:
        return kind, x.shape, x.strides, x.dtype.str, x.tobytes()
    if plain(x) or isinstance(x, dtype):
        return kind, repr(x)
    return kind, Identity(x)


def loosened(key: Any) -> tuple[Any, list[float | int]]:
    """The kind of a call but for the values of the plain numbers that are arguments themselves, and those numbers.

    Example:
        >>> loosened(signature((2.0, "a"), {"k": 3})[0])[0] == loosened(signature((4.5, "a"), {"k": 1})[0])[0]
        True
        >>> loosened(signature((2.0, "a"), {"k": 3})[0])[1]
        [2.0, 3]
    """
    numbers: list[float | int] = []

    def loose(kind: Any) -> Any:
        if len(kind) == 2 and kind[0] in (float, int):
            numbers.append(kind[0](kind[1]))
            return kind[0]
        return kind

    kinds, *rest = key
    found = []
    for kind in kinds:
        if kind and isinstance(kind[0], tuple):  # arguments by name
            found.append(tuple([(name, loose(each)) for name, each in kind]))
        else:
            found.append(loose(kind))
    return (tuple(found), *rest), numbers
