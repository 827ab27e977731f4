"""What the models of the chapter « Vision » share: digits as images, settings, the reading of a person's images."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from tinygrad_fr import optim, tensor
from tinygrad_fr.data import Labelled, TensorDataset, digits
from tinygrad_fr.errors import UsageError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Classifier, Recipe, Text

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
    return np.asarray(wide.detach().numpy())


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
