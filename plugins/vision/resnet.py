"""ResNet: residual blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinygrad_fr import nn
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Settings, Text, setting

from .shared import PRESET, RATE, Vision


@dataclass(frozen=True)
class ResNetSettings(Settings):
    """Hyper-parameters of ResNet."""

    preset: str = setting("small", PRESET, choices=("small", "resnet18", "resnet50"))
    shortcut: bool = setting(True, Text(fr="connexions résiduelles", en="residual connections"))
    lr: float = setting(0.003, RATE, low=0.0)


class Block(nn.Module):
    """Two 3×3 convolutions, to which the input is added."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int, shortcut: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = shortcut
        self.downsample = _road(inputs, width, stride) if shortcut else nn.Identity()

    def forward(self, x: Any) -> Any:
        """relu(f(x) + x)."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x) if self.shortcut else y)


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions, to which the input is added."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int, shortcut: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.shortcut = shortcut
        self.downsample = _road(inputs, 4 * width, stride) if shortcut else nn.Identity()

    def forward(self, x: Any) -> Any:
        """relu(f(x) + x)."""
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.downsample(x) if self.shortcut else y)


def _road(inputs: int, outputs: int, stride: int) -> nn.Module:
    """What the input passes on its way around a block: nothing, or a 1×1 convolution where the shape changes."""
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class ResNetModule(nn.Module):
    """A stem, stages of residual blocks, the mean of each channel, and a dense layer."""

    def __init__(self, preset: str, shortcut: bool) -> None:
        super().__init__()
        block: Any = Bottleneck if preset == "resnet50" else Block
        counts = {"resnet18": (2, 2, 2, 2), "resnet50": (3, 4, 6, 3), "small": (1, 1, 1)}[preset]
        full = preset != "small"
        width = 64 if full else 16
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False) if full else nn.Conv2d(1, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if full else nn.Identity()
        channels = width
        self.count = len(counts)
        for stage, count in enumerate(counts):
            blocks = []
            for i in range(count):
                blocks.append(block(channels, width << stage, 2 if stage and not i else 1, shortcut))
                channels = (width << stage) * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, 1000 if full else 10)

    def forward(self, x: Any) -> Any:
        """Images to scores."""
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        for stage in range(1, self.count + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))


class ResNet(Vision):
    """ResNet (He et al., 2016), and its plain twin without shortcuts."""

    name = "resnet"
    title = Text(fr="ResNet", en="ResNet")
    settings = ResNetSettings()
    epochs = 8
    explanation = Text(
        fr=(
            "Chaque bloc ajoute sa réponse à son entrée : y = x + f(x). Le gradient revient par deux chemins, et celui de"
            " x n’est multiplié par rien. `--set shortcut=no` enlève les raccourcis : le jumeau ordinaire."
            " `preset=resnet18` : 11 689 512 paramètres ; `preset=resnet50` : 25 557 032."
        ),
        en=(
            "Each block adds its answer to its input: y = x + f(x). The gradient comes back by two roads, and nothing"
            " multiplies the one of x. `--set shortcut=no` takes the shortcuts away: the plain twin. `preset=resnet18`:"
            " 11 689 512 parameters; `preset=resnet50`: 25 557 032."
        ),
    )

    def image(self, settings: ResNetSettings) -> tuple[int, int]:
        """Full size: colour images of 224×224."""
        return (1, self.side) if settings.preset == "small" else (3, 224)

    def build(self, settings: ResNetSettings) -> nn.Module:
        """A new network."""
        return ResNetModule(settings.preset, settings.shortcut)
