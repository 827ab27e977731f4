"""Parameters that are computed of others whenever they are read, under the names of ``torch.nn.utils.parametrize``."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.nn.container import ModuleDict, ModuleList
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator


class ParametrizationList(ModuleList):
    """The maps that one after the other make a tensor of what is learnt in its place.

    Attributes:
        original: what is learnt; ``original0``, ``original1`` … where the first map takes several.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
        >>> [name for name, _parameter in layer.parametrizations.weight.named_parameters()]
        ['original0', 'original1']
    """

    def __init__(self, modules: Any, original: Any) -> None:
        super().__init__(modules)
        value: Any = original.detach()
        for module in reversed(list(self)):
            if hasattr(module, "right_inverse"):
                with no_grad(), suppress(NotImplementedError):  # a map without an inverse starts at the tensor itself
                    value = module.right_inverse(value)
        self.ntensors = len(value) if isinstance(value, tuple | list) else 1
        self.is_tensor = not isinstance(value, tuple | list)
        shape, learnt = tuple(original.shape), isinstance(original, Parameter)
        before, parts = original.data, (value,) if self.is_tensor else value
        for name, part in zip(self._originals, parts, strict=True):
            held = original if self.is_tensor else Parameter(part.detach().clone()) if learnt else part.detach().clone()
            if self.is_tensor:  # the tensor itself, which an optimizer may hold
                held.data = part.detach().clone()
            elif learnt:
                held.requires_grad_(original.requires_grad)
            (self.register_parameter if learnt else self.register_buffer)(name, held)
        with no_grad():
            found = self()
        if tuple(found.shape) != shape:
            original.data = before
            raise ShapeError(
                _("a parametrization must keep the shape {expected}, it gives {found}").format(
                    expected=shape, found=tuple(found.shape)
                )
            )

    @property
    def _originals(self) -> tuple[str, ...]:
        return ("original",) if self.is_tensor else tuple(f"original{i}" for i in range(self.ntensors))

    def right_inverse(self, value: Any) -> None:
        """Set what is learnt so that the tensor becomes ``value``, as far as the maps have inverses."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise UsageError(
                        _("{name} has no right_inverse(): the tensor cannot be assigned").format(
                            name=type(module).__name__
                        )
                    )
                value = module.right_inverse(value)
            for name, part in zip(self._originals, (value,) if self.is_tensor else value, strict=True):
                getattr(self, name).data = part

    def forward(self, *_none: Any) -> Any:
        """The tensor."""
        first, *others = list(self)
        x = first(*(getattr(self, name) for name in self._originals))
        for module in others:
            x = module(x)
        return x


def register_parametrization(module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Any:
    """Make a parameter or buffer of a module the result of a map; a second map is applied to the result of the first.

    Args:
        module: whose tensor it is.
        tensor_name: its name.
        parametrization: a module that takes what is learnt; with ``right_inverse`` it says what to start from.
        unsafe: accepted for PyTorch's sake: the shape is checked all the same.

    Example:
        >>> from tinygrad_fr import nn
        >>> class Symmetric(nn.Module):
        ...     def forward(self, x):
        ...         return x.triu() + x.triu(1).T
        >>> layer = nn.Linear(3, 3)
        >>> nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric()).weight.shape
        torch.Size([3, 3])
        >>> bool((layer.weight == layer.weight.T).all())
        True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    kept = module._buffers if tensor_name in module._buffers else module._parameters
    original = kept.get(tensor_name)
    if original is None:
        raise UsageError(
            _("{module} has no parameter or buffer {name}").format(module=type(module).__name__, name=tensor_name)
        )
    computed = ParametrizationList([parametrization], original)
    if not is_parametrized(module):
        plain = type(module)
        module.__class__ = type(f"Parametrized{plain.__name__}", (plain,), {"__module__": plain.__module__})
        module.parametrizations = ModuleDict()
    delattr(module, tensor_name)
    setattr(type(module), tensor_name, _computed(tensor_name))
    module.parametrizations[tensor_name] = computed
    return module


_kept: dict[tuple[int, str], Any] = {}  # what was computed inside the blocks of cached() that are open
_open = 0


@contextmanager
def cached() -> Iterator[None]:
    """Compute each tensor once inside a block, however often it is read there.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
        >>> with nn.utils.parametrize.cached():
        ...     layer.weight is layer.weight
        True
        >>> layer.weight is layer.weight
        False
    """
    global _open
    _open += 1
    try:
        yield
    finally:
        _open -= 1
        if not _open:
            _kept.clear()


def _computed(name: str) -> property:
    """An attribute that is computed whenever it is read."""

    def read(self: Any) -> Any:
        if not _open:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _kept:
            _kept[key] = self.parametrizations[name]()
        return _kept[key]

    def write(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a tensor of a module is computed, or any of them.

    Example:
        >>> from tinygrad_fr import nn
        >>> nn.utils.parametrize.is_parametrized(nn.Linear(1, 1))
        False
    """
    held = module.__dict__.get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make a computed tensor a plain parameter again: of the value that it has, or of what was learnt.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
        >>> nn.utils.parametrize.remove_parametrizations(layer, "weight")
        Linear(in_features=2, out_features=3, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise UsageError(_("{module} computes no {name}").format(module=type(module).__name__, name=tensor_name))
    held = module.parametrizations[tensor_name]
    if not leave_parametrized and not held.is_tensor:
        raise UsageError(
            _("leave_parametrized=False needs one learnt tensor, there are {count}").format(count=held.ntensors)
        )
    value = getattr(module, tensor_name).detach() if leave_parametrized else held.original.detach()
    learnt = isinstance(getattr(held, held._originals[0]), Parameter)
    kept = held.original if held.is_tensor else Parameter(value.clone()) if learnt else value.clone()
    if held.is_tensor:
        kept.data = value.clone()
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    (module.register_parameter if learnt else module.register_buffer)(tensor_name, kept)
    if not len(module.parametrizations):
        del module.parametrizations
        module.__class__ = type(module).__mro__[1]
    return module


def tensor_of(module: Any, name: str) -> Tensor:
    """A parameter or buffer that a norm is put on."""
    found = getattr(module, name, None)
    if not isinstance(found, Tensor):
        raise UsageError(
            _("{module} has no parameter or buffer {name}").format(module=type(module).__name__, name=name)
        )
    return found
