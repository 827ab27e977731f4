"""A record recorded again from itself, at another distance: nobody's code runs a second time."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.ops.definition import select
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Bundle, Node


def recorded_again(root: Node) -> tuple[Node, dict[int, Any]] | None:
    """The operations that led to a node, done again as the modes in force say, such as :func:`tinygrad_fr.opened`.

    Args:
        root: the last node of the record; its leaves are taken as they are.

    Returns:
        The node that stands for the root, and what stands for each node by its id. None where the numbers do not come
        out again: an operation draws by chance, or is one that only its own code can do.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> y = tg.logsumexp(x, 0)
        >>> with tg.opened("equation"):
        ...     again, made = recorded_again(y)
        >>> y.op.name, again.op.name, round(again.item(), 4), made[x.id] is x
        ('logsumexp', 'add', 2.3133, True)
    """
    made: dict[int, Any] = {}
    try:
        for node in _led_to(root):
            made[node.id] = _done(node, made)
    except Exception:
        return None
    again = made[root.id]
    same = isinstance(again, Node) and np.allclose(again.value, root.value, rtol=1e-4, atol=1e-7, equal_nan=True)
    return (again, made) if same else None


def _led_to(root: Node) -> list[Node]:
    found, waiting = {root.id: root}, [root]
    while waiting:
        for x in waiting.pop().inputs:
            if isinstance(x, Node) and x.id not in found:
                found[x.id] = x
                waiting.append(x)
    return [found[i] for i in sorted(found)]


def _done(node: Node, made: dict[int, Any]) -> Any:
    if node.op is None:
        return _leaf(node)
    operands: list[Any] = [made[x.id] if isinstance(x, Node) else x for x in node.inputs]
    if node.op is select:
        return operands[0][node.attrs["index"]]
    op: Any = node.op
    before = Tensor.wrap(np.zeros(())).id
    with setting(scope=node.scope):
        variadic = getattr(getattr(op, "signature", None), "variadic", False)
        result = op(operands, **node.attrs) if variadic else op(*operands, **node.attrs)
    results = result if isinstance(node, Bundle) else (result,)
    for each in _led_to_since(results, before):
        each.code, each.instruction = node.code, node.instruction
    if not isinstance(node, Bundle) and node.label is not None:
        result.label = node.label
    return result


def _leaf(node: Node) -> Node:
    """A leaf stands for itself, unless it was changed in place since and what it held then is meant."""
    if node.current is node or isinstance(node, Bundle):
        return node
    copy: Node = Tensor.wrap(np.asarray(node.value))
    copy.needs, copy.scope, copy.label = node.needs, node.scope, node.label
    copy.code, copy.instruction = node.code, node.instruction
    return copy


def _led_to_since(results: Any, before: int) -> list[Node]:
    found: dict[int, Node] = {}
    waiting = [each for each in results if isinstance(each, Node) and each.id > before]
    while waiting:
        node = waiting.pop()
        if node.id not in found:
            found[node.id] = node
            waiting += [x for x in node.inputs if isinstance(x, Node) and x.id > before]
    return list(found.values())
