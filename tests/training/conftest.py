"""Small models that use everything a training can carry from step to step."""

from dataclasses import dataclass

import numpy as np
import pytest

from tinygrad_fr import nn, optim, randn, tensor
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting


def _rows(n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32)
    return TensorDataset(x, (x.sum(axis=1) > 0).astype(np.int64))


@dataclass(frozen=True)
class EverythingSettings(Settings):
    optimizer: str = setting("Adam", Text(fr="o", en="o"), choices=tuple(optim.__all__))
    patience: int = setting(0, Text(fr="p", en="p"), low=0)
    lr: float = setting(0.01, Text(fr="lr", en="lr"), low=0.0)


class Everything(Model):
    """Dropout, running statistics, a schedule, augmentation, clipping, patience."""

    name = "everything"
    title = Text(fr="Tout", en="Everything")
    section = "—"
    explanation = Text(fr="Tout.", en="Everything.")
    settings = EverythingSettings()

    def build(self, settings):
        return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 2))

    def example(self, settings):
        return Batch(tensor(np.ones((2, 4), np.float32)), tensor([0, 1]))

    def loss(self, module, batch):
        return F.cross_entropy(module(batch.inputs), batch.target)

    def score(self, module, batch):
        return float((module(batch.inputs).argmax(1).detach().numpy() == batch.target.detach().numpy()).mean())

    def recipe(self, settings):
        def noisy(batch, chance):
            return Batch(batch.inputs + 0.1 * randn(*batch.inputs.shape, generator=chance), batch.target)

        more = {"momentum": 0.9} if settings.optimizer == "SGD" else {}
        return Recipe(
            _rows(70, 0), _rows(40, 1), lambda p: getattr(optim, settings.optimizer)(p, settings.lr, **more),
            epochs=4, batch_size=16, score=0.5, clip_norm=1.0, augment=noisy, patience=settings.patience or None,
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )  # fmt: skip


@pytest.fixture
def everything():
    return Everything()
