"""What every schedule of learning rates does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.moved import ROOT
from tinygrad_fr.naming import Named
from tinygrad_fr.optim.state import number
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import warn

if TYPE_CHECKING:
    from tinygrad_fr.optim.optimizer import Optimizer


def set_rate(group: dict[str, Any], rate: Any) -> None:
    """Give a group another learning rate, in the tensor that it was given as if it is one."""
    if isinstance(group["lr"], Node):
        with no_grad():
            group["lr"].fill_(rate)  # type: ignore[attr-defined]
    else:
        group["lr"] = number(rate)


def rates_of(optimizer: Optimizer) -> list[Any]:
    """The learning rates as they are now, one a group."""
    rates = [group["lr"] for group in optimizer.param_groups]
    return [rate.clone() if isinstance(rate, Node) else rate for rate in rates]  # type: ignore[attr-defined]


def stepped(optimizer: Optimizer) -> bool:
    """Whether an optimizer has moved its parameters; one whose class has a step of its own does not tell."""
    module = type(optimizer).step.__module__ or ""  # None of what was written in exec
    return optimizer._opt_called or not module.startswith(f"{ROOT}.")


class LRScheduler(Named):
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
        >>> optimizer.step()
        >>> scheduler.step()
        >>> optimizer.lr, scheduler.get_last_lr()
        (0.5, [0.5])
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", number(group["lr"]))
            elif "initial_lr" not in group:
                raise UsageError(
                    _(
                        "last_epoch={found}: the groups have no “initial_lr”, which a schedule that goes on needs"
                    ).format(found=last_epoch)
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
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
            self.following(number(group["lr"]), base)
            for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=False)
        ]

    def step(self, epoch: int | None = None) -> None:
        """An epoch has passed; with a number, as many have since the beginning."""
        if self._step_count == 1 and not stepped(self.optimizer):
            warn(
                _(
                    "lr_scheduler.step() came before optimizer.step(): the first learning rate of the schedule is left out"
                )
            )
        if epoch is not None:
            warn(_("lr_scheduler.step() that is given an epoch is PyTorch’s way of before: call it without"))
        self._passed(epoch)

    def _passed(self, epoch: int | None = None) -> None:
        self._step_count += 1
        rates = self._rates_after(epoch)
        for group, rate in zip(self.optimizer.param_groups, rates, strict=False):
            set_rate(group, rate)
        self._last_lr = rates_of(self.optimizer)

    def _rates_after(self, epoch: int | None) -> list[float]:
        if epoch is None or type(self).get_lr is not LRScheduler.get_lr:
            self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            return self.get_lr()
        rates = list(self.base_lrs)
        for passed in range(epoch + 1):
            self.last_epoch = passed
            rates = [self.following(rate, base) for rate, base in zip(rates, self.base_lrs, strict=True)]
        return rates

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on; the rates themselves are kept by the optimizer's."""
        return {key: value for key, value in vars(self).items() if key not in ("optimizer", "lr_lambda")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over another scheduler's place in time."""
        vars(self).update(state_dict)


class _LRScheduler(LRScheduler):
    """PyTorch's older name of it, which lessons derive from."""
