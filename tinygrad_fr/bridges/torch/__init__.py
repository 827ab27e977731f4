"""A module of PyTorch, run once and mirrored into the record operation by operation, for who has PyTorch installed.

Each function of torch that the module calls is called here by its own name, on the same numbers, and compared with what
torch gave. What has no counterpart, or another value, stands in the record as one node with torch's value, whose gradient
torch's autograd computes. In the end the gradients of all parameters are compared with torch's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tinygrad_fr.bridges.torch.mirror import Mirror, array_of, close, tensors, view_of
from tinygrad_fr.errors import GradientError, UsageError
from tinygrad_fr.explain.observed import Observed
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened, recording
from tinygrad_fr.observers import observe
from tinygrad_fr.plugins.contract import Batch
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.plugins.contract import Model

_ROUNDINGS = 4  # of a weight, by which torch's own gradients are moved to see how well they are known


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
    mirror = Mirror(torch, module, title)
    kept = set(INTERNAL)
    try:
        with opened("op"), recording(), observe() as seen, mirror.running():
            answers = module(*inputs, **options)
            total = judge(answers)
        node = mirror.of(total)
        if not isinstance(node, Node) or not node.needs:
            if any(each is not None for each in gradients.values()):
                raise GradientError(
                    _("the loss depends on parameters in PyTorch, and on none in the record: the module computes in a way that hides from it")
                )  # fmt: skip
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
    run = _Run(torch, module, inputs, options, judge, buffers, state)
    _compare(mirror, truth, gradients, node, run)
    torch.random.set_rng_state(after)
    flat = tuple(mirror.of(each) for each in tensors(torch, answers))
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
    parts = [each.square().mean() for each in tensors(torch, answers) if each.is_floating_point()]
    if not parts:
        raise UsageError(_("the module gives no numbers to make a loss of: say loss="))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _truth(torch: Any, module: Any, inputs: Any, options: Any, judge: Any) -> tuple[Any, dict[str, Any]]:
    """Torch's own loss and gradients."""
    named = [(key, value) for key, value in module.named_parameters() if value.requires_grad]
    with torch.enable_grad():
        total = judge(module(*inputs, **options))
    if not named or not total.requires_grad:
        return total.detach(), {}
    found = torch.autograd.grad(total, [value for _key, value in named], allow_unused=True)
    return total.detach(), dict(zip((key for key, _value in named), found, strict=True))


@dataclass(frozen=True)
class _Run:
    """What torch needs to run the module again as it did."""

    torch: Any
    module: Any
    inputs: Any
    options: Any
    judge: Any
    buffers: dict[str, Any]
    state: Any

    def moved(self, seed: int) -> tuple[Any, dict[str, Any]]:
        """Torch's own loss and gradients where weights and inputs are a few roundings off."""
        torch = self.torch
        generator = torch.Generator().manual_seed(seed)

        def off(value: Any) -> Any:
            if not isinstance(value, torch.Tensor) or not value.is_floating_point():
                return value
            step = _ROUNDINGS * torch.finfo(value.dtype).eps
            signs = torch.randint(-1, 2, value.shape, generator=generator)
            return value.detach() * (1 + step * signs).to(value.dtype)

        kept = {key: value.detach().clone() for key, value in self.module.named_parameters()}
        try:
            with torch.no_grad():
                for value in self.module.parameters():
                    value.copy_(off(value))
            torch.random.set_rng_state(self.state)
            return _truth(torch, self.module, tuple(map(off, self.inputs)), self.options, self.judge)
        finally:
            with torch.no_grad():
                for key, value in self.module.named_parameters():
                    value.copy_(kept[key])
            _restore(torch, self.module, self.buffers)


def _restore(torch: Any, module: Any, buffers: dict[str, Any]) -> None:
    with torch.no_grad():
        for key, value in module.named_buffers():
            if key in buffers:  # what counts may have made room for itself
                value.resize_(buffers[key].shape).copy_(buffers[key])


def _compare(mirror: Mirror, truth: Any, gradients: dict[str, Any], node: Any, run: _Run) -> None:
    """Refuse a record whose loss or gradients are not torch's.

    Where they differ by more than usual, torch is asked how well its own are known: behind a layer that divides by next to
    nothing, a rounding of the weights moves them by as much.
    """
    pairs: dict[str, tuple[Any, Any]] = {"": (np.asarray(node.value), array_of(truth))}
    for key, expected in gradients.items():
        own = mirror.parameters[key].grad
        shape = mirror.parameters[key].shape
        pairs[key] = (
            np.zeros(shape) if own is None else own.detach().numpy(),
            np.zeros(shape) if expected is None else view_of(expected.to_dense()),
        )
    largest = max((float(max(known.max(), -known.min())) for key, (_mine, known) in pairs.items() if key and known.size), default=1.0)  # fmt: skip
    differ = [
        key
        for key, (mine, known) in pairs.items()
        if not (close(mine, known, 20, largest) if key else close(mine, known))
    ]
    if not differ:
        return
    others = [run.moved(seed) for seed in range(3)]
    for key in differ:
        mine, known = pairs[key]
        again = [loss if not key else found[key] for loss, found in others]
        spread = max(
            (np.abs(array_of(each.to_dense()) - known).max(initial=0) for each in again if each is not None), default=0
        )
        if np.abs(mine - known).max(initial=0) <= _ROUNDINGS * spread:
            continue
        if not key:
            raise GradientError(_("the record’s loss is {found}, PyTorch’s is {expected}").format(found=float(mine), expected=float(known)))  # fmt: skip
        raise GradientError(
            _("the record gives {name} another gradient than PyTorch: the module computes in a way that hides from it").format(name=key)
        )  # fmt: skip


__all__ = ["Recorded", "record"]
