"""Learning rates that fall when a measured number no longer improves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.lr_scheduler.scheduler import LRScheduler, rates_of, set_rate
from tinygrad_fr.optim.state import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """A smaller rate when a score has not improved for ``patience`` epochs.

    Args:
        optimizer: whose rates to set.
        mode: ``"min"`` for a loss, ``"max"`` for a score.
        factor: what the rate is multiplied by.
        patience: epochs without improvement that are borne.
        threshold: improvement that counts.
        threshold_mode: ``"rel"``, in proportion to the best, or ``"abs"``.
        cooldown: epochs after a change in which nothing is counted.
        min_lr: the rate never goes below; one for all groups or one each.
        eps: a change that is not larger is not made.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = ReduceLROnPlateau(optimizer, factor=0.5, patience=1), []
        >>> for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
        ...     scheduler.step(loss)
        ...     rates.append(optimizer.lr)
        >>> rates  # two epochs in a row without improvement are one too many
        [1.0, 1.0, 1.0, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1:
            raise UsageError(_("factor: expected a number under 1, got {found}").format(found=factor))
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise UsageError(
                _("expected mode “min” or “max” and threshold_mode “rel” or “abs”, got “{mode}” and “{other}”").format(
                    mode=mode, other=threshold_mode
                )
            )
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.eps = threshold, threshold_mode, cooldown, eps
        groups = len(optimizer.param_groups)
        self.min_lrs = [float(min_lr)] * groups if isinstance(min_lr, int | float) else [float(each) for each in min_lr]
        if len(self.min_lrs) != groups:
            raise UsageError(
                _("min_lr: expected one number a group, {expected}, got {found}").format(
                    expected=groups, found=len(self.min_lrs)
                )
            )
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs, self.cooldown_counter, self.last_epoch = 0, 0, 0
        self._last_lr = rates_of(optimizer)

    def _better(self, metric: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            bound = self.best * (1 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return metric < bound if self.mode == "min" else metric > bound

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]  # a score comes first, in PyTorch too
        """An epoch has passed with this loss or score."""
        metric = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            for group, low in zip(self.optimizer.param_groups, self.min_lrs, strict=False):
                before = number(group["lr"])
                rate = max(before * self.factor, low)
                if before - rate > self.eps:
                    set_rate(group, rate)
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = rates_of(self.optimizer)

    def get_last_lr(self) -> list[float]:
        """The rates that the last step left, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on; the rates themselves are kept by the optimizer's."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over another scheduler's place in time."""
        vars(self).update(state_dict)
