"""A module of PyTorch, run once and mirrored into the record operation by operation, for who has PyTorch installed.

Each function of torch that the module calls is called here by its own name, on the same numbers, and compared with what
torch gave. What has no counterpart, or another value, stands in the record as one node with torch's value, whose gradient
torch's autograd works out. In the end the gradients of all parameters are compared with torch's own.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import linalg, nn, special
from tinygrad_fr.errors import GradientError, UsageError
from tinygrad_fr.explain.observed import Observed
from tinygrad_fr.graph import Graph
from tinygrad_fr.handles.custom import Function
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.handles.tensor import tensor as new_tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad, opened, recording, scope
from tinygrad_fr.nn import functional
from tinygrad_fr.nn.module import Module, Parameter
from tinygrad_fr.observers import observe
from tinygrad_fr.plugins.contract import Batch
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.plugins.contract import Model

_RECURRENT = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
_SETTLED = {"to", "cpu", "contiguous", "requires_grad_", "_assert_async"}  # they keep the numbers
_CLOSE = {"float64": 1e-9, "float32": 2e-4, "float16": 2e-2}  # of the largest value: sums are made in another order


@dataclass(frozen=True)
class Recorded(Observed):
    """A module's run in the record.

    Attributes:
        answers: what the module gave, as tensors here.
        opaque: names of torch's functions that stand as they are.
    """

    answers: tuple[Any, ...] = ()
    opaque: tuple[str, ...] = ()


def record(
    module: Any, *inputs: Any, loss: Callable[[Any], Any] | None = None, name: str = "", **options: Any
) -> Recorded:
    """Run a module of PyTorch and mirror its run, so that every lens can look at it.

    Args:
        module: a ``torch.nn.Module``; its weights, buffers and random numbers are left as they were.
        inputs: what it is called with.
        loss: makes a number of what the module gives, with torch; the mean of the squares by default.
        name: of the module in pictures; its class by default.
        options: what it is called with by name.

    Raises:
        UsageError: PyTorch is not installed.
        GradientError: the record gives another gradient than torch, as where a function hides from it.

    Example:
        >>> from tinygrad_fr.bridges.torch import record
        >>> import inspect
        >>> list(inspect.signature(record).parameters)
        ['module', 'inputs', 'loss', 'name', 'options']
    """
    torch = _torch()
    judge = loss if loss is not None else lambda answers: _squares(torch, answers)
    buffers = {key: value.clone() for key, value in module.named_buffers()}
    state = torch.random.get_rng_state()
    truth, gradients = _truth(torch, module, inputs, options, judge)
    after = torch.random.get_rng_state()
    _restore(torch, module, buffers)
    torch.random.set_rng_state(state)
    title = name or type(module).__name__
    mirror = _Mirror(torch, module, title)
    kept = set(INTERNAL)
    try:
        with opened("op"), recording(), observe() as seen, mirror.running():
            answers = module(*inputs, **options)
            total = judge(answers)
        node = mirror.of(total)
        if not isinstance(node, Node) or not node.needs:
            raise UsageError(
                _("{name}: the loss depends on no parameter and no input that needs a gradient").format(name=title)
            )
        with observe() as seen:
            node.backward()  # type: ignore[attr-defined]
    finally:
        INTERNAL.clear()
        INTERNAL.update(kept)
        _restore(torch, module, buffers)
        torch.random.set_rng_state(after)
    _compare(mirror, truth, gradients, node)
    flat = tuple(mirror.of(each) for each in _tensors(torch, answers))
    batch = Batch(tuple(mirror.of(each) if isinstance(each, torch.Tensor) else each for each in inputs), None)
    return Recorded(
        cast("Model", _Stand(title)), None, mirror.module, batch, Graph.of(node, observation=seen), node, flat, tuple(dict.fromkeys(mirror.opaque))
    )  # fmt: skip


class _Stand:
    """What stands where a plugin stands elsewhere: a name."""

    settings = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.title = name

    def tokens(self, settings: Any, batch: Any) -> tuple[str, ...]:
        """Nothing is known of what is read."""
        return ()

    target_tokens = tokens

    def classes(self, settings: Any) -> tuple[str, ...]:
        """Nor what its answers are called."""
        return ()


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError:
        raise UsageError(_("bridges.torch mirrors modules of PyTorch, and PyTorch is not installed here")) from None


def _squares(torch: Any, answers: Any) -> Any:
    parts = [each.square().mean() for each in _tensors(torch, answers) if each.is_floating_point()]
    if not parts:
        raise UsageError(_("the module gives no numbers to make a loss of: say loss="))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _tensors(torch: Any, value: Any) -> list[Any]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [found for each in value for found in _tensors(torch, each)]
    return []


def _truth(torch: Any, module: Any, inputs: Any, options: Any, judge: Any) -> tuple[Any, dict[str, Any]]:
    """Torch's own loss and gradients."""
    named = [(key, value) for key, value in module.named_parameters() if value.requires_grad]
    with torch.enable_grad():
        total = judge(module(*inputs, **options))
    if not named or not total.requires_grad:
        return total.detach(), {}
    found = torch.autograd.grad(total, [value for _key, value in named], allow_unused=True)
    return total.detach(), dict(zip((key for key, _value in named), found, strict=True))


def _restore(torch: Any, module: Any, buffers: dict[str, Any]) -> None:
    with torch.no_grad():
        for key, value in module.named_buffers():
            if key in buffers:
                value.copy_(buffers[key])


def _compare(mirror: _Mirror, truth: Any, gradients: dict[str, Any], node: Any) -> None:
    """Refuse a record whose loss or gradients are not torch's."""
    if not _close(np.asarray(node.value), truth.numpy()):
        raise GradientError(_("the record’s loss is {found}, PyTorch’s is {expected}").format(found=float(node.value), expected=float(truth)))  # fmt: skip
    for key, expected in gradients.items():
        own = mirror.parameters[key].grad
        if expected is None and own is None:
            continue
        if expected is None or own is None:
            mine = np.zeros(1) if own is None else own.numpy()
            known = np.zeros(1) if expected is None else expected.numpy()
            if not mine.any() and not known.any():
                continue
            close = False
        else:
            close = _close(own.numpy(), expected.to_dense().numpy(), 20)
        if not close:
            raise GradientError(
                _("the record gives {name} another gradient than PyTorch: the module computes in a way that hides from it").format(name=key)
            )  # fmt: skip


def _close(mine: Any, known: Any, slack: float = 1) -> bool:
    if mine.shape != known.shape:
        return False
    if known.dtype.kind not in "fc":
        return bool(np.array_equal(mine, known))
    bound = _CLOSE.get(known.dtype.name, 1e-5) * slack
    finite = np.abs(known[np.isfinite(known)])
    return bool(np.allclose(mine, known, rtol=bound, atol=bound * max(1e-3, finite.max(initial=0)), equal_nan=True))


@dataclass
class _Hidden:
    """A tensor of torch that has no place in the record, such as one of complex numbers, with what it was made of."""

    value: Any
    leaves: list[tuple[Any, Any]]  # (node, torch's leaf)


class _Mirror:
    """The tensors of a run of torch, and what stands for each in the record."""

    def __init__(self, torch: Any, module: Any, name: str) -> None:
        self.torch, self.source = torch, module
        self.home = str(Path(torch.__file__).parent)
        self.known: dict[int, Any] = {}
        self.alive: list[Any] = []  # so that no id is given again
        self.versions: dict[int, int] = {}
        self.parameters: dict[str, Any] = {}
        self.opaque: list[str] = []
        self.module = Module()
        for key, value in module.named_parameters():
            made = Parameter(_array(value), requires_grad=value.requires_grad)
            made.label = key.rpartition(".")[2]
            self.parameters[key] = made
            self.module._parameters[key] = made
            self.keep(value, made)
        for key, value in module.named_buffers():
            self.keep(value, new_tensor(_array(value), name=key.rpartition(".")[2]))
        self.module.rename(name)
        self.names = {id(each): path for path, each in module.named_modules()}
        self.title = name

    def keep(self, tensor: Any, node: Any) -> None:
        self.known[id(tensor)] = node
        self.versions[id(tensor)] = tensor._version
        self.alive.append(tensor)

    def of(self, tensor: Any) -> Any:
        """What stands for a tensor; a constant where nothing does yet."""
        found = self.known.get(id(tensor))
        if found is not None and self.versions[id(tensor)] != tensor._version:
            value = found.value.detach() if isinstance(found, _Hidden) else None
            if not (
                _close(np.asarray(found.current.value), _array(tensor))
                if value is None
                else self.torch.equal(value, tensor)
            ):
                raise UsageError(_("the module writes into a tensor through another one in a way that the record cannot follow"))  # fmt: skip
            self.versions[id(tensor)] = tensor._version
        if found is None:
            array = tensor.detach()
            found = (
                new_tensor(_array(tensor), requires_grad=tensor.requires_grad) if _holds(tensor) else _Hidden(array, [])
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
        operands = _tensors(torch, [args, kwargs])
        before = [self.of(each) for each in operands]
        copies = {id(each): each.detach().clone() for each in operands} if written else {}
        try:
            here: Any = self._here(args), {key: self._here(value) for key, value in kwargs.items()}
        except _Foreign:
            here = None
        state = torch.random.get_rng_state()
        with torch.no_grad():
            result = func(*args, **kwargs)
        results = _tensors(torch, result)
        if not results and not written:
            return result
        if len(results) == 1 and id(results[0]) in self.known and not written:
            return result  # a view of itself
        self._hide_torch()
        needed = torch.is_grad_enabled()
        with nullcontext() if needed else no_grad():
            found = None
            if here is not None and not any(isinstance(each, _Hidden) for each in before):
                found = self._counterpart(func, name, here, results or operands[:1], written)
            if found is None:
                found = self._opaque(func, name, args, kwargs, operands, before, copies, state, results or operands[:1])
        for tensor, node in zip(results or operands[:1], found, strict=True):
            self.keep(tensor, node)
        if written:
            self._follow(operands)
        return result

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
        named = {key: value for key, value in named.items() if key != "inplace"}  # the result takes its place
        for way in self._ways(func, name, given):
            try:
                answer = self._asked(way, given, named)
            except (RuntimeError, TypeError, ValueError, LookupError, AttributeError, NotImplementedError):
                if written:
                    return None
                continue
            nodes = [each for each in _flat(answer) if isinstance(each, Tensor)] or [given[0]]
            if len(nodes) == len(wanted) and all(_equal(a, b) for a, b in zip(nodes, wanted, strict=True)):
                return nodes
            if written:
                return None
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
        if name in _RECURRENT:
            yield lambda *a, **k: _recurrent(name, *a, **k)
        elif name == "multi_head_attention_forward":
            yield _multihead
        elif name == "__get__":
            yield lambda x, *_rest: getattr(x, func.__self__.__name__)
        elif name in _SETTLED and given and isinstance(given[0], Tensor):
            yield lambda x, *_rest, **_named: x.clone()
        homes: list[Any] = [functional, tg, special, linalg]
        if given and isinstance(given[0], Tensor):
            homes.insert(0 if "Tensor" in str(getattr(func, "__objclass__", "")) else 1, Tensor)
        for home in homes:
            way = getattr(home, name, None)
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
        """Nodes with torch's values, whose gradients torch's autograd works out."""
        torch = self.torch
        local: dict[int, Any] = {}
        leaves: list[tuple[Any, Any]] = []
        for each, node in zip(operands, before, strict=True):
            if isinstance(node, _Hidden):
                local[id(each)] = node.value
                leaves += node.leaves
            elif id(each) not in local:
                leaf = copies.get(id(each), each).detach().clone()
                if leaf.is_floating_point() or leaf.is_complex():
                    leaf.requires_grad_()
                    leaves.append((node, leaf))
                local[id(each)] = leaf.clone() if copies else leaf
        after = torch.random.get_rng_state()
        torch.random.set_rng_state(state)
        with torch.enable_grad():
            again = func(
                *_replaced(torch, args, local), **{key: _replaced(torch, value, local) for key, value in kwargs.items()}
            )
        torch.random.set_rng_state(after)
        outs = _tensors(torch, again) or [local[id(operands[0])]]
        leaves = list({id(leaf): (node, leaf) for node, leaf in leaves}.values())
        shown = [place for place, out in enumerate(outs) if _holds(out)]
        found: list[Any] = [_Hidden(out, leaves) for out in outs]
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
        return tuple(new_tensor(_array(out)) for out in outs)

    def forward(ctx: Any, *_inputs: Any) -> Any:
        made = tuple(new_tensor(_array(out)) for out in outs)
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
        return tuple(None if each is None else new_tensor(_array(each)) for each in found)

    kind = type(name, (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    answer: Any = cast("Any", kind).apply(*(node for node, _leaf in leaves))
    return answer if isinstance(answer, tuple) else (answer,)


def _recurrent(
    name: str,
    x: Any,
    hidden: Any,
    weights: Any,
    biased: bool,
    layers: int,
    dropout: float,
    training: bool,
    both: bool,
    first: bool,
) -> Any:
    """A recurrent network of torch's as our module with its weights."""
    kind = getattr(nn, _RECURRENT[name])
    more = {"nonlinearity": name.partition("_")[2]} if name.startswith("rnn") else {}
    size = weights[1].shape[1]
    made = kind(
        weights[0].shape[1], size, layers, bias=biased, batch_first=first, dropout=dropout, bidirectional=both, **more
    )
    keys = list(made._parameters)
    keys = [key for key in keys if biased or not key.startswith("bias")]
    if len(keys) != len(weights):
        raise ValueError(name)
    for key, weight in zip(keys, weights, strict=True):
        _put(made, key, weight)
    made.train(training)
    state = hidden if name != "lstm" else tuple(hidden)
    out, ends = made(x, state)
    return (out, *ends) if isinstance(ends, tuple) else (out, ends)


def _multihead(query: Any, key: Any, value: Any, width: int, heads: int, in_weight: Any, in_bias: Any, bias_k: Any, bias_v: Any,
               zero: bool, dropout: float, out_weight: Any, out_bias: Any, training: bool = True, key_padding_mask: Any = None,
               need_weights: bool = True, attn_mask: Any = None, use_separate_proj_weight: bool = False, q_proj_weight: Any = None,
               k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None,
               average_attn_weights: bool = True, is_causal: bool = False) -> Any:  # fmt: skip
    """Attention of many heads as our module with torch's weights."""
    if use_separate_proj_weight or bias_k is not None or zero or static_k is not None:
        raise ValueError("multi_head_attention_forward")
    made = nn.MultiheadAttention(width, heads, dropout=dropout, bias=in_bias is not None)
    own = {"in_proj_weight": in_weight, "in_proj_bias": in_bias}
    for key_, given in own.items():
        if given is not None:
            _put(made, key_, given)
    _put(made.out_proj, "weight", out_weight)
    if out_bias is not None:
        _put(made.out_proj, "bias", out_bias)
    made.train(training)
    return made(
        query, key, value, key_padding_mask=key_padding_mask, need_weights=need_weights, attn_mask=attn_mask,
        average_attn_weights=average_attn_weights,
    )  # fmt: skip


def _put(module: Any, name: str, tensor: Any) -> None:
    """Let a tensor be a module's parameter, whether it is learned or not."""
    module._parameters[name] = tensor
    if name in vars(module):
        vars(module)[name] = tensor


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


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", type(func).__name__))


def _holds(tensor: Any) -> bool:
    """Whether a tensor here can hold a tensor of torch's."""
    return not tensor.is_complex() and not tensor.is_sparse and str(tensor.dtype) != "torch.bfloat16"


def _array(tensor: Any) -> Any:
    return np.array(tensor.detach().resolve_conj().numpy())


def _equal(node: Any, tensor: Any) -> bool:
    """Whether a node has torch's numbers, in torch's type."""
    if not _holds(tensor):
        return False
    known = _array(tensor)
    value = np.asarray(node.current.value)
    return bool(value.dtype == known.dtype and _close(value, known))


__all__ = ["Recorded", "record"]
