"""Chapter « Jalons »: one neuron that draws a straight line, by hand, by its mistakes, or by its margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import Tensor, nn, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import TensorDataset, digits
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

SECTION = "Jalons"

TABLE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
# w₁, w₂ and b of a threshold neuron, chosen by hand.
GATES = {"and": (1.0, 1.0, -1.5), "or": (1.0, 1.0, -0.5), "not": (-1.0, 0.0, 0.5)}
ANSWERS = {
    "and": np.array([0, 0, 0, 1], np.float32),
    "or": np.array([0, 1, 1, 1], np.float32),
    "not": np.array([1, 1, 0, 0], np.float32),
    "xor": np.array([0, 1, 1, 0], np.float32),
}


@dataclass(frozen=True)
class ThresholdSettings(Settings):
    """Which gate the weights were chosen for."""

    gate: str = setting("and", Text(fr="fonction logique", en="logic function"), choices=tuple(GATES))


class ThresholdModule(nn.Module):
    """a = 1 where w·x + b > 0, else 0."""

    def __init__(self, w1: float, w2: float, b: float) -> None:
        super().__init__()
        self.w = nn.Parameter(np.array([w1, w2], np.float32))
        self.b = nn.Parameter(np.array(b, np.float32))

    def forward(self, x: Any) -> Any:
        """Rows (N, 2) to answers (N,)."""
        z = x @ self.w + self.b
        a = (z.sign() + 1) / 2
        return a


class McCullochPitts(Model):
    """The threshold neuron of 1943: it computes, and cannot learn."""

    name = "mcculloch-pitts"
    title = Text(fr="Neurone de McCulloch et Pitts (1943)", en="The neuron of McCulloch and Pitts (1943)")
    section = SECTION
    settings = ThresholdSettings()
    learns = False
    explanation = Text(
        fr=(
            "Le neurone répond 1 si la somme de ses entrées pondérées dépasse un seuil, sinon 0. Avec des poids choisis à"
            " la main, il calcule ET, OU, NON. Il ne peut pas apprendre par le gradient : la marche est plate partout, sa"
            " dérivée est 0, et l’image montre que rien ne revient vers w et b. D’où les fonctions d’activation qui ont une"
            " pente."
        ),
        en=(
            "The neuron answers 1 if the sum of its weighted inputs passes a threshold, else 0. With weights chosen by hand"
            " it computes AND, OR, NOT. It cannot learn by gradient: the step is flat everywhere, its derivative is 0, and"
            " the picture shows that nothing comes back to w and b. Hence activation functions that have a slope."
        ),
    )

    def build(self, settings: ThresholdSettings) -> nn.Module:
        """The neuron with its weights."""
        return ThresholdModule(*GATES[settings.gate])

    def _rows(self, settings: ThresholdSettings) -> TensorDataset:
        return TensorDataset(TABLE, ANSWERS[settings.gate])

    def example(self, settings: ThresholdSettings) -> Batch:
        """The row (1, 0) of the truth table, answered as if it were not known."""
        return Batch(tensor(TABLE[2:3], name="x"), tensor(1 - ANSWERS[settings.gate][2:3], name="t"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean squared error: its gradient stops at the step."""
        return F.mse_loss(module(batch.inputs), batch.target)

    def recipe(self, settings: ThresholdSettings) -> Recipe:
        """Nothing to learn; gradient descent is tried, and changes nothing."""
        rows = self._rows(settings)
        return Recipe(rows, rows, lambda p: optim.SGD(p, 0.5), epochs=1, batch_size=4, score=1.0)

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the rows that are answered right."""
        return float(np.mean(module(batch.inputs).detach().numpy() == batch.target.detach().numpy()))


RULES = ("mistake", "gradient")
DATA = ("clouds", "and", "or", "xor")


@dataclass(frozen=True)
class PerceptronSettings(Settings):
    """What the perceptron learns, and how."""

    data: str = setting(
        "clouds",
        Text(
            fr="données : deux nuages séparables, ou une fonction logique", en="data: two separable clouds, or a gate"
        ),
        choices=DATA,
    )
    rule: str = setting(
        "mistake",
        Text(
            fr="règle : corriger chaque erreur, ou descendre le gradient", en="rule: correct each mistake, or descend"
        ),
        choices=RULES,
    )
    lr: float = setting(1.0, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


class LineModule(nn.Module):
    """z = w·x + b; the answer is its sign. It starts near 0 and not there, where nothing tells the sides apart."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.w = nn.Parameter(rng.uniform((features,), -0.1, 0.1).detach().numpy())
        self.b = nn.Parameter(np.zeros((), np.float32))

    def forward(self, x: Any) -> Any:
        """Rows (N, features) to scores (N,)."""
        z = x @ self.w + self.b
        return z


class PerceptronModule(LineModule):
    """A line, its rule, and the number of mistakes that it corrected."""

    def __init__(self, rule: str) -> None:
        super().__init__(2)
        self.rule = rule
        self.register_buffer("mistakes", tensor(0.0))

    mistakes: Tensor


def clouds(n: int, seed: int) -> tuple[Any, Any]:
    """Two clouds of points in the plane, (n, 2), with a gap between them, and their sides −1 and 1 (n,)."""
    generator = np.random.default_rng(seed)
    side = generator.choice([-1.0, 1.0], n)
    across = np.array([0.6, 0.8])
    points = generator.normal(0, 1, (n, 2))
    away = side * (0.25 + np.abs(generator.normal(0, 1, n)))
    points += (away - points @ across)[:, None] * across
    return points.astype(np.float32), side.astype(np.float32)


class Perceptron(Model):
    """Rosenblatt's perceptron."""

    name = "perceptron"
    title = Text(fr="Perceptron (1958)", en="Perceptron (1958)")
    section = SECTION
    settings = PerceptronSettings()
    explanation = Text(
        fr=(
            "À chaque erreur, w ← w + η t x : la droite tourne vers le point mal classé. Si une droite sépare les données"
            " avec une marge γ et que ‖x‖ ≤ R, il n’y a pas plus de (R/γ)² erreurs (Novikoff). Aucune droite ne sépare XOR :"
            " la règle y tourne sans fin. La règle du gradient descend max(0, −t z) et fait les mêmes pas, sauf en z = 0,"
            " où elle ne bouge pas."
        ),
        en=(
            "At each mistake, w ← w + η t x: the line turns towards the point on the wrong side. If a line separates the"
            " data with a margin γ and ‖x‖ ≤ R, there are no more than (R/γ)² mistakes (Novikoff). No line separates XOR:"
            " the rule turns there for ever. The gradient rule descends max(0, −t z) and takes the same steps, except at"
            " z = 0, where it does not move."
        ),
    )

    def build(self, settings: PerceptronSettings) -> nn.Module:
        """A line in the plane."""
        return PerceptronModule(settings.rule)

    def _rows(self, settings: PerceptronSettings) -> tuple[TensorDataset, TensorDataset]:
        if settings.data == "clouds":
            return TensorDataset(*clouds(200, 0)), TensorDataset(*clouds(100, 1))
        rows = TensorDataset(TABLE, 2 * ANSWERS[settings.data] - 1)
        return rows, rows

    def example(self, settings: PerceptronSettings) -> Batch:
        """One point."""
        inputs, target = self._rows(settings)[0].arrays
        return Batch(tensor(inputs[:1], name="x"), tensor(target[:1], name="t"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """The perceptron's criterion: mean of max(0, −t z)."""
        return F.relu(-batch.target * module(batch.inputs)).mean()

    def update(self, module: nn.Module, batch: Batch, optimizer: Any, clip_norm: float | None = None) -> float:
        """Correct the mistakes of a batch one by one, or take a step down the criterion."""
        assert isinstance(module, PerceptronModule)
        if module.rule == "gradient":
            return super().update(module, batch, optimizer, clip_norm)
        rate, wrong = optimizer.param_groups[0]["lr"], 0
        for point, side in zip(batch.inputs.detach().numpy(), batch.target.detach().numpy(), strict=True):
            if side * (point @ module.w.detach().numpy() + float(module.b)) <= 0:
                wrong += 1
                module.w.data = module.w.detach().numpy() + rate * side * point
                module.b.data = module.b.detach().numpy() + rate * side
        module.mistakes.data = module.mistakes.detach().numpy() + wrong
        return wrong / len(batch.target)

    def recipe(self, settings: PerceptronSettings) -> Recipe:
        """Point by point, until no point is on the wrong side."""
        train, test = self._rows(settings)
        return Recipe(train, test, lambda p: optim.SGD(p, settings.lr), epochs=20, batch_size=1, score=0.97)

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the points on their side."""
        return float(np.mean(np.sign(module(batch.inputs).detach().numpy()) == batch.target.detach().numpy()))


@dataclass(frozen=True)
class SVMSettings(Settings):
    """Hyper-parameters of the support vector machine."""

    weight: float = setting(0.01, Text(fr="poids λ de ‖w‖²/2", en="weight λ of ‖w‖²/2"), low=0.0)
    lr: float = setting(1.0, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


def threes_and_eights(rows: tuple[Any, Any]) -> TensorDataset:
    """The images of two figures that look alike, (n, 64), and their sides −1 for 3 and 1 for 8."""
    images, labels = rows
    chosen = (labels == 3) | (labels == 8)
    sides = np.where(labels[chosen] == 8, 1, -1).astype(np.float32)
    return TensorDataset(images[chosen].reshape(-1, 64), sides)


class SVMModule(LineModule):
    """A line, and what its slope costs."""

    def __init__(self, features: int, weight: float) -> None:
        super().__init__(features)
        self.weight = weight


class SVM(Model):
    """The linear support vector machine."""

    name = "svm"
    title = Text(fr="SVM linéaire (1995)", en="Linear SVM (1995)")
    section = SECTION
    settings = SVMSettings()
    explanation = Text(
        fr=(
            "Parmi les droites qui séparent, la SVM choisit celle qui a la plus grande marge : elle minimise"
            " max(0, 1 − t z) + λ ‖w‖²/2. Un point au-delà de la marge ne compte plus : son gradient est 0. À la charnière"
            " même (t z = 1), le sous-gradient choisi est 0, comme pour ReLU. Ici : les chiffres 3 et 8."
        ),
        en=(
            "Among the lines that separate, the SVM chooses the one with the largest margin: it minimises"
            " max(0, 1 − t z) + λ ‖w‖²/2. A point beyond the margin counts no more: its gradient is 0. At the hinge itself"
            " (t z = 1) the subgradient chosen is 0, as for ReLU. Here: the digits 3 and 8."
        ),
    )

    def build(self, settings: SVMSettings) -> nn.Module:
        """A linear score of 64 pixels."""
        return SVMModule(64, settings.weight)

    def example(self, settings: SVMSettings) -> Batch:
        """One image."""
        inputs, target = threes_and_eights(digits()[1]).arrays
        return Batch(tensor(inputs[:1], name="x"), tensor(target[:1], name="t"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Hinge loss and the square of the weights."""
        assert isinstance(module, SVMModule)
        margin = 1 - batch.target * module(batch.inputs)
        return F.relu(margin).mean() + module.weight / 2 * (module.w * module.w).sum()

    def recipe(self, settings: SVMSettings) -> Recipe:
        """Subgradient descent on all rows at once, with a step that shrinks."""
        train, test = digits()
        return Recipe(
            threes_and_eights(train),
            threes_and_eights(test),
            lambda p: optim.SGD(p, settings.lr),
            epochs=1500,
            batch_size=1000,
            score=0.95,
            schedule=lambda made, _epochs: optim.lr_scheduler.LambdaLR(made, lambda epoch: 1 / (1 + 0.02 * epoch)),
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the images on their side."""
        return float(np.mean(np.sign(module(batch.inputs).detach().numpy()) == batch.target.detach().numpy()))
