"""What models that sort rows into classes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins.contract import Batch, Model
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    import numpy.typing as npt

    from tinygrad_fr.data.labelled import Labelled
    from tinygrad_fr.nn.module import Module

INTERNAL.discard(__file__)  # its loss is a plugin's code, and is shown as the place that it is


class Classifier(Model):
    """A model whose module gives each row one score a class (N, classes), and whose targets are classes' numbers (N,).

    One that can learn from a person's rows says ``learns_from = Labelled``, and looks at ``own`` where it builds and trains.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("mlp")
        >>> batch = Batch(tensor([[9.0, 0.0], [0.0, 9.0]]), tensor([0, 0]))
        >>> model.answers(nn.Identity(), batch.inputs).tolist(), model.score(nn.Identity(), batch)
        ([0, 1], 0.5)
    """

    own: Labelled | None = None
    learns_from: ClassVar[type[Labelled] | None] = None

    def loss(self, module: Module, batch: Batch) -> Any:  # a node, which functions do not say
        """Cross-entropy, a node of one number."""
        return F.cross_entropy(module(batch.inputs), batch.target)

    def answers(self, module: Module, inputs: Any) -> npt.NDArray[Any]:
        """The class with the highest score, for each row."""
        found: npt.NDArray[Any] = module(inputs).argmax(1).numpy()
        return found

    def score(self, module: Module, batch: Batch) -> float:
        """Share of right answers."""
        return float(np.mean(self.answers(module, batch.inputs) == batch.target.numpy()))
