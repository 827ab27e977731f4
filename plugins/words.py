"""Chapter « Représentations distribuées »: a vector for each word, from the words that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from tinygrad_fr import nn, no_grad, optim, tensor
from tinygrad_fr import random as rng
from tinygrad_fr.data import Corpus, TensorDataset, cooccurrences, kept, windows
from tinygrad_fr.errors import UsageError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Recipe, Settings, Text, WordModel, WordModule, setting

from .corpora import CORPORA

SECTION = "Représentations distribuées"
CORPUS = Text(
    fr="texte lu : français de synthèse, les six phrases du cours, ou celles-ci avec leur dernier « and »",
    en="text read: made-up French, the course’s six sentences, or these with their last “and”",
)
NO_PART = Text(
    fr="aucun morceau du mot « {word} » n’a été lu",
    en="no part of the word “{word}” was read",
)


class Words(WordModel):
    """What the models of this chapter share: the corpus, and a score on its analogies."""

    section = SECTION

    def corpus(self, settings: Any) -> Corpus:
        """The person's own text, or the one that the settings name."""
        return self.own if self.own is not None else CORPORA[settings.corpus]()

    def expected(self, score: float) -> float:
        """The score to reach; nothing is known of a person's own text."""
        return score if self.own is None else 0.0


@dataclass(frozen=True)
class CooccurrenceSettings(Settings):
    """What is counted, and how many numbers of it are kept."""

    corpus: str = setting("course", CORPUS, choices=tuple(CORPORA))
    size: int = setting(2, Text(fr="nombres par mot", en="numbers a word"), low=1, high=1000)
    window: int = setting(
        0, Text(fr="mots de chaque côté (0 : toute la phrase)", en="words on each side (0: the whole sentence)"), low=0
    )


class Factors(WordModule):
    """M ≈ W Vᵀ: a vector a word, and the directions that they share."""

    def __init__(self, corpus: Corpus, counts: Any, size: int) -> None:
        super().__init__()
        self.corpus = corpus
        left, values, right = np.linalg.svd(counts)
        vectors = left[:, :size] * values[:size]
        largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
        signs = np.where(largest < 0, -1.0, 1.0)
        self.w = nn.Parameter(vectors * signs)
        self.directions = nn.Parameter(right[:size].T * signs)

    def forward(self, words: Any) -> Any:
        """Numbers of words (N,) to the rows of counts that their vectors give back (N, V)."""
        return F.embedding(words, self.w) @ self.directions.transpose(0, 1)

    def vectors(self) -> Any:
        """Rows of U D."""
        return self.w.detach().numpy()


class Cooccurrence(Words):
    """Counts of neighbours, shortened by the singular value decomposition."""

    name = "cooccurrence"
    title = Text(fr="Cooccurrences et SVD", en="Co-occurrence and SVD")
    settings = CooccurrenceSettings()
    learns = False
    explanation = Text(
        fr=(
            "La ligne M_i compte les mots qui voisinent avec le mot i. La décomposition M = U D Vᵀ en garde les directions"
            " qui portent le plus : le vecteur d’un mot est sa ligne de U D (et non de U). Aucun autre choix de deux nombres"
            " par mot ne rend M mieux (Eckart et Young) : le gradient de ‖M − W Vᵀ‖² y est nul, il n’y a rien à apprendre."
            " Le cours compte sa dernière phrase sans « and » ; `--set corpus=intact` la compte entière. Ce n’est une ACP"
            " que si M est d’abord centrée."
        ),
        en=(
            "Row M_i counts the words that stand beside word i. The decomposition M = U D Vᵀ keeps the directions that carry"
            " most: the vector of a word is its row of U D (and not of U). No other choice of two numbers a word gives M back"
            " better (Eckart and Young): the gradient of ‖M − W Vᵀ‖² is zero there, and there is nothing to learn. The course"
            " counts its last sentence without “and”; `--set corpus=intact` counts all of it. It is PCA only once M is"
            " centred."
        ),
    )

    def _counts(self, settings: CooccurrenceSettings) -> Any:
        return cooccurrences(self.corpus(settings), settings.window or None)

    def build(self, settings: CooccurrenceSettings) -> nn.Module:
        """The decomposition, signs chosen so that the longest coordinate of each direction is positive."""
        return Factors(self.corpus(settings), self._counts(settings), settings.size)

    def _rows(self, settings: CooccurrenceSettings) -> TensorDataset:
        counts = self._counts(settings)
        return TensorDataset(np.arange(len(counts)), counts)

    def example(self, settings: CooccurrenceSettings) -> Batch:
        """The first word."""
        words, counts = self._rows(settings).arrays
        return Batch(tensor(words[:1], name="word"), tensor(counts[:1], name="M"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean squared distance between counts and what the vectors give back."""
        return F.mse_loss(module(batch.inputs), batch.target)

    def update(self, module: nn.Module, batch: Batch, optimizer: Any, clip_norm: float | None = None) -> float:
        """Nothing: the decomposition is the best there is."""
        return float(self.loss(module, batch))

    def recipe(self, settings: CooccurrenceSettings) -> Recipe:
        """One reading, to be scored."""
        rows = self._rows(settings)
        return Recipe(
            rows, rows, lambda p: optim.SGD(p, 0.1), epochs=1, batch_size=len(rows), score=self.expected(0.67)
        )

    def blind(self, module: nn.Module, batch: Batch) -> float:
        """Of the answer 0."""
        return float(np.mean(batch.target.detach().numpy() ** 2))


@dataclass(frozen=True)
class Word2VecSettings(Settings):
    """Hyper-parameters of Word2Vec."""

    corpus: str = setting("french", CORPUS, choices=tuple(CORPORA))
    architecture: str = setting(
        "skip-gram",
        Text(
            fr="deviner les voisins d’un mot, ou un mot par ses voisins", en="guess a word’s neighbours, or it by them"
        ),
        choices=("skip-gram", "cbow"),
    )
    objective: str = setting(
        "negative",
        Text(
            fr="softmax sur tous les mots, ou échantillonnage négatif",
            en="softmax over all words, or negative sampling",
        ),
        choices=("negative", "softmax"),
    )
    size: int = setting(32, Text(fr="nombres par mot", en="numbers a word"), low=1, high=1000)
    window: int = setting(5, Text(fr="mots de chaque côté", en="words on each side"), low=1, high=100)
    negatives: int = setting(5, Text(fr="mots tirés pour un vrai voisin", en="words drawn for a true neighbour"), low=1)
    power: float = setting(
        0.75, Text(fr="exposant de P(w) ∝ U(w)^p", en="exponent of P(w) ∝ U(w)^p"), low=0.0, high=1.0
    )
    subsampling: str = setting(
        "paper",
        Text(
            fr="éclaircir les mots fréquents : non, formule de l’article, formule du programme publié",
            en="thin out frequent words: no, the paper’s formula, the released program’s formula",
        ),
        choices=("none", "paper", "code"),
    )
    threshold: float = setting(0.02, Text(fr="fréquence t à partir de laquelle", en="frequency t from which"), low=0.0)
    lr: float = setting(0.01, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


@dataclass(frozen=True)
class FastTextSettings(Word2VecSettings):
    """Hyper-parameters of fastText."""

    shortest: int = setting(
        3, Text(fr="lettres du plus court morceau", en="letters of the shortest part"), low=1, high=20
    )
    longest: int = setting(5, Text(fr="lettres du plus long morceau", en="letters of the longest part"), low=1, high=20)


@dataclass(frozen=True)
class Parts:
    """The parts of the words of a corpus, by number.

    Attributes:
        place: the number of each part.
        bags: the parts of each word (V, k), −1 where it has fewer.
    """

    shortest: int
    longest: int
    place: dict[str, int]
    bags: Any

    @staticmethod
    def of(corpus: Corpus, shortest: int, longest: int) -> Parts:
        """The parts of every word that was read."""
        lists = [runs(word, shortest, longest) for word in corpus.vocabulary.words]
        place = {part: number for number, part in enumerate(dict.fromkeys(chain.from_iterable(lists)))}
        bags = np.full((len(lists), max(map(len, lists))), -1)
        for row, found in zip(bags, lists, strict=True):
            row[: len(found)] = [place[part] for part in found]
        return Parts(shortest, longest, place, bags)

    def known(self, word: str) -> list[int]:
        """The parts of any word that were read."""
        return [self.place[part] for part in runs(word, self.shortest, self.longest) if part in self.place]


def runs(word: str, shortest: int, longest: int) -> list[str]:
    """A word between its marks, whole and in runs of letters: <le>, <le, le>."""
    marked = f"<{word}>"
    cut = [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)]
    return list(dict.fromkeys([marked, *cut]))


class TwoTables(WordModule):
    """A table of vectors for what is read, another for what is guessed.

    A word is the mean of some rows of the first: its own alone, or its parts'.
    """

    def __init__(self, corpus: Corpus, bags: Any, rows: int, size: int) -> None:
        super().__init__()
        self.corpus, self.bags = corpus, bags
        self.input = nn.Parameter(rng.uniform((rows, size), -0.5 / size, 0.5 / size).detach().numpy())
        self.output = nn.Parameter(np.zeros((len(bags), size), np.float32))

    def read(self, bags: Any) -> Any:
        """Bags of rows (N, k), −1 where there is none, to the mean of their vectors (N, size)."""
        if bags.shape[1] == 1:
            return F.embedding(bags.squeeze(1), self.input)
        there = bags.ge(0).float()
        share = there / there.sum(1, True).clamp(min=1)
        return (F.embedding(bags.clamp(min=0), self.input) * share.unsqueeze(2)).sum(1)

    def forward(self, bags: Any, words: Any = None) -> Any:
        """A score for each word (N, V), or for the words asked for (N, k)."""
        v = self.read(bags)
        if words is None:
            return v @ self.output.transpose(0, 1)
        return (F.embedding(words, self.output) * v.unsqueeze(-2)).sum(-1)

    def vectors(self) -> Any:
        """The table of what is read."""
        with no_grad():
            return self.read(tensor(self.bags)).detach().numpy()


class PartTables(TwoTables):
    """The same, whose first table is of parts of words."""

    def __init__(self, corpus: Corpus, parts: Parts, size: int) -> None:
        super().__init__(corpus, parts.bags, len(parts.place), size)
        self.parts = parts

    def unknown(self, word: str) -> Any:
        """The mean of the parts that were read in other words."""
        found = self.parts.known(word.lower())
        if not found:
            raise UsageError(str(NO_PART).format(word=word))
        return self.input.detach().numpy()[found].mean(axis=0)


class Word2Vec(Words):
    """CBOW and skip-gram."""

    name = "word2vec"
    title = Text(fr="Word2Vec, CBOW et skip-gram", en="Word2Vec, CBOW and skip-gram")
    settings = Word2VecSettings()
    explanation = Text(
        fr=(
            "Skip-gram devine chaque voisin d’un mot (9), CBOW un mot par la moyenne de ses voisins (8). Il y a deux tables :"
            " v pour le mot lu, v′ pour le mot deviné ; on garde v. Le softmax complet lit tout le vocabulaire à chaque pas ;"
            " l’échantillonnage négatif (10) demande seulement de distinguer le vrai voisin de k mots tirés selon"
            " U(w)^¾. (10) est à maximiser : le coût est son opposé. Deux mots de même entourage ont des vecteurs voisins,"
            " et roi − père + mère tombe près de reine."
        ),
        en=(
            "Skip-gram guesses each neighbour of a word (9), CBOW a word by the mean of its neighbours (8). There are two"
            " tables: v for the word read, v′ for the word guessed; v is kept. The full softmax reads the whole vocabulary at"
            " each step; negative sampling (10) only asks to tell the true neighbour from k words drawn by U(w)^¾. (10) is to"
            " be maximised: the loss is its opposite. Two words with the same neighbours have close vectors, and"
            " king − father + mother falls near queen."
        ),
    )

    def build(self, settings: Any) -> nn.Module:
        """Two tables."""
        corpus = self.corpus(settings)
        return TwoTables(corpus, self.bags(settings), len(corpus.vocabulary), settings.size)

    def bags(self, settings: Any) -> Any:
        """The rows of the input table that each word is the mean of (V, k)."""
        return np.arange(len(self.corpus(settings).vocabulary))[:, None]

    def _noise(self, settings: Word2VecSettings) -> Any:
        """The distribution of the words drawn, U(w)^p."""
        counts = np.array(self.corpus(settings).vocabulary.counts, float) ** settings.power
        return counts / counts.sum()

    def _drawn(self, settings: Word2VecSettings, positive: Any, numpy: Any) -> Any:
        """Each true word followed by those drawn (N, 1 + k)."""
        noise = np.cumsum(self._noise(settings))
        drawn = np.searchsorted(noise, numpy.random((len(positive), settings.negatives)), side="right")
        return np.concatenate([positive[:, None], np.minimum(drawn, len(noise) - 1)], axis=1)

    def _rows(self, settings: Word2VecSettings) -> tuple[Any, Any]:
        """What is read (n, k) and the word to guess (n,)."""
        corpus = self.corpus(settings)
        words, sentences = corpus.tokens
        chance = np.random.default_rng(0)
        counts = np.array(corpus.vocabulary.counts)
        read = chance.random(len(words)) < kept(counts / counts.sum(), settings.threshold, settings.subsampling)[words]
        words, sentences = words[read], sentences[read]
        around = windows(words, sentences, settings.window)
        bags = self.bags(settings)
        if settings.architecture == "skip-gram":
            place, column = np.nonzero(around >= 0)
            return bags[words[place]], around[place, column]
        known = (around >= 0).any(axis=1)
        around, words = around[known], words[known]
        wide = np.where(around[..., None] >= 0, bags[around], -1).reshape(len(around), -1)
        return wide, words

    def recipe(self, settings: Word2VecSettings) -> Recipe:
        """Adam, a few readings; other words are drawn at each step."""
        inputs, words = self._rows(settings)
        held = np.random.default_rng(1).permutation(len(inputs))[:256]
        target = words
        negative = settings.objective == "negative"
        if negative:
            target = self._drawn(settings, words, np.random.default_rng(2))
        return Recipe(
            TensorDataset(inputs, target),
            TensorDataset(inputs[held], target[held]),
            lambda p: optim.Adam(p, settings.lr),
            epochs=self.epochs(settings),
            batch_size=512,
            score=self.expected(0.9),
            augment=(lambda batch, chance: self._redrawn(settings, batch, chance)) if negative else None,
        )

    def epochs(self, settings: Any) -> int:
        """Readings of the text."""
        return 8 if settings.architecture == "skip-gram" else 20

    def _redrawn(self, settings: Word2VecSettings, batch: Batch, chance: Any) -> Batch:
        return Batch(batch.inputs, tensor(self._drawn(settings, batch.target.detach().numpy()[:, 0], chance.numpy)))

    def example(self, settings: Word2VecSettings) -> Batch:
        """The first word to guess."""
        inputs, words = self._rows(settings)
        target = words[:1]
        if settings.objective == "negative":
            target = self._drawn(settings, target, np.random.default_rng(2))
        return Batch(tensor(inputs[:1], name="read"), tensor(target, name="guess"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Cross-entropy over the vocabulary, or −log σ(true) − Σ log σ(−drawn)."""
        if batch.target.ndim == 1:
            return F.cross_entropy(module(batch.inputs), batch.target)
        scores = module(batch.inputs, batch.target)
        signs = np.full(scores.shape[1], -1, np.float32)
        signs[0] = 1
        return -F.logsigmoid(scores * tensor(signs)).sum(1).mean()

    def blind(self, module: Any, batch: Batch) -> float:
        """Of scores that are all 0."""
        if batch.target.ndim == 1:
            return float(np.log(len(module.corpus.vocabulary)))
        return float(np.log(2) * batch.target.shape[1])


class FastText(Word2Vec):
    """Word2Vec whose words are the mean of their parts."""

    name = "fasttext"
    title = Text(fr="fastText, des vecteurs de morceaux de mots", en="fastText, vectors of parts of words")
    settings = FastTextSettings()
    explanation = Text(
        fr=(
            "Chaque mot est la moyenne des vecteurs de ses morceaux : <reine>, <re, rei, ein… Deux mots de même racine"
            " partagent des vecteurs, et un mot jamais lu a tout de même le sien : `words fasttext boulangers`."
        ),
        en=(
            "Each word is the mean of the vectors of its parts: <reine>, <re, rei, ein… Two words of one root share vectors,"
            " and a word that was never read has one all the same: `words fasttext boulangers`."
        ),
    )

    def build(self, settings: Any) -> nn.Module:
        """Two tables, the first one of parts."""
        corpus = self.corpus(settings)
        return PartTables(corpus, Parts.of(corpus, settings.shortest, settings.longest), settings.size)

    def bags(self, settings: Any) -> Any:
        """The parts of each word."""
        return Parts.of(self.corpus(settings), settings.shortest, settings.longest).bags


@dataclass(frozen=True)
class GloVeSettings(Settings):
    """Hyper-parameters of GloVe."""

    corpus: str = setting("french", CORPUS, choices=tuple(CORPORA))
    size: int = setting(64, Text(fr="nombres par mot", en="numbers a word"), low=1, high=1000)
    window: int = setting(5, Text(fr="mots de chaque côté", en="words on each side"), low=1, high=100)
    x_max: float = setting(10.0, Text(fr="compte à partir duquel f vaut 1", en="count from which f is 1"), low=1.0)
    alpha: float = setting(0.75, Text(fr="exposant α de f", en="exponent α of f"), low=0.0, high=1.0)
    decay: float = setting(0.001, Text(fr="poids λ de ‖w‖²/2", en="weight λ of ‖w‖²/2"), low=0.0)
    lr: float = setting(0.05, Text(fr="taux d’apprentissage η", en="learning rate η"), low=0.0)


class GloVeModule(WordModule):
    """Two tables of vectors and of biases."""

    def __init__(self, corpus: Corpus, settings: GloVeSettings) -> None:
        super().__init__()
        self.corpus, words = corpus, len(corpus.vocabulary)
        reach = 0.5 / settings.size
        self.w, self.context = (
            nn.Parameter(rng.uniform((words, settings.size), -reach, reach).detach().numpy()) for _ in range(2)
        )
        self.b, self.context_b = (nn.Parameter(np.zeros((words, 1), np.float32)) for _ in range(2))
        self.x_max, self.alpha = settings.x_max, settings.alpha

    def forward(self, pairs: Any) -> Any:
        """Pairs of words (N, 2) to the logarithms of their counts (N,)."""
        i, j = pairs[:, 0], pairs[:, 1]
        product = (F.embedding(i, self.w) * F.embedding(j, self.context)).sum(1)
        return product + F.embedding(i, self.b).squeeze(1) + F.embedding(j, self.context_b).squeeze(1)

    def vectors(self) -> Any:
        """The sum of both tables."""
        return self.w.detach().numpy() + self.context.detach().numpy()


class GloVe(Words):
    """Weighted least squares on the logarithms of co-occurrences."""

    name = "glove"
    title = Text(fr="GloVe, moindres carrés sur les cooccurrences", en="GloVe, least squares on co-occurrences")
    settings = GloVeSettings()
    explanation = Text(
        fr=(
            "GloVe compte d’abord : X_ij, où deux mots distants de k comptent 1/k. Puis il cherche w_i · w̃_j + b_i + b̃_j ≈"
            " log X_ij, chaque paire pesée par f(X) = min(1, (X/x_max)^α). Les paires jamais vues ne comptent pas. Le vecteur"
            " d’un mot est w + w̃."
        ),
        en=(
            "GloVe counts first: X_ij, where two words k apart count 1/k. Then it seeks w_i · w̃_j + b_i + b̃_j ≈ log X_ij,"
            " each pair weighted by f(X) = min(1, (X/x_max)^α). Pairs that were never seen do not count. The vector of a word"
            " is w + w̃."
        ),
    )

    def build(self, settings: GloVeSettings) -> nn.Module:
        """Two tables."""
        return GloVeModule(self.corpus(settings), settings)

    def _rows(self, settings: GloVeSettings) -> TensorDataset:
        counts = cooccurrences(self.corpus(settings), settings.window, weighted=True)
        pairs = np.argwhere(counts > 0)
        return TensorDataset(pairs, counts[tuple(pairs.T)].astype(np.float32))

    def example(self, settings: GloVeSettings) -> Batch:
        """One pair."""
        pairs, counts = self._rows(settings).arrays
        return Batch(tensor(pairs[:1], name="pair"), tensor(counts[:1], name="X"))

    def loss(self, module: nn.Module, batch: Batch) -> Any:
        """Mean of f(X) (w · w̃ + b + b̃ − log X)²."""
        assert isinstance(module, GloVeModule)
        x = batch.target
        f = (x / module.x_max).clamp(max=1.0) ** module.alpha
        miss = module(batch.inputs) - x.log()
        return (f * miss * miss).mean()

    def recipe(self, settings: GloVeSettings) -> Recipe:
        """Adagrad, as its authors do; a text this short also needs short vectors."""
        rows = self._rows(settings)
        held = TensorDataset(*(array[:256] for array in rows.arrays))
        return Recipe(
            rows,
            held,
            lambda p: optim.Adagrad(p, settings.lr, weight_decay=settings.decay),
            epochs=60,
            batch_size=256,
            score=self.expected(0.9),
        )

    def blind(self, module: Any, batch: Batch) -> float:
        """Of one answer for all pairs, the best there is."""
        x = batch.target.detach().numpy()
        f = np.minimum(1, x / module.x_max) ** module.alpha
        miss = np.log(x) - np.average(np.log(x), weights=f)
        return float(np.mean(f * miss * miss))
