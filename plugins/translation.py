"""Translation of French number words into figures, by two recurrent networks: one reads, the other writes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import nn, no_grad, optim, tensor
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

from . import numerals

RATE = Text(fr="taux d’apprentissage η", en="learning rate η")


class Translator(nn.Module):
    """Reads rows of words (N, S) and writes rows of signs (N, T), one after the other."""

    def memory(self, words: Any) -> Any:
        """What is kept of the words."""
        raise NotImplementedError

    def write(self, memory: Any, signs: Any) -> Any:
        """A score for each next sign (N, T, signs), given those before it (N, T)."""
        raise NotImplementedError

    def forward(self, words: Any, signs: Any) -> Any:
        """Scores of the next signs, all at once: the right ones before each are given."""
        return self.write(self.memory(words), signs)

    def translate(self, words: Any) -> Any:
        """The signs written one by one, the likeliest each time (N, T)."""
        with no_grad():
            memory = self.memory(words)
            signs = np.full((len(words), 1), numerals.FIGURES.index(numerals.START))
            for _place in range(numerals.WIDEST - 1):
                scores = self.write(memory, tensor(signs)).detach().numpy()[:, -1]
                signs = np.concatenate([signs, scores.argmax(axis=1)[:, None]], axis=1)
        return signs


class Translation(Model):
    """What the models share that translate numbers: rows, loss, score, a person's own number."""

    epochs = 12

    @abstractmethod
    def build(self, settings: Any) -> Translator:
        """A new translator."""

    def example(self, settings: Any) -> Batch:
        """One number that is not learned from."""
        words, signs = numerals.rows()[1]
        return Batch(tensor(words[:1], name="words"), tensor(signs[:1], name="figures"))

    def read(self, settings: Any, text: str) -> Batch:
        """A number in words; what it is in figures is for the model to say."""
        return Batch(tensor(numerals.source(text)[None], name="words"), None)

    def tokens(self, settings: Any, batch: Batch) -> tuple[str, ...]:
        """The words."""
        return tuple(numerals.WORDS[i] for i in batch.inputs.detach().numpy()[0])

    def target_tokens(self, settings: Any, batch: Batch) -> tuple[str, ...]:
        """The signs, but the last, after which nothing is asked."""
        rows = () if batch.target is None else batch.target.detach().numpy()[0, :-1].tolist()
        return tuple(numerals.FIGURES[i] for i in rows)

    def classes(self, settings: Any) -> tuple[str, ...]:
        """The signs."""
        return tuple(numerals.FIGURES)

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean cross-entropy of the signs, what fills the rows left out."""
        assert isinstance(module, Translator)
        signs = batch.target if batch.target is not None else tensor(module.translate(batch.inputs))
        scores = module(batch.inputs, signs[:, :-1])
        return F.cross_entropy(scores.flatten(0, 1), signs[:, 1:].flatten(), ignore_index=0)

    def recipe(self, settings: Any) -> Recipe:
        """Adam, the rate halved towards the end."""
        learned, held = (TensorDataset(*pair) for pair in numerals.rows())
        return Recipe(
            learned,
            held,
            lambda p: optim.Adam(p, settings.lr),
            epochs=self.epochs,
            batch_size=64,
            score=0.99,
            clip_norm=1.0,
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the numbers that are written without a mistake."""
        assert isinstance(module, Translator)
        found = module.translate(batch.inputs)
        pairs = zip(found, batch.target.detach().numpy(), strict=True)
        return float(np.mean([numerals.figures(a) == numerals.figures(b) for a, b in pairs]))

    def answer(self, module: nn.Module, batch: Batch) -> str:
        """The figures."""
        assert isinstance(module, Translator)
        return numerals.figures(module.translate(batch.inputs)[0])


@dataclass(frozen=True)
class Seq2SeqSettings(Settings):
    """Hyper-parameters of the two networks."""

    cell: str = setting("lstm", Text(fr="réseau récurrent", en="recurrent network"), choices=("lstm", "gru", "rnn"))
    hidden: int = setting(96, Text(fr="unités de l’état caché", en="units of the hidden state"), low=1, high=4096)
    size: int = setting(24, Text(fr="nombres par mot", en="numbers a word"), low=1, high=1024)
    lr: float = setting(0.005, RATE, low=0.0)


CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Seq2SeqModule(Translator):
    """The last state of the network that reads is the first of the one that writes."""

    def __init__(self, settings: Seq2SeqSettings) -> None:
        super().__init__()
        make = CELLS[settings.cell]
        self.words = nn.Embedding(len(numerals.WORDS), settings.size)
        self.signs = nn.Embedding(len(numerals.FIGURES), settings.size)
        self.encoder = make(settings.size, settings.hidden, batch_first=True)
        self.decoder = make(settings.size, settings.hidden, batch_first=True)
        self.head = nn.Linear(settings.hidden, len(numerals.FIGURES))

    def memory(self, words: Any) -> Any:
        """The last state."""
        _states, last = self.encoder(self.words(words))
        return last

    def write(self, memory: Any, signs: Any) -> Any:
        """Scores after each sign."""
        states, _last = self.decoder(self.signs(signs), memory)
        return self.head(states)


class Seq2Seq(Translation):
    """Sequence to sequence."""

    name = "seq2seq"
    title = Text(fr="Seq2seq : traduire des nombres", en="Seq2seq: translating numbers")
    section = "Réseaux de neurones récurrents"
    settings = Seq2SeqSettings()
    explanation = Text(
        fr=(
            "Un LSTM lit « quatre-vingt-dix-neuf » mot par mot ; son dernier état (h, C) devient le premier d’un autre, qui"
            " écrit 9, 9, puis le signe de fin. Toute la phrase passe par ce seul état : c’est le goulot que l’attention"
            " ouvrira. À l’apprentissage, le décodeur reçoit le vrai chiffre précédent ; ensuite, le sien."
        ),
        en=(
            "An LSTM reads “quatre-vingt-dix-neuf” word by word; its last state (h, C) becomes the first one of another, which"
            " writes 9, 9, then the sign of the end. The whole sentence goes through that one state: the bottleneck that"
            " attention opens. In training the decoder is given the right figure before; afterwards, its own."
        ),
    )

    def build(self, settings: Seq2SeqSettings) -> Translator:
        """Two networks."""
        return Seq2SeqModule(settings)
