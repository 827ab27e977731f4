"""The VGG networks as torchvision builds them."""

from __future__ import annotations

from typing import Any

from tinygrad_fr import nn
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.models.weights import plain, refuse, unbiased

# Channels of the convolutions between two poolings: VGG of so many layers.
_STAGES = {
    11: ((64,), (128,), (256,) * 2, (512,) * 2, (512,) * 2),
    13: ((64,) * 2, (128,) * 2, (256,) * 2, (512,) * 2, (512,) * 2),
    16: ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3),
    19: ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4),
}


class VGG(nn.Module):
    """Convolutions of 3×3 and three linear layers.

    Args:
        features: the convolutions; they give 512 channels.

    Example:
        >>> sum(isinstance(part, nn.Conv2d) for part in features(11, normed=False))
        8
    """

    def __init__(
        self, features: nn.Module, num_classes: int = 1000, init_weights: bool = True, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )
        for part in self.modules() if init_weights else ():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
                unbiased(part)
            elif isinstance(part, nn.BatchNorm2d):
                plain(part)
            elif isinstance(part, nn.Linear):
                nn.init.normal_(part.weight, 0, 0.01)
                unbiased(part)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))  # type: ignore[no-any-return]


def features(depth: int, normed: bool) -> nn.Sequential:
    """The convolutions of a VGG of so many layers.

    Example:
        >>> len(features(16, normed=True))
        44
    """
    layers: list[nn.Module] = []
    channels = 3
    for stage in _STAGES[depth]:
        for width in stage:
            layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(width)] if normed else []
            layers.append(nn.ReLU(inplace=True))
            channels = width
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


def _maker(depth: int, normed: bool) -> Any:
    name = f"vgg{depth}_bn" if normed else f"vgg{depth}"

    def make(*, weights: Any = None, **options: Any) -> VGG:
        kept = refuse(name, weights, options)
        return VGG(features(depth, normed), **kept)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"VGG of {depth} layers{' with batch normalization' if normed else ''}, with weights drawn anew."
    return make


vgg11, vgg13, vgg16, vgg19 = (_maker(depth, normed=False) for depth in _STAGES)
vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn = (_maker(depth, normed=True) for depth in _STAGES)
