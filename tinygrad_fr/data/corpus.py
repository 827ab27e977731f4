"""Text to learn from: sentences of words, and what word vectors read in them."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr import files
from tinygrad_fr.data import bound
from tinygrad_fr.data.table import text_of
from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from pathlib import Path

Array = npt.NDArray[Any]

_SIGN = 16  # bytes of memory for one of a text, as words and sentences
_SENTENCE = re.compile(r"[.!?…\n]+")
_WORD = re.compile(r"[^\W\d]+")


@dataclass(frozen=True)
class Corpus:
    """A text.

    Attributes:
        text: as it was written.
        name: where it comes from, for messages.
        questions: analogies that it should teach: a is to b as c is to d.

    Raises:
        DataError: there are not two different words in it.

    Example:
        >>> corpus = Corpus("Le chat dort. Le chien court !")
        >>> corpus.sentences
        (('le', 'chat', 'dort'), ('le', 'chien', 'court'))
        >>> corpus.vocabulary.words
        ('le', 'chat', 'dort', 'chien', 'court')
    """

    text: str
    name: str = ""
    questions: tuple[tuple[str, str, str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(self.vocabulary) < 2:
            raise DataError(
                _("{name}: expected a text of at least two different words, found {found}").format(
                    name=self.name or _("corpus"), found=" ".join(self.vocabulary.words) or _("none")
                )
            )

    @cached_property
    def sentences(self) -> tuple[tuple[str, ...], ...]:
        """Lower-case words, sentence by sentence; digits and signs stand between words."""
        found = (tuple(_WORD.findall(part)) for part in _SENTENCE.split(self.text.lower()))
        return tuple(sentence for sentence in found if sentence)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word, in order of first appearance."""
        return Vocabulary.of(self.sentences)

    @cached_property
    def tokens(self) -> tuple[Array, Array]:
        """Every word's number (n,), and the number of its sentence (n,)."""
        place = self.vocabulary.place
        words = np.array([place[word] for sentence in self.sentences for word in sentence], np.int64)
        lengths = [len(sentence) for sentence in self.sentences]
        return words, np.repeat(np.arange(len(lengths)), lengths)

    @property
    def fingerprint(self) -> str:
        """Tells this text from others."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Vocabulary:
    """Words by number.

    Attributes:
        words: each word once.
        counts: how often each was read.

    Example:
        >>> words = Vocabulary.of((("le", "chat", "dort"), ("le", "chien")))
        >>> words.index("chien"), words.counts
        (3, (2, 1, 1, 1))
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]

    @staticmethod
    def of(sentences: tuple[tuple[str, ...], ...]) -> Vocabulary:
        """The words of some sentences, in order of first appearance."""
        counts = Counter(word for sentence in sentences for word in sentence)
        return Vocabulary(tuple(counts), tuple(counts.values()))

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def place(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def index(self, word: str) -> int:
        """The number of a word.

        Raises:
            UsageError: it was never read; the message names words that look like it.
        """
        number = self.place.get(word.lower())
        if number is None:
            near = difflib.get_close_matches(word.lower(), self.words, 3)
            message = _("the word “{word}” is not among the {n} words that were read")
            if near:
                message = _("the word “{word}” is not among the {n} words that were read; near it: {near}")
            raise UsageError(message.format(word=word, n=len(self), near=", ".join(near)))
        return number


def read_text(path: Path, limit: int = bound.LIMIT) -> Corpus:
    """A text file, UTF-8.

    Args:
        path: the file.
        limit: bytes of memory that its words may take.

    Raises:
        DataError: it is no text, or takes more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "cat.txt")
        ...     _ = path.write_text("Le chat dort. Le chat court.", encoding="utf-8")
        ...     corpus = read_text(path)
        >>> corpus.name, corpus.vocabulary.counts
        ('cat.txt', (2, 2, 1, 1))
    """
    bound.check(path, _SIGN * files.size(path), limit)
    return Corpus(text_of(path), path.name)


def cooccurrences(corpus: Corpus, radius: int | None = None, *, weighted: bool = False) -> Array:
    """How often two words stand in one window (V, V): symmetric, its diagonal 0.

    Args:
        corpus: the text.
        radius: words on each side that belong to the window; None for the whole sentence.
        weighted: two words k apart count 1/k, as in GloVe, instead of 1.

    Example:
        >>> cooccurrences(Corpus("le chat dort. le chat court")).astype(int).tolist()
        [[0, 2, 1, 1], [2, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]]
    """
    words, sentences = corpus.tokens
    longest = max(len(sentence) for sentence in corpus.sentences)
    counts = np.zeros((len(corpus.vocabulary),) * 2)
    for apart in range(1, min(radius or longest, longest) + 1):
        together = sentences[:-apart] == sentences[apart:]
        one, other = words[:-apart][together], words[apart:][together]
        np.add.at(counts, (one, other), 1 / apart if weighted else 1)
        np.add.at(counts, (other, one), 1 / apart if weighted else 1)
    np.fill_diagonal(counts, 0)
    return counts


def windows(words: Array, sentences: Array, radius: int) -> Array:
    """The words around each word (n, 2 radius), −1 where the sentence ends.

    Example:
        >>> windows(*Corpus("le chat dort").tokens, 1).tolist()
        [[-1, 1], [0, 2], [1, -1]]
    """
    around = np.full((len(words), 2 * radius), -1, np.int64)
    for apart in range(1, min(radius, len(words) - 1) + 1):
        together = sentences[:-apart] == sentences[apart:]
        around[apart:, radius - apart][together] = words[:-apart][together]
        around[:-apart, radius + apart - 1][together] = words[apart:][together]
    return around


KEPT = {
    "none": lambda f, t: np.ones_like(f),
    "paper": lambda f, t: np.minimum(1, np.sqrt(t / f)),
    "code": lambda f, t: np.minimum(1, (np.sqrt(f / t) + 1) * t / f),
}


def kept(frequency: Array, threshold: float, formula: str) -> Array:
    """Probability that a word is read, so that frequent ones do not crowd out the others.

    Args:
        frequency: share f of the text that each word is, in (0, 1].
        threshold: t, from which words are thinned out.
        formula: ``paper`` for √(t/f) (Mikolov et al., 2013), ``code`` for (√(f/t) + 1) t/f, which the released program
            computes, ``none`` for 1.

    Example:
        >>> kept(np.array([0.04, 0.01]), 0.01, "paper"), kept(np.array([0.04, 0.01]), 0.01, "code")
        (array([0.5, 1. ]), array([0.75, 1.  ]))
    """
    probability: Array = KEPT[formula](np.asarray(frequency, float), threshold)
    return probability
