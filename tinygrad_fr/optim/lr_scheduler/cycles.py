"""Learning rates that rise and fall: one cycle, many, and cosines that start again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.lr_scheduler.scheduler import LRScheduler, set_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.optim.optimizer import Optimizer


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from base to eta_min, begun again after T_0 epochs, then after T_0 · T_mult, and so on.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler, rates = CosineAnnealingWarmRestarts(optimizer, T_0=2), []
        >>> for _epoch in range(4):
        ...     rates.append(round(optimizer.lr, 3))
        ...     optimizer.step()
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
        self._passed()  # PyTorch's says nothing of steps in another order


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
        ...     optimizer.step()
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
                set_rate(group, low)
                group["initial_lr"] = low
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
        ...     optimizer.step()
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
                set_rate(group, rate)
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
