"""Chapter « Transformers »: encoder and decoder, the decoder alone, the encoder alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_fr import nn, no_grad, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import Corpus, TensorDataset
from tinygrad_fr.errors import UsageError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Model, Recipe, Settings, Text, setting

from . import numerals, stories
from .translation import RATE, Translation, Translator

SECTION = "Transformers"


@dataclass(frozen=True)
class TransformerSettings(Settings):
    """Hyper-parameters of the Transformer."""

    width: int = setting(64, Text(fr="nombres par mot", en="numbers a word"), low=2, high=4096)
    heads: int = setting(4, Text(fr="têtes d’attention", en="heads of attention"), low=1, high=64)
    layers: int = setting(2, Text(fr="couches de chaque côté", en="layers on each side"), low=1, high=48)
    lr: float = setting(0.002, RATE, low=0.0)


def places(length: int, width: int) -> Any:
    """A vector for each place (length, width): sines and cosines of wavelengths from 2π to 10 000 · 2π."""
    angles = np.arange(length)[:, None] / 10_000 ** (np.arange(0, width, 2) / width)
    table = np.zeros((length, width), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)[:, : width // 2]
    return table


class TransformerModule(Translator):
    """Every sign that is written looks at every word, and at the signs before it."""

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        width = settings.width
        self.words = nn.Embedding(len(numerals.WORDS), width)
        self.signs = nn.Embedding(len(numerals.FIGURES), width)
        self.transformer = nn.Transformer(
            width, settings.heads, settings.layers, settings.layers, 2 * width, 0.0, batch_first=True, norm_first=True
        )
        self.head = nn.Linear(width, len(numerals.FIGURES))
        self.places = tensor(places(max(numerals.LONGEST, numerals.WIDEST), width))

    def memory(self, words: Any) -> Any:
        """What the encoder makes of the words, and which of them are none."""
        empty = words.eq(0)
        embedded = self.words(words) + self.places[: words.shape[1]]
        return self.transformer.encoder(embedded, None, empty), empty

    def write(self, memory: Any, signs: Any) -> Any:
        """Scores after each sign; none sees those after it."""
        states, empty = memory
        embedded = self.signs(signs) + self.places[: signs.shape[1]]
        later = ~np.tri(signs.shape[1], dtype=np.bool_)
        return self.head(self.transformer.decoder(embedded, states, later, memory_key_padding_mask=empty))


class Transformer(Translation):
    """Vaswani's encoder and decoder."""

    name = "transformer"
    title = Text(fr="Transformer : traduire des nombres", en="Transformer: translating numbers")
    section = SECTION
    settings = TransformerSettings()
    epochs = 5
    explanation = Text(
        fr=(
            "Chaque mot devient trois vecteurs : une question q, une clé k, une valeur v. softmax(q kᵀ/√d) dit combien"
            " chaque mot regarde chacun des autres, et mélange leurs valeurs ; rien ne passe par un état unique. Sans"
            " récurrence, l’ordre vient d’un vecteur de place. Le décodeur ne voit pas les chiffres qui suivent : le masque"
            " met −∞. `attention transformer` montre qui regarde quoi."
        ),
        en=(
            "Each word becomes three vectors: a query q, a key k, a value v. softmax(q kᵀ/√d) says how much each word looks"
            " at each of the others, and mixes their values; nothing goes through one state. Without recurrence, order comes"
            " from a vector of the place. The decoder does not see the figures that follow: the mask puts −∞ there."
            " `attention transformer` shows who looks at what."
        ),
    )

    def build(self, settings: TransformerSettings) -> Translator:
        """Encoder and decoder."""
        return TransformerModule(settings)


def gelu(x: Any) -> Any:
    """GELU by its approximation with tanh, which GPT-2 was trained with."""
    return F.gelu(x, approximate="tanh")


def small(module: nn.Module) -> None:
    """Tables that also write the answers start from small numbers, or the first loss would be that of confident mistakes."""
    for child in module.modules():
        if isinstance(child, nn.Embedding):
            child.weight.data = child.weight.detach().numpy() * 0.02


PRESET = Text(fr="taille du réseau", en="size of the network")


@dataclass(frozen=True)
class GPTSettings(Settings):
    """Hyper-parameters of GPT."""

    preset: str = setting("small", PRESET, choices=("small", "gpt2"))
    width: int = setting(64, Text(fr="nombres par signe", en="numbers a sign"), low=2, high=4096)
    heads: int = setting(4, Text(fr="têtes d’attention", en="heads of attention"), low=1, high=64)
    layers: int = setting(2, Text(fr="couches", en="layers"), low=1, high=48)
    lr: float = setting(0.006, RATE, low=0.0)


class GPTModule(nn.Module):
    """A decoder alone: each sign looks at those before it, and says which comes next.

    Args:
        alphabet: the signs.
        signs: rows of the table of signs, which may be more.
        context: signs that it can look back at.
    """

    def __init__(
        self, alphabet: stories.Alphabet, signs: int, context: int, width: int, heads: int, layers: int
    ) -> None:
        super().__init__()
        self.alphabet, self.context = alphabet, context
        self.signs, self.places = nn.Embedding(signs, width), nn.Embedding(context, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, gelu, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width))
        small(self)

    def forward(self, ids: Any) -> Any:
        """Signs (N, T) to a score for each next one (N, T, signs), by the table that reads them."""
        length = ids.shape[1]
        later = ~np.tri(length, dtype=np.bool_)
        states = self.blocks(self.signs(ids) + self.places.weight[:length], later)
        return states @ self.signs.weight.transpose(0, 1)

    def written(self, start: Any, count: int, greedy: bool = False) -> Any:
        """Rows of signs (N, T) with so many more, drawn by their probabilities from the package's generator."""
        ids = np.asarray(start)
        with no_grad():
            for _place in range(count):
                scores = self(tensor(ids[:, -self.context :]))[:, -1, : len(self.alphabet)]
                if greedy:
                    following = scores.detach().numpy().argmax(axis=1)
                else:
                    shares = np.cumsum(F.softmax(scores, 1).detach().numpy(), axis=1)
                    drawn = rng.rand(len(ids), 1).detach().numpy() * shares[:, -1:]
                    following = (shares < drawn).sum(axis=1)
                ids = np.concatenate([ids, following[:, None]], axis=1)
        return ids


class GPT(Model):
    """The decoder alone."""

    name = "gpt"
    title = Text(fr="GPT : écrire la suite", en="GPT: writing what follows")
    section = SECTION
    settings = GPTSettings()
    learns_from = Corpus
    explanation = Text(
        fr=(
            "Un décodeur seul devine chaque signe d’après ceux qui le précèdent ; le masque lui cache la suite, et tout le"
            ' texte sert d’exercice en une passe. Pour écrire, il tire un signe, le relit, et recommence : `ask gpt "la'
            ' vache"`. Ses phrases sont vérifiées : article, adjectif, verbe et pronom doivent s’accorder.'
            " `--set preset=gpt2` : 124 439 808 paramètres."
        ),
        en=(
            "A decoder alone guesses each sign from those before it; the mask hides what follows, and the whole text serves"
            ' as exercise in one pass. To write, it draws a sign, reads it, and starts again: `ask gpt "la vache"`. Its'
            " sentences are checked: article, adjective, verb and pronoun must agree. `--set preset=gpt2`: 124 439 808"
            " parameters."
        ),
    )

    def _alphabet(self) -> stories.Alphabet:
        return stories.LETTERS if self.own is None else stories.Alphabet(self.own.text)

    def build(self, settings: GPTSettings) -> nn.Module:
        """A decoder."""
        alphabet = self._alphabet()
        if settings.preset == "gpt2":
            return GPTModule(alphabet, 50_257, 1024, 768, 12, 12)
        context = stories.LONGEST + 1
        return GPTModule(alphabet, len(alphabet), context, settings.width, settings.heads, settings.layers)

    def _lines(self) -> tuple[Any, Any]:
        """Rows of signs to learn from and to be scored on: stories, or pieces of a person's text, whose last tenth is held."""
        if self.own is None:
            return stories.lines()
        return stories.pieces(self._alphabet().ids(self.own.text))

    def example(self, settings: GPTSettings) -> Batch:
        """The beginning of a line."""
        held = self._lines()[1][:1]
        return Batch(tensor(held[:, :12], name="read"), tensor(held[:, 1:13], name="next"))

    def read(self, settings: GPTSettings, text: str) -> Batch:
        """A beginning of a person's own."""
        return Batch(tensor(self._alphabet().checked(text)[None], name="read"), None)

    def tokens(self, settings: GPTSettings, batch: Batch) -> tuple[str, ...]:
        """The signs."""
        return tuple("↵" if i == 0 else self._alphabet().signs[i] for i in batch.inputs.detach().numpy()[0])

    def classes(self, settings: GPTSettings) -> tuple[str, ...]:
        """The signs."""
        return ("↵", *self._alphabet().signs[1:])

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean cross-entropy of the next signs; of the likeliest ones where none are given."""
        scores = module(batch.inputs)
        following = scores.detach().argmax(2) if batch.target is None else batch.target
        return F.cross_entropy(scores.flatten(0, 1), following.flatten())

    def recipe(self, settings: GPTSettings) -> Recipe:
        """AdamW, the rate brought down to 0."""
        learned, held = self._lines()
        return Recipe(
            TensorDataset(learned[:, :-1], learned[:, 1:]),
            TensorDataset(held[:, :-1], held[:, 1:]),
            lambda p: optim.AdamW(p, settings.lr),
            epochs=self.epochs,
            batch_size=16,
            score=0.85 if self.own is None else 0.0,
            clip_norm=1.0,
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )

    epochs = 8

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Share of the lines that it writes which are right; of a person's text, the share of the surprise that is gone."""
        assert isinstance(module, GPTModule)
        if self.own is not None:
            return max(0.0, 1 - float(self.loss(module, batch)) / float(np.log(len(module.alphabet))))
        lines = module.written(np.zeros((len(batch.inputs), 1), int), stories.LONGEST + 1)
        return float(np.mean([module.alphabet.text(line[1:]) in stories.known() for line in lines]))

    def answer(self, module: nn.Module, batch: Batch) -> str:
        """The beginning, and what the model writes after it."""
        assert isinstance(module, GPTModule)
        ids = module.written(batch.inputs.detach().numpy(), stories.LONGEST + 2 - batch.inputs.shape[1])
        return module.alphabet.text(ids[0, 1:])


MARKS = PADDING, FIRST, BETWEEN, HIDDEN = ("[PAD]", "[CLS]", "[SEP]", "[MASK]")
# A row: [CLS], article, noun, colour, verb, place in three words, [SEP], pronoun, est or sont, adjective, [SEP].
ROW, SECOND = 13, 9
SURE = (1, 9, 10)  # places that the others determine: article, pronoun, est or sont


def tokens_of(story: str) -> list[str]:
    """A story as BERT reads it."""
    first, second = story.strip(". ").split(". ")
    return [FIRST, *first.split(), BETWEEN, *second.split(), BETWEEN]


VOCABULARY = (*MARKS, *dict.fromkeys(word for story in stories.every() for word in tokens_of(story)[1:-1]))
PLACE = {word: number for number, word in enumerate(VOCABULARY)}
IGNORED = -100
NOT_TWO = Text(
    fr="deux phrases sont attendues, de sept et de trois mots, comme « {like} », dont des mots peuvent être [MASK]",
    en="expected two sentences of seven and three words, such as “{like}”, whose words may be [MASK]",
)
UNREAD = Text(fr="le modèle n’a pas lu le mot « {word} »", en="the model has not read the word “{word}”")


@dataclass(frozen=True)
class BERTSettings(Settings):
    """Hyper-parameters of BERT."""

    preset: str = setting("small", PRESET, choices=("small", "base"))
    width: int = setting(48, Text(fr="nombres par mot", en="numbers a word"), low=2, high=4096)
    heads: int = setting(4, Text(fr="têtes d’attention", en="heads of attention"), low=1, high=64)
    layers: int = setting(2, Text(fr="couches", en="layers"), low=1, high=48)
    hidden: float = setting(0.2, Text(fr="part des mots cachés", en="share of the words hidden"), low=0.0, high=1.0)
    lr: float = setting(0.002, RATE, low=0.0)


class BERTModule(nn.Module):
    """An encoder alone, each word seen from both sides, and a pooler of the first place.

    The tables that read also write: that of the words says which one is hidden, that of the two segments whether the
    second sentence belongs there. So there are no parameters besides the published ones.

    Args:
        words: rows of the table.
        longest: places.
        width, heads, layers: of the encoder.
    """

    def __init__(self, words: int, longest: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(longest, width)
        self.segments, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, 1e-12)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", 1e-12, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.pooler = nn.Linear(width, width)
        small(self)

    def forward(self, ids: Any) -> tuple[Any, Any]:
        """Words (N, T) to a score for each word at each place (N, T, words), and whether the sentences follow (N, 2)."""
        seen = ids.eq(PLACE[BETWEEN]).long()
        segment = (seen.cumsum(1) - seen).clamp(max=1)
        embedded = self.words(ids) + self.places.weight[: ids.shape[1]] + self.segments(segment)
        states = self.encoder(self.norm(embedded))
        pooled = self.pooler(states[:, 0]).tanh()
        return states @ self.words.weight.transpose(0, 1), pooled @ self.segments.weight.transpose(0, 1)


class BERT(Model):
    """The encoder alone."""

    name = "bert"
    title = Text(fr="BERT : deviner le mot caché", en="BERT: guessing the hidden word")
    section = SECTION
    settings = BERTSettings()
    explanation = Text(
        fr=(
            "Un encodeur seul lit la phrase des deux côtés à la fois. On cache un mot sur cinq, qu’il doit retrouver, et il dit"
            ' si la seconde phrase peut suivre la première. L’accord le trahit : « la vache … elle est » ; `ask bert "[MASK]'
            ' vache noire dort sur le toit. elle est petite."`. `--set preset=base` : 109 482 240 paramètres.'
        ),
        en=(
            "An encoder alone reads the sentence from both sides at once. One word in five is hidden for it to find, and it says"
            ' whether the second sentence can follow the first. Agreement tells: “la vache … elle est”; `ask bert "[MASK]'
            ' vache noire dort sur le toit. elle est petite."`. `--set preset=base`: 109 482 240 parameters.'
        ),
    )

    def build(self, settings: BERTSettings) -> nn.Module:
        """An encoder."""
        if settings.preset == "base":
            return BERTModule(30_522, 512, 768, 12, 12)
        return BERTModule(len(VOCABULARY), ROW, settings.width, settings.heads, settings.layers)

    def _rows(self) -> tuple[Any, Any]:
        """Rows of words (n, ROW) and whether the second sentence follows (n,): in half of them it is another story's."""
        ids = np.array([[PLACE[word] for word in tokens_of(story)] for story in stories.every()])
        chance = np.random.default_rng(0)
        other = np.where(chance.random(len(ids)) < 0.5, chance.permutation(len(ids)), np.arange(len(ids)))
        agrees = (ids[:, SECOND] == ids[other, SECOND]).astype(int)
        return np.concatenate([ids[:, :SECOND], ids[other, SECOND:]], axis=1), agrees

    def recipe(self, settings: BERTSettings) -> Recipe:
        """Adam; other words are hidden at each step."""
        ids, agrees = self._rows()
        cut, held = 3072, np.arange(3072, 3584)
        chance = np.random.default_rng(1)
        place = chance.choice((SURE[0], SURE[2]), len(held))
        mask = np.arange(ROW) == place[:, None]
        return Recipe(
            TensorDataset(ids[:cut], self._target(ids[:cut], np.ones((cut, ROW), bool), agrees[:cut])),
            TensorDataset(np.where(mask, PLACE[HIDDEN], ids[held]), self._target(ids[held], mask, agrees[held])),
            lambda p: optim.Adam(p, settings.lr),
            epochs=self.epochs,
            batch_size=64,
            score=0.95,
            clip_norm=1.0,
            augment=lambda batch, chance: self._hidden(settings, batch, chance),
            schedule=optim.lr_scheduler.CosineAnnealingLR,
        )

    epochs = 12

    @staticmethod
    def _target(ids: Any, mask: Any, agrees: Any) -> Any:
        """Whether the sentences follow, then the hidden words, what is not hidden left out (n, ROW)."""
        return np.concatenate([agrees[:, None], np.where(mask, ids, IGNORED)[:, 1:]], axis=1)

    def _hidden(self, settings: BERTSettings, batch: Batch, chance: Any) -> Batch:
        """The same rows with words hidden."""
        ids = batch.inputs.detach().numpy()
        mask = (chance.numpy.random(ids.shape) < settings.hidden) & (ids >= len(MARKS))
        mask[:, 1] |= ~mask.any(axis=1)
        return Batch(
            tensor(np.where(mask, PLACE[HIDDEN], ids)), tensor(self._target(ids, mask, batch.target.numpy()[:, 0]))
        )

    def example(self, settings: BERTSettings) -> Batch:
        """One story whose article is hidden."""
        held = self.recipe(settings).test.arrays
        return Batch(tensor(held[0][:1], name="words"), tensor(held[1][:1], name="hidden"))

    def read(self, settings: BERTSettings, text: str) -> Batch:
        """Two sentences of a person's own, with words hidden."""
        parts = text.replace(HIDDEN.lower(), HIDDEN).strip(". \n").split(". ")
        words = [part.split() for part in parts]
        if [len(part) for part in words] != [SECOND - 2, ROW - SECOND - 1]:
            raise UsageError(str(NOT_TWO).format(like=stories.every()[0]))
        row = [FIRST, *words[0], BETWEEN, *words[1], BETWEEN]
        for word in row:
            if word not in PLACE:
                raise UsageError(str(UNREAD).format(word=word[:40]))
        return Batch(tensor([[PLACE[word] for word in row]], name="words"), None)

    def tokens(self, settings: BERTSettings, batch: Batch) -> tuple[str, ...]:
        """The words."""
        return tuple(VOCABULARY[i] for i in batch.inputs.detach().numpy()[0])

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Cross-entropy of the hidden words, plus that of the judgement; of its own answers where none are given."""
        scores, follows = module(batch.inputs)
        if batch.target is None:
            return F.cross_entropy(scores.flatten(0, 1), scores.detach().argmax(2).flatten())
        words = F.cross_entropy(scores[:, 1:].flatten(0, 1), batch.target[:, 1:].flatten(), ignore_index=IGNORED)
        return words + F.cross_entropy(follows, batch.target[:, 0])

    def score(self, module: nn.Module, batch: Batch) -> float:
        """Mean of two shares: hidden words found, sentences judged right."""
        scores, follows = module(batch.inputs)
        target = batch.target.detach().numpy()
        hidden = target[:, 1:] != IGNORED
        found = scores.detach().numpy().argmax(axis=2)[:, 1:][hidden] == target[:, 1:][hidden]
        return float((found.mean() + np.mean(follows.detach().numpy().argmax(axis=1) == target[:, 0])) / 2)

    def answer(self, module: nn.Module, batch: Batch) -> str:
        """The sentences with their hidden words filled in."""
        ids = batch.inputs.detach().numpy()[0]
        with no_grad():
            found = module(batch.inputs)[0].detach().numpy()[0].argmax(axis=1)
        filled = [VOCABULARY[b if a == PLACE[HIDDEN] else a] for a, b in zip(ids, found, strict=True)]
        return f"{' '.join(filled[1 : SECOND - 1])}. {' '.join(filled[SECOND:-1])}."
