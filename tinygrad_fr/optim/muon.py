"""Muon, whose steps are orthogonal matrices, and SparseAdam, which has no work here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import AbsentError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.optimizer import Optimizer, at_least

if TYPE_CHECKING:
    from collections.abc import Iterable


class Muon(Optimizer, written="lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn"):
    """Momentum made orthogonal by Newton and Schulz's iteration (Jordan, 2024), in bfloat16's precision as PyTorch's.

    Args:
        params: matrices.
        lr: learning rate η.
        weight_decay: λ of w ← (1 − ηλ) w.
        momentum: share of the past in the mean of gradients.
        nesterov: look ahead along the momentum.
        ns_coefficients: of the iteration x ← a x + (b A + c A²) x, A = x xᵀ.
        eps: the least norm to divide by.
        ns_steps: iterations.
        adjust_lr_fn: how η depends on the matrix’s sides: ``"original"`` or ``"match_rms_adamw"``.

    Example:
        >>> from tinygrad_fr import tensor
        >>> w = tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Muon([w], lr=0.1, weight_decay=0.0).step()
        >>> w.detach().round(decimals=1)
        tensor([[0.9000, 0.0000],
                [0.0000, 0.9000]])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        at_least("momentum", momentum, 0.0)
        at_least("weight_decay", weight_decay, 0.0)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise UsageError(
                _("Muon: expected adjust_lr_fn “original” or “match_rms_adamw”, got {found}").format(found=adjust_lr_fn)
            )
        super().__init__(
            params,
            lr=lr,
            weight_decay=weight_decay,
            momentum=momentum,
            nesterov=nesterov,
            ns_coefficients=ns_coefficients,
            eps=eps,
            ns_steps=ns_steps,
            adjust_lr_fn=adjust_lr_fn,
        )
        for parameter in self._every():
            if np.ndim(parameter.current.value) != 2:
                raise UsageError(
                    _("Muon moves matrices, got shape {found}").format(found=np.shape(parameter.current.value))
                )

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        if group["ns_steps"] >= 100:
            raise UsageError(_("Muon: expected fewer than 100 iterations, got {found}").format(found=group["ns_steps"]))
        keep = group["momentum"]
        before = state.get("momentum_buffer", np.zeros_like(gradient))
        state["momentum_buffer"] = mean = before + (1 - keep) * (gradient - before)
        move = _orthogonal(gradient + keep * (mean - gradient) if group["nesterov"] else mean, group)
        rows, columns = value.shape
        rate = group["lr"]
        if group["adjust_lr_fn"] == "match_rms_adamw":
            size = rate * 0.2 * math.sqrt(max(rows, columns))
        else:
            size = rate * math.sqrt(max(1, rows / columns))
        return value * (1 - rate * group["weight_decay"]) - size * move.astype(value.dtype)


def _orthogonal(x: Any, group: dict[str, Any]) -> Any:
    a, b, c = group["ns_coefficients"]
    x = _short(x)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = _short(x / max(_short(np.sqrt(np.sum(x * x))), group["eps"]))
    for _step in range(group["ns_steps"]):
        square = _short(x @ x.T)
        x = _short(a * x + _short(b * square + c * (square @ square)) @ x)
    return x.T if tall else x


def _short(x: Any) -> Any:
    """Numbers rounded to the eight digits of bfloat16, to the even one in the middle."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    kept = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (kept & np.uint32(0xFFFF0000)).view(np.float32)


class SparseAdam(Optimizer, written="lr betas eps maximize"):
    """PyTorch's Adam for sparse gradients. Gradients here are arrays, which PyTorch's refuses as well.

    Example:
        >>> from tinygrad_fr import tensor
        >>> SparseAdam([tensor([1.0], requires_grad=True)]).param_groups[0]["lr"]
        0.001
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, maximize=maximize)

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """Refuse."""
        raise AbsentError(_("SparseAdam moves along sparse gradients alone, and gradients here are dense: use Adam"))
