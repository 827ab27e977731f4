"""Module: parameters with names, and scopes recorded for free."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tinygrad_fr.devices.device import is_device
from tinygrad_fr.devices.layout import arranged
from tinygrad_fr.errors import DataError, DtypeError
from tinygrad_fr.handles.forgetting import forgotten
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.nn import state
from tinygrad_fr.nn.entries import NAMES, Entries, fits, names, replaced
from tinygrad_fr.nn.hooks import (
    EVERYWHERE,
    Called,
    Hooks,
    Older,
    Replacing,
    Shown,
    add,
    everywhere,
)
from tinygrad_fr.nn.hooks import register_module_forward_hook as register_module_forward_hook
from tinygrad_fr.nn.hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from tinygrad_fr.nn.hooks import register_module_full_backward_hook as register_module_full_backward_hook
from tinygrad_fr.nn.hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from tinygrad_fr.nn.parameter import Buffer, Parameter
from tinygrad_fr.nn.state import Keys
from tinygrad_fr.promotion.dtype import as_dtype
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tinygrad_fr.handles.tensor import Hook


_scopes: dict[tuple[str, str, str], Scope] = {}
_KEPT = 1024  # scopes


def _within(outside: Scope, name: str, kind: str) -> Scope:
    """The scope of a module, the one of its last call where nothing was opened in that: what it opens is numbered at each call."""
    key = outside.path, name, kind
    found = _scopes.get(key)
    if found is None or found.parent is not outside or found.used is not None:
        if len(_scopes) >= _KEPT:
            _scopes.clear()
        found = _scopes[key] = Scope(outside, name, kind=kind)
    return found


def _convert(parameter: Parameter, dtype: Any) -> None:
    """Give a parameter and its gradient data of another dtype; who held the data before keeps it."""
    gradient, parameter.grad = parameter.grad, None
    parameter.data = parameter.detach().to(dtype)
    if gradient is not None:
        gradient.data = gradient.detach().to(dtype)
        parameter.grad = gradient


class Module(Named):
    """A part of a model: parameters, submodules, and ``forward``.

    What runs inside a call is recorded under the module's name, so a picture can show the model's own structure.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> layer = nn.Linear(2, 1)
        >>> layer(tensor([[1.0, 2.0]])).scope.path
        'linear'
    """

    training: bool
    _late: ClassVar[frozenset[str]] = frozenset()  # buffers that files of before do not have: they keep their value
    _hooks: Hooks | None = None

    def __init__(self) -> None:
        self._parameters: dict[str, Parameter | Scalar | None] = Entries(self)
        self._modules: dict[str, Any] = Entries(self)  # a module, or None where one was taken out
        self._buffers: dict[str, Tensor | None] = Entries(self)
        self._unsaved: set[str] = set()  # buffers that state_dict leaves out
        self._name = type(self).__name__.lower()
        self.training = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for name in NAMES:
            vars(self)[name] = Entries(self, state.get(name, ()))

    if not TYPE_CHECKING:  # or every attribute would be there for a type checker

        def __getattr__(self, name: str) -> Any:
            """What has a name that is asked for by hand: ``self.__getattr__(f"layer{i}")``."""
            held = self.__dict__
            if name in held:
                return held[name]
            for kind in NAMES:  # of a class whose own __setattr__ put another dictionary there
                if name in held.get(kind, ()):
                    return held[kind][name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in NAMES:
            value = replaced(self, self.__dict__.get(name, {}), value)
        parameters, buffers, modules = (self.__dict__.get(kind, {}) for kind in NAMES)
        if isinstance(value, Parameter) or (isinstance(value, Scalar) and value.is_leaf and value.requires_grad):
            value.label = value.label or name
            self._give_up(name, buffers, modules)
            self._parameters[name] = value
        elif name in parameters:
            parameters[name] = fits(
                value, name, type(None), _("{name} is a parameter: expected an nn.Parameter or None, got a {found}")
            )
        elif isinstance(value, Module):
            value._name = name
            self._give_up(name, buffers)
            self._modules[name] = value
        elif name in modules:
            modules[name] = fits(
                value, name, type(None), _("{name} is a module: expected an nn.Module or None, got a {found}")
            )
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
            return
        elif name in buffers:
            buffers[name] = fits(value, name, Tensor, _("{name} is a buffer: expected a tensor or None, got a {found}"))
        object.__setattr__(self, name, value)

    def _give_up(self, name: str, *entries: dict[str, Any]) -> None:
        """What was held as something else under a name that is given to another thing is held no longer."""
        for held in entries:
            if name in held:
                del held[name]
                self._unsaved.discard(name)

    def __delattr__(self, name: str) -> None:
        for kept in (self._parameters, self._modules, self._buffers):
            if name in kept:
                del kept[name]
                self._unsaved.discard(name)
                return
        object.__delattr__(self, name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Enter a parameter, or None for one that this configuration lacks.

        Raises:
            TypeError: it is no parameter.
            KeyError: the name is another attribute's, empty, or has a dot in it.
        """
        names(self, name, self._parameters)
        if not isinstance(param, Scalar):
            fits(param, name, Parameter, _("{name} is a parameter: expected an nn.Parameter or None, got a {found}"))
        self._parameters[name] = param
        setattr(self, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Enter a tensor that is saved with the module (unless ``persistent`` is False) but not learned.

        Raises:
            TypeError: it is no tensor.
            KeyError: the name is another attribute's, empty, or has a dot in it.
        """
        names(self, name, self._buffers)
        fits(tensor, name, Tensor, _("{name} is a buffer: expected a tensor or None, got a {found}"))
        if tensor is not None:
            tensor.label = tensor.label or name
        self._buffers[name] = tensor
        (self._unsaved.discard if persistent else self._unsaved.add)(name)
        object.__setattr__(self, name, tensor)

    def forward(self, *args: Any, **options: Any) -> Any:
        """Compute the module's output."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward()")

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run :meth:`forward` in a scope of the module's name."""
        state = thread.state
        outside = state.scope
        state.scope = _within(outside, self._name, type(self).__name__)
        try:
            if EVERYWHERE:
                return everywhere(self._hooks).call(self, args, options)
            if self._hooks is not None:
                return self._hooks.call(self, args, options)
            return self.forward(*args, **options)
        finally:
            state.scope = outside

    def compile(self, *args: Any, **options: Any) -> None:
        """Accepted for PyTorch's sake: a module alone gives the same numbers; :func:`tinygrad_fr.compile` records a whole step."""

    def _hooked(self) -> Hooks:
        if self._hooks is None:
            self._hooks = Hooks()
        return self._hooks

    @property
    def _forward_pre_hooks(self) -> Shown:
        return Shown(self._hooks.before if self._hooks is not None else {})

    @property
    def _forward_hooks(self) -> Shown:
        return Shown(self._hooks.after if self._hooks is not None else {})

    @property
    def _backward_hooks(self) -> Shown:
        return Shown(self._hooks.backward if self._hooks is not None else {})

    @property
    def _backward_pre_hooks(self) -> Shown:
        return Shown(self._hooks.backward_pre if self._hooks is not None else {})

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> Hook:
        """Call ``hook(module, args)`` before ``forward``; what it returns replaces the arguments.

        Args:
            hook: what is called.
            prepend: whether it comes before the hooks that are there.
            with_kwargs: whether it also takes the arguments by name, and returns both.
        """
        return add(self._hooked().before, Called(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Hook:
        """Call ``hook(module, args, output)`` after ``forward``; what it returns replaces the output.

        Args:
            hook: what is called.
            prepend: whether it comes before the hooks that are there.
            with_kwargs: whether it also takes the arguments by name, before the output.
            always_call: whether it is called, with None for the output, where ``forward`` raised.
        """
        return add(self._hooked().after, Called(hook, with_kwargs, always_call), prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> Hook:
        """:meth:`register_full_backward_hook` under its older name, with a warning.

        PyTorch's older hook is given what the last operation of ``forward`` sends back, whichever that is; here it is given the
        gradients of the module's arguments.
        """
        warnings.warn(
            _("register_backward_hook is deprecated: use register_full_backward_hook, which it is here"),
            FutureWarning,
            stacklevel=2,
        )
        return self.register_full_backward_hook(Older(hook))

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Hook:
        """Call ``hook(module, grad_input, grad_output)`` once both are known; what it returns replaces ``grad_input``."""
        return add(self._hooked().backward, hook, prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Hook:
        """Call ``hook(module, grad_output)`` when the output's gradients are known; what it returns replaces them."""
        return add(self._hooked().backward_pre, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Hook:
        """Call ``hook(module, prefix, keep_vars)`` before :meth:`state_dict` reads the module."""
        return add(self._hooked().saving, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> Hook:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` once the module's entries are in it."""
        return add(self._hooked().saved, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> Hook:
        """The same, of a hook whose result replaces the dictionary: PyTorch's way of before."""
        return add(self._hooked().saved, Replacing(hook))

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> Hook:
        """:meth:`register_load_state_dict_pre_hook` of a hook that does not take the module: PyTorch's way of before."""
        return add(self._hooked().loading, hook if with_module else lambda _module, *arguments: hook(*arguments))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Hook:
        """Call a hook before values are taken over, which may change the dictionary.

        Args:
            hook: takes ``(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)``.
        """
        return add(self._hooked().loading, hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> Hook:
        """Call ``hook(module, incompatible_keys)`` once values are taken over; it may change the two lists."""
        return add(self._hooked().loaded, hook)

    def add_module(self, name: str, module: Module | None) -> None:
        """Enter a module under a name, or None for one that this configuration lacks.

        Raises:
            TypeError: it is no module, such as a class that was not called.
            KeyError: the name is another attribute's, empty, or has a dot in it.
        """
        if not (module is None or isinstance(module, Module)):
            raise TypeError(
                _("{name}: expected an nn.Module, got {found}").format(
                    name=name, found=module.__name__ if isinstance(module, type) else type(module).__name__
                )
            )
        names(self, name, self._modules)
        self._modules[name] = module
        setattr(self, name, module)

    register_module = add_module

    def to(self, *args: Any, **options: Any) -> Module:
        """Parameters and buffers of floats in another dtype; devices are accepted: there is one, the CPU."""
        is_device(options.get("device"))
        if (order := options.get("memory_format")) is not None:
            for _path, tensor in self._held():
                if isinstance(tensor, Tensor) and tensor.ndim == 4:  # the others keep their order
                    tensor.current.value = arranged(tensor.current.value, order)
        given = [
            x
            for x in (*args, options.get("dtype"))
            if not (x is None or x is True or x is False or is_device(x))  # True: PyTorch's non_blocking
        ]
        if not given:
            return self
        wanted = given[0].dtype if isinstance(given[0], Tensor) else as_dtype(given[0])
        if wanted.kind != "f":
            raise DtypeError(_("Module.to: expected a float dtype, got {found}").format(found=wanted))
        for module in self.modules():
            for name, held in [*module._parameters.items(), *module._buffers.items()]:
                if not (isinstance(held, Tensor) and held.is_floating_point() and held.dtype != wanted):
                    continue
                if isinstance(held, Parameter):
                    _convert(held, wanted)
                else:
                    setattr(module, name, held.to(wanted))
        return self

    def cpu(self) -> Module:
        """The module itself: there is one device."""
        return self

    def cuda(self, device: Any = None) -> Module:
        """Refused: there is no such device here."""
        return self.to("cuda")

    def float(self) -> Module:
        """Parameters and buffers in float32."""
        return self.to("float32")

    def double(self) -> Module:
        """Parameters and buffers in float64."""
        return self.to("float64")

    def half(self) -> Module:
        """Parameters and buffers in float16."""
        return self.to("float16")

    def rename(self, name: str) -> None:
        """Choose the name that this module's scope bears; a submodule takes its attribute's by itself."""
        self._name = name

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all those inside it, with their paths; one that stands at two places comes once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all those inside it."""
        return (module for _path, module in self.named_modules(remove_duplicate=remove_duplicate))

    def children(self) -> Iterator[Module]:
        """The modules directly inside."""
        return (module for _name, module in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, with their names."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def get_submodule(self, target: str) -> Module:
        """The module at a path, such as ``"encoder.0"``."""
        module = self
        for name in target.split(".") if target else ():
            if name not in module._modules:
                raise AttributeError(f"{type(module).__name__} has no module {name!r}")
            module = module._modules[name]
        return module

    def get_buffer(self, target: str) -> Any:
        """The buffer at a path, such as ``"norm.running_mean"``."""
        path, _dot, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module._buffers:
            raise AttributeError(f"{type(module).__name__} has no buffer {name!r}")
        return module._buffers[name]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a path, such as ``"encoder.0"``; with ``strict``, where there is one already."""
        path, _dot, name = target.rpartition(".")
        if strict:
            self.get_submodule(target)
        setattr(self.get_submodule(path), name, module)

    def share_memory(self) -> Self:
        """The module itself: nothing is shared between processes."""
        return self

    def get_parameter(self, target: str) -> Any:
        """The parameter at a path, such as ``"encoder.0.weight"``."""
        path, _dot, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module._parameters:
            raise AttributeError(f"{type(module).__name__} has no parameter {name!r}")
        return module._parameters[name]

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter | Scalar]]:
        """Parameters with their paths, such as ``"head.weight"``; a shared one once."""
        seen: set[int] = set()
        for path, module in self.named_modules(None, prefix, remove_duplicate) if recurse else ((prefix, self),):
            for name, parameter in module._parameters.items():
                if parameter is not None and id(parameter) not in seen:
                    if remove_duplicate:
                        seen.add(id(parameter))
                    yield f"{path}.{name}" if path else name, parameter

    def parameters(self, recurse: bool = True) -> Iterator[Parameter | Scalar]:
        """Everything that is learned, by this module alone without ``recurse``."""
        return (parameter for _path, parameter in self.named_parameters("", recurse))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or set them to 0."""
        for parameter in self.parameters():
            forgotten(parameter, to_none=set_to_none)

    def train(self, mode: bool = True) -> Self:
        """Choose the behaviour of training, or of evaluation."""
        if not isinstance(mode, bool):
            raise DataError(_("train: expected True or False, got {found}").format(found=repr(mode)))
        self.training = mode
        for module in self.children():
            module.train(mode)  # which a class of one's own may say otherwise
        return self

    def eval(self) -> Self:
        """Choose the behaviour of evaluation."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Freeze or unfreeze every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def _held(self) -> Iterator[tuple[str, Tensor | Scalar]]:
        """Parameters and buffers by path, those of a module at two places under both."""
        for path, module in self.named_modules(remove_duplicate=False):
            entries: dict[str, Any] = {**module._parameters, **module._buffers}
            for name, tensor in entries.items():
                if tensor is not None:
                    yield f"{path}.{name}" if path else name, tensor

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Tensor | Scalar]:
        """Parameters and buffers by path, PyTorch's keys.

        Args:
            destination: a dictionary to write them into.
            prefix: what every key begins with.
            keep_vars: whether to give the tensors themselves, not detached ones.
        """
        return state.saved(self, OrderedDict() if destination is None else destination, prefix, keep_vars)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Keys:
        """Take over values by path; arrays and anything that converts to one will do.

        Args:
            state_dict: the values.
            strict: whether every key must be there, and no other.
            assign: whether the tensors given take the place of the module's own, which an optimizer may still hold.

        Returns:
            The keys that were missing, and those that were not expected.

        Raises:
            DataError: a key is missing, unknown (with ``strict``), or of another shape; nothing is then changed.
        """
        return state.load(self, dict(state_dict), strict, assign)

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Write what this module itself holds; a class of one's own may write more."""
        state.save_own(self, destination, prefix, keep_vars)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """A class of one's own may change here what is loaded, before it is."""

    @property
    def _loads_more(self) -> bool:
        """Whether its class changes what is loaded."""
        return type(self)._load_from_state_dict is not Module._load_from_state_dict

    @property
    def _saves_more(self) -> bool:
        """Whether its class saves something beside tensors."""
        return type(self).get_extra_state is not Module.get_extra_state

    def get_extra_state(self) -> Any:
        """What a class of one's own saves beside its tensors."""
        raise NotImplementedError(f"{type(self).__name__} defines no get_extra_state()")

    def set_extra_state(self, state: Any) -> None:
        """Take over what :meth:`get_extra_state` gave."""
        raise NotImplementedError(f"{type(self).__name__} defines no set_extra_state()")

    def copy(self) -> Module:
        """The same module with parameters and buffers of its own, of the same values."""
        return deepcopy(self)

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """Call a function on every module inside, then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Tensors that are saved but not learned, with their paths; a shared one once."""
        seen: set[int] = set()
        for path, module in self.named_modules(None, prefix, remove_duplicate) if recurse else ((prefix, self),):
            for name, buffer in module._buffers.items():
                if buffer is not None and id(buffer) not in seen:
                    if remove_duplicate:
                        seen.add(id(buffer))
                    yield f"{path}.{name}" if path else name, buffer

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Tensors that are saved but not learned."""
        return (buffer for _path, buffer in self.named_buffers("", recurse))

    def __repr__(self) -> str:
        own = self.extra_repr().split("\n") if self.extra_repr() else []
        parts = self._written()
        lines = [*own, *(f"({name}): " + text.replace("\n", "\n  ") for name, text in parts)]
        if not parts and len(own) < 2:
            return f"{self._get_name()}({''.join(own)})"
        return "\n  ".join([f"{self._get_name()}(", *lines]) + "\n)"

    def _get_name(self) -> str:
        return type(self).__name__

    def _written(self) -> list[tuple[str, str]]:
        """The modules inside, by name, as text."""
        return [(name, repr(module)) for name, module in self._modules.items()]

    def extra_repr(self) -> str:
        """What stands between the parentheses of the module's name."""
        return ""
