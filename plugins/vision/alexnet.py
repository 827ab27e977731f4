"""AlexNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinygrad_fr import nn
from tinygrad_fr.plugins import Settings, Text, setting

from .shared import PRESET, RATE, Vision


@dataclass(frozen=True)
class AlexNetSettings(Settings):
    """Hyper-parameters of AlexNet."""

    preset: str = setting("small", PRESET, choices=("small", "full"))
    lr: float = setting(0.002, RATE, low=0.0)


class AlexNetModule(nn.Module):
    """Five convolutions and three dense layers, relu and dropout."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        full = preset == "full"
        widths = (64, 192, 384, 256, 256) if full else (32, 64, 96, 64, 64)
        first = (11, 4, 2) if full else (3, 1, 1)
        second = (5, 2) if full else (3, 1)
        pool = (3, 2) if full else (2, 2)
        a, b, c, d, e = widths
        self.features = nn.Sequential(
            nn.Conv2d(3 if full else 1, a, first[0], first[1], first[2]), nn.ReLU(), nn.MaxPool2d(*pool),
            nn.Conv2d(a, b, second[0], padding=second[1]), nn.ReLU(), nn.MaxPool2d(*pool),
            nn.Conv2d(b, c, 3, padding=1), nn.ReLU(),
            nn.Conv2d(c, d, 3, padding=1), nn.ReLU(),
            nn.Conv2d(d, e, 3, padding=1), nn.ReLU(),
            *([nn.MaxPool2d(*pool)] if full else []),
        )  # fmt: skip
        side, wide, classes, drop = (6, 4096, 1000, 0.5) if full else (2, 64, 10, 0.0)
        self.avgpool = nn.AdaptiveAvgPool2d(side)
        self.classifier = nn.Sequential(
            nn.Dropout(drop), nn.Linear(e * side * side, wide), nn.ReLU(),
            nn.Dropout(drop), nn.Linear(wide, wide), nn.ReLU(), nn.Linear(wide, classes),
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        """Images to scores."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class AlexNet(Vision):
    """AlexNet (Krizhevsky, Sutskever and Hinton, 2012)."""

    name = "alexnet"
    title = Text(fr="AlexNet", en="AlexNet")
    settings = AlexNetSettings()
    epochs, expected = 20, 0.9
    explanation = Text(
        fr=(
            "Cinq convolutions, trois couches denses, ReLU et dropout : ce qui a gagné ImageNet en 2012."
            " `--set preset=full` est le réseau d’origine, 61 100 840 paramètres, dont presque tous dans les couches"
            " denses ; le petit lit les chiffres."
        ),
        en=(
            "Five convolutions, three dense layers, ReLU and dropout: what won ImageNet in 2012. `--set preset=full` is"
            " the network itself, 61 100 840 parameters, nearly all of them in the dense layers; the small one reads"
            " digits."
        ),
    )

    def image(self, settings: AlexNetSettings) -> tuple[int, int]:
        """Full size: colour images of 224×224."""
        return (3, 224) if settings.preset == "full" else (1, self.side)

    def build(self, settings: AlexNetSettings) -> nn.Module:
        """A new network."""
        return AlexNetModule(settings.preset)
