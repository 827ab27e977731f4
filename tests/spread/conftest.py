"""A small model in a file, which can be told to fail, to diverge, or to end the process that runs it."""

import textwrap

import pytest

MODEL = """
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

T = Text(fr="x", en="x")


def rows(n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32)
    return TensorDataset(x, (x.sum(axis=1) > 0).astype(np.int64))


@dataclass(frozen=True)
class SmallSettings(Settings):
    lr: float = setting(0.01, T, low=0.0)
    hidden: int = setting(4, T, low=1)
    fate: str = setting("", T)


class Small(Model):
    name = "small"
    title = Text(fr="Petit", en="Small")
    section = "—"
    explanation = T
    settings = SmallSettings()

    def build(self, settings):
        self.fate = settings.fate
        return nn.Sequential(nn.Linear(4, settings.hidden), nn.Dropout(0.2), nn.ReLU(), nn.Linear(settings.hidden, 2))

    def example(self, settings):
        return Batch(tensor(np.ones((2, 4), np.float32)), tensor([0, 1]))

    def loss(self, module, batch):
        return F.cross_entropy(module(batch.inputs), batch.target)

    def score(self, module, batch):
        return float((module(batch.inputs).argmax(1).detach().numpy() == batch.target.detach().numpy()).mean())

    def recipe(self, settings):
        def watched(batch, chance):
            word, _, path = self.fate.partition(":")
            if word == "slow" and not Path(path + ".through").exists():
                Path(path).touch()
                for _ in range(3000):
                    time.sleep(0.02)
                Path(path + ".through").touch()
            if word == "fail":
                raise RuntimeError("the model's own error")
            if word == "always":
                os._exit(7)
            if word == "once" and chance.numpy.random() < 0.2:
                try:
                    Path(path).touch(exist_ok=False)  # the first worker that comes here dies
                except FileExistsError:
                    pass
                else:
                    os._exit(9)
            return batch

        return Recipe(rows(70, 0), rows(40, 1), lambda p: optim.Adam(p, settings.lr), epochs=6, batch_size=8,
                      score=0.5, augment=watched)
"""


@pytest.fixture
def plugin(tmp_path):
    file = tmp_path / "small.py"
    file.write_text(textwrap.dedent(MODEL))
    return file
