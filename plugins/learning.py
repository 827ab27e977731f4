"""Chapter « Apprentissage »: learning too well, and learning without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import Tensor, nn, optim, tensor
from tinygrad_fr.data import TensorDataset, digits
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Classifier, Model, Recipe, Settings, Text, setting

SECTION = "Apprentissage"
RATE = Text(fr="taux d’apprentissage η", en="learning rate η")
REMEDIES = ("none", "l2", "l1", "dropout", "early-stopping", "augmentation")


def spirals(n: int, seed: int, noise: float, wrong: float) -> tuple[Any, Any]:
    """Two arms of a spiral, (n, 2), and which arm each point is on, (n,), a share of them said wrong."""
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    turn = generator.uniform(0.4, 3.6, n)
    angle = turn + np.pi * labels
    points = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) / 2
    flipped = generator.random(n) < wrong
    return (points + generator.normal(0, noise, (n, 2))).astype(np.float32), np.where(flipped, 1 - labels, labels)


@dataclass(frozen=True)
class OverfitSettings(Settings):
    """Hyper-parameters of the network, and the remedy."""

    remedy: str = setting("l2", Text(fr="remède", en="remedy"), choices=REMEDIES)
    strength: float = setting(
        0.0,
        Text(fr="force du remède (0 : celle qui convient)", en="strength of the remedy (0: one that suits)"),
        low=0.0,
    )
    rows: int = setting(60, Text(fr="exemples appris", en="rows to learn from"), low=4, high=10_000)
    hidden: int = setting(64, Text(fr="neurones par couche", en="neurons a layer"), low=1, high=1024)
    lr: float = setting(0.01, RATE, low=0.0)


STRENGTHS = {"l2": 0.02, "l1": 0.002, "dropout": 0.5, "early-stopping": 40.0, "augmentation": 0.3, "none": 0.0}


class OverfitModule(nn.Module):
    """Two hidden layers, far more than the rows need."""

    def __init__(self, hidden: int, remedy: str, strength: float) -> None:
        super().__init__()
        self.remedy, self.strength = remedy, strength
        self.first, self.second = nn.Linear(2, hidden), nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, 2)
        self.dropout = nn.Dropout(strength if remedy == "dropout" else 0.0)

    def forward(self, x: Any) -> Any:
        """Points (N, 2) to scores (N, 2)."""
        a = self.dropout(F.relu(self.first(x)))
        a = self.dropout(F.relu(self.second(a)))
        return self.output(a)

    def price(self) -> Any:
        """What the weights cost while they are learned: λ ‖w‖² / 2, or λ ‖w‖₁; biases are free."""
        weights = [layer.weight for layer in (self.first, self.second, self.output)]
        costs = [w.abs().sum() if self.remedy == "l1" else (w * w).sum() / 2 for w in weights]
        return self.strength * sum(costs[1:], costs[0])


class Overfit(Classifier):
    """The overfitting quartet: one network, one lack of data, and what helps."""

    name = "overfit"
    title = Text(fr="Surapprentissage et ses remèdes", en="Overfitting and its remedies")
    section = SECTION
    settings = OverfitSettings()
    explanation = Text(
        fr=(
            "Soixante points, dont un sur six est mal étiqueté, et 4 500 paramètres : le réseau finit par tout apprendre par"
            " cœur. Sans remède, le coût d’entraînement va vers 0 et celui de validation remonte. L1 et L2 font payer les"
            " poids ; dropout éteint la moitié des neurones ; l’arrêt anticipé garde les poids d’avant ; l’augmentation"
            " déplace les points à chaque lecture. `compare overfit remedy -o courbes.svg` les montre tous."
        ),
        en=(
            "Sixty points, one in six with the wrong label, and 4 500 parameters: the network ends up knowing them by heart."
            " Without a remedy the training loss goes to 0 and the validation loss rises again. L1 and L2 make weights cost;"
            " dropout puts out half of the neurons; early stopping keeps the weights of before; augmentation moves the points"
            " at each reading. `compare overfit remedy -o curves.svg` shows them all."
        ),
    )

    def _strength(self, settings: OverfitSettings) -> float:
        return settings.strength or STRENGTHS[settings.remedy]

    def build(self, settings: OverfitSettings) -> nn.Module:
        """A network."""
        return OverfitModule(settings.hidden, settings.remedy, self._strength(settings))

    def example(self, settings: OverfitSettings) -> Batch:
        """One point."""
        points, labels = spirals(2, 1, 0.1, 0.0)
        return Batch(tensor(points[:1], name="x"), tensor(labels[:1], name="t"))

    def loss(self, module: Any, batch: Batch) -> Any:
        """Cross-entropy, and in training the price of the weights."""
        loss: Any = super().loss(module, batch)
        return loss + module.price() if module.training and module.remedy in ("l1", "l2") else loss

    def recipe(self, settings: OverfitSettings) -> Recipe:
        """All rows at once, long enough to learn them by heart."""
        strength, remedy = self._strength(settings), settings.remedy
        return Recipe(
            TensorDataset(*spirals(settings.rows, 0, 0.1, 1 / 6)),
            TensorDataset(*spirals(1000, 1, 0.1, 0.0)),
            lambda p: optim.Adam(p, settings.lr),
            epochs=400,
            batch_size=max(settings.rows // 2, 1),
            score=0.85,
            augment=(lambda batch, chance: _moved(batch, chance, strength)) if remedy == "augmentation" else None,
            patience=round(strength) if remedy == "early-stopping" else None,
        )


def _moved(batch: Batch, chance: Any, by: float) -> Batch:
    points = batch.inputs.detach().numpy()
    return Batch(tensor(points + by * chance.numpy.normal(size=points.shape).astype(points.dtype)), batch.target)


@dataclass(frozen=True)
class AutoencoderSettings(Settings):
    """Hyper-parameters of the autoencoder."""

    code: int = setting(8, Text(fr="nombres du code", en="numbers of the code"), low=1, high=64)
    hidden: int = setting(48, Text(fr="neurones entre image et code", en="neurons between image and code"), low=1)
    pretraining: bool = setting(False, Text(fr="apprendre d’abord couche par couche", en="first learn layer by layer"))
    lr: float = setting(0.003, RATE, low=0.0)


STAGE = 400  # steps that each layer is learned by itself


class AutoencoderModule(nn.Module):
    """An image through a narrow code and back.

    Each layer of the encoder has its mirror in the decoder; ``steps`` counts those taken while layers are learned one by
    one, and is part of what a run keeps.
    """

    def __init__(self, hidden: int, code: int, pretraining: bool) -> None:
        super().__init__()
        self.outer, self.inner = nn.Linear(64, hidden), nn.Linear(hidden, code)
        self.back, self.out = nn.Linear(code, hidden), nn.Linear(hidden, 64)
        self.pretraining = pretraining
        self.register_buffer("steps", tensor(0.0))

    steps: Tensor

    @property
    def stage(self) -> int:
        """0 while the outer pair is learned, 1 while the inner one is, 2 when all is learned together."""
        return min(int(float(self.steps)) // STAGE, 2) if self.pretraining and self.training else 2

    def encode(self, images: Any) -> Any:
        """Images (N, 8, 8) to codes (N, code)."""
        return self.inner(F.relu(self.outer(images.flatten(1))))

    def forward(self, images: Any) -> Any:
        """Images (N, 8, 8) to what the codes give back (N, 64)."""
        return self.out(F.relu(self.back(self.encode(images))))

    def miss(self, images: Any) -> Any:
        """Mean squared error of what is learned at this stage."""
        x = images.flatten(1)
        if self.stage == 2:
            return F.mse_loss(self(images), x)
        a = F.relu(self.outer(x))
        if self.stage == 0:
            return F.mse_loss(self.out(a), x)
        a = a.detach()
        return F.mse_loss(F.relu(self.back(self.inner(a))), a)


class Autoencoder(Model):
    """An autoencoder of digits."""

    name = "autoencoder"
    title = Text(fr="Autoencodeur (Hinton, 2006)", en="Autoencoder (Hinton, 2006)")
    section = "Jalons"
    settings = AutoencoderSettings()
    explanation = Text(
        fr=(
            "64 pixels passent par 8 nombres et doivent en revenir : le réseau apprend sans étiquette ce qui fait un chiffre."
            " Sans fonction d’activation, il ne ferait pas mieux que l’ACP ; avec ReLU, il fait mieux, et un test le"
            " vérifie. En 2006, on apprenait les couches une à une, car le gradient n’arrivait pas au bout :"
            " `--set pretraining=yes`."
        ),
        en=(
            "64 pixels go through 8 numbers and must come back: the network learns without labels what makes a digit."
            " Without an activation function it would do no better than PCA; with ReLU it does, and a test holds it to that."
            " In 2006 layers were learned one by one, because the gradient did not reach the end: `--set pretraining=yes`."
        ),
    )

    def build(self, settings: AutoencoderSettings) -> nn.Module:
        """Encoder and decoder."""
        return AutoencoderModule(settings.hidden, settings.code, settings.pretraining)

    def example(self, settings: AutoencoderSettings) -> Batch:
        """One image."""
        images = digits()[1][0]
        return Batch(tensor(images[:1], name="x"), tensor(images[:1], name="x"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean squared error of the pixels, or of the layer that is learned."""
        assert isinstance(module, AutoencoderModule)
        return module.miss(batch.inputs)

    def update(self, module: nn.Module, batch: Batch, optimizer: Any, clip_norm: float | None = None) -> float:
        """A step, which counts."""
        assert isinstance(module, AutoencoderModule)
        value = super().update(module, batch, optimizer, clip_norm)
        module.steps.data = module.steps.detach().numpy() + 1
        return value

    def recipe(self, settings: AutoencoderSettings) -> Recipe:
        """Adam; images are their own targets."""
        train, test = (images for images, _labels in digits())
        return Recipe(
            TensorDataset(train, train),
            TensorDataset(test, test),
            lambda p: optim.Adam(p, settings.lr),
            epochs=60,
            batch_size=32,
            score=0.7,
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the variance of the pixels that comes back."""
        images = batch.target.detach().numpy().reshape(len(batch.target), -1)
        missed = np.sum((module(batch.inputs).detach().numpy() - images) ** 2)
        return max(0.0, float(1 - missed / np.sum((images - images.mean(axis=0)) ** 2)))
