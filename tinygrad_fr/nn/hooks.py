"""Hooks of modules: what is called around ``forward``, and when a module's gradients are known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.creation import zeros_like
from tinygrad_fr.handles.custom import Function
from tinygrad_fr.handles.tensor import Hook, Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import is_grad_enabled
from tinygrad_fr.source.site import warn

if TYPE_CHECKING:
    from collections.abc import Callable


class Called(NamedTuple):
    """A hook around ``forward``, and how it wants to be called."""

    hook: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False


class Replacing:
    """A hook of ``state_dict`` in the way of before: what it returns replaces the dictionary."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self.hook = hook

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return self.hook(*arguments)


class Older:
    """A backward hook in PyTorch's way of before: it also follows the first tensor of a dictionary or list."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self.hook = hook

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return self.hook(*arguments)


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


# Hooks of every module, by the room of Hooks that each belongs in; a compiled step runs eagerly while there are any.
EVERYWHERE: dict[int, tuple[str, Any]] = {}


def everywhere(own: Hooks | None) -> Hooks:
    """A module's hooks, after those of every module."""
    found = Hooks()
    for key, (room, hook) in EVERYWHERE.items():
        getattr(found, room)[-key] = hook
    for room in ("before", "after", "backward", "backward_pre") if own is not None else ():
        getattr(found, room).update(getattr(own, room))
    return found


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> Hook:
    """Call ``hook(module, args)`` before the ``forward`` of every module; what it returns replaces the arguments.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> hook = nn.modules.module.register_module_forward_pre_hook(lambda module, args: print(type(module).__name__))
        >>> y = nn.Sequential(nn.ReLU())(tensor([1.0]))
        Sequential
        ReLU
        >>> hook.remove()
    """
    return add(EVERYWHERE, ("before", Called(hook)))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> Hook:
    """Call ``hook(module, args, output)`` after the ``forward`` of every module; what it returns replaces the output.

    Args:
        hook: what is called.
        with_kwargs: whether it also takes the arguments by name, before the output.
        always_call: whether it is called, with None for the output, where ``forward`` raised.
    """
    return add(EVERYWHERE, ("after", Called(hook, with_kwargs, always_call)))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> Hook:
    """Call ``hook(module, grad_output)`` for every module when the output's gradients are known; what it returns replaces them."""
    return add(EVERYWHERE, ("backward_pre", hook))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> Hook:
    """Call ``hook(module, grad_input, grad_output)`` for every module once both are known; what it returns replaces ``grad_input``."""
    return add(EVERYWHERE, ("backward", hook))


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
        self.arguments = 0
        self.every = True  # whether every hook is called, or the older ones alone
        self.opened = False  # whether a gradient leaves through an argument
        self.received: tuple[Any, ...] | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, which tell when their gradients are known."""
        tensors = [i for i, x in enumerate(args) if isinstance(x, Tensor)]

        def known(sent: tuple[Any, ...]) -> tuple[Any, ...]:
            whole = list(sent)
            for i in tensors:  # nothing came for this one, which PyTorch tells as zeros
                whole[i] = zeros_like(args[i]) if whole[i] is None else whole[i]
            return self._known(tuple(whole))

        through = _through(args, known)
        self.arguments, self.opened = len(args), through is not args
        return through

    def leave(self, output: Any) -> Any:
        """The output, which tells when its gradient is known."""
        if not isinstance(output, tuple | Tensor):
            self.leave_older(output)
            return output
        several = isinstance(output, tuple)
        through = _through(output if isinstance(output, tuple) else (output,), self._came)
        return through if several else through[0]

    def leave_older(self, output: Any) -> None:
        """The first tensor of a dictionary or list tells the older hooks when its gradient is known; others are not called."""
        self.every = False
        if self.hooks.backward_pre or not all(isinstance(hook, Older) for hook in self.hooks.backward.values()):
            warn(
                _(
                    "backward hooks of a module are called where it gives a tensor or a tuple of tensors, not {found}"
                ).format(found=type(output).__name__)
            )
        while isinstance(output, Mapping | Sequence) and not isinstance(output, str) and len(output):
            inside = list(output.values()) if isinstance(output, Mapping) else output
            output = next((x for x in inside if isinstance(x, Tensor)), inside[0])
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(lambda gradient: self._came((gradient,))[0])

    def _hooks(self) -> tuple[Callable[..., Any], ...]:
        every = tuple(self.hooks.backward.values())  # those that there are now
        return every if self.every else tuple(hook for hook in every if isinstance(hook, Older))

    def _came(self, received: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in tuple(self.hooks.backward_pre.values()) if self.every else ():
            received = _replaced(hook(self.module, received), received)
        if self.opened:
            self.received = received
            return received
        nothing = (None,) * self.arguments
        for hook in self._hooks():
            found = hook(self.module, nothing, received)
            if found is not None and not (isinstance(found, tuple) and all(each is None for each in found)):
                raise DataError(_("a backward hook: no input requires a gradient, so that it may only return None"))
        return received

    def _known(self, sent: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.received is None:  # this gradient did not pass the module's output
            return sent
        for hook in self._hooks():
            sent = _replaced(hook(self.module, sent, self.received), sent)
        self.received = None
        return sent


def _replaced(found: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients after a hook, which may return others in their place."""
    if found is None:
        return given
    if not isinstance(found, tuple | list) or len(found) != len(given):
        raise DataError(
            _("a backward hook: expected None or a tuple of {expected} gradients, got {found}").format(
                expected=len(given), found=found
            )
        )
    return tuple(found)


def _through(values: tuple[Any, ...], came: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> tuple[Any, ...]:
    """The same values, of which those that require a gradient tell when theirs are known; None stands for the gradient of another."""
    places = [i for i, x in enumerate(values) if isinstance(x, Tensor) and x.requires_grad]
    if not places or not is_grad_enabled():
        return values

    class Passage(Function):
        """The same values; their gradients are told in the backward pass."""

        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.set_materialize_grads(False)
            same = tuple(x.clone() for x in tensors)
            return same if len(same) > 1 else same[0]

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            whole: list[Any] = [None] * len(values)
            for place, gradient in zip(places, gradients, strict=True):
                whole[place] = gradient
            told = came(tuple(whole))
            return tuple(told[place] for place in places)

    passed = Passage.apply(*(values[i] for i in places))
    found = list(values)
    for place, x in zip(places, passed if isinstance(passed, tuple) else (passed,), strict=True):
        found[place] = x
    return tuple(found)
