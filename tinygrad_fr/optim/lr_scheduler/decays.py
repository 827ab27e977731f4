"""Learning rates that follow a formula of the epoch: steps, powers, lines, half a cosine, a function of one's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.lr_scheduler.scheduler import LRScheduler, rates_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.optim.optimizer import Optimizer

    _Function = Callable[[int], float]


class LambdaLR(LRScheduler):
    """base · f(epoch).

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch)), []
        >>> for _epoch in range(4):
        ...     rates.append(round(optimizer.lr, 3))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.333, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: _Function | Sequence[_Function],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Base times the function of the epoch, or the group's own."""
        functions = _of_each(self.lr_lambda, len(self.base_lrs))
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, functions, strict=True)]


def _of_each(given: _Function | Sequence[_Function], count: int) -> list[_Function]:
    """The function of each group: one for all, or one each.

    Raises:
        UsageError: there are not as many as groups.
    """
    functions = [given] * count if callable(given) else list(given)
    if len(functions) != count:
        raise UsageError(
            _("expected a function for each of {expected} groups, got {found}").format(
                expected=count, found=len(functions)
            )
        )
    return functions


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
        ...     optimizer.step()
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
        ...     optimizer.step()
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
        ...     optimizer.step()
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
        ...     optimizer.step()
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
        ...     optimizer.step()
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


class ConstantLR(LRScheduler):
    """base · factor for so many epochs, then base.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = ConstantLR(optimizer, factor=0.5, total_iters=2), []
        >>> for _epoch in range(4):
        ...     rates.append(optimizer.lr)
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 <= factor <= 1:
            raise UsageError(_("factor: expected a number in [0, 1], got {found}").format(found=factor))
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """The factor at the start, and its inverse at the end."""
        if self.last_epoch == 0:
            return rate * self.factor
        return rate / self.factor if self.last_epoch == self.total_iters else rate


class PolynomialLR(LRScheduler):
    """base · (1 − epoch / total_iters)^power, then 0.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = PolynomialLR(optimizer, total_iters=4), []
        >>> for _epoch in range(5):
        ...     rates.append(round(optimizer.lr, 3))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """From the rate before to the next one on the curve."""
        epoch, total = self.last_epoch, self.total_iters
        if epoch == 0 or epoch > total:
            return rate
        return float(rate * ((1.0 - epoch / total) / (1.0 - (epoch - 1) / total)) ** self.power)


class MultiplicativeLR(LRScheduler):
    """The rate before · f(epoch), of one function for all groups or one each.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = MultiplicativeLR(optimizer, lambda epoch: 0.5)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> optimizer.lr
        0.5
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: _Function | Sequence[_Function], last_epoch: int = -1) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates that there are, with a factor from the first epoch on."""
        rates, functions = rates_of(self.optimizer), _of_each(self.lr_lambda, len(self.base_lrs))
        if self.last_epoch <= 0:
            return rates
        return [rate * f(self.last_epoch) for rate, f in zip(rates, functions, strict=True)]
