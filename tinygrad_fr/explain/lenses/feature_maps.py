"""Filters and feature maps of each convolution of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FeatureMaps:
    """One convolution of the first image of a batch.

    Attributes:
        path: of its module.
        image: its input (channels, height, width).
        filters: its weights (maps, channels, kernel height, kernel width); with several channels in, each sums over them.
        maps: its output (maps, height, width).

    Example:
        >>> weak, strong = np.full((2, 2), 0.1), np.array([[0.0, -3.0], [0.0, 0.0]])
        >>> FeatureMaps("c1", np.zeros((1, 4, 4)), np.zeros((2, 1, 3, 3)), np.stack([weak, strong])).strongest(1)
        [1]
    """

    path: str
    image: Array
    filters: Array
    maps: Array

    def strongest(self, count: int) -> list[int]:
        """The maps with the largest outputs, in their order."""
        strength = np.abs(self.maps).max(axis=(1, 2))
        return sorted(np.argsort(-strength, kind="stable")[:count].tolist())

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"path": self.path, "filters": self.filters.tolist(), "maps": self.maps.tolist()}


def feature_maps(run: Observed) -> tuple[FeatureMaps, ...]:
    """Every two-dimensional convolution of an observed run, in the order in which they ran.

    Raises:
        UsageError: there is none.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("lenet")
        >>> run = observed(model, model.settings)
        >>> [found.path for found in feature_maps(run)][:2]
        ['lenet/c1', 'lenet/c3']
    """
    ran = sorted((n for n in run.nodes.values() if _is_convolution(n)), key=lambda n: n.id)
    if not ran:
        raise UsageError(_("model “{name}” has no convolution; try lenet or resnet").format(name=run.model.name))
    found = []
    for node in ran:
        image, weight = (np.asarray(x.value if isinstance(x, Node) else x) for x in node.inputs[:2])
        found.append(FeatureMaps(node.scope.path, image[0], weight, np.asarray(node.value)[0]))
    return tuple(found)


def _is_convolution(node: Node) -> bool:
    return node.op is not None and node.op.name.startswith("conv") and np.ndim(node.value) == 4
