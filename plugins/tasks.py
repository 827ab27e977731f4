"""What the recurrent models read, and what they answer after the last step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from tinygrad_fr import Tensor, tensor
from tinygrad_fr.data import ADDING_BASELINE, ORDER_LETTERS, TensorDataset, adding, digits, temporal_order
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, numbers, symbols


class Task(ABC):
    """A sequence to read and a question about it.

    Attributes:
        features: numbers a step.
        answers: scores that answer.
        steps: length of a sequence unless set.
        epochs: readings of the rows until the score is reached.
        target: the score to reach.
    """

    features: ClassVar[int]
    answers: ClassVar[int]
    steps: ClassVar[int]
    epochs: ClassVar[int]
    batch_size: ClassVar[int] = 32
    target: ClassVar[float] = 0.9

    @abstractmethod
    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Rows to learn from and to be scored on."""

    def example(self, steps: int) -> Batch:
        """The first row of the test rows."""
        inputs, target = self.rows(steps)[1].arrays
        return Batch(Tensor(inputs[:1], name="x"), tensor(target[:1], name="t"))

    def read(self, text: str, steps: int) -> Batch:
        """A sequence of a person's own; without the right answer, it is compared with the model's own."""
        values = numbers(text, multiple_of=self.features)
        return Batch(tensor(values.reshape(1, -1, self.features), name="x"), None)

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """What is written under each step; nothing where the numbers speak for themselves."""
        return ()

    def loss(self, scores: Any, target: Any) -> Any:
        """Cross-entropy with the right answer, or with the model's own."""
        return F.cross_entropy(scores, scores.detach().argmax(1) if target is None else target)

    def score(self, scores: Any, target: Any) -> float:
        """Share of right answers."""
        return float(np.mean(scores.argmax(1).numpy() == target.numpy()))


class Rows(Task):
    """A digit, row by row."""

    features, answers, steps, epochs = 8, 10, 8, 12

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Scikit-learn's digits, always whole."""
        train, test = digits()
        return TensorDataset(*train), TensorDataset(*test)

    def example(self, steps: int) -> Batch:
        """One digit of the test rows; with more steps than it has, digits one after the other."""
        _train, (images, labels) = digits()
        pixels = np.resize(images[: steps * self.features // images[0].size + 1], (1, steps, self.features))
        return Batch(Tensor(pixels, name="x"), tensor(labels[:1], name="t"))

    def read(self, text: str, steps: int) -> Batch:
        """64 grey levels from 0 to 16, as scikit-learn has them."""
        values = numbers(text, count=64, low=0, high=16)
        return Batch(tensor(values.reshape(1, -1, self.features) / 16, name="x"), None)


class Pixels(Rows):
    """A digit, pixel by pixel."""

    features, steps = 1, 64


class Adding(Task):
    """Numbers with marks: the sum of the two that are marked."""

    features, answers, steps, epochs, batch_size = 2, 1, 50, 20, 50

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Drawn once and for all."""
        return TensorDataset(*adding(5000, steps)), TensorDataset(*adding(500, steps, seed=1))

    def loss(self, scores: Any, target: Any) -> Any:
        """Mean squared error."""
        answers = scores.squeeze(1)
        return F.mse_loss(answers, answers.detach() + 1 if target is None else target)

    def score(self, scores: Any, target: Any) -> float:
        """Share of the error of a blind answer, 1/6, that is gone."""
        return max(0.0, 1 - float(self.loss(scores, target)) / ADDING_BASELINE)


class Order(Task):
    """Letters, two of them capitals: which two, in which order."""

    features, answers, steps, epochs = len(ORDER_LETTERS), 4, 30, 15

    def rows(self, steps: int) -> tuple[TensorDataset, TensorDataset]:
        """Drawn once and for all, each letter as a row of zeros and a one."""
        (train, train_order), (test, test_order) = temporal_order(2000, steps), temporal_order(400, steps, seed=1)
        letters = np.eye(self.features, dtype=np.float32)
        return TensorDataset(letters[train], train_order), TensorDataset(letters[test], test_order)

    def read(self, text: str, steps: int) -> Batch:
        """A word of these letters."""
        word = symbols(text, ORDER_LETTERS)
        capitals = [letter - 4 for letter in word if letter >= 4]
        target = tensor([2 * capitals[0] + capitals[1]]) if len(capitals) == 2 else None
        return Batch(tensor(np.eye(self.features, dtype=np.float32)[None, word], name="x"), target)

    def tokens(self, batch: Batch) -> tuple[str, ...]:
        """The letters."""
        return tuple(ORDER_LETTERS[i] for i in batch.inputs.numpy()[0].argmax(axis=1))


TASKS: dict[str, Task] = {"rows": Rows(), "pixels": Pixels(), "adding": Adding(), "order": Order()}
