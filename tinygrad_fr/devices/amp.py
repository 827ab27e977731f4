"""``torch.amp``: mixed precision, which is not here; what asks for it computes in the types that it has, and is told so once."""

from __future__ import annotations

import warnings
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from types import TracebackType


class PrecisionWarning(UserWarning):
    """Mixed precision was asked for; numbers stay in the types that they have.

    Example:
        >>> issubclass(PrecisionWarning, UserWarning)
        True
    """


class autocast(ContextDecorator):  # noqa: N801 - PyTorch's name
    """A block that PyTorch computes in bfloat16: here in the types that it has, with one warning.

    Args:
        device_type: ``"cpu"``.
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

    def __enter__(self) -> None:
        if self.enabled:
            warnings.warn(
                _("autocast: there is no bfloat16 here, so this computes in the types that it has"),
                PrecisionWarning,
                stacklevel=2,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was changed."""


class GradScaler:
    """Scales losses of float16 on another device; disabled here, as PyTorch's is without one.

    Example:
        >>> import tinygrad_fr as tg
        >>> scaler = tg.amp.GradScaler(enabled=False)
        >>> scaler.scale(3.0), scaler.is_enabled()
        (3.0, False)
    """

    def __init__(self, device: str = "cuda", *_settings: Any, enabled: bool = True, **_options: Any) -> None:
        if enabled:
            warnings.warn(
                _("GradScaler: there is no device with float16 arithmetic here; it is disabled"),
                PrecisionWarning,
                stacklevel=2,
            )

    def is_enabled(self) -> bool:
        """False."""
        return False

    def scale(self, outputs: Any) -> Any:
        """The loss itself."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing was scaled."""

    def step(self, optimizer: Any, *arguments: Any, **options: Any) -> Any:
        """The optimizer's step."""
        return optimizer.step(*arguments, **options)

    def update(self, new_scale: Any = None) -> None:
        """Nothing is scaled."""

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """Nothing to keep."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to take over."""
