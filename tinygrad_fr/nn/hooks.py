"""Hooks of modules: what is called around ``forward``, and when a module's gradients are known."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.custom import Function
from tinygrad_fr.handles.tensor import Hook, Tensor
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable


class Called(NamedTuple):
    """A hook around ``forward``, and how it wants to be called."""

    hook: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False


class Hooks:
    """The hooks of one module.

    Attributes:
        before: called with the arguments; what they return replaces these.
        after: called with arguments and output; what they return replaces the output.
        backward: called with the gradients of the arguments and of the output; what they return replaces the former.
        backward_pre: called with the gradients of the output; what they return replaces them.
        saving: called before ``state_dict`` reads the module, and ``saved`` after it did.
        loading: called before ``load_state_dict`` takes values over, and ``loaded`` after it did.
    """

    def __init__(self) -> None:
        self.before: dict[int, Called] = {}
        self.after: dict[int, Called] = {}
        self.backward: dict[int, Callable[..., Any]] = {}
        self.backward_pre: dict[int, Callable[..., Any]] = {}
        self.saving: dict[int, Callable[..., Any]] = {}
        self.saved: dict[int, Callable[..., Any]] = {}
        self.loading: dict[int, Callable[..., Any]] = {}
        self.loaded: dict[int, Callable[..., Any]] = {}

    def call(self, module: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run the module's ``forward`` with its hooks."""
        due = dict(self.after)
        try:
            for called in tuple(self.before.values()):
                args, options = _asked(called, module, args, options)
            ends = _Ends(module, self) if self.backward or self.backward_pre else None
            if ends is not None:
                args = ends.enter(args)
            output = module.forward(*args, **options)
            for key, called in tuple(due.items()):
                del due[key]
                replaced = called.hook(module, args, *((options,) if called.with_kwargs else ()), output)
                if replaced is not None:
                    output = replaced
        except Exception:
            for called in due.values():
                if called.always:
                    with suppress(Exception):  # the first failure is the one to tell
                        called.hook(module, args, *((options,) if called.with_kwargs else ()), None)
            raise
        return output if ends is None else ends.leave(output)


class Shown(OrderedDict[int, Any]):
    """Hooks as PyTorch shows them, by their numbers; what is taken out here is taken off the module."""

    def __init__(self, kept: dict[int, Any]) -> None:
        super().__init__((key, held.hook if isinstance(held, Called) else held) for key, held in kept.items())
        self._kept = kept

    def __delitem__(self, key: int) -> None:
        super().__delitem__(key)
        del self._kept[key]

    def clear(self) -> None:
        """Take every hook off."""
        super().clear()
        self._kept.clear()

    def __repr__(self) -> str:
        return repr(OrderedDict(self.items()))


def _asked(called: Called, module: Any, args: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The arguments after a hook that comes before ``forward``."""
    if not called.with_kwargs:
        replaced = called.hook(module, args)
        if replaced is None:
            return args, options
        return (replaced if isinstance(replaced, tuple) else (replaced,)), options
    both = called.hook(module, args, options)
    if both is None:
        return args, options
    if not isinstance(both, tuple) or len(both) != 2:
        raise DataError(
            _("a forward pre-hook with_kwargs: expected None or (args, kwargs), got {found}").format(found=both)
        )
    return both


def add(hooks: dict[int, Any], hook: Any, first: bool = False) -> Hook:
    """Enter a hook, before the others if so told; ``remove()`` of what is returned takes it off."""
    key = max(hooks, default=0) + 1
    if first:
        others = dict(hooks)
        hooks.clear()
        hooks.update({key: hook, **others})
    else:
        hooks[key] = hook
    return Hook(hooks, key)


class _Ends:
    """The two ends of a module in one call, which gradients pass in the backward pass."""

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
            for hook in tuple(self.hooks.backward_pre.values()):
                replaced = hook(self.module, received)
                if replaced is not None:
                    received = replaced if isinstance(replaced, tuple) else (replaced,)
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
            """The same values; their gradients are told in the backward pass."""

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
