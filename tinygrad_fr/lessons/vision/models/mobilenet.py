"""MobileNetV2 as torchvision builds it."""

from __future__ import annotations

from typing import Any

from tinygrad_fr import nn
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.models.weights import plain, refuse, unbiased

# Expansion, channels, blocks and stride of each stage.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def _divisible(channels: float, divisor: int = 8) -> int:
    """The nearest multiple of the divisor that loses no more than a tenth."""
    near = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * channels else near


class Conv2dNormActivation(nn.Sequential):
    """A convolution, its normalization, and ReLU6.

    Example:
        >>> len(Conv2dNormActivation(3, 8))
        3
    """

    def __init__(self, channels: int, width: int, kernel_size: int = 3, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(channels, width, kernel_size, stride, (kernel_size - 1) // 2, groups=groups, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Channels made many, convolved one by one, and made few again.

    Example:
        >>> InvertedResidual(16, 16, 1, 6).use_res_connect
        True
    """

    def __init__(self, channels: int, width: int, stride: int, expand_ratio: int) -> None:
        super().__init__()
        hidden = round(channels * expand_ratio)
        self.use_res_connect = stride == 1 and channels == width
        layers: list[nn.Module] = []
        if expand_ratio != 1:
            layers.append(Conv2dNormActivation(channels, hidden, kernel_size=1))
        layers += [
            Conv2dNormActivation(hidden, hidden, stride=stride, groups=hidden),
            nn.Conv2d(hidden, width, 1, 1, 0, bias=False),
            nn.BatchNorm2d(width),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """The block of an image."""
        return x + self.conv(x) if self.use_res_connect else self.conv(x)  # type: ignore[no-any-return]


class MobileNetV2(nn.Module):
    """MobileNetV2.

    Args:
        width_mult: what the channels are multiplied by.

    Example:
        >>> MobileNetV2(num_classes=10).classifier[1].in_features
        1280
    """

    def __init__(self, num_classes: int = 1000, width_mult: float = 1.0, dropout: float = 0.2) -> None:
        super().__init__()
        channels = _divisible(32 * width_mult)
        self.last_channel = _divisible(1280 * max(1.0, width_mult))
        layers: list[nn.Module] = [Conv2dNormActivation(3, channels, stride=2)]
        for expansion, wanted, blocks, stride in _STAGES:
            width = _divisible(wanted * width_mult)
            for block in range(blocks):
                layers.append(InvertedResidual(channels, width, stride if block == 0 else 1, expansion))
                channels = width
        layers.append(Conv2dNormActivation(channels, self.last_channel, kernel_size=1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes))
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, mode="fan_out")
                unbiased(part)
            elif isinstance(part, nn.BatchNorm2d):
                plain(part)
            elif isinstance(part, nn.Linear):
                nn.init.normal_(part.weight, 0, 0.01)
                unbiased(part)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(x.flatten(1))  # type: ignore[no-any-return]


def mobilenet_v2(*, weights: Any = None, **options: Any) -> MobileNetV2:
    """MobileNetV2, with weights drawn anew.

    Raises:
        DataError: trained weights are asked for.

    Example:
        >>> mobilenet_v2(num_classes=10).classifier[1].out_features
        10
    """
    return MobileNetV2(**refuse("mobilenet_v2", weights, options))
