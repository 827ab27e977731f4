"""Chapter « Réseaux de neurones récurrents »: RNN, LSTM and GRU that read a sequence."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import cat, nn, no_grad, optim
from tinygrad_fr import random as rng
from tinygrad_fr.data import Corpus
from tinygrad_fr.errors import UsageError
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

from .tasks import TASKS, Characters, Copy, Task

SECTION = "Réseaux de neurones récurrents"


SEEN = Text(
    fr="reading={reading} demande ce qui suit, qu’un réseau bidirectionnel a déjà lu",
    en="reading={reading} asks what comes next, which a bidirectional network has already read",
)
INITS = ("uniform", "orthogonal", "identity")


@dataclass(frozen=True)
class SequenceSettings(Settings):
    """Hyper-parameters that every recurrent model here has."""

    hidden: int = setting(32, Text(fr="unités de l’état caché", en="units of the hidden state"), low=1, high=4096)
    reading: str = setting(
        "rows",
        Text(
            fr="ce qui est lu : les 8 lignes ou les 64 pixels d’un chiffre, des nombres à additionner, des lettres à ordonner,"
            " des symboles à redire, les mots d’une grammaire, un texte, une série chaotique",
            en="what is read: the 8 rows or the 64 pixels of a digit, numbers to add, letters to order,"
            " symbols to say again, words of a grammar, a text, a chaotic series",
        ),
        choices=tuple(TASKS),
    )
    layers: int = setting(1, Text(fr="couches empilées", en="stacked layers"), low=1, high=16)
    bidirectional: bool = setting(
        False, Text(fr="lire aussi de la fin vers le début", en="also read from the end to the start")
    )
    steps: int = setting(
        0, Text(fr="pas de temps de l’exemple (0 : tous)", en="time steps of the example (0: all)"), low=0, high=10_000
    )
    lr: float = setting(
        0.0, Text(fr="taux d’apprentissage η (0 : celui de la tâche)", en="learning rate η (0: the task’s)"), low=0.0
    )
    init: str = setting("uniform", Text(fr="matrice W_hh au départ", en="matrix W_hh at the start"), choices=INITS)
    gain: float = setting(
        1.0, Text(fr="facteur de W_hh au départ", en="factor of W_hh at the start"), low=0.0, high=100.0
    )


class Reader(nn.Module):
    """Reads a sequence and answers from the last state, or from each."""

    def __init__(self, cell: nn.Module, hidden: int, task: Task, bidirectional: bool = False) -> None:
        super().__init__()
        self.cell = cell
        self.head = nn.Linear(hidden * (1 + bidirectional), task.answers)
        self.task, self.hidden, self.bidirectional = task, hidden, bidirectional

    def forward(self, inputs: Any) -> Any:
        """Images (N, 8, 8), or sequences (N, T, features), to scores (N, answers), or (T, N, answers)."""
        sequence = inputs.reshape(len(inputs), -1, self.task.features)
        states, _last = self.cell(sequence.transpose(0, 1))
        if self.task.each:
            return self.head(states)
        if not self.bidirectional:
            return self.head(states[-1])
        # Each direction where it has read everything: one ends at the last step, the other at the first.
        return self.head(cat([states[-1, :, : self.hidden], states[0, :, self.hidden :]], 1))


def started(cell: nn.Module, settings: SequenceSettings) -> nn.Module:
    """The layer with the first value of each gate's W_hh."""
    hidden, init = settings.hidden, settings.init
    for name, parameter in cell.named_parameters():
        if not name.startswith("weight_hh"):
            continue
        blocks = np.array(parameter.detach()).reshape(-1, hidden, hidden)
        if init == "orthogonal":
            blocks = np.linalg.qr(rng.randn(*blocks.shape).detach().numpy())[0]
        elif init == "identity":
            blocks = np.broadcast_to(np.eye(hidden, dtype=blocks.dtype), blocks.shape)
        parameter.data = settings.gain * blocks.reshape(-1, hidden)
    return cell


def stacked(settings: SequenceSettings) -> dict[str, Any]:
    """How many layers, and in which directions."""
    return {"num_layers": settings.layers, "bidirectional": settings.bidirectional}


class Recurrent(Model):
    """What the three recurrent models share: the task, the loss and the score."""

    section = SECTION
    settings = SequenceSettings()
    learns_from = Corpus

    def task(self, settings: SequenceSettings) -> Task:
        """What is read: a person's own text where there is one.

        Raises:
            UsageError: what comes next is asked of a network that has read it already.
        """
        task = TASKS[settings.reading] if self.own is None else Characters(self.own.text)
        if settings.bidirectional and task.each and not isinstance(task, Copy):
            raise UsageError(str(SEEN).format(reading=settings.reading))
        return task

    def build(self, settings: SequenceSettings) -> nn.Module:
        """A recurrent layer and a classifier of its last state."""
        task = self.task(settings)
        return Reader(self.make_cell(task.features, settings), settings.hidden, task, settings.bidirectional)

    @abstractmethod
    def make_cell(self, features: int, settings: Any) -> nn.Module:
        """The recurrent layer."""

    def _steps(self, settings: SequenceSettings) -> int:
        return settings.steps or self.task(settings).steps

    def example(self, settings: SequenceSettings) -> Batch:
        """One sequence of the test rows."""
        return self.task(settings).example(self._steps(settings))

    def read(self, settings: SequenceSettings, text: str) -> Batch:
        """A sequence of a person's own."""
        return self.task(settings).read(text, self._steps(settings))

    def tokens(self, settings: SequenceSettings, batch: Batch) -> tuple[str, ...]:
        """What is written under each step."""
        return self.task(settings).tokens(batch)

    def classes(self, settings: SequenceSettings) -> tuple[str, ...]:
        """What the task calls its answers."""
        return self.task(settings).classes()

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """The task's own, of the answer after the last step."""
        assert isinstance(module, Reader)
        return module.task.loss(module(batch.inputs), batch.target)

    def recipe(self, settings: SequenceSettings) -> Recipe:
        """Adam with clipping, a few readings of the rows."""
        task = self.task(settings)
        train, test = task.rows(self._steps(settings))
        return Recipe(
            train,
            test,
            lambda p: optim.Adam(p, settings.lr or task.lr),
            epochs=task.epochs,
            batch_size=task.batch_size,
            score=task.target if self.own is None else 0.0,
            clip_norm=1.0,
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """The task's own."""
        assert isinstance(module, Reader)
        return module.task.score(module(batch.inputs), batch.target)

    def answer(self, module: nn.Module, batch: Batch) -> str:
        """The task's own."""
        assert isinstance(module, Reader)
        with no_grad():
            return module.task.answer(module, batch)


@dataclass(frozen=True)
class RNNSettings(SequenceSettings):
    """Hyper-parameters of the Elman network."""

    activation: str = setting(
        "tanh", Text(fr="fonction d’activation σ", en="activation function σ"), choices=("tanh", "relu")
    )


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
        return started(
            nn.RNN(features, settings.hidden, nonlinearity=settings.activation, **stacked(settings)), settings
        )


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
        cell = started(nn.LSTM(features, settings.hidden, **stacked(settings)), settings)
        for name, bias in cell.named_parameters():
            if name.startswith("bias_ih"):
                rows = np.array(bias.detach())
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
            "The GRU joins the forget and input gates in one gate z: h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t. The gate r says what"
            " the candidate h̃ reads of the past. PyTorch exchanges z and 1 − z and applies r after the matrix product."
        ),
    )

    def make_cell(self, features: int, settings: GRUSettings) -> nn.Module:
        """The recurrent layer."""
        return started(nn.GRU(features, settings.hidden, convention=settings.convention, **stacked(settings)), settings)
