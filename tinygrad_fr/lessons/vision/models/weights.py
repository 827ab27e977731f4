"""What a network starts from: trained weights are refused, since nothing is downloaded; others are drawn."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.nn import init


def refuse(name: str, weights: Any, options: dict[str, Any]) -> dict[str, Any]:
    """What remains of a model's options once nothing asks for trained weights.

    Raises:
        DataError: trained weights are asked for.

    Example:
        >>> refuse("resnet18", None, {"pretrained": False, "num_classes": 10})
        {'num_classes': 10}
    """
    trained = options.pop("pretrained", False)
    if isinstance(weights, bool):  # resnet18(True), as it was written before weights had names
        trained, weights = weights, None
    if weights is not None or trained:
        raise DataError(
            _(
                "{name}: its trained weights would be downloaded, and nothing is; build it with weights=None, and read a file that is on disk with load_state_dict(torch.load(…))"
            ).format(name=name)
        )
    options.pop("progress", None)
    return options


def plain(part: Any) -> None:
    """A normalization that changes nothing yet: weights of 1, biases of 0.

    Example:
        >>> from tinygrad_fr.nn import BatchNorm2d
        >>> plain(BatchNorm2d(2))
    """
    init.ones_(part.weight)
    init.zeros_(part.bias)


def unbiased(part: Any) -> None:
    """Biases of 0, where there are any.

    Example:
        >>> from tinygrad_fr.nn import Linear
        >>> unbiased(Linear(2, 1, bias=False))
    """
    if part.bias is not None:
        init.zeros_(part.bias)
