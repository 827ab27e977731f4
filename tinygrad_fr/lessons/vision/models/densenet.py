"""The DenseNets as torchvision builds them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from tinygrad_fr import cat, nn
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.models.weights import plain, refuse, unbiased


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, growth_rate: int, bn_size: int, drop_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(channels, bn_size * growth_rate, kernel_size=1, stride=1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, kernel_size=3, stride=1, padding=1, bias=False)
        self.drop_rate = float(drop_rate)

    def forward(self, found: list[Tensor]) -> Tensor:
        narrow = self.conv1(self.relu1(self.norm1(cat(found, 1))))
        new = self.conv2(self.relu2(self.norm2(narrow)))
        if self.drop_rate > 0:
            new = nn.functional.dropout(new, p=self.drop_rate, training=self.training)
        return new  # type: ignore[no-any-return]


class _DenseBlock(nn.ModuleDict):
    def __init__(self, layers: int, channels: int, bn_size: int, growth_rate: int, drop_rate: float) -> None:
        super().__init__()
        for i in range(layers):
            self[f"denselayer{i + 1}"] = _DenseLayer(channels + i * growth_rate, growth_rate, bn_size, drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        found = [x]
        for layer in self.values():
            found.append(layer(found))
        return cat(found, 1)  # type: ignore[no-any-return]


class _Transition(nn.Sequential):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(channels, width, kernel_size=1, stride=1, bias=False)
        self.pool = nn.AvgPool2d(kernel_size=2, stride=2)


class DenseNet(nn.Module):
    """A network whose layers read what all earlier layers of their block gave.

    Args:
        growth_rate: channels that each layer adds.
        block_config: layers of each block.

    Example:
        >>> DenseNet(block_config=(2, 2), num_classes=10).classifier.in_features
        128
    """

    def __init__(
        self,
        growth_rate: int = 32,
        block_config: tuple[int, ...] = (6, 12, 24, 16),
        num_init_features: int = 64,
        bn_size: int = 4,
        drop_rate: float = 0,
        num_classes: int = 1000,
    ) -> None:
        super().__init__()
        channels = num_init_features
        self.features = nn.Sequential(
            OrderedDict(
                [
                    ("conv0", nn.Conv2d(3, channels, kernel_size=7, stride=2, padding=3, bias=False)),
                    ("norm0", nn.BatchNorm2d(channels)),
                    ("relu0", nn.ReLU(inplace=True)),
                    ("pool0", nn.MaxPool2d(kernel_size=3, stride=2, padding=1)),
                ]
            )
        )
        for i, layers in enumerate(block_config):
            self.features.add_module(
                f"denseblock{i + 1}", _DenseBlock(layers, channels, bn_size, growth_rate, drop_rate)
            )
            channels += layers * growth_rate
            if i != len(block_config) - 1:
                self.features.add_module(f"transition{i + 1}", _Transition(channels, channels // 2))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, num_classes)
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight)
            elif isinstance(part, nn.BatchNorm2d):
                plain(part)
            elif isinstance(part, nn.Linear):
                unbiased(part)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        x = nn.functional.relu(self.features(x))
        return self.classifier(nn.functional.adaptive_avg_pool2d(x, (1, 1)).flatten(1))  # type: ignore[no-any-return]


def densenet121(*, weights: Any = None, **options: Any) -> DenseNet:
    """DenseNet of 121 layers, with weights drawn anew.

    Raises:
        DataError: trained weights are asked for.

    Example:
        >>> densenet121(num_classes=10).classifier.out_features
        10
    """
    return DenseNet(32, (6, 12, 24, 16), 64, **refuse("densenet121", weights, options))
