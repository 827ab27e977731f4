"""AlexNet as torchvision builds it."""

from __future__ import annotations

from typing import Any

from tinygrad_fr import nn
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.models.weights import refuse


class AlexNet(nn.Module):
    """Five convolutions and three linear layers.

    Example:
        >>> len(list(AlexNet(num_classes=10).parameters()))
        16
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))  # type: ignore[no-any-return]


def alexnet(*, weights: Any = None, **options: Any) -> AlexNet:
    """AlexNet, with weights drawn anew.

    Raises:
        DataError: trained weights are asked for.

    Example:
        >>> alexnet(num_classes=10).classifier[6].out_features
        10
    """
    return AlexNet(**refuse("alexnet", weights, options))
