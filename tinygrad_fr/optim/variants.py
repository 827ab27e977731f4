"""Relatives of Adam and Adagrad that lessons meet, in PyTorch's formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.optim.optimizer import Optimizer, at_least, decayed
from tinygrad_fr.optim.state import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable


class Adadelta(Optimizer, written="lr rho eps weight_decay maximize capturable foreach differentiable"):
    """w ← w − η √(Δ + ε)/√(v + ε) ∇J, v and Δ being running means of ∇J² and of the squared steps (Zeiler, 2012).

    Args:
        params: what to move.
        lr: learning rate η.
        rho: decay of the running means.
        eps: ε.
        weight_decay: λ of an L2 penalty.
        maximize: climb instead of descending.

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Adadelta([w]).step()
        >>> round(w.item(), 4)
        0.9968
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        at_least("weight_decay", weight_decay, 0.0)
        super().__init__(params, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize)

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient, rho, eps = decayed(value, gradient, group), group["rho"], group["eps"]
        if not state:
            state.update(step=0, square_avg=np.zeros_like(value), acc_delta=np.zeros_like(value))
        state["step"] += 1
        state["square_avg"] = rho * state["square_avg"] + (1 - rho) * gradient * gradient
        delta = np.sqrt(state["acc_delta"] + eps) / np.sqrt(state["square_avg"] + eps) * gradient
        state["acc_delta"] = rho * state["acc_delta"] + (1 - rho) * delta * delta
        return value - group["lr"] * delta


class _Moments(Optimizer):
    """What has Adam's two moments."""

    begun: ClassVar[dict[str, float]] = {}  # what it remembers besides, at the start

    def _moments(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> int:
        """Follow the means of the gradient and of its square; the number of this step."""
        beta1, beta2 = group["betas"]
        if not state:
            state.update(step=0, **self.begun, exp_avg=np.zeros_like(value), exp_avg_sq=np.zeros_like(value))
        state["step"] += 1
        state["exp_avg"] = state["exp_avg"] + (1 - beta1) * (gradient - state["exp_avg"])
        state["exp_avg_sq"] = beta2 * state["exp_avg_sq"] + (1 - beta2) * gradient * gradient
        return int(state["step"])


def _penalized(value: Any, gradient: Any, group: dict[str, Any]) -> tuple[Any, Any]:
    """The value and the gradient after weight decay, which is a part of the gradient or, decoupled, shrinks the value."""
    if group["decoupled_weight_decay"]:
        return value * (1 - group["lr"] * group["weight_decay"]), -gradient if group["maximize"] else gradient
    return value, decayed(value, gradient, group)


class NAdam(
    _Moments,
    written="lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize foreach capturable differentiable",
):
    """Adam with Nesterov's momentum (Dozat, 2016).

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> NAdam([w], lr=0.1).step()
        >>> round(w.item(), 3)
        0.894
    """

    begun: ClassVar[dict[str, float]] = {"mu_product": 1.0}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        value, gradient = _penalized(value, gradient, group)
        step, (beta1, beta2) = self._moments(value, gradient, state, group), group["betas"]
        mu = beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        following = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * group["momentum_decay"]))
        state["mu_product"] = rounded(state["mu_product"] * mu)
        spread = np.sqrt(state["exp_avg_sq"] / (1 - beta2**step)) + group["eps"]
        value = value - group["lr"] * (1 - mu) / (1 - state["mu_product"]) * gradient / spread
        return value - group["lr"] * following / (1 - state["mu_product"] * following) * state["exp_avg"] / spread


class RAdam(
    _Moments, written="lr betas eps weight_decay maximize foreach capturable decoupled_weight_decay differentiable"
):
    """Adam whose rate is held back until the variance is known well (Liu and others, 2020).

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> RAdam([w], lr=0.1).step()
        >>> round(w.item(), 3)
        0.8
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        value, gradient = _penalized(value, gradient, group)
        step, (beta1, beta2) = self._moments(value, gradient, state, group), group["betas"]
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / (1 - beta2**step)
        mean = state["exp_avg"] / (1 - beta1**step)
        if length <= 5:
            return value - group["lr"] * mean
        held = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
        scale = (1 - beta2**step) ** 0.5 / (np.sqrt(state["exp_avg_sq"]) + group["eps"])
        return value - group["lr"] * mean * held * scale


class Adamax(Optimizer, written="lr betas eps weight_decay foreach maximize differentiable capturable"):
    """Adam with the largest gradient in place of the mean square (Kingma and Ba, 2015).

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Adamax([w], lr=0.1).step()
        >>> round(w.item(), 3)
        0.9
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize)

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient, (beta1, beta2) = decayed(value, gradient, group), group["betas"]
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(value), exp_inf=np.zeros_like(value))
        state["step"] += 1
        state["exp_avg"] = state["exp_avg"] + (1 - beta1) * (gradient - state["exp_avg"])
        state["exp_inf"] = np.maximum(beta2 * state["exp_inf"], np.abs(gradient) + group["eps"])
        return value - group["lr"] / (1 - beta1 ** state["step"]) * state["exp_avg"] / state["exp_inf"]


class Rprop(Optimizer, written="lr etas step_sizes foreach maximize differentiable capturable"):
    """Steps that grow while the sign of the gradient stays and shrink where it turns (Riedmiller and Braun, 1993).

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Rprop([w], lr=0.1).step()
        >>> round(w.item(), 3)
        0.9
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient = -gradient if group["maximize"] else gradient
        if not state:
            state.update(step=0, prev=np.zeros_like(value), step_size=np.full_like(value, group["lr"]))
        state["step"] += 1
        (less, more), (low, high) = group["etas"], group["step_sizes"]
        turned = np.sign(gradient * state["prev"])
        factor = np.where(turned > 0, more, np.where(turned < 0, less, 1.0)).astype(value.dtype)
        state["step_size"] = np.clip(state["step_size"] * factor, low, high)
        gradient = np.where(turned < 0, 0, gradient).astype(value.dtype)
        state["prev"] = gradient
        return value - np.sign(gradient) * state["step_size"]


class ASGD(Optimizer, written="lr lambd alpha t0 weight_decay foreach maximize differentiable capturable"):
    """Gradient descent with a falling rate; the mean of the last weights is kept beside (Polyak and Juditsky, 1992).

    Args:
        params: what to move.
        lr: learning rate η.
        lambd: how fast the rate falls.
        alpha: power of the fall.
        t0: step from which the weights are averaged, in ``state["ax"]``.
        weight_decay: λ of an L2 penalty.
        maximize: climb instead of descending.

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> ASGD([w], lr=0.1).step()
        >>> round(w.item(), 3)
        0.8
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, maximize=maximize)

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient = decayed(value, gradient, group)
        lr, lambd = group["lr"], group["lambd"]
        if not state:
            state.update(step=0, eta=rounded(lr), mu=1.0, ax=np.zeros_like(value))
        state["step"] += 1
        step, eta = state["step"], state["eta"]
        new = (value * (1 - lambd * eta) - eta * gradient).astype(value.dtype)
        state["ax"] = (state["ax"] + (new - state["ax"]) * state["mu"]).astype(value.dtype)
        state["eta"] = rounded(lr / (1 + lambd * lr * step) ** group["alpha"])
        state["mu"] = rounded(1 / max(1, step - group["t0"]))
        return new
