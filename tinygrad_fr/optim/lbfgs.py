"""L-BFGS: steps along a direction that the last gradients and steps say, as PyTorch's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.modes import enable_grad
from tinygrad_fr.optim.line_search import Point, strong_wolfe
from tinygrad_fr.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class LBFGS(Optimizer):
    """A quasi-Newton method with little memory (Liu and Nocedal, 1989).

    Args:
        params: what to move, one group.
        lr: length of a step.
        max_iter: iterations per call of :meth:`step`.
        max_eval: evaluations of the closure per call, ``max_iter`` · 5/4 by default.
        tolerance_grad: the largest gradient that ends it.
        tolerance_change: the smallest change that goes on.
        history_size: how many steps are remembered.
        line_search_fn: ``"strong_wolfe"`` seeks the length of each step; None takes ``lr``.

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([3.0], requires_grad=True)
        >>> optimizer = LBFGS([w])
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = ((w - 1) ** 2).sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure)
        tensor(4., grad_fn=<SumBackward0>)
        >>> round(w.item(), 3)
        1.0
    """

    plain: ClassVar[frozenset[str]] = frozenset({"func_evals", "n_iter", "t", "prev_loss"})

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if line_search_fn not in (None, "strong_wolfe"):
            raise UsageError(
                _("LBFGS: expected line_search_fn None or “strong_wolfe”, got {found}").format(found=line_search_fn)
            )
        super().__init__(
            params,
            lr=lr,
            max_iter=max_iter,
            max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
            line_search_fn=line_search_fn,
        )
        if len(self.param_groups) != 1:
            raise UsageError(
                _("LBFGS: expected one group of parameters, got {found}").format(found=len(self.param_groups))
            )

    def _gradient(self) -> Any:
        parts = []
        for parameter in self._every():
            gradient = parameter.current.gradient
            value = np.asarray(parameter.current.value)
            parts.append(np.zeros(value.size, value.dtype) if gradient is None else np.asarray(gradient.value).ravel())
        return np.concatenate(parts)

    def _move(self, step: float, direction: Any) -> None:
        start = 0
        for parameter in self._every():
            node = parameter.current
            value = node.value
            part = direction[start : start + value.size].reshape(value.shape)
            node.rebind((value + step * part).astype(value.dtype))
            start += value.size

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Do up to ``max_iter`` iterations; the loss before the first one is returned.

        Raises:
            UsageError: no closure is given.
        """
        if closure is None:
            raise UsageError(_("LBFGS: step() needs a closure that computes the loss and its gradients"))
        self._opt_called = True
        memory = self._memory[self._every()[0]]  # one for all parameters, which PyTorch keeps with the first
        state = {name: self._read(name, x) for name, x in memory.items()} if self._seen else memory
        try:
            return self._iterated(closure, self.settings(0), state)
        finally:
            if self._seen:  # PyTorch puts new tensors in their place, but into the same lists
                for name, value in state.items():
                    shown = self._shown(name, value)
                    if isinstance(value, list):
                        memory.setdefault(name, [])[:] = shown
                    else:
                        memory[name] = shown

    def _iterated(self, closure: Callable[[], Any], group: dict[str, Any], state: dict[str, Any]) -> Any:
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        with enable_grad():
            first = closure()
        loss, evaluations, before = float(first), 1, state["func_evals"]
        state["func_evals"] += 1
        gradient = self._gradient()
        if np.abs(gradient).max(initial=0.0) <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction = self._direction(state, group, gradient)
            state["prev_flat_grad"] = gradient
            state["prev_loss"] = previous = loss
            rate = group["lr"]
            length = float(np.abs(gradient).sum())
            step = min(1.0, 1.0 / length if length else math.inf) * rate if state["n_iter"] == 1 else rate
            state["d"], state["t"] = direction, step
            slope = float(gradient @ direction)
            if slope > -group["tolerance_change"]:
                break
            if group.get("line_search_fn") is not None:
                found, count = self._searched(
                    closure, step, direction, Point(0.0, loss, gradient, slope), group, evaluations
                )
                loss, gradient = found.loss, found.gradient
                state["t"] = step = found.t
                evaluations += count
                self._move(step, direction)
            else:
                self._move(step, direction)
            if group.get("line_search_fn") is None and iteration != group["max_iter"]:
                with enable_grad():
                    loss = float(closure())
                gradient = self._gradient()
                evaluations += 1
            state["func_evals"] = before + evaluations
            if iteration == group["max_iter"] or evaluations >= group["max_eval"]:
                break
            if np.abs(gradient).max(initial=0.0) <= group["tolerance_grad"]:
                break
            if np.abs(direction * step).max() <= group["tolerance_change"]:
                break
            if abs(loss - previous) < group["tolerance_change"]:
                break
        return first

    def _searched(
        self, closure: Any, step: float, direction: Any, start: Point, group: dict[str, Any], evaluations: int
    ) -> tuple[Point, int]:
        """The step along a direction that the line search finds; the parameters are left where they were."""
        nodes = [parameter.current for parameter in self._every()]
        values = [node.value for node in nodes]

        def evaluate(t: float) -> tuple[float, Any]:
            self._move(t, direction)
            with enable_grad():
                loss = float(closure())
            gradient = self._gradient()
            for parameter, value in zip(self._every(), values, strict=True):
                parameter.current.rebind(value)
            return loss, gradient

        return strong_wolfe(evaluate, step, direction, start, most=group["max_eval"] - evaluations)

    @staticmethod
    def _direction(state: dict[str, Any], group: dict[str, Any], gradient: Any) -> Any:
        """−H ∇J, H being what the remembered steps say of the inverse Hessian."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -gradient
        y, s = gradient - state["prev_flat_grad"], state["d"] * state["t"]
        ys = float(y @ s)
        if ys > 1e-10:
            if len(state["old_dirs"]) == group["history_size"]:
                for key in ("old_dirs", "old_stps", "ro"):
                    state[key].pop(0)
            state["old_dirs"].append(y)
            state["old_stps"].append(s)
            state["ro"].append(1.0 / ys)
            state["H_diag"] = ys / float(y @ y)
        q, shares = -gradient, state.setdefault("al", [None] * group["history_size"])
        steps = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
        for place in range(len(steps) - 1, -1, -1):
            y, s, ro = steps[place]
            shares[place] = float(s @ q) * ro
            q = q - shares[place] * y
        q = q * state["H_diag"]
        for (y, s, ro), share in zip(steps, shares, strict=False):
            q = q + s * (share - float(y @ q) * ro)
        return q.astype(gradient.dtype)
