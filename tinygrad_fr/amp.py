"""``torch.amp``: losses scaled before backward. Mixed precision is not here: what asks for it is told so, and keeps its types."""

from __future__ import annotations

import warnings
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import AbsentError, DtypeError, UsageError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType


class PrecisionWarning(UserWarning):
    """Mixed precision was asked for; numbers stay in the types that they have.

    Example:
        >>> issubclass(PrecisionWarning, UserWarning)
        True
    """


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """False: whatever block runs, numbers keep their types.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_autocast_enabled("cpu")
        False
    """
    return False


class autocast(ContextDecorator):  # noqa: N801 - PyTorch's name
    """A block that PyTorch computes in bfloat16 or float16: here in the types that it has, with one warning.

    Args:
        device_type: ``"cpu"``.
        dtype: what PyTorch computes in, bfloat16 by default.
        enabled: False does nothing, without a warning.

    Raises:
        AbsentError: another device.

    Example:
        >>> import tinygrad_fr as tg
        >>> with tg.amp.autocast("cpu", enabled=False):
        ...     (tg.ones(2, 2) @ tg.ones(2, 2)).dtype.name
        'float32'
    """

    def __init__(
        self, device_type: str = "cpu", dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if enabled and str(device_type) != "cpu":
            raise AbsentError(
                _("autocast(“{device}”): there is no such device here, the CPU alone").format(device=device_type)
            )
        self.enabled = enabled
        self._kind = "bfloat16" if dtype is None else str(dtype).rpartition(".")[2]

    def __enter__(self) -> None:
        if self.enabled:
            warnings.warn(
                _("autocast: nothing is turned into {dtype} here, so this computes in the types that it has").format(
                    dtype=self._kind
                ),
                PrecisionWarning,
                stacklevel=2,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was changed."""


class GradScaler:
    """Multiplies losses by a number that grows while gradients are finite, and leaves out the steps where they are not.

    Args:
        device: ``"cpu"``; for a device that is not here it is disabled, with a warning, as PyTorch's is.
        init_scale: the first number.
        growth_factor: what it is multiplied by after ``growth_interval`` steps with finite gradients.
        backoff_factor: what it is multiplied by after one with others.
        enabled: False leaves losses, gradients and steps as they are.

    Example:
        >>> import tinygrad_fr as tg
        >>> scaler = tg.amp.GradScaler("cpu", init_scale=8.0)
        >>> scaler.scale(tg.tensor(3.0)), scaler.get_scale()
        (tensor(24.), 8.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._enabled = enabled and str(device) == "cpu"
        if enabled and not self._enabled:
            warnings.warn(
                _("GradScaler: there is no device “{device}” here; it is disabled").format(device=device),
                PrecisionWarning,
                stacklevel=2,
            )
        self._factor, self._backoff, self._interval = growth_factor, backoff_factor, growth_interval
        self._scale, self._growth_tracker = np.float32(init_scale), 0
        self._scaled = False  # a loss was, so that there are gradients to divide
        self._found: dict[int, bool] = {}  # by optimizer: whether a gradient was not finite
        self._stepped: set[int] = set()

    def is_enabled(self) -> bool:
        """Whether losses are scaled."""
        return self._enabled

    def scale(self, outputs: Any) -> Any:
        """A loss, or a tree of losses, multiplied."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            self._scaled = True
            return outputs * tensor(self._scale)
        if isinstance(outputs, list | tuple):
            return type(outputs)(self.scale(each) for each in outputs)
        raise DtypeError(_("GradScaler: expected tensors to scale, got {found}").format(found=type(outputs).__name__))

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale.

        Raises:
            UsageError: they were divided before, or no loss was scaled.
        """
        if not self._enabled:
            return
        if id(optimizer) in self._found:
            raise UsageError(_("GradScaler: unscale_() was already called for this optimizer since update()"))
        if not self._scaled:
            raise UsageError(_("GradScaler: expected a loss that scale() gave before backward()"))
        inverse = float(np.float32(1.0 / float(self._scale)))
        finite = True
        with no_grad():
            for gradient in _gradients(optimizer.param_groups):
                finite = finite and bool(gradient.isfinite().all())
                gradient.mul_(inverse)
        self._found[id(optimizer)] = not finite

    def step(self, optimizer: Any, *arguments: Any, **options: Any) -> Any:
        """The optimizer's step, unless a gradient is not finite.

        Raises:
            UsageError: it was taken before, or a closure is given.
        """
        if not self._enabled:
            return optimizer.step(*arguments, **options)
        if "closure" in options:
            raise UsageError(_("GradScaler: a step with a closure is not here, nor in PyTorch"))
        if id(optimizer) in self._stepped:
            raise UsageError(_("GradScaler: step() was already called for this optimizer since update()"))
        if id(optimizer) not in self._found:
            self.unscale_(optimizer)
        self._stepped.add(id(optimizer))
        return None if self._found[id(optimizer)] else optimizer.step(*arguments, **options)

    def update(self, new_scale: Any = None) -> None:
        """Choose the scale of the next step.

        Raises:
            UsageError: no optimizer's gradients were looked at.
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = np.float32(float(new_scale))
        elif not self._found:
            raise UsageError(_("GradScaler: expected step() or unscale_() before update()"))
        elif any(self._found.values()):
            self._scale, self._growth_tracker = np.float32(float(self._scale) * self._backoff), 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._interval:
                with np.errstate(over="ignore"):
                    grown = np.float32(float(self._scale) * self._factor)
                self._scale, self._growth_tracker = grown if np.isfinite(grown) else self._scale, 0
        self._found, self._stepped = {}, set()

    def get_scale(self) -> float:
        """The scale; 1 where losses stay as they are."""
        return float(self._scale) if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale grows by."""
        return self._factor

    def get_backoff_factor(self) -> float:
        """What the scale shrinks by."""
        return self._backoff

    def get_growth_interval(self) -> int:
        """After how many steps it grows."""
        return self._interval

    def state_dict(self) -> dict[str, Any]:
        """What another one goes on from; nothing, where losses stay as they are."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._factor,
            "backoff_factor": self._backoff,
            "growth_interval": self._interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` gave.

        Raises:
            UsageError: it is empty, as a disabled one's is.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise UsageError(_("GradScaler: expected the state of one that was enabled, got an empty one"))
        self._scale, self._factor = np.float32(state_dict["scale"]), state_dict["growth_factor"]
        self._backoff, self._interval = state_dict["backoff_factor"], state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]


def _gradients(groups: Iterable[dict[str, Any]]) -> Iterator[Any]:
    for group in groups:
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is not None:
                if gradient.dtype == np.float16:
                    raise UsageError(
                        _("GradScaler: gradients of float16 cannot be divided; keep parameters in float32")
                    )
                yield gradient
