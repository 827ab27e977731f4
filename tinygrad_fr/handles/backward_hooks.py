"""Hooks on the backward pass: on the backward of one operation, on the gradients of a leaf, on those of several tensors together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import check_replaced
from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import Hook, Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.mode import thread, untaped
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.operation import Operation
from tinygrad_fr.record.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def watched(node: Node) -> Watched:
    """The operation of a node, which calls hooks from now on."""
    untaped(_("it sets a hook on the backward pass"))
    if not isinstance(node.op, Watched):
        node.op = Watched(node.op)
    return node.op


class Watched(Operation):
    """An operation whose backward calls hooks around itself."""

    def __init__(self, op: Any) -> None:
        self.op = op
        self.hooks: dict[int, Any] = {}
        self.name, self.symbol, self.explained = op.name, op.symbol, op.explained

    def __getattr__(self, name: str) -> Any:
        if name == "op":  # while it is copied
            raise AttributeError(name)
        return getattr(self.op, name)

    def add(self, when: str, hook: Callable[..., Any]) -> Hook:
        """Enter a hook, to be called ``before`` or ``after``."""
        key = max(self.hooks, default=0) + 1
        self.hooks[key] = when, hook
        return Hook(self.hooks, key)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Send back what the operation does, as hooks change it."""
        several = isinstance(gradient, tuple)
        came = _shown(gradient if several else (gradient,))
        for when, hook in tuple(self.hooks.values()):
            if when == "before":
                found = hook(came)
                came = came if found is None else found if isinstance(found, tuple) else (found,)
        given = _held(came, gradient if several else (gradient,))
        sent = list(self.op.vjp(node, given if several else given[0]))
        places = [i for i, x in enumerate(node.inputs) if isinstance(x, Node)]
        went = _shown(tuple(materialized(sent[i]) for i in places))
        for when, hook in tuple(self.hooks.values()):
            if when == "after":
                found = hook(went, came)
                went = went if found is None else found if isinstance(found, tuple) else (found,)
        for i, each in zip(places, _held(went, [sent[i] for i in places]), strict=True):
            sent[i] = each
        return tuple(sent)


def _shown(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    """Gradients as hooks see them, tensors or None."""
    return tuple(Tensor.wrap(each) if isinstance(each, np.ndarray) else each for each in map(materialized, gradients))


def _held(shown: Sequence[Any], like: Sequence[Any]) -> tuple[Any, ...]:
    """The same as the pass has them: nodes where it is recorded, else arrays."""
    return tuple(
        each.current.value if isinstance(each, Node) and not isinstance(one, Node) else each
        for each, one in zip(shown, like, strict=True)
    )


class AtLeaf:
    """Hooks around the place where a leaf's gradients are added up, which come after all hooks of the leaf itself."""

    def __init__(self, before: Callable[..., Any] | None = None, after: Callable[..., Any] | None = None) -> None:
        self.before, self.after = before, after

    def __call__(self, gradient: Any) -> None:
        """Nothing yet."""

    def adding(self, leaf: Node, gradient: Any) -> Any:
        """The gradient that is to be added, after the hook that comes before."""
        if self.before is None:
            return gradient
        given = leaf.handle_of(gradient)
        found = self.before((given,))
        found = found[0] if isinstance(found, tuple) else found
        if found is None:
            return gradient
        check_replaced(leaf, given, found)
        return found if isinstance(gradient, Node) else found.current.value

    def accumulated(self, leaf: Node, gradient: Any) -> None:
        """Tell of the gradient that was added."""
        if self.after is not None:
            self.after((), (leaf.handle_of(gradient),))


class _Together(Recorder):
    """Waits for the gradients of several tensors in each backward pass."""

    def __init__(self, tensors: Sequence[Any], hook: Callable[..., Any], first: bool) -> None:
        self.tensors, self.hook, self.first = tensors, hook, first
        self.due: set[int] = set()
        self.came: list[Any] = [None] * len(tensors)

    def goes(self, nodes: Mapping[int, Any]) -> None:
        """Find the tensors that the pass will reach."""
        self.due = {i for i, x in enumerate(self.tensors) if x.current.id in nodes}
        self.came = [None] * len(self.tensors)

    def arrived(self, place: int, gradient: Any) -> None:
        """Tell the hook of the first gradient, or of all when the last has come."""
        if self.first:
            if self.due:
                self.due.clear()
                self.hook(gradient)
            return
        self.came[place] = gradient
        self.due.discard(place)
        if not self.due:
            self.hook(self.came)


class _Handle:
    """Takes off the hook of several tensors."""

    def __init__(self, hooks: list[Hook], together: _Together) -> None:
        self._hooks, self._together = hooks, together

    def remove(self) -> None:
        """Take the hook off."""
        for each in self._hooks:
            each.remove()
        state = thread.state
        state.observers = tuple(each for each in state.observers if each is not self._together)

    def __enter__(self) -> _Handle:
        return self

    def __exit__(self, *_error: object) -> None:
        self.remove()


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable[..., Any], *, mode: str = "all") -> _Handle:
    """Call a hook with the gradients of several tensors, in each backward pass.

    Args:
        tensors: whose gradients are waited for.
        fn: takes the list of gradients once all have come, None where none will, or the first gradient that comes.
        mode: ``"all"`` or ``"any"``.

    Raises:
        UsageError: another mode.
        GradientError: a tensor requires no gradient.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> a, b = tensor(2.0, requires_grad=True), tensor(3.0, requires_grad=True)
        >>> hook = autograd.graph.register_multi_grad_hook((a, b), print)
        >>> (a * b).backward()
        [tensor(3.), tensor(2.)]
        >>> hook.remove()
    """
    if mode not in ("all", "any"):
        raise UsageError(
            _("register_multi_grad_hook: expected the mode “all” or “any”, got {found}").format(found=mode)
        )
    untaped(_("it sets a hook on the backward pass"))
    together = _Together(tensors, fn, mode == "any")
    hooks = [x.register_hook(partial(together.arrived, i)) for i, x in enumerate(tensors)]
    thread.state.observers = (*thread.state.observers, together)
    return _Handle(hooks, together)
