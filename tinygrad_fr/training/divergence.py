"""Where a training went wrong: the step is run again, and every operation's result is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError, GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.observers import detect_anomaly

if TYPE_CHECKING:
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.plugins.contract import Batch, Model


class DivergedError(DataError):
    """The loss or a weight became NaN or infinite; the message says at which step and in which node.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> from tinygrad_fr.training import DivergedError, train
        >>> model = Catalogue().load("mlp")
        >>> try:
        ...     train(model, model.settings.replaced({"data": "xor", "activation": "relu", "lr": "1e39"}))
        ... except DivergedError:
        ...     print("too long a step")
        too long a step
    """


def broken(module: Module) -> str | None:
    """The first parameter that holds a NaN or an infinity."""
    for name, parameter in module.named_parameters():
        value: Any = parameter.current.value
        if not np.isfinite(value).all():
            return name
    return None


def cause(model: Model, module: Module, batch: Batch, parameter: str | None) -> str:
    """The node where the first NaN or infinity of a step appears, going forward or backward.

    Args:
        model: the plugin.
        module: as it was before the step.
        batch: what the step read.
        parameter: what the step broke, to be named where every operation went well: the step itself was too long.
    """
    module.zero_grad()
    try:
        with detect_anomaly(strict=True):
            loss: Any = model.loss(module, batch)
            loss.backward()
    except GradientError as error:
        return str(error)
    finally:
        module.zero_grad()
    if parameter is None:
        return _("the loss is not finite")
    return _("the step makes {parameter} infinite").format(parameter=parameter)
