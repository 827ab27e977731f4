"""The state of a module: what is saved of it, by path, and how a saved one is taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.handles.reading import new_array
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.hooks import Replacing
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRA = "_extra_state"  # PyTorch's key of what a module saves beside tensors


class Keys(NamedTuple):
    """What :meth:`Module.load_state_dict` did not find, or found too much.

    Example:
        >>> from tinygrad_fr import nn
        >>> nn.Linear(1, 1).load_state_dict({}, strict=False)
        _IncompatibleKeys(missing_keys=['weight', 'bias'], unexpected_keys=[])
    """

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def saved(module: Any, found: Any, prefix: str, keep_vars: bool) -> Any:
    """The parameters and buffers of a module, in a dictionary; its hooks may change them, or give another one."""
    for hook in tuple(module._hooks.saving.values()) if module._hooks is not None else ():
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(found, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in tuple(module._hooks.saved.values()) if module._hooks is not None else ():
        given = hook(module, found, prefix, {})
        if given is not None and not isinstance(hook, Replacing):
            raise UsageError(_("state_dict(): expected a post-hook to return None"))
        found = found if given is None else given
    return found


def save_own(module: Any, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
    """Write what a module itself holds."""
    for name, tensor in {**module._parameters, **module._buffers}.items():
        if tensor is not None and name not in module._unsaved:
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
    if module._saves_more:
        destination[f"{prefix}{EXTRA}"] = module.get_extra_state()


def _wanted(module: Any) -> Iterator[tuple[str, Any]]:
    """What a state has, by its keys: tensors, and modules that save something beside them."""
    for path, inner in module.named_modules(remove_duplicate=False):
        start = f"{path}." if path else ""
        for name, tensor in {**inner._parameters, **inner._buffers}.items():
            if tensor is not None and name not in inner._unsaved:
                yield f"{start}{name}", tensor
        if inner._saves_more:
            yield f"{start}{EXTRA}", inner


def load(module: Any, state: dict[str, Any], strict: bool, assign: bool) -> Keys:
    """Take over values by path: all of them, or none where there is an error."""
    _sized(module, state)
    wanted = dict(_wanted(module))
    own = {key: held for key, held in wanted.items() if isinstance(held, Tensor | Scalar)}
    told_missing, told_unexpected, errors = _before_loading(module, state, strict)
    late = {f"{path}.{name}" if path else name for path, inner in module.named_modules() for name in inner._late}
    missing = [*told_missing, *(key for key in wanted if key not in state and key not in late)]
    unexpected = [*told_unexpected, *(key for key in state if key not in wanted)]
    keys = Keys(missing, unexpected)
    if errors:
        raise DataError(_("the weights do not fit the model: {errors}").format(errors="; ".join(errors)))
    if refused := strict and bool(missing or unexpected):
        _after_loading(module, keys)  # which may know why a key is not there
    if strict and (missing or unexpected):
        raise DataError(
            _("the weights do not fit the model: missing {missing}; unexpected {unexpected}").format(
                missing=", ".join(missing) or "–", unexpected=", ".join(unexpected) or "–"
            )
        )
    for key in _arrays(own, state):  # read again: it may show what was just taken over, under another of its names
        _take_over(module, key, own[key], state[key], np.asarray(value_of(state[key])), assign)
    for key, held in wanted.items():
        if key not in own and key in state:
            held.set_extra_state(state[key])
    if not refused:
        _after_loading(module, keys)
    return keys


def _arrays(own: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """The values that are loaded, each of the shape that is expected."""
    arrays = {key: np.asarray(value_of(state[key])) for key in own if key in state}
    for key, array in arrays.items():
        if array.shape != own[key].shape:
            raise DataError(
                _("weight {key}: expected shape {expected}, got {found}").format(
                    key=key, expected=tuple(own[key].shape), found=array.shape
                )
            )
    return arrays


def _take_over(module: Any, key: str, mine: Any, given: Any, array: Any, assign: bool) -> None:
    """Give one tensor of a module the value that is loaded."""
    if not isinstance(mine, Tensor):
        mine.data = float(array)
    elif assign:
        path, _dot, name = key.rpartition(".")
        tensor = given if isinstance(given, Tensor) else Tensor.wrap(array)
        setattr(module.get_submodule(path), name, _in_place_of(mine, tensor))
    else:  # in place: who shows the elements sees what was loaded
        mine.current.rebind(new_array(array, mine.dtype))


def _in_place_of(mine: Tensor, given: Tensor) -> Tensor:
    """A tensor as the module holds it that had another at its place."""
    if not isinstance(mine, Parameter):
        return given
    if not isinstance(given, Parameter):
        return Parameter(given, mine.requires_grad)
    return given.requires_grad_(mine.requires_grad)


def _before_loading(module: Any, state: dict[str, Any], strict: bool) -> tuple[list[str], list[str], list[str]]:
    """Let hooks and classes of one's own change what is loaded; what they say is missing, unexpected, and wrong."""
    told: tuple[list[str], list[str], list[str]] = ([], [], [])
    for path, inner in module.named_modules(remove_duplicate=False):
        start = f"{path}." if path else ""
        for hook in tuple(inner._hooks.loading.values()) if inner._hooks is not None else ():
            hook(inner, state, start, {}, strict, *told)
        if inner._loads_more:
            inner._load_from_state_dict(state, start, {}, True, *told)
    return told


def _after_loading(module: Any, keys: Keys) -> None:
    for inner in reversed(list(module.modules())):
        for hook in tuple(inner._hooks.loaded.values()) if inner._hooks is not None else ():
            hook(inner, keys)


def _sized(module: Any, state: dict[str, Any]) -> None:
    """Layers that wait for their first batch take their sizes from what is loaded."""
    for path, inner in list(module.named_modules()):
        sized_by = getattr(type(inner), "_sized_by", None)
        if sized_by is not None:
            start = f"{path}." if path else ""
            shapes = {key[len(start) :]: np.shape(value) for key, value in state.items() if key.startswith(start)}
            sized_by(inner, shapes)
