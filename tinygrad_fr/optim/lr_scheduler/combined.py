"""Schedules made of schedules: one after another, or all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.lr_scheduler.scheduler import LRScheduler, rates_of, set_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.optim.optimizer import Optimizer


class _Several(LRScheduler):
    """The state of schedules that are stepped by another."""

    schedulers: list[Any]

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on; the rates themselves are kept by the optimizer's."""
        own = {key: value for key, value in vars(self).items() if key not in ("optimizer", "schedulers")}
        return {**own, "_schedulers": [each.state_dict() for each in self.schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over another scheduler's place in time."""
        for each, held in zip(self.schedulers, state_dict["_schedulers"], strict=True):
            each.load_state_dict(held)
        vars(self).update({key: value for key, value in state_dict.items() if key != "_schedulers"})


class SequentialLR(_Several):
    """One schedule after the other, each from a milestone on.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> from tinygrad_fr.optim.lr_scheduler import ExponentialLR, LinearLR
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> warm, down = LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)
        >>> scheduler, rates = SequentialLR(optimizer, [warm, down], milestones=[2]), []
        >>> for _epoch in range(4):
        ...     rates.append(optimizer.lr)
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.75, 1.0, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[Any], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise UsageError(
                _("SequentialLR: expected a milestone between each two schedules, {expected}, got {found}").format(
                    expected=len(schedulers) - 1, found=len(milestones)
                )
            )
        self.optimizer, self.schedulers, self.milestones = optimizer, list(schedulers), list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            set_rate(group, group["initial_lr"])
        for each in self.schedulers:
            each.last_epoch -= 1
        self.schedulers[0].last_epoch = -1
        self.schedulers[0]._initial_step()
        self._last_lr = rates_of(optimizer)

    def step(self) -> None:  # type: ignore[override]  # PyTorch's is told no epoch either
        """An epoch has passed."""
        self.last_epoch += 1
        which = sum(self.last_epoch >= milestone for milestone in self.milestones)
        scheduler = self.schedulers[which]
        if which and self.milestones[which - 1] == self.last_epoch:
            for group in self.optimizer.param_groups:
                set_rate(group, group["initial_lr"])
            scheduler.last_epoch = -1
        scheduler.step()
        self._last_lr = rates_of(self.optimizer)

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one per group."""
        return self._last_lr


class ChainedScheduler(_Several):
    """Several schedules, stepped together.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> from tinygrad_fr.optim.lr_scheduler import ExponentialLR, StepLR
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = ChainedScheduler([StepLR(optimizer, 1, 0.5), ExponentialLR(optimizer, 0.9)])
        >>> optimizer.step()
        >>> scheduler.step()
        >>> round(optimizer.lr, 3)
        0.45
    """

    def __init__(self, schedulers: Sequence[Any], optimizer: Optimizer | None = None) -> None:
        self.schedulers = list(schedulers)
        self.optimizer = optimizer or self.schedulers[0].optimizer
        for each in self.schedulers:
            if each.optimizer is not self.optimizer:
                raise UsageError(_("ChainedScheduler: expected schedules of one optimizer"))

    def step(self) -> None:  # type: ignore[override]  # PyTorch's is told no epoch either
        """An epoch has passed."""
        for each in self.schedulers:
            each.step()

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one per group."""
        return rates_of(self.optimizer)
