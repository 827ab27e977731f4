"""The tensors of a run of torch and what stands for each: every call of a function of torch's is called here too."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import linalg, special
from tinygrad_fr.bridges.torch import wholes
from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.custom import Function
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.handles.tensor import tensor as new_tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad, scope
from tinygrad_fr.nn import functional
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALIASES = {
    "log_sigmoid": "logsigmoid",
    "_threshold": "threshold",
    "view": "reshape",
}  # torch's own name of what it calls otherwise
_SETTLED = {"to", "cpu", "contiguous", "requires_grad_", "_assert_async"}  # they keep the numbers
_BLOCK = 1 << 15  # numbers that are compared at a time
_CLOSE = {"float64": 1e-9, "float32": 2e-4, "float16": 2e-2}  # of the largest value: sums are made in another order


def tensors(torch: Any, value: Any) -> list[Any]:
    """The tensors in lists, tuples and dictionaries, in their order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [found for each in value for found in tensors(torch, each)]
    return []


def close(mine: Any, known: Any, slack: float = 1, largest: float = 1.0) -> bool:
    """Whether two arrays are the same but for roundings of their largest number, or of the largest of all by a thousandth."""
    if mine.shape != known.shape:
        return False
    if known.dtype.kind not in "fc":
        return bool(np.array_equal(mine, known))
    bound = _CLOSE.get(known.dtype.name, 1e-5) * slack
    with np.errstate(invalid="ignore", over="ignore"):
        away, most = _farthest(mine.reshape(-1), known.reshape(-1))
    if away <= bound * max(1e-3 * largest, most) < np.inf:
        return True
    finite = np.abs(known[np.isfinite(known)])
    return bool(
        np.allclose(mine, known, rtol=bound, atol=bound * max(1e-3 * largest, finite.max(initial=0)), equal_nan=True)
    )


def _farthest(mine: Any, known: Any) -> tuple[float, float]:
    """The largest difference and the largest number, block by block: a network's weights fit no processor's cache."""
    away, most = [0.0], [0.0]
    for start in range(0, known.size, _BLOCK):
        part = known[start : start + _BLOCK]
        away.append(float(np.abs(mine[start : start + _BLOCK] - part).max()))
        most.append(float(np.abs(part).max()))
    return float(np.max(away)), float(np.max(most))


@dataclass
class Hidden:
    """A tensor of torch that has no place in the record, such as one of complex numbers, with what it was made of."""

    value: Any
    leaves: list[tuple[Any, Any]]  # (node, torch's leaf)


class Mirror:
    """The tensors of a run of torch, and what stands for each in the record."""

    def __init__(self, torch: Any, module: Any, name: str) -> None:
        self.torch, self.source = torch, module
        self.home = str(Path(torch.__file__).parent)
        self.known: dict[int, Any] = {}
        self.alive: list[Any] = []  # so that no id is given again
        self.versions: dict[int, int] = {}
        self.parameters: dict[str, Any] = {}
        self.opaque: list[str] = []
        self.mode: Any = nullcontext
        self.module = Module()
        for key, value in [*module.named_parameters(), *module.named_buffers()]:
            if not _holds(value):
                raise UsageError(
                    _("{name} is of {dtype}, which has no counterpart here; module.float() gives what can be recorded").format(name=key, dtype=value.dtype)
                )  # fmt: skip
        for key, value in module.named_parameters():
            made = Parameter(array_of(value), requires_grad=value.requires_grad)
            made.label = key.rpartition(".")[2]
            self.parameters[key] = made
            self.module._parameters[key] = made
            self.keep(value, made)
        for key, value in module.named_buffers():
            self.keep(value, new_tensor(array_of(value), name=key.rpartition(".")[2]))
        self.module.rename(name)
        self.names = {id(each): path for path, each in module.named_modules()}
        self.title = name

    def keep(self, tensor: Any, node: Any) -> None:
        """Let a node stand for a tensor."""
        self.known[id(tensor)] = node
        self.versions[id(tensor)] = _version(tensor)
        self.alive.append(tensor)

    def of(self, tensor: Any) -> Any:
        """What stands for a tensor; a constant where nothing does yet."""
        found = self.known.get(id(tensor))
        if found is not None and self.versions[id(tensor)] != _version(tensor):
            value = found.value.detach() if isinstance(found, Hidden) else None
            if not (
                close(np.asarray(found.current.value), view_of(tensor))
                if value is None
                else self.torch.equal(value, tensor)
            ):
                raise UsageError(_("the module writes into a tensor through another one in a way that the record cannot follow"))  # fmt: skip
            self.versions[id(tensor)] = _version(tensor)
        if found is None:
            array = tensor.detach()
            found = (
                new_tensor(array_of(tensor), requires_grad=tensor.requires_grad)
                if _holds(tensor)
                else Hidden(array, [])
            )
            self.keep(tensor, found)
        return found

    @contextmanager
    def running(self) -> Iterator[None]:
        """Mirror what torch computes inside, under the paths of its modules."""
        torch, mirror = self.torch, self
        stacks: list[ExitStack] = []
        paths: list[str] = []  # of the modules under way

        class Mode(torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                return mirror.call(func, args, kwargs or {})

        def enter(module: Any, _inputs: Any) -> None:
            stack = ExitStack()
            path = mirror.names.get(id(module))
            if path is not None:
                around = next((f"{outer}." for outer in reversed(paths) if outer and path.startswith(f"{outer}.")), "")
                name = path.removeprefix(around) or mirror.title
                stack.enter_context(scope(name, kind=type(module).__name__))
            stacks.append(stack)
            paths.append(path or "")

        def leave(_module: Any, _inputs: Any, _output: Any) -> None:
            paths.pop()
            stacks.pop().close()

        hooks = torch.nn.modules.module
        self.mode = Mode
        handles = [
            hooks.register_module_forward_pre_hook(enter),
            hooks.register_module_forward_hook(leave, always_call=True),
        ]
        try:
            with Mode():
                yield
        finally:
            for handle in handles:
                handle.remove()
            while stacks:
                stacks.pop().close()

    def call(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Call one of torch's functions, and its counterpart."""
        torch, name = self.torch, _name(func)
        written = (
            (name.endswith("_") and not name.endswith("__"))
            or name == "__setitem__"
            or "out" in kwargs
            or bool(kwargs.get("inplace"))
        )
        operands = tensors(torch, [args, kwargs])
        self._followed(func, operands)
        before = [self.of(each) for each in operands]
        copies = {id(each): each.detach().clone() for each in operands} if written else {}
        try:
            here: Any = self._here(args), {key: self._here(value) for key, value in kwargs.items()}
        except _Foreign:
            here = None
        state = torch.random.get_rng_state()
        with torch.no_grad() if operands else nullcontext():  # what sets torch's modes has no operands
            result = func(*args, **kwargs)
        results = tensors(torch, result)
        if not results and not written:
            return result
        if len(results) == 1 and id(results[0]) in self.known and not written:
            return result  # a view of itself
        self._hide_torch()
        needed = torch.is_grad_enabled()
        with nullcontext() if needed else no_grad():
            found = None
            if here is not None and not any(isinstance(each, Hidden) for each in before):
                found = self._counterpart(func, name, here, results or operands[:1], written)
            if found is None and not written:
                found = self._pieces(func, name, args, kwargs, state, results)
            if found is None:
                found = self._opaque(func, name, args, kwargs, operands, before, copies, state, results or operands[:1])
        for tensor, node in zip(results or operands[:1], found, strict=True):
            self.keep(tensor, node)
        if written:
            self._follow(operands)
        return result

    def _followed(self, func: Any, operands: list[Any]) -> None:
        """Refuse what computes where no function of torch's shows it."""
        torch = self.torch
        if func in (torch.autograd.grad, torch.autograd.backward, torch.Tensor.backward):
            raise UsageError(
                _("the module computes gradients of its own while it runs, which the record cannot follow")
            )
        if any(torch._C._functorch.is_functorch_wrapped_tensor(each) for each in operands):
            raise UsageError(_("the module uses torch.func, whose tensors hold no numbers while it runs"))

    def _follow(self, operands: list[Any]) -> None:
        for each in operands:
            self.versions[id(each)] = self.versions.get(id(each), -1)

    def _hide_torch(self) -> None:
        """Frames of torch's own files are no lines of the module's author."""
        frame: Any = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith((self.home, "<")):
                INTERNAL.add(frame.f_code.co_filename)
            frame = frame.f_back

    def _counterpart(self, func: Any, name: str, here: Any, wanted: list[Any], written: bool) -> list[Any] | None:
        """What the function of the same name gives here, if it gives torch's numbers."""
        given, named = here
        named = {
            key: value for key, value in named.items() if key not in ("inplace", "memory_format")
        }  # the result takes its place
        for way in self._ways(func, name, given):
            try:
                answer = self._asked(way, given, named)
            except (RuntimeError, TypeError, ValueError, LookupError, AttributeError, NotImplementedError):
                if written:
                    return None
                continue
            nodes = [each for each in _flat(answer) if isinstance(each, Tensor)] or [given[0]]
            if len(nodes) == len(wanted) and all(_equal(a, b) for a, b in zip(nodes, wanted, strict=True)):
                if not written:
                    for node, tensor in zip(nodes, wanted, strict=True):
                        _settle(node, tensor)
                return nodes
            if written:
                return None
        return None

    def _pieces(self, func: Any, name: str, args: Any, kwargs: Any, state: Any, wanted: list[Any]) -> list[Any] | None:
        """What the smaller functions that torch makes a function of give, each mirrored, if they give the same numbers."""
        torch = self.torch
        way = wholes.pieces(torch, func, name, args, kwargs)
        if way is None:
            return None
        opaque, after = len(self.opaque), torch.random.get_rng_state()
        torch.random.set_rng_state(state)
        try:
            with self.mode(), scope(way.scope) if way.scope else nullcontext():
                results = tensors(torch, way.run())
        finally:
            torch.random.set_rng_state(after)
        if len(results) == len(wanted) and all(
            _holds(mine) and close(view_of(mine), view_of(known)) for mine, known in zip(results, wanted, strict=True)
        ):
            return [self.of(each) for each in results]
        del self.opaque[opaque:]
        return None

    @staticmethod
    def _asked(way: Any, given: Any, named: dict[str, Any]) -> Any:
        """A call; options that are off need not be known."""
        try:
            return way(*given, **named)
        except TypeError:
            return way(
                *given, **{key: value for key, value in named.items() if value is not None and value is not False}
            )

    def _ways(self, func: Any, name: str, given: Any) -> Iterator[Any]:
        """Functions here that may mean the same."""
        yield from wholes.counterparts(name)
        if name == "__get__":
            yield lambda x, *_rest: getattr(x, func.__self__.__name__)
        elif name in _SETTLED and given and isinstance(given[0], Tensor):
            yield lambda x, *_rest, **_named: x.clone()
        homes: list[Any] = [functional, tg, special, linalg]
        if given and isinstance(given[0], Tensor):
            homes.insert(0 if "Tensor" in str(getattr(func, "__objclass__", "")) else 1, Tensor)
        plain = name.removeprefix("linalg_").removeprefix("special_")
        for called in dict.fromkeys((plain, _ALIASES.get(name, plain))):
            for home in homes:
                way = getattr(home, called, None)
                if callable(way):
                    yield way

    def _here(self, value: Any) -> Any:
        """A value of torch as one of ours."""
        torch = self.torch
        if isinstance(value, torch.Tensor):
            return self.of(value)
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, tuple | list):
            return (
                type(value)(self._here(each) for each in value)
                if type(value) in (tuple, list)
                else tuple(map(self._here, value))
            )
        if isinstance(value, torch.dtype):
            found = getattr(tg, str(value).partition(".")[2], None)
            if found is None:
                raise _Foreign
            return found
        if isinstance(value, torch.device):
            return str(value)
        return value

    def _opaque(
        self,
        func: Any,
        name: str,
        args: Any,
        kwargs: Any,
        operands: Any,
        before: Any,
        copies: Any,
        state: Any,
        results: Any,
    ) -> list[Any]:
        """Nodes with torch's values, whose gradients torch's autograd computes."""
        torch = self.torch
        local: dict[int, Any] = {}
        leaves: list[tuple[Any, Any]] = []
        for each, node in zip(operands, before, strict=True):
            if isinstance(node, Hidden):
                local[id(each)] = node.value
                leaves += node.leaves
            elif id(each) not in local:
                leaf = copies.get(id(each), each).detach().clone()
                if node.needs and (leaf.is_floating_point() or leaf.is_complex()):  # torch refuses it of statistics
                    leaf.requires_grad_()
                    leaves.append((node, leaf))
                local[id(each)] = leaf.clone() if copies else leaf
        after = torch.random.get_rng_state()
        torch.random.set_rng_state(state)
        with nullcontext() if torch.is_grad_enabled() else torch.no_grad():
            again = func(
                *_replaced(torch, args, local), **{key: _replaced(torch, value, local) for key, value in kwargs.items()}
            )
        torch.random.set_rng_state(after)
        outs = tensors(torch, again) or [local[id(operands[0])]]
        leaves = list({id(leaf): (node, leaf) for node, leaf in leaves}.values())
        shown = [place for place, out in enumerate(outs) if _holds(out)]
        found: list[Any] = [Hidden(out, leaves) for out in outs]
        if shown:
            self.opaque.append(name)
            nodes = _kept(torch, name, [outs[place] for place in shown], leaves)
            for place, node in zip(shown, nodes, strict=True):
                found[place] = node
        return found


class _Foreign(Exception):  # noqa: N818 - nobody is told
    """A value that has no counterpart here."""


def _kept(torch: Any, name: str, outs: list[Any], leaves: list[tuple[Any, Any]]) -> tuple[Any, ...]:
    """One node for a call of torch; its gradient is torch's."""
    ways = [out for out in outs if out.requires_grad]
    if not ways or not leaves:
        return tuple(new_tensor(array_of(out)) for out in outs)

    def forward(ctx: Any, *_inputs: Any) -> Any:
        made = tuple(new_tensor(array_of(out)) for out in outs)
        ctx.mark_non_differentiable(*(node for node, out in zip(made, outs, strict=True) if not out.requires_grad))
        return made if len(made) > 1 else made[0]

    def backward(_ctx: Any, *gradients: Any) -> Any:
        pairs = [(out, g) for out, g in zip(outs, gradients, strict=True) if out.requires_grad and g is not None]
        found = torch.autograd.grad(
            [out for out, _g in pairs],
            [leaf for _node, leaf in leaves],
            [torch.as_tensor(np.array(g.detach().numpy())).to(out.dtype) for out, g in pairs],
            allow_unused=True,
            retain_graph=True,
        )
        return tuple(None if each is None else new_tensor(array_of(each)) for each in found)

    kind = type(name, (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    answer: Any = cast("Any", kind).apply(*(node for node, _leaf in leaves))
    return answer if isinstance(answer, tuple) else (answer,)


def _replaced(torch: Any, value: Any, local: dict[int, Any]) -> Any:
    if isinstance(value, torch.Tensor):
        return local[id(value)]
    if type(value) in (tuple, list):
        return type(value)(_replaced(torch, each, local) for each in value)
    return value


def _flat(value: Any) -> list[Any]:
    if isinstance(value, tuple | list):
        return [found for each in value for found in _flat(each)]
    return [value]


def _version(tensor: Any) -> int:
    """How often a tensor was written to; what is made in inference mode does not count that."""
    return 0 if tensor.is_inference() else int(tensor._version)


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", type(func).__name__))


def _holds(tensor: Any) -> bool:
    """Whether a tensor here can hold a tensor of torch's."""
    foreign = tensor.is_complex() or tensor.is_sparse or tensor.is_quantized
    return not foreign and str(tensor.dtype) != "torch.bfloat16"


def view_of(tensor: Any) -> Any:
    """A tensor's numbers where they lie."""
    return tensor.detach().resolve_conj().resolve_neg().numpy()


def array_of(tensor: Any) -> Any:
    """A copy of a tensor's numbers."""
    return np.array(view_of(tensor))


def _settle(node: Any, tensor: Any) -> None:
    """Let a node have torch's very numbers, so that roundings do not add up from layer to layer."""
    if node.current is node and isinstance(node.value, np.ndarray) and node.inputs:
        node.value = array_of(tensor)


def _equal(node: Any, tensor: Any) -> bool:
    """Whether a node has torch's numbers, in torch's type."""
    if not _holds(tensor):
        return False
    known = view_of(tensor)
    value = np.asarray(node.current.value)
    return bool(value.dtype == known.dtype and close(value, known))
