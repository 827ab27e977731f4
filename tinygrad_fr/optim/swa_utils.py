"""Averages of the weights that a training passes through (``torch.optim.swa_utils``)."""

from __future__ import annotations

import math
from copy import deepcopy
from itertools import chain
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.nn.batchnorm import _BatchNorm
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops import arithmetic
from tinygrad_fr.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_fr.optim.state import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tinygrad_fr.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """A function that gives decay · average + (1 − decay) · weight.

    Example:
        >>> import tinygrad_fr as tg
        >>> get_ema_avg_fn(0.5)(tg.tensor([0.0]), tg.tensor([1.0]), 1)
        tensor([0.5000])
    """
    _checked(decay)

    def average(averaged: Any, current: Any, _count: Any) -> Any:
        with no_grad():
            return decay * averaged + (1 - decay) * current

    return average


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """A function that gives the mean of all weights so far.

    Example:
        >>> import tinygrad_fr as tg
        >>> get_swa_avg_fn()(tg.tensor([0.0]), tg.tensor([1.0]), 1)
        tensor([0.5000])
    """

    def average(averaged: Any, current: Any, count: Any) -> Any:
        with no_grad():
            return averaged + (current - averaged) / (count + 1)

    return average


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """The function of :func:`get_ema_avg_fn` for lists, which it changes in place.

    Example:
        >>> import tinygrad_fr as tg
        >>> averaged = [tg.tensor([0.0])]
        >>> get_ema_multi_avg_fn(0.5)(averaged, [tg.tensor([1.0])], 1)
        >>> averaged
        [tensor([0.5000])]
    """
    _checked(decay)

    def average(averaged: Any, current: Any, _count: Any) -> Any:
        if averaged.is_floating_point():
            return arithmetic.lerp(averaged, current, 1 - decay)
        return averaged * decay + current * (1 - decay)

    return _each(average)


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """The function of :func:`get_swa_avg_fn` for lists, which it changes in place.

    Example:
        >>> import tinygrad_fr as tg
        >>> averaged = [tg.tensor([0.0])]
        >>> get_swa_multi_avg_fn()(averaged, [tg.tensor([1.0])], 1)
        >>> averaged
        [tensor([0.5000])]
    """
    return _each(lambda averaged, current, count: averaged + (current - averaged) / (count + 1))


def _each(average: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], None]:
    def move(averaged: Any, current: Any, count: Any) -> None:
        with no_grad():
            for one, other in zip(averaged, current, strict=True):
                one.copy_(average(one, other, count))

    return move


def _checked(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise UsageError(_("decay: expected a number from 0 to 1, got {found}").format(found=decay))


class AveragedModel(Module):
    """A copy of a model whose weights are an average of those that :meth:`update_parameters` was given.

    Args:
        model: what is copied.
        device: accepted.
        avg_fn: gives the average of one weight, from it, the weight and the count; the mean by default.
        multi_avg_fn: the same for lists, in place.
        use_buffers: average buffers too, instead of copying them.

    Example:
        >>> from tinygrad_fr import nn
        >>> model = nn.Linear(1, 1)
        >>> averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
        >>> averaged.update_parameters(model)
        >>> bool((averaged.module.weight == model.weight).all()), averaged.n_averaged
        (True, tensor(1))
    """

    n_averaged: Any

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise UsageError(_("AveragedModel: expected avg_fn or multi_avg_fn, got both"))
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **options: Any) -> Any:
        """The averaged model's output."""
        return self.module(*args, **options)

    def update_parameters(self, model: Module) -> None:
        """Take the weights of a model into the average; the first ones become it."""
        if self.use_buffers:
            mine = [x.detach() for x in chain(self.module.parameters(), self.module.buffers())]
            others = [x.detach() for x in chain(model.parameters(), model.buffers())]
        else:
            mine, others = [x.detach() for x in self.parameters()], [x.detach() for x in model.parameters()]
        if int(self.n_averaged) == 0:
            for one, other in zip(mine, others, strict=False):
                one.copy_(other)  # type: ignore[union-attr]
        elif self.avg_fn is not None:
            for one, other in zip(mine, others, strict=True):
                one.copy_(self.avg_fn(one, other, self.n_averaged))  # type: ignore[union-attr]
        else:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(mine, others, self.n_averaged)
        if not self.use_buffers:
            for one, other in zip(self.module.buffers(), model.buffers(), strict=True):
                one.detach().copy_(other.detach())
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of batch norms anew, as the means over all batches.

    Args:
        loader: gives inputs, or lists that begin with one.
        model: whose statistics.
        device: accepted.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> norm = nn.BatchNorm1d(1)
        >>> update_bn([tg.tensor([[1.0], [3.0]]), tg.tensor([[5.0], [7.0]])], norm)
        >>> norm.running_mean
        tensor([4.])
    """
    norms: dict[Any, Any] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            norms[module] = module.momentum
    if not norms:
        return
    training = model.training
    model.train()
    for module in norms:
        module.momentum = None
    for batch in loader:
        model(batch[0] if isinstance(batch, list | tuple) else batch)
    for module, momentum in norms.items():
        module.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """Anneals every learning rate to a constant one.

    Args:
        optimizer: whose rates to set.
        swa_lr: where they end, one number or one a group.
        anneal_epochs: steps until then.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        last_epoch: where a schedule goes on; -1 begins one.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = SWALR(optimizer, 0.5, 2, "linear")
        >>> optimizer.step()
        >>> scheduler.step()
        >>> optimizer.lr
        0.75
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        groups = optimizer.param_groups
        ends = list(swa_lr) if isinstance(swa_lr, list | tuple) else [swa_lr] * len(groups)
        if len(ends) != len(groups):
            raise UsageError(
                _("swa_lr: expected one number a group, {expected}, got {found}").format(
                    expected=len(groups), found=len(ends)
                )
            )
        if anneal_strategy not in ("cos", "linear"):
            raise UsageError(
                _("SWALR: expected anneal_strategy “cos” or “linear”, got “{found}”").format(found=anneal_strategy)
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise UsageError(_("anneal_epochs: expected an integer ≥ 0, got {found}").format(found=anneal_epochs))
        for group, end in zip(groups, ends, strict=True):
            group["swa_lr"] = end
        self.anneal_epochs, self.anneal_strategy, self.begun = anneal_epochs, anneal_strategy, last_epoch + 1
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list[float]:
        """The learning rates after this step, one a group."""
        step = self.last_epoch - self.begun
        step = max(1, step) if self.anneal_epochs == 0 else step
        before, share, rates = self._share(step - 1), self._share(step), []
        for group in self.optimizer.param_groups:
            end, rate = group["swa_lr"], number(group["lr"])
            start = end if before == 1 else (rate - before * end) / (1 - before)
            rates.append(end * share + start * (1 - share))
        return rates
