"""Modules that hold modules or parameters: in a row, in a list, by name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.promotion.elements import LEGACY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _Numbered(Module):
    """Modules registered under their numbers."""

    def _enter(self, modules: Iterable[Any]) -> None:
        """Hold these modules and no others, numbered from 0."""
        for name in tuple(self._modules):
            delattr(self, name)
        for place, module in enumerate(modules):
            self.add_module(str(place), module)

    def _name_of(self, index: int) -> str:
        n = len(self._modules)
        if not -n <= index < n:
            raise IndexError(f"index {index} is out of range")
        return next(islice(self._modules, index % n, None))

    def append(self, module: Any) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self._modules)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Self:
        """Add several modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Any:
        """Put a module before the one of that number."""
        modules = list(self)
        modules.insert(index, module)
        self._enter(modules)
        return self

    def pop(self, key: int) -> Any:
        """Take a module out."""
        module = self[key]
        del self[key]
        return module

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, index: Any) -> Any:
        """A module by its number."""
        return self._modules[self._name_of(index)]

    def __setitem__(self, index: int, module: Any) -> None:
        setattr(self, self._name_of(index), module)

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._name_of(index)]
        self._enter([module for name, module in self._modules.items() if name not in names])

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]


class Sequential(_Numbered):
    """Modules run one after the other, numbered from 0, or named by a dictionary.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
        >>> model(zeros(5, 3)).shape, len(model)
        (torch.Size([5, 2]), 3)
        >>> [name for name, _parameter in model.named_parameters()]
        ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], dict) else None
        for name, module in named.items() if named is not None else ((str(i), each) for i, each in enumerate(modules)):
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        """Run the modules in order."""
        found = input
        for module in self._modules.values():
            found = module(found)
        return found

    def __getitem__(self, index: Any) -> Any:
        """A module by its number, or the part of the sequence that a slice says."""
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name_of(index)]

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._name_of(index)]
        kept = [(name, module) for name, module in self._modules.items() if name not in names]
        numbered = all(name.isdigit() for name in self._modules)
        for name in tuple(self._modules):
            delattr(self, name)
        for place, (name, module) in enumerate(kept):
            self.add_module(str(place) if numbered else name, module)

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self, *other) if isinstance(other, Sequential) else NotImplemented

    def __iadd__(self, other: Any) -> Self:
        return self.extend(other)


class ModuleList(_Numbered):
    """A list of modules, each registered under its number; whoever has it says in which order they run.

    Example:
        >>> from tinygrad_fr import nn
        >>> layers = nn.ModuleList([nn.Linear(2, 2, bias=False) for _layer in range(3)])
        >>> len(layers), [name for name, _parameter in layers.named_parameters()]
        (3, ['0.weight', '1.weight', '2.weight'])
    """

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        for module in modules or ():
            self.append(module)

    def insert(self, index: int, module: Any) -> None:
        """Put a module before the one of that number."""
        super().insert(index, module)

    def __getitem__(self, index: Any) -> Any:
        """A module by its number, or those of a slice."""
        if isinstance(index, slice):
            return type(self)(list(self._modules.values())[index])
        return self._modules[self._name_of(index)]

    def __add__(self, other: Iterable[Any]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Any]) -> Self:
        return self.extend(other)

    def _written(self) -> list[tuple[str, str]]:
        """Equal neighbours once, with how many there are, as PyTorch writes them."""
        blocks: list[list[Any]] = []  # first, last, text
        for place, module in enumerate(self):
            text = repr(module)
            if blocks and blocks[-1][2] == text:
                blocks[-1][1] = place
            else:
                blocks.append([place, place, text])
        return [
            (str(first), text) if first == last else (f"{first}-{last}", f"{last - first + 1} x {text}")
            for first, last, text in blocks
        ]


class ModuleDict(Module):
    """Modules by name.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> chosen = nn.ModuleDict({"rectified": nn.ReLU(), "smooth": nn.Tanh()})
        >>> list(chosen), chosen["rectified"](tensor([-1.0, 2.0]))
        (['rectified', 'smooth'], tensor([0., 2.]))
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Any) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        self._modules[name]
        delattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __contains__(self, name: str) -> bool:
        return name in self._modules

    def keys(self) -> Any:
        """Names."""
        return self._modules.keys()

    def values(self) -> Any:
        """Modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Names and modules."""
        return self._modules.items()

    def pop(self, key: str) -> Any:
        """Take a module out."""
        module = self[key]
        del self[key]
        return module

    def clear(self) -> None:
        """Take all modules out."""
        for name in tuple(self._modules):
            del self[name]

    def update(self, modules: Any) -> None:
        """Enter modules by name."""
        for name, module in _pairs("ModuleDict", modules):
            self[name] = module


def _pairs(kind: str, given: Any) -> Iterable[tuple[str, Any]]:
    """Names and what they stand for."""
    if isinstance(given, Mapping | ModuleDict | ParameterDict):
        return list(given.items())
    pairs = list(given)
    if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise DataError(_("{kind}: expected a dictionary, or pairs of a name and a value").format(kind=kind))
    return pairs


def _entered(value: Any) -> Any:
    """A tensor as a parameter; anything else as it is."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _said(value: Any, joint: str, kind: Callable[[Tensor], str]) -> str:
    """A parameter in a list as text."""
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    what = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"{what} containing: [{kind(value)} of size {joint.join(map(str, value.shape))}]"


class ParameterList(Module):
    """A list of parameters, each registered under its number; tensors become parameters.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> weights = nn.ParameterList([tensor([1.0, 2.0]), tensor([3.0])])
        >>> len(weights), [name for name, _parameter in weights.named_parameters()]
        (2, ['0', '1'])
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        for value in values or ():
            self.append(value)

    def append(self, value: Any) -> Self:
        """Add a parameter at the end."""
        setattr(self, str(self._size), _entered(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several parameters at the end."""
        for value in list(values):
            self.append(value)
        return self

    def _place(self, index: int) -> str:
        if not -self._size <= index < self._size:
            raise IndexError(f"index {index} is out of range")
        return str(index % self._size)

    def __getitem__(self, index: Any) -> Any:
        """A parameter by its number, or those of a slice."""
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._place(index))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, self._place(index), _entered(value))

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(i)) for i in range(self._size))

    def __len__(self) -> int:
        return self._size

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __repr__(self) -> str:
        def kind(value: Tensor) -> str:
            return str(value.dtype)

        lines = [f"  ({i}): {_said(value, 'x', kind)}" for i, value in enumerate(self)]
        return _listed(type(self).__name__, lines)


def _listed(name: str, lines: list[str]) -> str:
    if len(lines) < 2:
        return f"{name}({''.join(lines)})"
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)"


class ParameterDict(Module):
    """Parameters by name; tensors become parameters.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> weights = nn.ParameterDict({"left": tensor([1.0]), "right": tensor([2.0])})
        >>> list(weights), weights["right"].requires_grad
        (['left', 'right'], True)
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[key] = None
        setattr(self, key, _entered(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def keys(self) -> Any:
        """Names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """Parameters."""
        return (self[key] for key in self._keys)

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and parameters."""
        return ((key, self[key]) for key in self._keys)

    def get(self, key: str, default: Any = None) -> Any:
        """A parameter, or the default where there is none of that name."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """A parameter, which is entered where there is none of that name."""
        if key not in self._keys:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take a parameter out."""
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Take all parameters out."""
        for key in tuple(self._keys):
            del self[key]

    def update(self, parameters: Any) -> None:
        """Enter parameters by name."""
        pairs = _pairs("ParameterDict", parameters)
        ordered = not isinstance(parameters, Mapping) or isinstance(parameters, OrderedDict)
        for key, value in pairs if ordered else sorted(pairs):  # as PyTorch's: a plain dictionary by the names
            self[key] = value

    def __repr__(self) -> str:
        def kind(value: Tensor) -> str:
            return f"torch.{LEGACY[value.dtype.name]}Tensor"

        return _listed(type(self).__name__, [f"  ({key}): {_said(value, 'x', kind)}" for key, value in self.items()])


class DataParallel(Module):
    """A module that several devices would share; there is one, the CPU, so that it runs as it is, as PyTorch's does there.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> model = nn.DataParallel(nn.Linear(3, 2))
        >>> model(zeros(5, 3)).shape, [name for name, _parameter in model.named_parameters()]
        (torch.Size([5, 2]), ['module.weight', 'module.bias'])
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = []

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Run the module."""
        return self.module(*inputs, **options)
