"""What can be asked of words that have vectors: neighbours, analogies, groups, a map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.data.corpus import Vocabulary

Array = npt.NDArray[Any]


class Near(NamedTuple):
    """A word that was found, and the cosine of the angle between its vector and the one asked about.

    Example:
        >>> from tinygrad_fr.data import Vocabulary
        >>> words = Vocabulary(("cat", "dog", "sun"), (1, 1, 1))
        >>> space = WordSpace(words, np.array([[3.0, 4.0], [3.0, 4.0], [0.0, -1.0]]))
        >>> space.neighbours("cat")
        [Near(word='dog', cosine=1.0), Near(word='sun', cosine=-0.8)]
    """

    word: str
    cosine: float


@dataclass(frozen=True, eq=False)
class WordSpace:
    """Words and their vectors.

    Attributes:
        vocabulary: the words.
        vectors: one each (V, size).

    Example:
        >>> from tinygrad_fr.data import Vocabulary
        >>> words = Vocabulary(("man", "woman", "king", "queen"), (1, 1, 1, 1))
        >>> space = WordSpace(words, np.array([[1.0, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1]]))
        >>> space.analogy("man", "woman", "king", 1)[0].word
        'queen'
        >>> space.accuracy([("man", "woman", "king", "queen")])
        1.0
    """

    vocabulary: Vocabulary
    vectors: Array

    def only(self, words: Iterable[str]) -> WordSpace:
        """The same with some of the words."""
        rows = [self.vocabulary.index(word) for word in dict.fromkeys(words)]
        kept = type(self.vocabulary)(
            tuple(self.vocabulary.words[i] for i in rows), tuple(self.vocabulary.counts[i] for i in rows)
        )
        return WordSpace(kept, self.vectors[rows])

    @cached_property
    def directions(self) -> Array:
        """Vectors of length 1; a vector 0 stays."""
        length = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        directions: Array = self.vectors / np.where(length == 0, 1, length)
        return directions

    def direction(self, word: str) -> Array:
        """The direction of a word.

        Raises:
            UsageError: it is not in the vocabulary.
        """
        row: Array = self.directions[self.vocabulary.index(word)]
        return row

    def nearest(self, vector: Array, count: int = 5, without: Iterable[str] = ()) -> list[Near]:
        """Words by the cosine of their angle with a vector, the nearest first."""
        length = np.linalg.norm(vector)
        cosines = self.directions @ (vector / (length or 1))
        left_out = {self.vocabulary.index(word) for word in without if word in self.vocabulary.place}
        order = [int(i) for i in np.argsort(-cosines, kind="stable") if int(i) not in left_out]
        return [Near(self.vocabulary.words[i], round(float(cosines[i]), 12)) for i in order[:count]]

    def neighbours(self, word: str, count: int = 5) -> list[Near]:
        """Words near another, which is left out."""
        return self.nearest(self.direction(word), count, (word,))

    def analogy(self, a: str, b: str, c: str, count: int = 5) -> list[Near]:
        """Words near b − a + c: what is to c as b is to a. The three words of the question are left out."""
        target = self.direction(b) - self.direction(a) + self.direction(c)
        return self.nearest(target, count, (a, b, c))

    def accuracy(self, questions: Iterable[tuple[str, str, str, str]]) -> float:
        """Share of the questions a : b = c : d whose d is the nearest word."""
        asked = np.array([[self.vocabulary.index(word) for word in question] for question in questions])
        a, b, c, d = asked.T
        cosines = (self.directions[b] - self.directions[a] + self.directions[c]) @ self.directions.T
        for word in (a, b, c):
            cosines[np.arange(len(asked)), word] = -np.inf
        return float(np.mean(cosines.argmax(axis=1) == d))

    def similarities(self, words: Iterable[str]) -> Array:
        """Cosine of the angle of every two of some words (n, n)."""
        rows = np.array([self.direction(word) for word in words])
        table: Array = rows @ rows.T
        return table

    def groups(self, count: int, seed: int = 0) -> list[list[str]]:
        """The words in groups of like direction (k-means), the largest first.

        Raises:
            UsageError: more groups than words.
        """
        from sklearn.cluster import KMeans

        if not 1 <= count <= len(self.vocabulary):
            raise UsageError(
                _("expected from 1 to {n} groups for {n} words, got {found}").format(
                    n=len(self.vocabulary), found=count
                )
            )
        labels = KMeans(count, n_init=10, random_state=seed).fit_predict(self.directions)
        groups = [[self.vocabulary.words[i] for i in np.flatnonzero(labels == k)] for k in range(count)]
        return sorted(filter(None, groups), key=len, reverse=True)

    def map(self, along: tuple[str, str] | None = None) -> Array:
        """A place in the plane for each word (V, 2): the vectors themselves where they have two numbers, else the two
        directions in which they differ most (principal components of the directions, centred).

        Args:
            along: two words, the second to stand straight above the first.
        """
        if self.vectors.shape[1] == 2:
            return self.vectors
        if self.vectors.shape[1] == 1:
            return np.hstack([self.vectors, np.zeros_like(self.vectors)])
        centred = self.directions - self.directions.mean(axis=0)
        if along is not None:
            up = self.direction(along[1]) - self.direction(along[0])
            up = up / (np.linalg.norm(up) or 1)
            flat = centred - np.outer(centred @ up, up)
            left, values, _right = np.linalg.svd(flat, full_matrices=False)
            return np.stack([left[:, 0] * values[0], centred @ up], axis=1)
        left, values, _right = np.linalg.svd(centred, full_matrices=False)
        places: Array = left[:, :2] * values[:2]
        return places
