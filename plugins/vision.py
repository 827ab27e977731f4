"""Chapter « Vision »: convolutional networks from LeNet-5 to ResNet, and the Vision Transformer, on images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from tinygrad_fr import Tensor, cat, nn, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import Labelled, TensorDataset, digits
from tinygrad_fr.errors import UsageError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Classifier, Recipe, Settings, Text, setting

SECTION = "Vision par ordinateur"
PRESET = Text(fr="taille du réseau", en="size of the network")
NO_IMAGES = Text(
    fr="le modèle « {name} » lit des images ; chaque ligne de ces données est de forme {found}",
    en="model “{name}” reads images; each row of this data has the shape {found}",
)
TOO_MANY = Text(
    fr="le modèle « {name} » distingue 10 classes ; ces données en ont {found}",
    en="model “{name}” tells 10 classes apart; this data has {found}",
)
TOO_LARGE = Text(
    fr="preset={preset} lit des images en couleurs de sa taille ; avec vos données, prenez le petit réseau",
    en="preset={preset} reads colour images of its size; with data of yours, take the small network",
)
RATE = Text(fr="taux d’apprentissage η", en="learning rate η")


def enlarged(images: Any, side: int) -> Any:
    """Images (n, height, width) as (n, 1, side, side), stretched bilinearly."""
    if images.shape[1:] == (side, side):
        return images[:, None]
    wide = F.interpolate(tensor(images[:, None]), (side, side), mode="bilinear")
    return np.asarray(wide.numpy())


def shifted(images: Any, labels: Any, by: int) -> tuple[Any, Any]:
    """Augmentation: each image where it is and moved by some pixels in the four directions, with its label."""
    moves = ((0, 0), (by, 0), (-by, 0), (0, by), (0, -by))
    wide = np.pad(images, ((0, 0), (0, 0), (by, by), (by, by)))
    side = images.shape[-1]
    moved = [wide[:, :, by + a : by + a + side, by + b : by + b + side] for a, b in moves]
    return np.concatenate(moved), np.concatenate([labels] * len(moves))


class Vision(Classifier):
    """What the networks of this chapter share: digits as images, cross-entropy, the share of right answers."""

    section = SECTION
    learns_from = Labelled
    side = 8  # of the digits, as the small network reads them
    epochs = 12
    expected = 0.95

    def on(self, data: Any) -> Self:
        """The same network for images of a person's own, brought to the size that it reads.

        Raises:
            UsageError: they are no images, or of more classes than the network tells apart.
        """
        given = super().on(data)
        if data.inputs.ndim != 3:
            raise UsageError(str(NO_IMAGES).format(name=self.name, found=data.inputs.shape[1:]))
        if len(data.classes) > 10:
            raise UsageError(str(TOO_MANY).format(name=self.name, found=len(data.classes)))
        return given

    def images(self) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Images to learn from and to be scored on, with their labels: digits, unless a person brings others."""
        pairs = digits() if self.own is None else [(part.inputs, part.labels) for part in self.own.split()]
        train, test = ((enlarged(images, self.side), labels) for images, labels in pairs)
        return train, test

    def rows(self) -> tuple[TensorDataset, TensorDataset]:
        """The same as rows."""
        train, test = self.images()
        return TensorDataset(*train), TensorDataset(*test)

    def image(self, settings: Any) -> tuple[int, int]:
        """Channels and side of the images that the network of these settings reads."""
        return 1, self.side

    def example(self, settings: Any) -> Batch:
        """One digit; for a network of full size, an image of noise of its size."""
        channels, side = self.image(settings)
        _train, (images, labels) = digits()
        if (channels, side) == (1, self.side):
            return Batch(tensor(enlarged(images[:1], side), name="x"), tensor(labels[:1], name="t"))
        noise = np.random.default_rng(0).normal(size=(1, channels, side, side)).astype(np.float32)
        return Batch(tensor(noise, name="x"), tensor(labels[:1], name="t"))

    def recipe(self, settings: Any) -> Recipe:
        """Adam, a few readings of the images, at a rate that falls to nothing: else the last score is a matter of luck."""
        if self.own is not None and self.image(settings) != (1, self.side):
            raise UsageError(str(TOO_LARGE).format(preset=settings.preset))
        train, test = self.rows()
        return Recipe(
            train,
            test,
            lambda p: optim.Adam(p, settings.lr),
            epochs=self.epochs,
            batch_size=64,
            score=self.expected if self.own is None else self.own.blind,
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )


@dataclass(frozen=True)
class LeNetSettings(Settings):
    """Hyper-parameters of LeNet."""

    preset: str = setting(
        "lenet-5",
        Text(
            fr="année du réseau : LeNet-5 (1998), celui de 1989, deux paires S et C du Neocognitron (1980)",
            en="year of the network: LeNet-5 (1998), that of 1989, two S and C pairs of the Neocognitron (1980)",
        ),
        choices=("lenet-5", "1989", "neocognitron"),
    )
    activation: str = setting(
        "tanh", Text(fr="fonction d’activation", en="activation function"), choices=("tanh", "relu")
    )
    lr: float = setting(0.002, RATE, low=0.0)


class LeNetModule(nn.Module):
    """C1 S2 C3 S4 C5 F6 and ten scores: convolutions 5×5, means of 2×2."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.activation = {"tanh": F.tanh, "relu": F.relu}[activation]
        self.c1 = nn.Conv2d(1, 6, 5)
        self.s2 = nn.AvgPool2d(2)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.s4 = nn.AvgPool2d(2)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 32, 32) to scores (N, 10)."""
        x = self.s2(self.activation(self.c1(x)))
        x = self.s4(self.activation(self.c3(x)))
        x = self.activation(self.c5(x)).flatten(1)
        return self.output(self.activation(self.f6(x)))


def squashed(x: Any) -> Any:
    """1.7159 tanh(2x/3), which is 1 at 1 and −1 at −1."""
    return 1.7159 * F.tanh(2 / 3 * x)


class ZipCodeModule(nn.Module):
    """The network that read zip codes in 1989: two convolutions of stride 2, no pooling, a bias for each unit.

    Each of the twelve maps of H2 sees eight of the twelve of H1; the paper does not say which, so here each sees those
    that follow it in the circle.
    """

    def __init__(self) -> None:
        super().__init__()
        self.h1_weight = self._drawn((12, 1, 5, 5), 25)
        self.h1_bias = nn.Parameter(np.zeros((12, 8, 8), np.float32))
        self.h2_weight = self._drawn((12, 8, 5, 5), 200)
        self.h2_bias = nn.Parameter(np.zeros((12, 4, 4), np.float32))
        self.h3, self.output = nn.Linear(192, 30), nn.Linear(30, 10)
        seen = (np.arange(12)[:, None] + np.arange(8)) % 12
        self.seen = Tensor(
            np.eye(12, dtype=np.float32)[seen].transpose(0, 2, 1)
        )  # (map, map of H1, which of its eight)

    @staticmethod
    def _drawn(shape: tuple[int, ...], inputs: int) -> nn.Parameter:
        bound = 2.4 / inputs  # as the paper draws them
        return nn.Parameter(rng.uniform(shape, -bound, bound).numpy())

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 32, 32), read at half their size, to scores (N, 10)."""
        h1 = squashed(F.conv2d(F.avg_pool2d(x, 2), self.h1_weight, stride=2, padding=2) + self.h1_bias)
        weight = (self.seen @ self.h2_weight.flatten(2)).reshape(12, 12, 5, 5)
        h2 = squashed(F.conv2d(h1, weight, stride=2, padding=2) + self.h2_bias)
        return self.output(squashed(self.h3(h2.flatten(1))))


class NeocognitronModule(nn.Module):
    """Two pairs of layers: S cells look for a feature, C cells answer wherever it lies nearby.

    Fukushima's learned without labels; these learn by backpropagation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.s1, self.s2 = nn.Conv2d(1, 12, 5), nn.Conv2d(12, 32, 3)
        self.c1, self.c2 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.output = nn.Linear(128, 10)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 32, 32), read at half their size, to scores (N, 10)."""
        x = self.c1(F.relu(self.s1(F.avg_pool2d(x, 2))))
        x = self.c2(F.relu(self.s2(x)))
        return self.output(x.flatten(1))


class LeNet(Vision):
    """LeNet-5 (LeCun et al., 1998), and those before it."""

    name = "lenet"
    title = Text(fr="LeNet-5", en="LeNet-5")
    settings = LeNetSettings()
    side, epochs, expected = 32, 8, 0.98
    explanation = Text(
        fr=(
            "Deux fois une convolution 5×5 et une moyenne 2×2, puis des couches denses : 61 706 paramètres. Une même"
            " petite grille de poids glisse sur toute l’image : un trait est reconnu où qu’il soit, et les poids sont peu"
            " nombreux. Regardez les formes : 32 → 28 → 14 → 10 → 5 → 1."
            " `--set preset=1989` : le réseau des codes postaux, 9 760 paramètres, sans pooling. `--set preset=neocognitron` :"
            " des couches S qui cherchent et des couches C qui tolèrent, 1980."
        ),
        en=(
            "Twice a 5×5 convolution and a 2×2 mean, then dense layers: 61 706 parameters. One small grid of weights"
            " slides over the whole image: a stroke is recognised wherever it lies, and weights are few. Look at the"
            " shapes: 32 → 28 → 14 → 10 → 5 → 1. `--set preset=1989`: the network of zip codes, 9 760 parameters, without"
            " pooling. `--set preset=neocognitron`: S layers that search and C layers that tolerate, 1980."
        ),
    )

    def rows(self) -> tuple[TensorDataset, TensorDataset]:
        """The images to learn from moved by two pixels too: a stroke means the same a little further."""
        train, test = self.images()
        return TensorDataset(*shifted(*train, 2)), TensorDataset(*test)

    def build(self, settings: LeNetSettings) -> nn.Module:
        """A new network."""
        if settings.preset == "1989":
            return ZipCodeModule()
        if settings.preset == "neocognitron":
            return NeocognitronModule()
        return LeNetModule(settings.activation)


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


@dataclass(frozen=True)
class ViTSettings(Settings):
    """Hyper-parameters of the Vision Transformer."""

    preset: str = setting("small", PRESET, choices=("small", "vit-b-16"))
    lr: float = setting(0.002, RATE, low=0.0)


class ViTModule(nn.Module):
    """Patches as words: an embedding each, a place each, then the encoder of a Transformer."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        full = preset == "vit-b-16"
        side, patch, channels, width, heads, depth, wide, classes = (
            (224, 16, 3, 768, 12, 12, 3072, 1000) if full else (8, 2, 1, 32, 4, 2, 64, 10)
        )
        self.conv_proj = nn.Conv2d(channels, width, patch, patch)
        places = (side // patch) ** 2 + 1
        self.class_token = nn.Parameter(np.zeros((1, 1, width), np.float32))
        self.pos_embedding = nn.Parameter(
            np.random.default_rng(0).normal(scale=0.02, size=(1, places, width)).astype(np.float32)
        )
        layer = nn.TransformerEncoderLayer(width, heads, wide, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, nn.LayerNorm(width, 1e-6))
        self.head = nn.Linear(width, classes)

    def forward(self, x: Any) -> Any:
        """Images to scores: those of the class token, which looks at every patch."""
        patches = self.conv_proj(x).flatten(2).transpose(1, 2)
        token = self.class_token.expand(x.shape[0], -1, -1)
        words = cat([token, patches], 1) + self.pos_embedding
        return self.head(self.encoder(words)[:, 0])


class ViT(Vision):
    """The Vision Transformer (Dosovitskiy et al., 2021)."""

    name = "vit"
    title = Text(fr="Vision Transformer (ViT)", en="Vision Transformer (ViT)")
    settings = ViTSettings()
    epochs = 30
    explanation = Text(
        fr=(
            "L’image est coupée en carrés, lus comme des mots : un vecteur chacun, plus celui de sa place. L’attention"
            " relie tous les carrés dès la première couche, sans convolution. `--set preset=vit-b-16` : 86 567 656"
            " paramètres."
        ),
        en=(
            "The image is cut into squares that are read as words: a vector each, plus that of its place. Attention"
            " relates all squares from the first layer on, without convolution. `--set preset=vit-b-16`: 86 567 656"
            " parameters."
        ),
    )

    def image(self, settings: ViTSettings) -> tuple[int, int]:
        """Full size: colour images of 224×224."""
        return (1, self.side) if settings.preset == "small" else (3, 224)

    def build(self, settings: ViTSettings) -> nn.Module:
        """A new network."""
        return ViTModule(settings.preset)


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
