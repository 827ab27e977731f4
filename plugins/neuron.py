"""Chapter « Introduction aux réseaux de neurones »: one neuron, and a network of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import Scalar, Tensor, cat, nn, ones, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import Labelled, TensorDataset, digits, planar, transforms
from tinygrad_fr.errors import UsageError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Classifier, Model, Recipe, Settings, Text, setting

SECTION = "Introduction aux réseaux de neurones"

PLANAR_ONLY = Text(
    fr="features=true demande des points du plan, deux nombres chacun (data=xor, moons, circles ou spiral) ; ici une ligne a {n} nombres",
    en="features=true takes points of the plane, two numbers each (data=xor, moons, circles or spiral); here a row has {n} numbers",
)
ACTIVATIONS = {"sigmoid": F.sigmoid, "tanh": F.tanh, "relu": F.relu}


@dataclass(frozen=True)
class NeuronSettings(Settings):
    """Hyper-parameters of the single neuron."""

    gate: str = setting(
        "and", Text(fr="fonction logique à apprendre", en="logic function to learn"), choices=("and", "or")
    )
    activation: str = setting(
        "tanh", Text(fr="fonction d’activation", en="activation function"), choices=tuple(ACTIVATIONS)
    )
    lr: float = setting(0.5, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


class NeuronModule(nn.Module):
    """a = f(w₁x₁ + w₂x₂ + b), one node for each multiplication and addition."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        start = rng.uniform((3,), -1.0, 1.0).tolist()
        self.w1, self.w2, self.b = (Scalar(value) for value in start)
        for parameter, name in ((self.w1, "w₁"), (self.w2, "w₂"), (self.b, "b")):
            parameter.name = name
        self.activation = ACTIVATIONS[activation]

    def forward(self, x1: Any, x2: Any) -> Any:
        """One answer for two inputs."""
        weighted1 = self.w1 * x1
        weighted2 = self.w2 * x2
        total = weighted1 + weighted2
        z = total + self.b
        a = self.activation(z)
        return a


class Neuron(Model):
    """A single neuron that learns a logic gate."""

    name = "neuron"
    title = Text(fr="Neurone artificiel", en="Artificial neuron")
    section = SECTION
    settings = NeuronSettings()
    explanation = Text(
        fr=(
            "Un neurone multiplie chaque entrée par un poids, additionne le tout et un biais b : z = Σ w x + b, puis"
            " applique une fonction d’activation : a = f(z). Ici, chaque multiplication et chaque addition est un nœud :"
            " on lit sur l’image toutes les valeurs, et comment l’erreur revient vers w₁, w₂ et b."
        ),
        en=(
            "A neuron multiplies each input by a weight, adds everything and a bias b: z = Σ w x + b, then applies an"
            " activation function: a = f(z). Here each multiplication and each addition is a node of its own: the"
            " picture shows every value, and how the error comes back to w₁, w₂ and b."
        ),
    )

    def build(self, settings: NeuronSettings) -> nn.Module:
        """A neuron with two inputs."""
        return NeuronModule(settings.activation)

    def example(self, settings: NeuronSettings) -> Batch:
        """The inputs (2, ½), to be answered by 1."""
        return Batch(tensor([[2.0, 0.5]]), tensor([1.0]))

    def _targets(self, settings: NeuronSettings, target: Tensor) -> list[float]:
        low = -1.0 if settings.activation == "tanh" else 0.0
        return [1.0 if value > 0.5 else low for value in target.tolist()]

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean squared error."""
        total: Any = None
        for (x1, x2), wanted in zip(batch.inputs.tolist(), batch.target.tolist(), strict=True):
            a = module(Scalar(x1, requires_grad=False, name="x₁"), Scalar(x2, requires_grad=False, name="x₂"))
            error = a - wanted
            square = error * error
            total = square if total is None else total + square
        return total if len(batch.inputs) == 1 else total / float(len(batch.inputs))

    def recipe(self, settings: NeuronSettings) -> Recipe:
        """The four rows of the truth table, read in full at each step."""
        inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        answers = inputs.min(axis=1) if settings.gate == "and" else inputs.max(axis=1)
        rows = TensorDataset(inputs, answers)
        return Recipe(rows, rows, lambda p: optim.SGD(p, settings.lr), epochs=200, batch_size=4, score=1.0)

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the rows answered on the right side of ½."""
        answers = [float(module(x1, x2)) > 0.5 for x1, x2 in batch.inputs.tolist()]
        return float(np.mean([a == (t > 0.5) for a, t in zip(answers, batch.target.tolist(), strict=True)]))


@dataclass(frozen=True)
class MLPSettings(Settings):
    """Hyper-parameters of the multi-layer perceptron."""

    data: str = setting(
        "digits", Text(fr="données", en="data"), choices=("digits", "xor", "moons", "circles", "spiral")
    )
    hidden: int = setting(
        32, Text(fr="neurones de la couche cachée", en="neurons of the hidden layer"), low=1, high=4096
    )
    activation: str = setting(
        "tanh", Text(fr="fonction d’activation", en="activation function"), choices=tuple(ACTIVATIONS)
    )
    lr: float = setting(0.01, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)
    features: bool = setting(
        False,
        Text(
            fr="donner aussi x₁², x₂², x₁x₂, sin πx₁ et sin πx₂ d’un point du plan, que la page éteint un à un",
            en="also give x₁², x₂², x₁x₂, sin πx₁ and sin πx₂ of a point of the plane, which the page switches off one by one",
        ),
    )


class Features(nn.Module):
    """What is read of a point (N, 2): its two numbers, their squares, their product, their sines; 0 for what is switched off."""

    names = ("x₁", "x₂", "x₁²", "x₂²", "x₁x₂", "sin πx₁", "sin πx₂")
    used: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("used", ones(len(self.names)))
        self.switches = {"used": self.names}

    def forward(self, x: Any) -> Any:
        """Features (N, 7)."""
        product = x[:, :1] * x[:, 1:]
        return cat([x, x * x, product, (x * math.pi).sin()], 1) * self.used


class MLPModule(nn.Module):
    """Two affine layers with an activation between them."""

    def __init__(self, features: int, hidden: int, classes: int, activation: str, *, more: bool = False) -> None:
        super().__init__()
        if more:
            self.features = Features()
            features = len(Features.names)
        self.more = more
        self.hidden = nn.Linear(features, hidden)
        self.output = nn.Linear(hidden, classes)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Any) -> Any:
        """Scores (N, classes)."""
        x = x.flatten(1)
        if self.more:
            x = self.features(x)
        a = self.activation(self.hidden(x))
        return self.output(a)


def _moons(n: int, seed: int) -> tuple[Any, Any]:
    from sklearn.datasets import make_moons

    points, labels = make_moons(n, noise=0.1, random_state=seed)
    return points.astype(np.float32), labels.astype(np.int64)


def _xor() -> tuple[Any, Any]:
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return points, (points[:, 0] != points[:, 1]).astype(np.int64)


class MLP(Classifier):
    """A multi-layer perceptron on digits, or on points of the plane."""

    name = "mlp"
    title = Text(fr="Perceptron multicouche", en="Multi-layer perceptron")
    section = SECTION
    settings = MLPSettings()
    learns_from = Labelled
    explanation = Text(
        fr=(
            "Deux couches de neurones : a = f(W x + b), puis un score par classe. La rétropropagation calcule δ = ∂L/∂z à"
            " la sortie et le renvoie vers l’entrée : équations (2) à (7) du cours. Avec l’entropie croisée, δ de la"
            " dernière couche est simplement p − y."
        ),
        en=(
            "Two layers of neurons: a = f(W x + b), then one score a class. Backpropagation computes δ = ∂L/∂z at the"
            " output and sends it back to the input: equations (2) to (7) of the course. With cross-entropy, δ of the"
            " last layer is simply p − y."
        ),
    )

    def build(self, settings: MLPSettings) -> nn.Module:
        """A network with one hidden layer."""
        features, classes = (64, 10) if settings.data == "digits" else (2, 2)
        if self.own is not None:
            features, classes = self.own.inputs[0].size, len(self.own.classes)
        if settings.features and features != 2:
            raise UsageError(str(PLANAR_ONLY).format(n=features))
        return MLPModule(features, settings.hidden, classes, settings.activation, more=settings.features)

    def _rows(self, settings: MLPSettings) -> tuple[TensorDataset, TensorDataset]:
        if self.own is not None:
            parts = self.own.split()
            scale = transforms.Normalise.of(parts[0].inputs)
            learned, held = (TensorDataset(scale(part.inputs), part.labels) for part in parts)
            return learned, held
        if settings.data == "digits":
            train, test = digits()
            return TensorDataset(*train), TensorDataset(*test)
        if settings.data == "xor":
            rows = TensorDataset(*_xor())
            return rows, rows
        if settings.data == "moons":
            return TensorDataset(*_moons(400, 0)), TensorDataset(*_moons(200, 1))
        return TensorDataset(*planar(settings.data, 400)), TensorDataset(*planar(settings.data, 200, seed=1))

    def example(self, settings: MLPSettings) -> Batch:
        """One row of the data; of the exclusive or (1, 1), since a 0 would hide what its weights do."""
        row = slice(-1, None) if settings.data == "xor" and self.own is None else slice(1)
        inputs, target = self._rows(settings)[0][row]
        inputs.name, target.name = "x", "t"
        return Batch(inputs, target)

    def recipe(self, settings: MLPSettings) -> Recipe:
        """Adam, a few readings of the data; of a person's own, until the score no longer rises."""
        train, test = self._rows(settings)
        if self.own is not None:
            return Recipe(
                train,
                test,
                lambda p: optim.Adam(p, settings.lr),
                epochs=200,
                batch_size=32,
                score=self.own.blind,
                patience=20,
            )
        epochs, batch, score = {
            "digits": (20, 32, 0.95), "xor": (300, 4, 1.0), "moons": (60, 20, 0.97), "circles": (60, 20, 0.97), "spiral": (200, 20, 0.97),
        }[settings.data]  # fmt: skip
        return Recipe(train, test, lambda p: optim.Adam(p, settings.lr), epochs=epochs, batch_size=batch, score=score)
