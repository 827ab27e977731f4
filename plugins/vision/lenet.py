"""LeNet-5 and what came before it: the network of zip codes, the neocognitron."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import nn, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Settings, Text, setting

from .shared import RATE, Vision, shifted


@dataclass(frozen=True)
class LeNetSettings(Settings):
    """Hyper-parameters of LeNet."""

    preset: str = setting(
        "lenet-5",
        Text(
            fr="année du réseau : LeNet-5 (1998), celui de 1989, deux paires S et C du Neocognitron (1980)",
            en="year of the network: LeNet-5 (1998), that of 1989, two S and C pairs of the Neocognitron (1980)",
        ),
        choices=("lenet-5", "1989", "neocognitron"),
    )
    activation: str = setting(
        "tanh", Text(fr="fonction d’activation", en="activation function"), choices=("tanh", "relu")
    )
    lr: float = setting(0.002, RATE, low=0.0)


class LeNetModule(nn.Module):
    """C1 S2 C3 S4 C5 F6 and ten scores: convolutions 5×5, means of 2×2."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.activation = {"tanh": F.tanh, "relu": F.relu}[activation]
        self.c1 = nn.Conv2d(1, 6, 5)
        self.s2 = nn.AvgPool2d(2)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.s4 = nn.AvgPool2d(2)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 32, 32) to scores (N, 10)."""
        x = self.s2(self.activation(self.c1(x)))
        x = self.s4(self.activation(self.c3(x)))
        x = self.activation(self.c5(x)).flatten(1)
        return self.output(self.activation(self.f6(x)))


def squashed(x: Any) -> Any:
    """1.7159 tanh(2x/3), which is 1 at 1 and −1 at −1."""
    return 1.7159 * F.tanh(2 / 3 * x)


class ZipCodeModule(nn.Module):
    """The network that read zip codes in 1989: two convolutions of stride 2, no pooling, a bias for each unit.

    Each of the twelve maps of H2 sees eight of the twelve of H1; the paper does not say which, so here each sees those
    that follow it in the circle.
    """

    def __init__(self) -> None:
        super().__init__()
        self.h1_weight = self._drawn((12, 1, 5, 5), 25)
        self.h1_bias = nn.Parameter(np.zeros((12, 8, 8), np.float32))
        self.h2_weight = self._drawn((12, 8, 5, 5), 200)
        self.h2_bias = nn.Parameter(np.zeros((12, 4, 4), np.float32))
        self.h3, self.output = nn.Linear(192, 30), nn.Linear(30, 10)
        seen = (np.arange(12)[:, None] + np.arange(8)) % 12
        self.seen = tensor(
            np.eye(12, dtype=np.float32)[seen].transpose(0, 2, 1)
        )  # (map, map of H1, which of its eight)

    @staticmethod
    def _drawn(shape: tuple[int, ...], inputs: int) -> nn.Parameter:
        bound = 2.4 / inputs  # as the paper draws them
        return nn.Parameter(rng.uniform(shape, -bound, bound).detach().numpy())

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 32, 32), read at half their size, to scores (N, 10)."""
        h1 = squashed(F.conv2d(F.avg_pool2d(x, 2), self.h1_weight, stride=2, padding=2) + self.h1_bias)
        weight = (self.seen @ self.h2_weight.flatten(2)).reshape(12, 12, 5, 5)
        h2 = squashed(F.conv2d(h1, weight, stride=2, padding=2) + self.h2_bias)
        return self.output(squashed(self.h3(h2.flatten(1))))


class NeocognitronModule(nn.Module):
    """Two pairs of layers: S cells look for a feature, C cells answer wherever it lies nearby.

    Fukushima's learned without labels; these learn by backpropagation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.s1, self.s2 = nn.Conv2d(1, 12, 5), nn.Conv2d(12, 32, 3)
        self.c1, self.c2 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.output = nn.Linear(128, 10)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 32, 32), read at half their size, to scores (N, 10)."""
        x = self.c1(F.relu(self.s1(F.avg_pool2d(x, 2))))
        x = self.c2(F.relu(self.s2(x)))
        return self.output(x.flatten(1))


class LeNet(Vision):
    """LeNet-5 (LeCun et al., 1998), and those before it."""

    name = "lenet"
    title = Text(fr="LeNet-5", en="LeNet-5")
    settings = LeNetSettings()
    side, epochs, expected = 32, 8, 0.98
    explanation = Text(
        fr=(
            "Deux fois une convolution 5×5 et une moyenne 2×2, puis des couches denses : 61 706 paramètres. Une même"
            " petite grille de poids glisse sur toute l’image : un trait est reconnu où qu’il soit, et les poids sont peu"
            " nombreux. Regardez les formes : 32 → 28 → 14 → 10 → 5 → 1."
            " `--set preset=1989` : le réseau des codes postaux, 9 760 paramètres, sans pooling. `--set preset=neocognitron` :"
            " des couches S qui cherchent et des couches C qui tolèrent, 1980."
        ),
        en=(
            "Twice a 5×5 convolution and a 2×2 mean, then dense layers: 61 706 parameters. One small grid of weights"
            " slides over the whole image: a stroke is recognised wherever it lies, and weights are few. Look at the"
            " shapes: 32 → 28 → 14 → 10 → 5 → 1. `--set preset=1989`: the network of zip codes, 9 760 parameters, without"
            " pooling. `--set preset=neocognitron`: S layers that search and C layers that tolerate, 1980."
        ),
    )

    def rows(self) -> tuple[TensorDataset, TensorDataset]:
        """The images to learn from moved by two pixels too: a stroke means the same a little further."""
        train, test = self.images()
        return TensorDataset(*shifted(*train, 2)), TensorDataset(*test)

    def build(self, settings: LeNetSettings) -> nn.Module:
        """A new network."""
        if settings.preset == "1989":
            return ZipCodeModule()
        if settings.preset == "neocognitron":
            return NeocognitronModule()
        return LeNetModule(settings.activation)
