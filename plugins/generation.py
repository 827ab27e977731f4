"""Chapter « Génération »: two networks against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import nn, no_grad, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

NOISE = 8  # numbers that the generator starts from
RADIUS, SPREAD = 1.5, 0.12  # of the circle of modes, and of each


def mixture(n: int, modes: int, seed: int) -> Any:
    """Points (n, 2) around modes on a circle."""
    generator = np.random.default_rng(seed)
    chosen = centres(modes)[generator.integers(0, modes, n)]
    return (chosen + generator.normal(0, SPREAD, (n, 2))).astype(np.float32)


def centres(modes: int) -> Any:
    """The modes (modes, 2)."""
    angle = 2 * np.pi * np.arange(modes) / modes
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@dataclass(frozen=True)
class GANSettings(Settings):
    """Hyper-parameters of the two networks."""

    modes: int = setting(6, Text(fr="modes du mélange", en="modes of the mixture"), low=1, high=64)
    hidden: int = setting(64, Text(fr="neurones par couche", en="neurons a layer"), low=1, high=1024)
    game: str = setting(
        "non-saturating",
        Text(
            fr="le générateur minimise −log D(G(z)), ou log(1 − D(G(z))) comme au premier article",
            en="the generator minimises −log D(G(z)), or log(1 − D(G(z))) as in the first paper",
        ),
        choices=("non-saturating", "minimax"),
    )
    momentum: float = setting(0.0, Text(fr="inertie β₁ d’Adam", en="momentum β₁ of Adam"), low=0.0, high=0.999)
    lr: float = setting(0.005, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


class GANModule(nn.Module):
    """A generator that makes points, and a discriminator that tells them from true ones."""

    def __init__(self, settings: GANSettings) -> None:
        super().__init__()
        hidden = settings.hidden
        self.generator = nn.Sequential(
            nn.Linear(NOISE, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2)
        )
        self.discriminator = nn.Sequential(
            nn.Linear(2, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1)
        )
        self.modes, self.game = settings.modes, settings.game

    def forward(self, noise: Any) -> Any:
        """Noise (N, NOISE) to points (N, 2)."""
        return self.generator(noise)

    def judgement(self, true: Any, made: Any) -> Any:
        """−log D(x) − log(1 − D(G(z))), which the discriminator brings down."""
        return F.softplus(-self.discriminator(true)).mean() + F.softplus(self.discriminator(made)).mean()

    def deceit(self, made: Any) -> Any:
        """What the generator brings down."""
        scores = self.discriminator(made)
        return F.softplus(-scores).mean() if self.game == "non-saturating" else -F.softplus(scores).mean()


class GAN(Model):
    """A generative adversarial network in the plane."""

    name = "gan"
    title = Text(fr="GAN, réseaux antagonistes (2014)", en="GAN, adversarial networks (2014)")
    section = "Jalons"
    settings = GANSettings()
    explanation = Text(
        fr=(
            "Le générateur G change du bruit en points ; le discriminateur D dit s’ils sont vrais. D descend −log D(x) −"
            " log(1 − D(G(z))), G descend −log D(G(z)) : c’est le gradient de D par rapport à ses entrées qui dit à G où"
            " aller. Avec la forme du premier article, log(1 − D(G(z))), ce gradient disparaît quand D gagne :"
            " `--set game=minimax`. L’inertie habituelle d’Adam fait tourner le"
            " jeu autour de l’équilibre : `compare gan momentum 0 0.5 0.9`. À l’équilibre D = ½ partout et le coût vaut 2 ln 2 = 1,386. Le score"
            " compte les modes couverts, car un générateur paresseux n’en imite qu’un."
        ),
        en=(
            "The generator G turns noise into points; the discriminator D says whether they are true. D descends −log D(x) −"
            " log(1 − D(G(z))), G descends −log D(G(z)): it is the gradient of D with respect to its inputs that tells G where"
            " to go. With the form of the first paper, log(1 − D(G(z))), that gradient vanishes when D wins:"
            " `--set game=minimax`. Adam’s usual momentum makes the game"
            " turn around the equilibrium: `compare gan momentum 0 0.5 0.9`. At the equilibrium D = ½ everywhere and the loss is 2 ln 2 = 1.386. The score"
            " counts the modes that are covered, for a lazy generator imitates only one."
        ),
    )

    def build(self, settings: GANSettings) -> nn.Module:
        """Both networks."""
        return GANModule(settings)

    def _rows(self, settings: GANSettings, n: int, seed: int) -> TensorDataset:
        noise = np.random.default_rng(seed + 100).normal(size=(n, NOISE)).astype(np.float32)
        return TensorDataset(noise, mixture(n, settings.modes, seed))

    def example(self, settings: GANSettings) -> Batch:
        """Noise, and one true point."""
        noise, points = self._rows(settings, 1, 2).arrays
        return Batch(tensor(noise, name="z"), tensor(points, name="x"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """The discriminator's."""
        assert isinstance(module, GANModule)
        return module.judgement(batch.target, module(batch.inputs))

    def update(self, module: nn.Module, batch: Batch, optimizer: Any, clip_norm: float | None = None) -> float:
        """One step of the discriminator, then one of the generator: the optimizer moves what has a gradient."""
        assert isinstance(module, GANModule)
        optimizer.zero_grad()
        judgement = module.judgement(batch.target, module(batch.inputs).detach())
        value = float(judgement)
        if not np.isfinite(value):
            return value
        judgement.backward()
        optimizer.step()
        optimizer.zero_grad()
        module.deceit(module(batch.inputs)).backward()
        for parameter in module.discriminator.parameters():
            parameter.grad = None
        optimizer.step()
        return value

    def recipe(self, settings: GANSettings) -> Recipe:
        """Adam without momentum, which would turn round the equilibrium; new noise at each step."""
        return Recipe(
            self._rows(settings, 4096, 0),
            self._rows(settings, 256, 1),
            lambda p: optim.Adam(p, settings.lr, betas=(settings.momentum, 0.9)),
            epochs=60,
            batch_size=128,
            score=0.8,
            augment=lambda batch, chance: Batch(
                tensor(chance.numpy.normal(size=batch.inputs.shape).astype(np.float32)), batch.target
            ),
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the modes that get a quarter of their share or more, times the share of points within 3σ of a mode."""
        assert isinstance(module, GANModule)
        with no_grad():
            made = module(rng.randn(2000, NOISE)).detach().numpy()
        far = np.linalg.norm(made[:, None] - centres(module.modes), axis=2)
        near = far.min(axis=1) < 3 * SPREAD
        counts = np.bincount(far.argmin(axis=1)[near], minlength=module.modes)
        return float(np.mean(counts >= len(made) / module.modes / 4) * near.mean())
