"""Learning rates that change between epochs, under the names of ``torch.optim.lr_scheduler``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.optim.optimizer import Optimizer


class LRScheduler:
    """Sets the learning rate of each group after every :meth:`step`.

    Args:
        optimizer: whose rates to set; those it had before any schedule are the base.
        last_epoch: where a schedule goes on; -1 begins one.

    One's own has :meth:`rate`, :meth:`following` or, under PyTorch's name, :meth:`get_lr`. Those here go on from the rate that
    they find, so several of them work on one optimizer together.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> class Halved(LRScheduler):
        ...     def rate(self, base, epoch):
        ...         return base / 2**epoch
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = Halved(optimizer)
        >>> scheduler.step()
        >>> optimizer.lr, scheduler.get_last_lr()
        (0.5, [0.5])
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise UsageError(
                    _(
                        "last_epoch={found}: the groups have no “initial_lr”, which a schedule that goes on needs"
                    ).format(found=last_epoch)
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.step()

    def rate(self, base: float, epoch: int) -> float:
        """The learning rate of a group after so many steps, from the one that it started with."""
        raise NotImplementedError

    def following(self, rate: float, base: float) -> float:
        """The learning rate of a group after this step, from the one before it.

        A schedule that is said so goes on from a rate that another one, or a hand, has set.
        """
        return self.rate(base, self.last_epoch)

    def get_lr(self) -> list[float]:
        """The learning rates after this step, one a group."""
        return [
            self.following(group["lr"], base)
            for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=False)
        ]

    def step(self) -> None:
        """An epoch has passed."""
        self.last_epoch += 1
        for group, rate in zip(self.optimizer.param_groups, self.get_lr(), strict=False):
            group["lr"] = rate
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on; the rates themselves are kept by the optimizer's."""
        return {key: value for key, value in vars(self).items() if key not in ("optimizer", "lr_lambda")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over another scheduler's place in time."""
        vars(self).update(state)


class LambdaLR(LRScheduler):
    """base · f(epoch).

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch)), []
        >>> for _epoch in range(4):
        ...     rates.append(round(optimizer.lr, 3))
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.333, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Base times the function of the epoch, or the group's own."""
        given = self.lr_lambda
        functions = [given] * len(self.base_lrs) if callable(given) else list(given)
        if len(functions) != len(self.base_lrs):
            raise UsageError(
                _("expected a function for each of {expected} groups, got {found}").format(
                    expected=len(self.base_lrs), found=len(functions)
                )
            )
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, functions, strict=True)]


class StepLR(LRScheduler):
    """base · γ^(epoch // step_size).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> from tinygrad_fr import optim
        >>> optimizer = optim.SGD([nn.Parameter(tg.zeros(1))], lr=1.0)
        >>> scheduler, rates = StepLR(optimizer, step_size=2, gamma=0.1), []
        >>> for _epoch in range(4):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
        ...     scheduler.step()
        >>> rates
        [1.0, 1.0, 0.1, 0.1]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """A factor γ every ``step_size`` epochs."""
        return rate * self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else rate


class MultiStepLR(LRScheduler):
    """A factor γ at each milestone.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5), []
        >>> for _epoch in range(5):
        ...     rates.append(optimizer.lr)
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """A factor γ for each milestone at this epoch."""
        return float(rate * self.gamma ** self.milestones.count(self.last_epoch))


class ExponentialLR(LRScheduler):
    """base · γ^epoch.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = ExponentialLR(optimizer, gamma=0.5), []
        >>> for _epoch in range(4):
        ...     rates.append(optimizer.lr)
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """A factor γ every epoch."""
        return rate * self.gamma if self.last_epoch else rate


class LinearLR(LRScheduler):
    """From base · start_factor to base · end_factor in so many epochs: a warm-up.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = LinearLR(optimizer, start_factor=0.25, total_iters=3), []
        >>> for _epoch in range(5):
        ...     rates.append(optimizer.lr)
        ...     scheduler.step()
        >>> rates
        [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise UsageError(_("start_factor: expected a number in ]0, 1], got {found}").format(found=start_factor))
        if not 0 <= end_factor <= 1:
            raise UsageError(_("end_factor: expected a number in [0, 1], got {found}").format(found=end_factor))
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """A straight line, then constant."""
        epoch, slope = self.last_epoch, self.end_factor - self.start_factor
        if epoch == 0:
            return rate * self.start_factor
        if epoch > self.total_iters:
            return rate
        return rate * (1.0 + slope / (self.total_iters * self.start_factor + (epoch - 1) * slope))


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from base to eta_min in T_max epochs (Loshchilov and Hutter, 2017), and back after them.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = CosineAnnealingLR(optimizer, T_max=4), []
        >>> for _epoch in range(5):
        ...     rates.append(round(optimizer.lr, 3))
        ...     scheduler.step()
        >>> rates
        [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:  # noqa: N803 - PyTorch's name
        self.T_max, self.eta_min = T_max, eta_min
        self.begins = last_epoch + 1
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """From the rate before to the next one on eta_min + (base − eta_min) (1 + cos(π epoch / T_max)) / 2."""
        epoch, turn, low = self.last_epoch, math.pi / self.T_max, self.eta_min
        if epoch == 0:
            return rate
        if epoch == self.begins:
            return low + (base - low) * (1 + math.cos(turn * epoch)) / 2
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom, from where no factor leads up
            return rate + (base - low) * (1 - math.cos(turn)) / 2
        return (1 + math.cos(turn * epoch)) / (1 + math.cos(turn * (epoch - 1))) * (rate - low) + low


class ReduceLROnPlateau:
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
        self.bad, self.waiting, self.last_epoch = 0, 0, 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def _better(self, metric: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            bound = self.best * (1 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return metric < bound if self.mode == "min" else metric > bound

    def step(self, metrics: Any) -> None:
        """An epoch has passed with this loss or score."""
        metric = float(metrics)
        self.last_epoch += 1
        if self._better(metric):
            self.best, self.bad = metric, 0
        else:
            self.bad += 1
        if self.waiting:
            self.waiting, self.bad = self.waiting - 1, 0
        if self.bad > self.patience:
            for group, low in zip(self.optimizer.param_groups, self.min_lrs, strict=False):
                rate = max(group["lr"] * self.factor, low)
                if group["lr"] - rate > self.eps:
                    group["lr"] = rate
            self.waiting, self.bad = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The rates that the last step left, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on; the rates themselves are kept by the optimizer's."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over another scheduler's place in time."""
        vars(self).update(state)
