"""Chapter « Réseaux de neurones récurrents »: RNN, LSTM and GRU that read a digit row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tinygrad_fr import Tensor, nn, optim, tensor
from tinygrad_fr.data import TensorDataset, digits
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

SECTION = "Réseaux de neurones récurrents"


@dataclass(frozen=True)
class SequenceSettings(Settings):
    """Hyper-parameters that every recurrent model here has."""

    hidden: int = setting(32, Text(fr="unités de l’état caché", en="units of the hidden state"), low=1, high=4096)
    reading: str = setting(
        "rows",
        Text(fr="lecture du chiffre : 8 lignes ou 64 pixels", en="reading of the digit: 8 rows or 64 pixels"),
        choices=("rows", "pixels"),
    )
    steps: int = setting(
        0, Text(fr="pas de temps de l’exemple (0 : tous)", en="time steps of the example (0: all)"), low=0, high=10_000
    )
    lr: float = setting(0.01, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


class Reader(nn.Module):
    """Reads a sequence and names the digit from the last state."""

    def __init__(self, cell: nn.Module, hidden: int, features: int) -> None:
        super().__init__()
        self.cell = cell
        self.head = nn.Linear(hidden, 10)
        self.features = features

    def forward(self, images: Any) -> Any:
        """Images (N, 8, 8), or sequences (N, T, features), to scores (N, 10)."""
        sequence = images.reshape(len(images), -1, self.features)
        states, _last = self.cell(sequence.transpose(0, 1))
        return self.head(states[-1])


class Recurrent(Model):
    """What the three recurrent models share: the task, the loss and the score."""

    section = SECTION
    settings = SequenceSettings()
    cell: ClassVar[Any]

    def features(self, settings: SequenceSettings) -> int:
        """Pixels a step."""
        return 8 if settings.reading == "rows" else 1

    def build(self, settings: SequenceSettings) -> nn.Module:
        """A recurrent layer and a classifier of its last state."""
        features = self.features(settings)
        return Reader(self.make_cell(features, settings), settings.hidden, features)

    def make_cell(self, features: int, settings: Any) -> nn.Module:
        """The recurrent layer."""
        return self.cell(features, settings.hidden)  # type: ignore[no-any-return]

    def example(self, settings: SequenceSettings) -> Batch:
        """One digit of the test rows; with more steps than it has, digits one after the other."""
        _train, (images, labels) = digits()
        features = self.features(settings)
        steps = settings.steps or images[0].size // features
        pixels = np.resize(images[: steps * features // images[0].size + 1], (1, steps, features))
        return Batch(Tensor(pixels, name="x"), tensor(labels[:1], name="t"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Cross-entropy of the scores after the last step."""
        return F.cross_entropy(module(batch.inputs), batch.target)

    def recipe(self, settings: SequenceSettings) -> Recipe:
        """Adam with clipping, a few readings of the digits."""
        train, test = digits()
        return Recipe(
            TensorDataset(*train),
            TensorDataset(*test),
            lambda p: optim.Adam(p, settings.lr),
            epochs=12,
            batch_size=32,
            score=0.9,
            clip_norm=1.0,
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of right answers."""
        return float(np.mean(module(batch.inputs).argmax(1).numpy() == batch.target.numpy()))


@dataclass(frozen=True)
class RNNSettings(SequenceSettings):
    """Hyper-parameters of the Elman network."""

    nonlinearity: str = setting("tanh", Text(fr="non-linéarité σ", en="non-linearity σ"), choices=("tanh", "relu"))


class RNN(Recurrent):
    """Elman's recurrent network."""

    name = "rnn"
    title = Text(fr="Réseau récurrent simple (RNN)", en="Simple recurrent network (RNN)")
    settings = RNNSettings()
    explanation = Text(
        fr=(
            "L’état h résume ce qui a été lu : h_t = σ(W_hh h_{t−1} + W_xh x_t + b). En revenant de la fin vers le début,"
            " le gradient est multiplié à chaque pas par la même matrice et par σ′ : il disparaît, ou il explose."
        ),
        en=(
            "The state h sums up what was read: h_t = σ(W_hh h_{t−1} + W_xh x_t + b). Coming back from the end to the"
            " start, the gradient is multiplied at each step by the same matrix and by σ′: it vanishes, or it explodes."
        ),
    )

    def make_cell(self, features: int, settings: RNNSettings) -> nn.Module:
        """The recurrent layer."""
        return nn.RNN(features, settings.hidden, nonlinearity=settings.nonlinearity)


@dataclass(frozen=True)
class LSTMSettings(SequenceSettings):
    """Hyper-parameters of the LSTM."""

    forget_bias: float = setting(
        1.0, Text(fr="biais initial de la porte d’oubli", en="initial bias of the forget gate")
    )


class LSTM(Recurrent):
    """Long short-term memory."""

    name = "lstm"
    title = Text(fr="LSTM, mémoire à long et court terme", en="LSTM, long short-term memory")
    settings = LSTMSettings()
    explanation = Text(
        fr=(
            "La cellule C traverse le temps presque sans obstacle : C_t = f_t ⊙ C_{t−1} + i_t ⊙ C̃_t. La porte d’oubli f"
            " dit ce qui est gardé (f = 1 garde tout), la porte d’entrée i ce qui est ajouté, la porte de sortie o ce qui"
            " est montré : h_t = o_t ⊙ tanh C_t."
        ),
        en=(
            "The cell C crosses time almost unhindered: C_t = f_t ⊙ C_{t−1} + i_t ⊙ C̃_t. The forget gate f says what is"
            " kept (f = 1 keeps everything), the input gate i what is added, the output gate o what is shown:"
            " h_t = o_t ⊙ tanh C_t."
        ),
    )

    def make_cell(self, features: int, settings: LSTMSettings) -> nn.Module:
        """The recurrent layer, its forget gate open at first."""
        cell = nn.LSTM(features, settings.hidden)
        bias = dict(cell.named_parameters())["bias_ih_l0"]
        rows = np.array(bias)
        rows[settings.hidden : 2 * settings.hidden] = settings.forget_bias
        bias.data = rows
        return cell


@dataclass(frozen=True)
class GRUSettings(SequenceSettings):
    """Hyper-parameters of the GRU."""

    convention: str = setting(
        "course",
        Text(fr="équations : celles du cours ou de PyTorch", en="equations: the course’s or PyTorch’s"),
        choices=("course", "torch"),
    )


class GRU(Recurrent):
    """Gated recurrent unit."""

    name = "gru"
    title = Text(fr="GRU, unité récurrente à portes", en="GRU, gated recurrent unit")
    settings = GRUSettings()
    explanation = Text(
        fr=(
            "Le GRU réunit oubli et entrée en une seule porte z : h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t. La porte r dit ce"
            " que le candidat h̃ lit du passé. PyTorch échange z et 1 − z et applique r après le produit matriciel."
        ),
        en=(
            "The GRU joins forgetting and input in one gate z: h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t. The gate r says what"
            " the candidate h̃ reads of the past. PyTorch exchanges z and 1 − z and applies r after the matrix product."
        ),
    )

    def make_cell(self, features: int, settings: GRUSettings) -> nn.Module:
        """The recurrent layer."""
        return nn.GRU(features, settings.hidden, convention=settings.convention)
