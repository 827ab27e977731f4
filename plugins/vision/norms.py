"""Five normalisations compared in one network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tinygrad_fr import nn, optim
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Recipe, Settings, Text, setting

from .shared import RATE, Vision

NORMS = ("none", "batch", "layer", "instance", "group")


@dataclass(frozen=True)
class NormsSettings(Settings):
    """Hyper-parameters of the network that is normalised."""

    norm: str = setting("batch", Text(fr="normalisation", en="normalisation"), choices=NORMS)
    layers: int = setting(6, Text(fr="convolutions", en="convolutions"), low=1, high=100)
    channels: int = setting(16, Text(fr="canaux", en="channels"), low=4, high=256)
    lr: float = setting(0.05, RATE, low=0.0)


def norm_of(name: str, channels: int) -> nn.Module:
    """A layer that takes mean and variance out of (N, C, H, W).

    Batch: over N, H, W. Layer: over C, H, W. Instance: over H, W. Group: over H, W and a fourth of the channels.
    """
    if name in ("none", "batch"):
        return nn.BatchNorm2d(channels) if name == "batch" else nn.Identity()
    groups = {"layer": 1, "instance": channels, "group": 4}[name]
    return nn.GroupNorm(groups, channels)


class NormsModule(nn.Module):
    """Convolutions, each normalised, then a score a class."""

    def __init__(self, settings: NormsSettings) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for number in range(settings.layers):
            conv = nn.Conv2d(settings.channels if number else 1, settings.channels, 3, padding=1)
            self.layers.append(nn.Sequential(conv, norm_of(settings.norm, settings.channels), nn.ReLU()))
        self.output = nn.Linear(settings.channels * 16, 10)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 8, 8) to scores (N, 10)."""
        for layer in self.layers:
            x = layer(x)
        return self.output(F.avg_pool2d(x, 2).flatten(1))


class Norms(Vision):
    """The same network with each of the four normalisations, and with none."""

    name = "norms"
    title = Text(fr="Quatre normalisations", en="Four normalisations")
    settings = NormsSettings()
    epochs = 6
    explanation = Text(
        fr=(
            "Batch prend moyenne et variance sur les images du lot, et a besoin de statistiques courantes pour être évaluée ;"
            " Layer sur toute une image, Instance sur chaque canal d’une image, Group sur un groupe de canaux : elles ne"
            " dépendent pas du lot. `compare norms norm -o courbes.svg` : sans normalisation, ce réseau n’apprend pas à ce"
            " taux d’apprentissage."
        ),
        en=(
            "Batch takes mean and variance over the images of the batch, and needs running statistics to be evaluated; Layer"
            " over a whole image, Instance over each channel of an image, Group over a group of channels: these do not depend"
            " on the batch. `compare norms norm -o curves.svg`: without normalisation this network does not learn at this"
            " learning rate."
        ),
    )

    def build(self, settings: NormsSettings) -> nn.Module:
        """A new network."""
        return NormsModule(settings)

    def recipe(self, settings: NormsSettings) -> Recipe:
        """Gradient descent with momentum, at a rate that shows the difference."""
        recipe = super().recipe(settings)
        return replace(recipe, optimizer=lambda p: optim.SGD(p, settings.lr, momentum=0.9))
