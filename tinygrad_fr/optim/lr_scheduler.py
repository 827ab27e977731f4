"""Learning rates that change between epochs, under the names of ``torch.optim.lr_scheduler``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.optim.optimizer import Optimizer


class LRScheduler(metaclass=Named):
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


class ReduceLROnPlateau(metaclass=Named):
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


class ConstantLR(LRScheduler):
    """base · factor for so many epochs, then base.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = ConstantLR(optimizer, factor=0.5, total_iters=2), []
        >>> for _epoch in range(4):
        ...     rates.append(optimizer.lr)
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
    """The rate before · f(epoch).

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = MultiplicativeLR(optimizer, lambda epoch: 0.5)
        >>> scheduler.step()
        >>> optimizer.lr
        0.5
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float], last_epoch: int = -1) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def following(self, rate: float, base: float) -> float:
        """A factor from the first epoch on."""
        return rate * self.lr_lambda(self.last_epoch) if self.last_epoch > 0 else rate


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from base to eta_min, begun again after T_0 epochs, then after T_0 · T_mult, and so on.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = CosineAnnealingWarmRestarts(optimizer, T_0=2), []
        >>> for _epoch in range(4):
        ...     rates.append(round(optimizer.lr, 3))
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1  # noqa: N803 - PyTorch's names
    ) -> None:  # fmt: skip
        if T_0 < 1 or T_mult < 1:
            raise UsageError(
                _("T_0 and T_mult: expected whole numbers of at least 1, got {found}").format(found=(T_0, T_mult))
            )
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """On the cosine of this period."""
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """An epoch has passed; or so many, fractions of one too."""
        if epoch is None:
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
        else:
            self.T_cur, self.T_i = epoch, self.T_0
            while self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
            self.last_epoch = math.floor(epoch) - 1
        super().step()


class OneCycleLR(LRScheduler):
    """Up to max_lr and down again far below, once, over all the steps of a training (Smith and Topin, 2019).

    Args:
        optimizer: whose rates to set.
        max_lr: the highest rate.
        total_steps: how many steps there are; else ``epochs`` · ``steps_per_epoch``.
        epochs: readings of the data.
        steps_per_epoch: steps per reading.
        pct_start: the share of the steps that go up.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        div_factor: it starts at max_lr / div_factor.
        final_div_factor: and ends at that over final_div_factor.
        three_phase: down to the start first, then to the end.
        cycle_momentum: whether momentum goes the other way meanwhile, where the optimizer has one.
        base_momentum: the lowest momentum.
        max_momentum: the highest momentum.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = OneCycleLR(optimizer, max_lr=1.0, total_steps=5, cycle_momentum=False), []
        >>> for _step in range(4):
        ...     rates.append(round(optimizer.lr, 3))
        ...     scheduler.step()
        >>> rates
        [0.04, 0.95, 0.611, 0.188]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise UsageError(
                    _("OneCycleLR: expected {one}, or {others}").format(
                        one="total_steps", others=", ".join(("epochs", "steps_per_epoch"))
                    )
                )
            total_steps = epochs * steps_per_epoch
        if total_steps < 1 or not 0 <= pct_start <= 1 or anneal_strategy not in ("cos", "linear"):
            raise UsageError(
                _(
                    "OneCycleLR: expected at least 1 step, pct_start from 0 to 1 and anneal_strategy “cos” or “linear”, got {steps}, {share} and “{strategy}”"
                ).format(steps=total_steps, share=pct_start, strategy=anneal_strategy)
            )
        self.total_steps, self.strategy, self.cycle_momentum = total_steps, anneal_strategy, cycle_momentum
        up = pct_start * total_steps - 1
        end = total_steps - 1
        low, last = max_lr / div_factor, max_lr / div_factor / final_div_factor
        rates = [(up, low, max_lr), (end, max_lr, last)]
        momenta = [(up, max_momentum, base_momentum), (end, base_momentum, max_momentum)]
        if three_phase:
            rates = [(up, low, max_lr), (2 * up, max_lr, low), (end, low, last)]
            momenta = [
                (up, max_momentum, base_momentum),
                (2 * up, base_momentum, max_momentum),
                (end, max_momentum, max_momentum),
            ]
        self.rates, self.momenta = rates, momenta
        if last_epoch == -1:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] = low
        if cycle_momentum and not all("momentum" in g or "betas" in g for g in optimizer.param_groups):
            raise UsageError(_("OneCycleLR: the optimizer has no momentum to cycle; give cycle_momentum=False"))
        super().__init__(optimizer, last_epoch)

    def _at(self, phases: list[tuple[float, float, float]]) -> float:
        start, at = 0.0, self.last_epoch
        for i, (end, low, high) in enumerate(phases):
            if at <= end or i == len(phases) - 1:
                share = (at - start) / (end - start) if end != start else 1.0
                if self.strategy == "linear":
                    return low + (high - low) * share
                return high + (low - high) / 2 * (1 + math.cos(math.pi * share))
            start = end
        raise AssertionError

    def get_lr(self) -> list[float]:
        """On the curve of this step; momentum is set beside it."""
        if self.last_epoch > self.total_steps:
            raise UsageError(
                _("OneCycleLR: step {found} of {total}: the training is over").format(
                    found=self.last_epoch + 1, total=self.total_steps
                )
            )
        if self.cycle_momentum:
            momentum = self._at(self.momenta)
            for group in self.optimizer.param_groups:
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return [self._at(self.rates) for _group in self.optimizer.param_groups]


class CyclicLR(LRScheduler):
    """Up from base_lr to max_lr and down again, over and over (Smith, 2017).

    Args:
        optimizer: whose rates to set.
        base_lr: the lowest rate, or one for each group.
        max_lr: the highest rate of the first cycle, or one for each group.
        step_size_up: steps on the way up.
        step_size_down: steps on the way down; as many by default.
        mode: ``"triangular"``, ``"triangular2"`` (each cycle half as high) or ``"exp_range"`` (γ to the step as high).
        gamma: γ.
        scale_fn: how high a cycle or a step is, in the place of a mode.
        scale_mode: whether that function takes the ``"cycle"`` or the ``"iterations"``.
        cycle_momentum: whether momentum goes the other way meanwhile.
        base_momentum: the lowest momentum, or one for each group.
        max_momentum: the highest momentum, or one for each group.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
        >>> scheduler, rates = CyclicLR(optimizer, 0.1, 0.5, step_size_up=2), []
        >>> for _step in range(5):
        ...     rates.append(round(optimizer.lr, 3))
        ...     scheduler.step()
        >>> rates
        [0.1, 0.3, 0.5, 0.3, 0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[Any], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        groups = optimizer.param_groups
        if mode not in _HEIGHTS and scale_fn is None:
            raise UsageError(
                _("CyclicLR: expected one of {words} as its mode, or a scale_fn, got “{mode}”").format(
                    words=", ".join(_HEIGHTS), mode=mode
                )
            )
        if cycle_momentum and not ("momentum" in optimizer.defaults or "betas" in optimizer.defaults):
            raise UsageError(_("CyclicLR: the optimizer has no momentum to cycle; give cycle_momentum=False"))
        low = _each("base_lr", base_lr, len(groups))
        self.max_lrs = _each("max_lr", max_lr, len(groups))
        self.low_momenta = _each("base_momentum", base_momentum, len(groups))
        self.high_momenta = _each("max_momentum", max_momentum, len(groups))
        if last_epoch == -1:
            for group, rate in zip(groups, low, strict=True):
                group["lr"] = rate
        self.total = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
        self.ratio = step_size_up / self.total
        self.mode, self.gamma, self.cycle_momentum = mode, gamma, cycle_momentum
        self.scale_fn, self.scale_mode = scale_fn, scale_mode
        super().__init__(optimizer, last_epoch)
        self.base_lrs = low

    def _height(self, cycle: int) -> float:
        """How high this step's triangle is, as a share of the first one."""
        if self.scale_fn is not None:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        return _HEIGHTS[self.mode](self.gamma, cycle, self.last_epoch)

    def get_lr(self) -> list[float]:
        """On the triangle of this step; momentum is set beside it."""
        cycle = math.floor(1 + self.last_epoch / self.total)
        x = 1.0 + self.last_epoch / self.total - cycle
        share = x / self.ratio if x <= self.ratio else (x - 1) / (self.ratio - 1)
        height = self._height(cycle)
        if self.cycle_momentum:
            for group, low, high in zip(self.optimizer.param_groups, self.low_momenta, self.high_momenta, strict=True):
                momentum = high - (high - low) * share * height
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return [low + (high - low) * share * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Its place in time; a function is the program's own."""
        state = super().state_dict()
        del state["scale_fn"]
        return state


_HEIGHTS: dict[str, Callable[[float, int, int], float]] = {
    "triangular": lambda gamma, cycle, step: 1.0,
    "triangular2": lambda gamma, cycle, step: 1 / 2.0 ** (cycle - 1),
    "exp_range": lambda gamma, cycle, step: gamma**step,
}


def _each(name: str, given: float | Sequence[float], count: int) -> list[float]:
    """A number for each group."""
    if not isinstance(given, list | tuple):
        return [given] * count  # type: ignore[list-item]
    if len(given) != count:
        raise UsageError(
            _("{name}: expected a number for each of {expected} groups, got {found}").format(
                name=name, expected=count, found=len(given)
            )
        )
    return list(given)


class SequentialLR(metaclass=Named):
    """One schedule after the other, each from a milestone on.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> warm, down = LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)
        >>> scheduler, rates = SequentialLR(optimizer, [warm, down], milestones=[2]), []
        >>> for _epoch in range(4):
        ...     rates.append(optimizer.lr)
        ...     scheduler.step()
        >>> rates
        [0.5, 0.75, 1.0, 0.5]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[Any], milestones: Sequence[int]) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise UsageError(
                _("SequentialLR: expected a milestone between each two schedules, {expected}, got {found}").format(
                    expected=len(schedulers) - 1, found=len(milestones)
                )
            )
        self.optimizer, self.schedulers, self.milestones = optimizer, list(schedulers), list(milestones)
        self.last_epoch = 0
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for each in self.schedulers:
            each.last_epoch -= 1
        self.schedulers[0].last_epoch = -1
        self.schedulers[0].step()
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def step(self) -> None:
        """An epoch has passed."""
        self.last_epoch += 1
        which = sum(self.last_epoch >= milestone for milestone in self.milestones)
        scheduler = self.schedulers[which]
        if which and self.milestones[which - 1] == self.last_epoch:
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"]
            scheduler.last_epoch = -1
        scheduler.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one per group."""
        return self._last_lr


class ChainedScheduler(metaclass=Named):
    """Several schedules, stepped together.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = ChainedScheduler([StepLR(optimizer, 1, 0.5), ExponentialLR(optimizer, 0.9)])
        >>> scheduler.step()
        >>> round(optimizer.lr, 3)
        0.45
    """

    def __init__(self, schedulers: Sequence[Any]) -> None:
        self.schedulers = list(schedulers)
        self.optimizer = self.schedulers[0].optimizer

    def step(self) -> None:
        """An epoch has passed."""
        for each in self.schedulers:
            each.step()

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one per group."""
        return [group["lr"] for group in self.optimizer.param_groups]
