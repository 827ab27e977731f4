"""VGG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinygrad_fr import nn
from tinygrad_fr.plugins import Settings, Text, setting

from .shared import PRESET, RATE, Vision

# Convolutions of each block of VGG, by preset.
VGG_BLOCKS = {
    "vgg11": ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2)),
    "vgg16": ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)),
    "vgg19": ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)),
    "small": ((16, 2), (32, 2)),
}


@dataclass(frozen=True)
class VGGSettings(Settings):
    """Hyper-parameters of VGG."""

    preset: str = setting("small", PRESET, choices=("small", "vgg11", "vgg16", "vgg19"))
    lr: float = setting(0.002, RATE, low=0.0)


class VGGModule(nn.Module):
    """Blocks of 3×3 convolutions, each closed by a maximum of 2×2, then dense layers."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        full = preset != "small"
        layers: list[nn.Module] = []
        channels = 3 if full else 1
        for width, count in VGG_BLOCKS[preset]:
            for _each in range(count):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        side, wide, classes = (7, 4096, 1000) if full else (2, 64, 10)
        self.classifier = nn.Sequential(
            nn.Linear(channels * side * side, wide), nn.ReLU(), nn.Dropout(0.5 if full else 0.2),
            nn.Linear(wide, wide), nn.ReLU(), nn.Dropout(0.5 if full else 0.2), nn.Linear(wide, classes),
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        """Images to scores."""
        return self.classifier(self.features(x).flatten(1))


class VGG(Vision):
    """VGG (Simonyan and Zisserman, 2015)."""

    name = "vgg"
    title = Text(fr="VGG", en="VGG")
    settings = VGGSettings()
    epochs = 20
    explanation = Text(
        fr=(
            "Rien que des convolutions 3×3 : deux à la suite voient 5×5, trois voient 7×7, avec moins de poids et plus de"
            " ReLU. `--set preset=vgg16` : 138 357 544 paramètres."
        ),
        en=(
            "Nothing but 3×3 convolutions: two in a row see 5×5, three see 7×7, with fewer weights and more ReLU."
            " `--set preset=vgg16`: 138 357 544 parameters."
        ),
    )

    def image(self, settings: VGGSettings) -> tuple[int, int]:
        """Full size: colour images of 224×224."""
        return (1, self.side) if settings.preset == "small" else (3, 224)

    def build(self, settings: VGGSettings) -> nn.Module:
        """A new network."""
        return VGGModule(settings.preset)
