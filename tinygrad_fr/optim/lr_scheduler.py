"""Learning rates that change between epochs, under the names of ``torch.optim.lr_scheduler``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.optim.optimizer import Optimizer


class LRScheduler:
    """Sets the learning rate of each group after every :meth:`step`.

    Args:
        optimizer: whose rates to set; those it has now are the base.

    One's own has :meth:`rate`.

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

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["lr"] for group in optimizer.param_groups]
        self.last_epoch = 0
        self._set()

    def rate(self, base: float, epoch: int) -> float:
        """The learning rate of a group after so many steps."""
        raise NotImplementedError

    def _set(self) -> None:
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = self.rate(base, self.last_epoch)

    def step(self) -> None:
        """An epoch has passed."""
        self.last_epoch += 1
        self._set()

    def get_last_lr(self) -> list[float]:
        """The rates now, one a group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on."""
        return {key: value for key, value in vars(self).items() if key not in ("optimizer", "lr_lambda")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over another scheduler's place in time."""
        vars(self).update(state)
        self._set()


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

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """Base times the function of the epoch."""
        return base * self.lr_lambda(epoch)


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

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """A factor γ every ``step_size`` epochs."""
        return float(base * self.gamma ** (epoch // self.step_size))


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

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """A factor γ for each milestone that has passed."""
        return float(base * self.gamma ** sum(epoch >= milestone for milestone in self.milestones))


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

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """A factor γ every epoch."""
        return float(base * self.gamma**epoch)


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
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """A straight line, then constant."""
        share = min(epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * share)


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

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803 - PyTorch's name
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """eta_min + (base − eta_min) (1 + cos(π epoch / T_max)) / 2."""
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * epoch / self.T_max)) / 2


class ReduceLROnPlateau:
    """A smaller rate when a score has not improved for ``patience`` epochs.

    Args:
        optimizer: whose rates to set.
        mode: ``"min"`` for a loss, ``"max"`` for a score.
        factor: what the rate is multiplied by.
        patience: epochs without improvement that are borne.
        threshold: relative improvement that counts.
        cooldown: epochs after a change in which nothing is counted.
        min_lr: the rate never goes below.

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
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.cooldown, self.min_lr = threshold, cooldown, min_lr
        self.best = math.inf if mode == "min" else -math.inf
        self.bad, self.waiting = 0, 0

    def _better(self, metric: float) -> bool:
        if self.mode == "min":
            return metric < self.best * (1 - self.threshold)
        return metric > self.best * (1 + self.threshold)

    def step(self, metrics: Any) -> None:
        """An epoch has passed with this loss or score."""
        metric = float(metrics)
        if self._better(metric):
            self.best, self.bad = metric, 0
        else:
            self.bad += 1
        if self.waiting:
            self.waiting, self.bad = self.waiting - 1, 0
        if self.bad > self.patience:
            for group in self.optimizer.param_groups:
                group["lr"] = max(group["lr"] * self.factor, self.min_lr)
            self.waiting, self.bad = self.cooldown, 0

    def get_last_lr(self) -> list[float]:
        """The rates now, one a group."""
        return [group["lr"] for group in self.optimizer.param_groups]
