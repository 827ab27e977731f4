"""The SqueezeNets as torchvision builds them."""

from __future__ import annotations

from typing import Any

from tinygrad_fr import cat, nn
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.models.weights import refuse, unbiased


class Fire(nn.Module):
    """Channels made few, then widened by 1×1 and 3×3 side by side.

    Example:
        >>> Fire(96, 16, 64, 64).squeeze.out_channels
        16
    """

    def __init__(self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """The block of an image."""
        x = self.squeeze_activation(self.squeeze(x))
        wide = [self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))]
        return cat(wide, 1)  # type: ignore[no-any-return]


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)


class SqueezeNet(nn.Module):
    """SqueezeNet 1.0 or 1.1.

    Example:
        >>> SqueezeNet("1_1", num_classes=10).features[0].kernel_size
        (3, 3)
    """

    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        fires = [
            (16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256),
        ]  # fmt: skip
        pools, first = ((3, 7), nn.Conv2d(3, 96, kernel_size=7, stride=2)) if version == "1_0" else (
            (2, 4), nn.Conv2d(3, 64, kernel_size=3, stride=2)
        )  # fmt: skip
        layers: list[nn.Module] = [first, nn.ReLU(inplace=True), _pool()]
        channels = first.out_channels
        for i, (squeeze, expand) in enumerate(fires):
            if i in pools:
                layers.append(_pool())
            layers.append(Fire(channels, squeeze, expand, expand))
            channels = 2 * expand
        self.features = nn.Sequential(*layers)
        last = nn.Conv2d(512, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), last, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                if part is last:
                    nn.init.normal_(part.weight, mean=0.0, std=0.01)
                else:
                    nn.init.kaiming_uniform_(part.weight)
                unbiased(part)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        return self.classifier(self.features(x)).flatten(1)  # type: ignore[no-any-return]


def squeezenet1_0(*, weights: Any = None, **options: Any) -> SqueezeNet:
    """SqueezeNet 1.0, with weights drawn anew.

    Raises:
        DataError: trained weights are asked for.

    Example:
        >>> squeezenet1_0(num_classes=10).classifier[1].out_channels
        10
    """
    return SqueezeNet("1_0", **refuse("squeezenet1_0", weights, options))


def squeezenet1_1(*, weights: Any = None, **options: Any) -> SqueezeNet:
    """SqueezeNet 1.1, with weights drawn anew.

    Raises:
        DataError: trained weights are asked for.

    Example:
        >>> squeezenet1_1(num_classes=10).classifier[1].out_channels
        10
    """
    return SqueezeNet("1_1", **refuse("squeezenet1_1", weights, options))
