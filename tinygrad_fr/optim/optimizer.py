"""What optimizers share: groups of parameters, their state, and the step."""

from __future__ import annotations

from copy import deepcopy
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.errors import DataError, DtypeError, UsageError
from tinygrad_fr.handles.forgetting import forgotten
from tinygrad_fr.handles.tensor import Hook, Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad
from tinygrad_fr.moved import ROOT
from tinygrad_fr.naming import Named, home
from tinygrad_fr.optim.formula import Formula
from tinygrad_fr.optim.state import Memory, number
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


# Ways to compute the same numbers, which PyTorch's optimizers let one choose and write among their settings.
_WAYS = {"foreach": None, "fused": None, "capturable": False, "differentiable": False}


def at_least(name: str, value: float, low: float) -> float:
    """Check an optimizer's number."""
    value = number(value)
    if not isinstance(value, float | int | np.number):
        raise DtypeError(_("{name}: expected a number, got {found}").format(name=name, found=type(value).__name__))
    if not value >= low:
        raise UsageError(_("{name}: expected a number ≥ {low}, got {found}").format(name=name, low=low, found=value))
    return value


class _Required:
    """What stands for a setting that has no default, in optimizers that others wrote: ``lr=required``."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()  # PyTorch's name


class Optimizer(Memory, Named):
    """Moves parameters along their gradients.

    Args:
        params: tensors or scalars that require a gradient; or dicts with ``"params"`` and settings of their own.
        settings: of every group that does not say otherwise; ``lr`` is the learning rate η.

    Attributes:
        param_groups: one dict a group, with its ``"params"`` and its settings, which may be changed between steps.

    One's own has :meth:`update`; a memory of its own lies in ``state``, which is saved with it.

    Example:
        >>> import numpy as np
        >>> from tinygrad_fr import optim, tensor
        >>> class Sign(optim.Optimizer):
        ...     def update(self, value, gradient, state, group):
        ...         return value - group["lr"] * np.sign(gradient)
        >>> w = tensor([1.0, -1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Sign([w], lr=0.25).step()
        >>> w.tolist()
        [0.75, -0.75]
    """

    _opt_called = False  # PyTorch's name: whether a step was done, which a schedule's should come after
    written: ClassVar[dict[str, Any]] = {}  # settings in PyTorch's order, with what it writes beside ours

    def __init_subclass__(cls, written: str = "", **fixed: Any) -> None:
        super().__init_subclass__()
        if not written:
            return  # one's own says what it takes
        cls.written = {name: _WAYS.get(name) for name in written.split()} | fixed
        made, ways = cls.__init__, cls.written.keys() & _WAYS.keys()

        @wraps(made)
        def begin(self: Any, *args: Any, **options: Any) -> None:
            chosen = {name: options.pop(name) for name in ways & options.keys()}
            if chosen.get("differentiable"):
                raise UsageError(_("{name}: differentiable=True is not here").format(name=cls.__name__))
            self._ways = getattr(self, "_ways", {}) | chosen
            made(self, *args, **options)

        cls.__init__ = begin  # type: ignore[method-assign]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any] | None = None, **settings: Any) -> None:
        settings = {**self.written, **getattr(self, "_ways", {}), **(defaults or {}), **settings}
        if isinstance(params, Node):
            raise DtypeError(_("an optimizer takes a list of tensors or of groups, got one tensor"))
        given = list(params)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.defaults = settings
        self.param_groups: list[dict[str, Any]] = []
        Memory.__init__(self)
        self._before: dict[int, Any] = {}
        self._after: dict[int, Any] = {}
        for group in groups:
            self.add_param_group(group)
        if not any(group["params"] for group in self.param_groups):
            raise UsageError(_("an optimizer needs at least one parameter, got none"))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Move further parameters, with settings of their own.

        Raises:
            UsageError: a parameter is moved already, or is no leaf; nothing is then changed.

        Example:
            >>> from tinygrad_fr import optim, tensor
            >>> w, b = tensor([1.0], requires_grad=True), tensor([1.0], requires_grad=True)
            >>> optimizer = optim.SGD([w], lr=0.1)
            >>> optimizer.add_param_group({"params": b, "lr": 0.5})
            >>> (w * b).sum().backward()
            >>> optimizer.step()
            >>> round(w.item(), 3), round(b.item(), 3)
            (0.9, 0.5)
        """
        given = param_group["params"]
        if isinstance(given, set):
            raise DtypeError(_("parameters must come in an order, got a set"))
        listed: list[Any] = [given] if isinstance(given, Node) else list(given)
        named = [isinstance(each, tuple) and len(each) == 2 for each in listed]
        own = {**param_group, "params": [each[1] if pair else each for each, pair in zip(listed, named, strict=True)]}
        if listed and all(named):
            own["param_names"] = [each[0] for each in listed]
        own |= {name: value for name, value in self.defaults.items() if name not in own}
        known = {parameter.current.id for parameter in self._every()}
        for parameter in own["params"]:
            if not isinstance(parameter, Node):
                raise DtypeError(_("an optimizer moves tensors, got {found}").format(found=type(parameter).__name__))
            node = parameter.current
            if node.op is not None and node.needs and not (node.rare is not None and node.rare.retain):
                raise UsageError(_("an optimizer moves leaves, {node} is none").format(node=node.describe()))
            if node.id in known:
                raise UsageError(
                    _("{node} is among the optimizer’s parameters already: it would be moved twice").format(
                        node=node.describe()
                    )
                )
            known.add(node.id)
        own |= {name: number(value) for name, value in own.items() if name != "lr"}
        if "lr" in own:
            rate = own["lr"]
            if isinstance(rate, Node) and np.size(rate.current.value) != 1:
                raise UsageError(
                    _("lr: expected a tensor of one element, got shape {found}").format(
                        found=np.shape(rate.current.value)
                    )
                )
            if self.written:  # an optimizer of one's own gives its numbers the meaning that it likes
                at_least("lr", rate, 0.0)
        self.param_groups.append(own)

    @property
    def params(self) -> Any:
        """Every parameter, group by group; of a class of one's own, what it sets."""
        return vars(self).get("params", self._every())

    @params.setter
    def params(self, value: Any) -> None:
        vars(self)["params"] = value

    def _every(self) -> list[Any]:
        return [parameter for group in vars(self).get("param_groups", ()) for parameter in group["params"]]

    @property
    def lr(self) -> Any:
        """The learning rate of the first group. Assigning gives it to all; of a class of one's own it is what that sets."""
        return vars(self)["lr"] if "lr" in vars(self) else number(self.param_groups[0]["lr"])

    @lr.setter
    def lr(self, value: Any) -> None:
        if not home(type(self)).startswith(f"{ROOT}."):
            vars(self)["lr"] = value
            return
        for group in self.param_groups:
            group["lr"] = at_least("lr", value, 0.0)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or set those that there are to zero."""
        for parameter in self._every():
            forgotten(parameter, to_none=set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient. The record keeps its arrays: a parameter gets a new one.

        Args:
            closure: computes the loss and its gradients first; its loss is returned.
        """
        arguments = () if closure is None else (closure,)
        self._opt_called = True
        self._tell(self._before, arguments)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for parameter, node, gradient, group in self._moves():
            value = node.value
            if value.__class__ is np.ndarray:
                new = self.advance(parameter, value, gradient, group)
                if new.__class__ is not np.ndarray or new.dtype is not value.dtype:
                    new = np.asarray(new, value.dtype)
                node.rebind(new)
            else:
                node.rebind(float(self.advance(parameter, np.asarray(value), gradient, group)))
        self._tell(self._after, arguments)
        return loss

    def _moves(self) -> Iterator[tuple[Node, Node, Any, dict[str, Any]]]:
        """Each parameter that has a gradient, its node, both and its settings; without those that are moved in another way."""
        tape, faster = now().tape, accelerator()
        watched = tape is not NOBODY
        for place in range(len(self.param_groups)):
            group = self.settings(place)
            for parameter in group["params"]:
                node = parameter if parameter.rare is None else parameter.current
                if watched:
                    tape.looked(node)
                gradient = node._grad
                if gradient is None or (watched and tape.updated(self, place, parameter)):
                    continue
                if gradient.__class__ is not np.ndarray:
                    if not watched and faster.update(self, node, group):
                        continue
                    gradient = np.asarray(node.gradient_value)
                yield parameter, node, gradient, group

    def settings(self, place: int) -> dict[str, Any]:
        """A group with its learning rate as a number."""
        group = self.param_groups[place]
        rate = group.get("lr")
        return {**group, "lr": number(rate)} if isinstance(rate, Node) else group

    def _tell(self, hooks: dict[int, Any], arguments: tuple[Any, ...]) -> None:
        for hook in tuple(hooks.values()) if hooks else ():
            hook(self, arguments, {})

    def remembers(self, group: dict[str, Any]) -> bool:
        """Whether a step of a group depends on the steps before it."""
        return True

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on: states, which go on moving with this optimizer, and settings, without the parameters."""
        return self._packed(self.state)

    def snapshot(self) -> dict[str, Any]:
        """The same as arrays and numbers, which no later step changes."""
        return self._packed(self.held())

    def _packed(self, states: dict[Any, dict[str, Any]]) -> dict[str, Any]:
        groups: list[dict[str, Any]] = []
        numbers: dict[int, int] = {}
        for group in self.param_groups:
            places = [numbers.setdefault(id(parameter), len(numbers)) for parameter in group["params"]]
            groups.append({**{key: value for key, value in group.items() if key != "params"}, "params": places})
        packed = {numbers[id(key)] if isinstance(key, Node) else key: state for key, state in states.items()}
        return {"state": packed, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over states and settings. Tensors of states are taken over themselves, as PyTorch does.

        Raises:
            DataError: they belong to other groups of parameters; nothing is then changed.
        """
        sizes = [len(group["params"]) for group in state_dict["param_groups"]]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise DataError(
                _("the optimizer’s state does not fit: expected groups of {expected} parameters, got {found}").format(
                    expected=own, found=sizes
                )
            )
        given = [place for group in state_dict["param_groups"] for place in group["params"]]
        parameters: dict[Any, Any] = dict(zip(given, self._every(), strict=True))
        parameters |= {str(i): parameter for i, parameter in parameters.items()}  # as JSON writes numbers for keys
        states = {parameters.get(i, i): dict(each) for i, each in state_dict["state"].items()}
        for parameter, state in states.items():
            for name, value in state.items():
                if isinstance(value, Tensor) and name != "step" and isinstance(parameter, Tensor):
                    state[name] = value.to(parameter.dtype)
        for group, other in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({key: deepcopy(value) for key, value in other.items() if key != "params"})
        self._take(states)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Hook:
        """Call ``hook(optimizer, args, kwargs)`` before each step."""
        return Hook(_entered(self._before, hook), max(self._before))

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Hook:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return Hook(_entered(self._after, hook), max(self._after))

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [""] * (i > 0) + [f"Parameter Group {i}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join(lines) + "\n)"


def _entered(hooks: dict[int, Any], hook: Any) -> dict[int, Any]:
    hooks[max(hooks, default=0) + 1] = hook
    return hooks


_DECAYED = Formula("g + decay * w", "g", "w", "decay")


def decayed(value: Any, gradient: Any, group: dict[str, Any]) -> Any:
    """The gradient with that of the penalty λ/2 ‖w‖², and of the other sign to climb."""
    if group.get("maximize"):
        gradient = -gradient
    return _DECAYED(gradient, value, group["weight_decay"]) if group["weight_decay"] else gradient
