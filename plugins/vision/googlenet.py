"""GoogLeNet, with its blocks « Inception »."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinygrad_fr import cat, nn
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Settings, Text, setting

from .shared import PRESET, RATE, Vision


class BasicConv(nn.Module):
    """A convolution without bias, batch normalisation, relu."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Any) -> Any:
        """(N, inputs, H, W) → (N, outputs, H′, W′)."""
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Four looks at the same place, 1×1, 3×3, wider, and a maximum, put side by side."""

    def __init__(self, inputs: int, one: int, three: tuple[int, int], wide: tuple[int, int], pooled: int) -> None:
        super().__init__()
        self.branch1 = BasicConv(inputs, one, 1)
        self.branch2 = nn.Sequential(BasicConv(inputs, three[0], 1), BasicConv(three[0], three[1], 3, padding=1))
        self.branch3 = nn.Sequential(BasicConv(inputs, wide[0], 1), BasicConv(wide[0], wide[1], 3, padding=1))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), BasicConv(inputs, pooled, 1))

    def forward(self, x: Any) -> Any:
        """Channels of the four branches, end to end."""
        return cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


# Inception modules of GoogLeNet: inputs, 1×1, 3×3, 5×5 (computed by 3×3, as in the weights that are published), pool.
INCEPTIONS = (
    (192, 64, (96, 128), (16, 32), 32),
    (256, 128, (128, 192), (32, 96), 64),
    None,
    (480, 192, (96, 208), (16, 48), 64),
    (512, 160, (112, 224), (24, 64), 64),
    (512, 128, (128, 256), (24, 64), 64),
    (512, 112, (144, 288), (32, 64), 64),
    (528, 256, (160, 320), (32, 128), 128),
    None,
    (832, 256, (160, 320), (32, 128), 128),
    (832, 384, (192, 384), (48, 128), 128),
)


@dataclass(frozen=True)
class GoogLeNetSettings(Settings):
    """Hyper-parameters of GoogLeNet."""

    preset: str = setting("small", PRESET, choices=("small", "full"))
    lr: float = setting(0.003, RATE, low=0.0)


class GoogLeNetModule(nn.Module):
    """A stem, Inception modules, the mean of each channel, and a dense layer."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        if preset == "full":
            self.stem: nn.Module = nn.Sequential(
                BasicConv(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, ceil_mode=True), BasicConv(64, 64, 1),
                BasicConv(64, 192, 3, padding=1), nn.MaxPool2d(3, 2, ceil_mode=True),
            )  # fmt: skip
            parts: list[nn.Module] = [
                nn.MaxPool2d(3, 2, ceil_mode=True) if row is None else Inception(*row) for row in INCEPTIONS
            ]
            self.inceptions = nn.Sequential(*parts)
            self.fc = nn.Linear(1024, 1000)
        else:
            self.stem = BasicConv(1, 16, 3, padding=1)
            self.inceptions = nn.Sequential(
                Inception(16, 8, (8, 16), (4, 8), 8), nn.MaxPool2d(2), Inception(40, 16, (16, 32), (8, 16), 16)
            )
            self.fc = nn.Linear(80, 10)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x: Any) -> Any:
        """Images to scores."""
        x = self.inceptions(self.stem(x))
        return self.fc(self.dropout(x.mean((2, 3))))


class GoogLeNet(Vision):
    """GoogLeNet (Szegedy et al., 2015)."""

    name = "googlenet"
    title = Text(fr="GoogLeNet", en="GoogLeNet")
    settings = GoogLeNetSettings()
    epochs = 12
    explanation = Text(
        fr=(
            "À chaque étage, quatre regards sur le même endroit, mis côte à côte ; des convolutions 1×1 réduisent d’abord"
            " les canaux. `--set preset=full` : 6 624 904 paramètres sans les têtes auxiliaires, vingt fois moins que VGG."
        ),
        en=(
            "At every stage four looks at the same place, put side by side; 1×1 convolutions reduce the channels first."
            " `--set preset=full`: 6 624 904 parameters without the auxiliary heads, twenty times fewer than VGG."
        ),
    )

    def image(self, settings: GoogLeNetSettings) -> tuple[int, int]:
        """Full size: colour images of 224×224."""
        return (3, 224) if settings.preset == "full" else (1, self.side)

    def build(self, settings: GoogLeNetSettings) -> nn.Module:
        """A new network."""
        return GoogLeNetModule(settings.preset)
