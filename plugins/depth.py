"""Chapter « Réseaux profonds »: a gradient through many layers, with and without the remedies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import nn, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import TensorDataset, digits
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

ACTIVATIONS = {"sigmoid": F.sigmoid, "tanh": F.tanh, "relu": F.relu}


@dataclass(frozen=True)
class DeepSettings(Settings):
    """Hyper-parameters of the deep network."""

    layers: int = setting(12, Text(fr="couches cachées", en="hidden layers"), low=1, high=200)
    hidden: int = setting(32, Text(fr="neurones par couche", en="neurons a layer"), low=1, high=1024)
    activation: str = setting(
        "relu", Text(fr="fonction d’activation", en="activation function"), choices=tuple(ACTIVATIONS)
    )
    residual: bool = setting(True, Text(fr="ajouter son entrée à chaque couche", en="add its input to each layer"))
    norm: bool = setting(False, Text(fr="normaliser chaque couche", en="normalise each layer"))
    init: str = setting(
        "uniform",
        Text(fr="matrices W au départ", en="matrices W at the start"),
        choices=("uniform", "orthogonal", "identity"),
    )
    lr: float = setting(0.001, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


def normalised(z: Any) -> Any:
    """z with mean 0 and variance 1 over the units of the layer."""
    centred = z - z.mean(1, keepdim=True)
    return centred / (centred.square().mean(1, keepdim=True) + 1e-5).sqrt()


class Layer(nn.Module):
    """a = f(W x + b), to which x is added where the layer is residual."""

    def __init__(self, features: int, hidden: int, settings: DeepSettings) -> None:
        super().__init__()
        self.affine = nn.Linear(features, hidden)
        self.activation = ACTIVATIONS[settings.activation]
        self.residual = settings.residual and features == hidden
        self.norm = settings.norm
        if settings.init == "orthogonal":
            square = np.linalg.qr(rng.randn(max(features, hidden), max(features, hidden)).detach().numpy())[0]
            self.affine.weight.data = square[:hidden, :features]
        elif settings.init == "identity":
            self.affine.weight.data = np.eye(hidden, features, dtype=np.float32)

    def forward(self, x: Any) -> Any:
        """(N, features) → (N, hidden)."""
        z = self.affine(x)
        a = self.activation(normalised(z) if self.norm else z)
        return x + a if self.residual else a


class DeepModule(nn.Module):
    """Layers one after the other, then a score a class."""

    def __init__(self, settings: DeepSettings) -> None:
        super().__init__()
        sizes = [64] + [settings.hidden] * settings.layers
        self.count = settings.layers
        for number, features in enumerate(sizes[:-1], start=1):
            setattr(self, f"layer{number}", Layer(features, settings.hidden, settings))
        self.output = nn.Linear(settings.hidden, 10)

    def forward(self, images: Any) -> Any:
        """Images (N, 8, 8) to scores (N, 10)."""
        a = images.flatten(1)
        for number in range(1, self.count + 1):
            a = getattr(self, f"layer{number}")(a)
        return self.output(a)


class Deep(Model):
    """A deep network on digits."""

    name = "deep"
    title = Text(fr="Réseau profond", en="Deep network")
    section = "Apprentissage"
    settings = DeepSettings()
    explanation = Text(
        fr=(
            "Douze couches l’une après l’autre. En revenant vers l’entrée, le gradient est multiplié à chaque couche par W"
            " et par f′. Avec la sigmoïde f′ ≤ ¼ : il disparaît. ReLU laisse f′ = 1 aux unités actives ; une connexion"
            " résiduelle, a = x + f(W x + b), lui ouvre une route que rien ne multiplie."
        ),
        en=(
            "Twelve layers one after the other. Coming back to the input, the gradient is multiplied at each layer by W and"
            " by f′. With the sigmoid f′ ≤ ¼: it vanishes. ReLU leaves f′ = 1 to the active units; a residual"
            " connection, a = x + f(W x + b), opens a road that nothing multiplies."
        ),
    )

    def build(self, settings: DeepSettings) -> nn.Module:
        """A new network."""
        return DeepModule(settings)

    def example(self, settings: DeepSettings) -> Batch:
        """One digit."""
        _train, (images, labels) = digits()
        return Batch(tensor(images[:1], name="x"), tensor(labels[:1], name="t"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Cross-entropy."""
        return F.cross_entropy(module(batch.inputs), batch.target)

    def recipe(self, settings: DeepSettings) -> Recipe:
        """Adam, a few readings of the digits."""
        train, test = (TensorDataset(*rows) for rows in digits())
        return Recipe(train, test, lambda p: optim.Adam(p, settings.lr), epochs=15, batch_size=32, score=0.9)

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of right answers."""
        return float(np.mean(module(batch.inputs).argmax(1).detach().numpy() == batch.target.detach().numpy()))
