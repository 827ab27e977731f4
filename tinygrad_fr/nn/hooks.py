"""Hooks of modules: what is called around ``forward``, and when a module's gradients are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.handles.custom import Function
from tinygrad_fr.handles.tensor import Hook, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable


class Hooks:
    """The hooks of one module.

    Attributes:
        before: called with the arguments; what they return replaces these.
        after: called with arguments and output; what they return replaces the output.
        backward: called with the gradients of the arguments and of the output; what they return replaces the former.
    """

    def __init__(self) -> None:
        self.before: dict[int, Callable[..., Any]] = {}
        self.after: dict[int, Callable[..., Any]] = {}
        self.backward: dict[int, Callable[..., Any]] = {}

    def call(self, module: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run the module's ``forward`` with its hooks."""
        for hook in tuple(self.before.values()):
            replaced = hook(module, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        ends = _Ends(module, self) if self.backward else None
        if ends is not None:
            args = ends.enter(args)
        output = module.forward(*args, **options)
        for hook in tuple(self.after.values()):
            replaced = hook(module, args, output)
            if replaced is not None:
                output = replaced
        return output if ends is None else ends.leave(output)


def add(hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> Hook:
    """Enter a hook; ``remove()`` of what is returned takes it off."""
    key = max(hooks, default=0) + 1
    hooks[key] = hook
    return Hook(hooks, key)


class _Ends:
    """The two ends of a module in one call, which gradients pass on their way back."""

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module, self.hooks = module, hooks
        self.received: tuple[Any, ...] = ()

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, which tell when their gradients are known."""
        return self._through(args, lambda sent: self._known(sent))

    def leave(self, output: Any) -> Any:
        """The output, which tells when its gradient is known."""
        several = isinstance(output, tuple)

        def came(received: tuple[Any, ...]) -> tuple[Any, ...]:
            self.received = received
            return received

        through = self._through(output if several else (output,), came)
        return through if several else through[0]

    def _known(self, sent: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in tuple(self.hooks.backward.values()):
            replaced = hook(self.module, sent, self.received)
            if replaced is not None:
                sent = replaced if isinstance(replaced, tuple) else (replaced,)
        return sent

    @staticmethod
    def _through(values: tuple[Any, ...], came: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> tuple[Any, ...]:
        places = [i for i, x in enumerate(values) if isinstance(x, Tensor) and x.is_floating_point()]
        if not places:
            return values

        class Passage(Function):
            """The same values; their gradients are told on the way back."""

            @staticmethod
            def forward(ctx: Any, *tensors: Any) -> Any:
                same = tuple(x.clone() for x in tensors)
                return same if len(same) > 1 else same[0]

            @staticmethod
            def backward(ctx: Any, *gradients: Any) -> Any:
                return came(gradients)

        passed = Passage.apply(*(values[i] for i in places))
        found = list(values)
        for place, x in zip(places, passed if isinstance(passed, tuple) else (passed,), strict=True):
            found[place] = x
        return tuple(found)
