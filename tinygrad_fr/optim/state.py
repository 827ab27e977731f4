"""What an optimizer remembers of its parameters: arrays and numbers until somebody looks, PyTorch's tensors from then on."""

from __future__ import annotations

from collections import defaultdict
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.promotion.dtype import get_default_dtype
from tinygrad_fr.record.mode import untaped
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def number(value: Any) -> Any:
    """The number that a setting is, which may be given as a tensor of one element and changed in place."""
    return value.current.value.item() if isinstance(value, Node) else value


def rounded(value: float) -> float:
    """A number as PyTorch's optimizers remember it, in the default dtype."""
    return float(_kind().type(value))


def _kind() -> np.dtype[Any]:
    return np.dtype(np.float64 if get_default_dtype() == np.float64 else np.float32)


class Memory:
    """The states of an optimizer.

    Updates work on arrays and numbers. Most trainings never look at them, so tensors are made when ``state`` is first read; each update
    then takes the values out of these tensors and gives them the new ones, so that who holds one sees it move and may write to it.
    """

    plain: ClassVar[frozenset[str]] = frozenset()  # numbers that PyTorch keeps as numbers
    counted: ClassVar[frozenset[str]] = frozenset({"step", "mu_product", "eta", "mu"})  # those that it keeps as tensors

    def __init__(self) -> None:
        self._memory: dict[Any, dict[str, Any]] = defaultdict(dict)
        self._seen = False

    @property
    def state(self) -> dict[Any, dict[str, Any]]:
        """Of each parameter, what the next steps depend on: PyTorch's names, as tensors that each step changes in place."""
        untaped(_("it looks at an optimizer’s state"))
        if not self._seen:
            for held in self._memory.values():
                held.update({name: self._shown(name, value) for name, value in held.items()})
            self._seen = True
        return self._memory

    @state.setter
    def state(self, states: Mapping[Any, dict[str, Any]]) -> None:
        untaped(_("it looks at an optimizer’s state"))
        self._memory, self._seen = defaultdict(dict, states), True

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """The new value of one parameter.

        The gradient is an array; without a memory (:meth:`remembers`) it may be lazy, which only knows sums,
        differences and multiples.
        """
        raise NotImplementedError

    def advance(self, parameter: Any, value: Any, gradient: Any, group: dict[str, Any]) -> Any:
        """The new value of one parameter, whose state becomes that after the step."""
        memory = self._memory.get(parameter)
        kept = {} if memory is None else memory
        held = {name: self._read(name, x) for name, x in kept.items()} if self._seen else kept
        new = self.update(value, gradient, held, group)
        if self._seen:
            self._write(kept, held)
        if memory is None and kept:
            self._memory[parameter] = kept
        return new

    def held(self) -> dict[Any, dict[str, Any]]:
        """Every state as arrays and numbers, which no later step changes."""
        return {
            parameter: {name: self._read(name, x, apart=True) for name, x in memory.items()}
            for parameter, memory in self._memory.items()
        }

    def _take(self, states: dict[Any, dict[str, Any]]) -> None:
        """Take over states of tensors, or of arrays and numbers."""
        self._memory = defaultdict(dict, states)
        self._seen = any(isinstance(x, Node) for memory in states.values() for x in memory.values())

    def put_back(self, states: dict[Any, dict[str, Any]]) -> None:
        """Take over what :meth:`held` gave."""
        before = self._memory
        self._memory = defaultdict(dict)
        for parameter, held in states.items():
            self._memory[parameter] = memory = before.get(parameter, {})
            if self._seen:
                self._write(memory, held)
            else:
                memory.clear()
                memory.update(held)

    def shows(self, tensors: Iterable[Node]) -> bool:
        """Whether some of these tensors are of a state, or show elements of one."""
        if not self._seen:
            return False
        nodes = [x.current for memory in self._memory.values() for x in memory.values() if isinstance(x, Node)]
        mine = {id(x) for x in nodes} | {id(x.rare.storage.whole) for x in nodes if x.rare is not None}
        return any(id(x.current) in mine or (x.rare is not None and id(x.rare.storage.whole) in mine) for x in tensors)

    def keep_apart(self, parameter: Any, array: Any) -> None:
        """Let nothing that is remembered lie in an array that somebody will write to."""
        memory = self._memory.get(parameter)
        if memory is None:
            return
        for name, x in memory.items():
            if x.__class__ is int or (x.__class__ is np.ndarray and x is not array and x.base is None):
                continue  # most that is remembered
            kept = x.current.value if isinstance(x, Node) else x
            if kept is array or (
                kept.__class__ is np.ndarray and kept.base is not None and np.may_share_memory(kept, array)
            ):
                if isinstance(x, Node):
                    x.current.value = np.array(kept)
                else:
                    memory[name] = np.array(kept)

    def _shown(self, name: str, value: Any) -> Any:
        """What is remembered, as PyTorch shows it."""
        if isinstance(value, list):
            return [self._shown(name, each) for each in value]
        if name in self.plain or isinstance(value, Node | bool | str | None):
            return value
        if isinstance(value, np.ndarray):
            return Tensor.wrap(value)
        return Tensor.wrap(np.asarray(value, _kind())) if isinstance(value, int | float | np.number) else value

    def _read(self, name: str, value: Any, *, apart: bool = False) -> Any:
        """The array or the number that stands in a state."""
        if isinstance(value, Node):
            found = value.current.value
            if not isinstance(found, np.ndarray):
                return found
            if name in self.counted and not found.ndim:
                return found.item()
            own = type(self).update.__module__.startswith("tinygrad_fr.") and not apart
            return found if own else np.array(found)
        if isinstance(value, list):
            return [self._read(name, each, apart=apart) for each in value]
        return value if isinstance(value, np.ndarray | int | float) else deepcopy(value)

    def _write(self, memory: dict[str, Any], held: dict[str, Any]) -> None:
        """Give the tensors of a state the values that it has after a step."""
        for name in memory.keys() - held.keys():
            del memory[name]
        for name, value in held.items():
            shown = memory.get(name)
            if not isinstance(shown, Node) or isinstance(value, Node | list):
                number = isinstance(shown, int | float) and isinstance(value, int | float)
                memory[name] = value if number else self._shown(name, value)
            elif value is not shown.current.value:
                like = shown.current.value
                shown.current.rebind(np.asarray(value, like.dtype) if isinstance(like, np.ndarray) else float(value))
