"""How good a module is on rows that it was not taught, without a trace in the record or in the random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr import random
from tinygrad_fr.data.loader import DataLoader
from tinygrad_fr.modes import no_grad
from tinygrad_fr.plugins.contract import Batch

if TYPE_CHECKING:
    from tinygrad_fr.data.loader import TensorDataset
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.plugins.contract import Model


class Evaluation(NamedTuple):
    """Means over rows.

    Attributes:
        loss: what training brings down.
        score: between 0 and 1.

    Example:
        >>> loss, score = Evaluation(loss=0.25, score=0.9)
        >>> score
        0.9
    """

    loss: float
    score: float


def evaluate(model: Model, module: Module, rows: TensorDataset, batch_size: int = 256) -> Evaluation:
    """Loss and score of a module over all rows.

    A model that draws random numbers to be scored takes them from the package's generator, which is put back after.

    Example:
        >>> from tinygrad_fr import nn
        >>> from tinygrad_fr.data import TensorDataset
        >>> from tinygrad_fr.plugins import Catalogue
        >>> rows = TensorDataset([[9.0, 9.0], [9.0, 9.0]], [0, 1])  # undecided: −ln ½ each
        >>> found = evaluate(Catalogue().load("mlp"), nn.Identity(), rows)
        >>> round(found.loss, 4), found.score
        (0.6931, 0.5)
    """
    before = random.default.get_state()
    loss = score = 0.0
    with no_grad():
        for inputs, target in DataLoader(rows, batch_size):
            batch = Batch(inputs, target)
            module.eval()
            value: Any = model.loss(module, batch)
            loss += float(value) * len(target)
            score += model.score(module, batch) * len(target)
    module.train()
    random.default.set_state(before)
    return Evaluation(loss / len(rows), score / len(rows))
