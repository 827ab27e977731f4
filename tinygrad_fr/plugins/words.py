"""What models that give each word a vector have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from tinygrad_fr.data.corpus import Corpus
from tinygrad_fr.data.wordspace import WordSpace
from tinygrad_fr.nn.module import Module
from tinygrad_fr.plugins.contract import Batch, Model

if TYPE_CHECKING:
    import numpy.typing as npt


class WordModule(Module):
    """A module that has a vector for each word of a corpus.

    Attributes:
        corpus: the text whose words they are.

    Example:
        >>> import numpy as np
        >>> class Given(WordModule):
        ...     corpus = Corpus("cat dog cup")
        ...     def vectors(self):
        ...         return np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
        >>> Given().space().neighbours("cat", 1)[0].word
        'dog'
    """

    corpus: Corpus

    def vectors(self) -> npt.NDArray[Any]:
        """The vector of each word of the vocabulary (V, size)."""
        raise NotImplementedError

    def unknown(self, word: str) -> npt.NDArray[Any]:
        """The vector of a word that was not read (size,).

        Raises:
            UsageError: it has none; by default, that the word is not in the vocabulary.
        """
        vector: npt.NDArray[Any] = self.vectors()[self.corpus.vocabulary.index(word)]
        return vector

    def space(self) -> WordSpace:
        """The words with their vectors."""
        return WordSpace(self.corpus.vocabulary, self.vectors())


class WordModel(Model):
    """A model whose module is a :class:`WordModule`; ``words`` asks it for neighbours, analogies and a map.

    One that learns from a person's text looks at ``own``.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("cooccurrence").on(Corpus("the cat sleeps. the dog sleeps."))
        >>> model.corpus(model.settings).vocabulary.words
        ('the', 'cat', 'sleeps', 'dog')
    """

    own: Corpus | None = None
    learns_from: ClassVar[type[Corpus] | None] = Corpus

    @abstractmethod
    def corpus(self, settings: Any) -> Corpus:
        """What it reads."""

    @abstractmethod
    def blind(self, module: Any, batch: Batch) -> float:
        """The loss of a module that knows nothing of words."""

    def score(self, module: Any, batch: Batch) -> float:
        """Share of the corpus's analogies that are answered right, or of the blind loss that is gone where it has none."""
        questions = module.corpus.questions
        if questions:
            accuracy: float = module.space().accuracy(questions)
            return accuracy
        loss: Any = self.loss(module, batch)
        return max(0.0, 1 - float(loss) / self.blind(module, batch))
